"""A lead typed in by whoever met the person: at a fair, in a shop, on the telephone (S3-31)."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from huasuan.consent import MARKETING
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.leads.cases import tell

ORIGINS = ("fair", "shop", "call", "referral", "visit", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is typed in. ``phone`` is in E.164 form; ``source`` says which fair or shop.

    evidence: how they agreed to be called; without it they did not. mine: whoever types keeps the lead, else it is
    given by the rules.
    """

    phone: str
    origin: str
    name: str | None = None
    company: str | None = None
    source: str | None = None
    industry: str | None = None
    region: str | None = None
    interest: str | None = None
    evidence: str | None = None
    mine: bool = True


def enter(connection: Connection, *, workspace: int, agent: str, team: str | None, entry: Entry, at: datetime) -> str:
    """Have the lead told, and what its person agreed to; its key. It is a case about a second later.

    Raises
    ------
    InvalidInput
        ``bad_origin``
    """
    if entry.origin not in ORIGINS:
        raise InvalidInput(
            "bad_origin",
            Text(zh="未知的进线方式", en="there is no such origin"),
            Text(zh=f"可用：{'、'.join(ORIGINS)}", en=f"There are: {', '.join(ORIGINS)}"),
        )
    key = f"entered-{secrets.token_hex(8)}"
    said: dict[str, object | None] = {
        "key": key, "created_at": at.isoformat(), "phone": entry.phone, "origin": entry.origin, "name": entry.name,
        "company": entry.company, "source": entry.source, "industry": entry.industry, "region": entry.region,
        "interest": entry.interest,
    }  # fmt: skip
    if entry.mine:
        said |= {"agent": agent, "team": team, "assigned_at": at.isoformat()}
    tell(connection, workspace=workspace, kind="lead", record={k: v for k, v in said.items() if v})
    if entry.evidence:
        consent = {
            "key": key, "at": at.isoformat(), "purpose": MARKETING, "given": True, "phone": entry.phone,
            "channel": "call", "evidence": f"{entry.origin}, {agent}: {entry.evidence}",
        }  # fmt: skip
        tell(connection, workspace=workspace, kind="consent", record=consent)
    return key
