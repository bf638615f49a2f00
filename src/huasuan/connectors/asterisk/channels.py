"""Reading Asterisk's channel names and numbers."""

import re
from datetime import datetime

_LOCAL = re.compile(r"Local/([^@]+)@(.+)-[0-9a-f]+;[12]$")
_UNIQUE = re.compile(r"-[0-9a-f]{6,}(;[12])?$")
_LONG_NUMBER = re.compile(r"\+?\d{5,20}$")
_NUMBER = re.compile(r"\+?\d{3,20}$")
_CLID = re.compile(r"<(\+?\d+)>")


def device(channel: str) -> str:
    """The device of a channel: ``PJSIP/1001-0000002a`` is PJSIP/1001, ``Local/1@agents-07;1`` is Local/1@agents."""
    return _UNIQUE.sub("", channel)


def pair(channel: str) -> str:
    """What both halves of a Local channel share; the channel itself otherwise."""
    return channel[:-2] if channel.startswith("Local/") and channel.endswith((";1", ";2")) else channel


def local_target(channel: str) -> tuple[str, str]:
    """Extension and context of a Local channel, else two empty texts."""
    found = _LOCAL.match(channel)
    return (found.group(1), found.group(2)) if found else ("", "")


def is_local(channel: str) -> bool:
    """Whether the channel is one of Asterisk's own, not a telephone or a line."""
    return channel.startswith("Local/")


def is_long_number(text: str) -> bool:
    """Whether this can be a customer's number: five digits or more, so neither "s" nor an agent's extension."""
    return _LONG_NUMBER.match(text) is not None


def is_number(text: str) -> bool:
    """Whether this can be any telephone number; "s", "anonymous" and "" are none."""
    return _NUMBER.match(text) is not None


def clid_number(clid: str) -> str:
    """The number inside ``"name" <number>``, else empty."""
    found = _CLID.search(clid)
    return found.group(1) if found else ""


def first_argument(appdata: str) -> str | None:
    """The first argument of an application: the queue of Queue()."""
    return appdata.split(",", 1)[0].strip() or None


def whole_seconds(since: datetime, until: datetime) -> int:
    """Whole seconds between two moments, rounded, never negative."""
    return max(0, round((until - since).total_seconds()))
