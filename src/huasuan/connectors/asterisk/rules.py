"""Direction, numbers and result of one logical call, decided from what its logs show. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from huasuan.connectors.asterisk.causes import from_q850, from_sip, from_status
from huasuan.connectors.asterisk.channels import clid_number, is_long_number, is_number, local_target
from huasuan.connectors.asterisk.see_cdr import root_rows
from huasuan.connectors.asterisk.see_cel import originated, root_events
from huasuan.connectors.asterisk.types import Contact, DirectionRule, Sight, Story
from huasuan.facts.calls import UNKNOWN, Direction

_VOICEMAIL = frozenset({"VoiceMail", "MiniVM", "Record"})
_IVR = frozenset({"BackGround", "Background", "WaitExten", "Read", "Playback", "Wait", "IVRDemo", "ControlPlayback"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The sights of all logs of one call, most trusted first for people and queues: queue_log, CEL, CDR."""

    queue: Sight
    cel: Sight
    cdr: Sight
    amd: str = ""

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """Agents who joined. A queue_log that saw the call leave the queue overrules what CEL and CDR suggest of it."""
        told = bool(self.queue.contacts or self.queue.queue_exit)
        sights = (self.queue,) if told else (self.queue, self.cel, self.cdr)
        queued = next((found for sight in sights if (found := _by(sight, "queue"))), ())
        return queued or _by(self.cel, "dial") or _by(self.cdr, "dial")

    @property
    def answered(self) -> bool | None:
        """Whether the network (out) or the exchange (in) answered; None when no log can tell."""
        told = [sight.answered for sight in (self.cel, self.cdr, self.queue) if sight.answered is not None]
        return any(told) if told else None

    @property
    def queue_exit(self) -> str | None:
        """How the call left its queue without an agent: abandoned, left (as good as), released; else None."""
        return self.queue.queue_exit or self.cel.queue_exit or self.cdr.queue_exit

    @property
    def last_app(self) -> str | None:
        """The last application of the first channel."""
        return self.cel.last_app or self.cdr.last_app

    @property
    def verdict(self) -> str:
        """The answering-machine verdict without its reason: HUMAN, MACHINE, NOTSURE, HANGUP or empty."""
        return self.amd.split("/", 1)[0].upper()


def _by(sight: Sight, application: str) -> tuple[Contact, ...]:
    return tuple(contact for contact in sight.contacts if contact.by == application)


def direction(story: Story, rule: DirectionRule) -> Direction:
    """Inbound or outbound, by the rule documented at DirectionRule."""
    rows, events = root_rows(story), root_events(story)
    starts = [event for event in events if event.kind == "CHAN_START"] or events[:1]
    contexts = {row.context for row in rows[:1]} | {event.context for event in starts}
    contexts |= {local_target(channel)[1] for channel in _root_channels(story)}
    if rule.lead_prefix and story.key.startswith(rule.lead_prefix):
        return "out"
    if contexts & rule.outbound_contexts or originated(story) or any(row.app == "AppDial2" for row in rows):
        return "out"
    caller, called = _root_caller(story), _root_called(story)
    if caller in rule.own_numbers:
        return "out"
    if called in rule.own_numbers or contexts & rule.inbound_contexts:
        return "in"
    return "out" if _is_extension(caller, rule) and is_long_number(called) else "in"


def is_internal(story: Story, rule: DirectionRule) -> bool:
    """Whether one extension called another."""
    caller, called = _root_caller(story), _root_called(story)
    return _is_extension(caller, rule) and _is_extension(called, rule) and called not in rule.own_numbers


def _is_extension(number: str, rule: DirectionRule) -> bool:
    return number.isdecimal() and len(number) <= rule.extension_digits


def _root_channels(story: Story) -> list[str]:
    rows = [row.channel for row in root_rows(story)]
    return rows + [event.channel for event in root_events(story)[:1]]


def _root_caller(story: Story) -> str:
    candidates = [row.src for row in root_rows(story)]
    candidates += [event.cid for event in root_events(story)]
    candidates += [event.caller for event in story.queue]
    return next((number for number in candidates if is_number(number)), "")


def _root_called(story: Story) -> str:
    # CEL keeps the number as dialled; the CDR's dst may already be the extension an IVR jumped to
    events = root_events(story)
    candidates = [event.dnid for event in events]
    candidates += [event.exten for event in events if event.kind == "CHAN_START"]
    candidates += [event.did for event in story.queue]
    candidates += [row.dst for row in root_rows(story)]
    return next((number for number in candidates if is_number(number)), "")


def numbers(story: Story, way: Direction) -> tuple[str | None, str | None]:
    """Caller and called number; None where no line has it."""
    if way == "in":
        return _root_caller(story) or None, _root_called(story) or None
    called = _dialled(story)
    return _shown(story, called), called


