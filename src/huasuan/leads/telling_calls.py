"""A call from the desk as a fact: when, by whom, to whom, by which script and with which result (S3-38, S0-36)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from huasuan.kernel.time import from_micros, to_micros
from huasuan.leads.cases import settings_of, team_of, tell
from huasuan.leads.reaching import number_of
from huasuan.leads.results import Result
from huasuan.leads.types import Case

# Codes that say how a call failed in the words of the facts; any other without a flag was not answered.
_FAILED = frozenset({"busy", "rejected", "invalid", "congestion", "network_block", "no_answer"})


def call_result(result: Result) -> str:
    """The result class of the facts by the flags of the desk's own result."""
    if result.flags & {"human_answered", "customer_contact"}:
        return "human"
    if "answering_machine" in result.flags:
        return "machine"
    if "unworkable" in result.flags:
        return "invalid"
    return result.code if result.code in _FAILED else "no_answer"


def tell_call(
    connection: Connection, *, workspace: int, case: Case, talk: Row[Any], result: Result, agent: str, at: datetime
) -> None:
    """Tell the call that was written up now, unless the workspace's telephone system tells its calls itself.

    The desk hears nothing of the line: it knows when somebody answered only if the agent said so. Without that a talk
    has no length rather than a wrong one that counts the ringing.
    """
    if settings_of(connection, workspace=workspace).desk_calls == "never":
        return
    ended = talk.ended_at or to_micros(at)
    spoke = call_result(result) == "human"
    times = {
        "dialed_at": talk.begun_at,
        "answered_at": talk.answered_at,
        "ended_at": ended if talk.answered_at is not None or not spoke else None,
    }
    record: dict[str, object | None] = {
        "key": f"talk-{talk.id}",
        "direction": "out",
        **{name: from_micros(value).isoformat() for name, value in times.items() if value is not None},
        "wrap_seconds": max(0, (to_micros(at) - ended) // 1_000_000),
        "result": call_result(result),
        "right_party": True if "customer_contact" in result.flags else None,
        "disposition": result.code,
        "called": number_of(connection, workspace=workspace, case=case),
        "lead": case.source_key,
        "agent": agent,
        "team": team_of(connection, workspace=workspace, agent=agent),
        "campaign": case.traits.campaign,
        "list": case.traits.list,
        "script_version": script_said(talk.script, talk.script_version),
    }
    tell(connection, workspace=workspace, kind="call", record={k: v for k, v in record.items() if v is not None})


def script_said(name: str | None, version: int | None) -> str | None:
    """A script and its version as one word, as reports compare them."""
    return None if name is None else name if version is None else f"{name} v{version}"