def _dialled(story: Story) -> str | None:
    dials = [row for row in story.cdr if row.app == "Dial"]
    candidates = [local_target(channel)[0] for channel in _root_channels(story)]
    candidates += [row.dst for row in dials]
    candidates += [event.exten for event in story.cel if event.kind == "APP_START" and event.app == "Dial"]
    candidates += [event.caller for event in story.queue]
    candidates += [row.dst for row in root_rows(story)]
    return next((number for number in candidates if is_long_number(number)), None)


def _shown(story: Story, called: str | None) -> str | None:
    """Our own number. Through a Local channel the numbers swap between the halves: it is the one not dialled."""
    dials = [row for row in story.cdr if row.app == "Dial"]
    candidates = [row.src for row in dials]
    candidates += [clid_number(row.clid) for row in dials]
    candidates += [event.cid for event in story.cel if event.kind == "APP_START" and event.app == "Dial"]
    candidates += [row.src for row in root_rows(story)]
    candidates += [number for event in root_events(story) for number in (event.ani, event.cid)]
    return next((number for number in candidates if is_long_number(number) and number != called), None)


def amd_of(story: Story) -> str:
    """The answering-machine verdict of any leg."""
    told = [row.amd for row in story.cdr] + [event.amd for event in story.cel]
    return next((amd for amd in told if amd), "")


def outbound_result(evidence: Evidence) -> str:
    """One of OUTBOUND_RESULTS, or unknown.

    Answered is not yet a person: a machine by verdict; human by verdict, or because a queue gave the call to an agent;
    abandoned when it waited for an agent in vain; else answered_unverified, which a call dialled by hand is too.
    """
    if not evidence.answered:
        return _unanswered(evidence)
    if evidence.verdict == "MACHINE":
        return "machine"
    if evidence.contacts:
        return "human"
    if evidence.queue_exit is not None:
        return "abandoned"
    return "human" if evidence.verdict == "HUMAN" else "answered_unverified"


def _unanswered(evidence: Evidence) -> str:
    """SIP code, then Q.850 cause, then DIALSTATUS, then disposition: each is vaguer than the one before."""
    causes = [*evidence.cel.causes, *evidence.cdr.causes]
    told = (
        from_sip(evidence.cdr.sip)
        or from_q850(causes)
        or from_status(evidence.cel.dialstatus)
        or from_status(evidence.cdr.dispositions)
    )
    return told or UNKNOWN


def inbound_result(evidence: Evidence) -> tuple[str, str | None]:
    """``answered``, or ``missed`` with its cause, or unknown. The exchange's own pick-up is no answer."""
    if evidence.contacts:
        return "answered", None
    if evidence.last_app in _VOICEMAIL and evidence.answered:
        return "missed", "voicemail"
    if evidence.queue_exit in ("abandoned", "left"):
        return "missed", "abandoned_queue"
    if evidence.queue_exit == "released":
        return "missed", "no_answer"
    if evidence.answered and evidence.last_app in _IVR:
        return "missed", "abandoned_ivr"
    return _missed_by_status([*evidence.cel.dialstatus, *evidence.cdr.dispositions])


def _missed_by_status(statuses: Sequence[str]) -> tuple[str, str | None]:
    by_status = {"busy": "busy", "no_answer": "no_answer", "congestion": "failed"}
    found = from_status(statuses)
    if found is not None:
        return "missed", by_status[found]
    return ("missed", "failed") if {"FAILED", "CHANUNAVAIL"} & set(statuses) else (UNKNOWN, None)


def raw_cause(evidence: Evidence, story: Story) -> str | None:
    """What the logs said, word for word, as ``name=value`` pairs; kept so that nothing is lost in translation."""
    pairs = [
        ("disposition", "/".join(sorted({row.disposition for row in story.cdr if row.disposition}))),
        ("lastapp", evidence.last_app or ""),
        ("dialstatus", "/".join(evidence.cel.dialstatus)),
        ("sip", "/".join(str(code) for code in dict.fromkeys(evidence.cdr.sip))),
        ("q850", "/".join(str(cause) for cause in dict.fromkeys([*evidence.cel.causes, *evidence.cdr.causes]))),
        ("queue", "/".join(dict.fromkeys(event.kind for event in story.queue))),
        ("amd", evidence.amd),
    ]
    return "; ".join(f"{name}={value}" for name, value in pairs if value) or None


def campaign_of(story: Story) -> str | None:
    """The campaign of any leg: failed and agent legs carry none."""
    return next((row.campaign for row in [*root_rows(story), *story.cdr] if row.campaign), None)


def lead_of(story: Story, rule: DirectionRule) -> str | None:
    """The lead of any leg, else the one in an id such as ``lead-<lead>-<epoch>``."""
    told = next((row.lead for row in [*root_rows(story), *story.cdr] if row.lead), None)
    if told is not None or not rule.lead_prefix:
        return told
    found = re.fullmatch(re.escape(rule.lead_prefix) + r"(.+)-\d{9,10}(?:\.\d+)?", story.key)
    return found.group(1) if found else None
