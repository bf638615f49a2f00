"""What ad platforms may be told: goals a call reached, sales, and what came back; never a repeat or junk call."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from huasuan.kernel.text import Text

Goal = Literal["call", "unique_call", "target_call", "unique_target_call", "sale"]
Step = Literal["conversion", "retraction", "restatement"]
Consent = Literal["granted", "denied", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """One thing to tell a platform. Times are aware; money in minor units of ``currency``.

    key: our own name of it, the same in every attempt; platforms recognise a repetition by it.
    step: a conversion, its retraction (cancelled, all returned), or its restatement at ``value_minor`` (part returned).
    happened_at: when the call ended or the sale was made; changed_at: when it was taken back or restated.
    click ids: what the visit brought along; landing_url with bd_vid for Baidu; client_id and session_id are those
    of GA4, ym_client that of Yandex Metrica. person: the call whose caller it was, where that is known; who that is
    is looked up when it is sent and never kept here. told_minor: of a correction, the value told last, where that was
    in the same currency. again: how often it was taken back at the platform before. talk_seconds, missed: of a call.
    unsure: of an answered call of which nobody knows how long they talked, nor said what it was worth.
    """

    key: str
    goal: Goal
    step: Step = "conversion"
    happened_at: datetime
    changed_at: datetime | None = None
    clicked_at: datetime | None = None
    called_at: datetime | None = None
    gclid: str | None = None
    gbraid: str | None = None
    wbraid: str | None = None
    clickid: str | None = None
    qz_gdt: str | None = None
    yclid: str | None = None
    landing_url: str | None = None
    client_id: str | None = None
    session_id: str | None = None
    ym_client: str | None = None
    person: int | None = None
    value_minor: int | None = None
    told_minor: int | None = None
    currency: str = "CNY"
    junk_reason: str | None = None
    again: int = 0
    talk_seconds: int | None = None
    missed: bool = False
    unsure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who it was, as far as it is known at the moment of sending, and what the person said about ad platforms.

    phone: E.164; it leaves the house only hashed, except where a platform matches callers by it.
    may_leave: whether number and address may go where the platform keeps them (rule R14).
    """

    phone: str | None = None
    email: str | None = None
    user_data: Consent = "unknown"
    personalization: Consent = "unknown"
    may_leave: bool = False


NOBODY = Person()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a request to ``method``, in the platform's own JSON.

    not_before, not_after: when the platform takes it. person: as of the conversion, where the row may name it.
    """

    method: str
    key: str
    payload: dict[str, Any]
    not_before: datetime | None = None
    not_after: datetime | None = None
    person: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsendable:
    """Why a platform is not told; said beforehand, so that nothing is sent that it would refuse."""

    key: str
    code: str
    text: Text


def unsendable(conversion: Conversion, code: str, zh: str, en: str) -> Unsendable:
    """The reason, in both languages."""
    return Unsendable(key=conversion.key, code=code, text=Text(zh=zh, en=en))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSaid:
    """What is known of an inbound call when it has ended (see docs/definitions.md)."""

    excluded: bool
    call_class: Literal["target", "grey", "junk"] | None
    is_unique: bool
    is_unique_target: bool
    is_repeat: bool


def goals_of(call: CallSaid) -> tuple[Goal, ...]:
    """The goals a call reached (S2-17, S2-28). Neither junk nor a repeat within the sales cycle is a target (S2-32).

    In trades people come back to there is no cycle (``cycle_days`` 0), so no call repeats another and each target
    call counts (S2-26).
    """
    if call.excluded:
        return ()
    goals: list[Goal] = ["call"]
    if call.is_unique:
        goals.append("unique_call")
    if call.call_class == "target":
        if not call.is_repeat:
            goals.append("target_call")
        if call.is_unique_target:
            goals.append("unique_target_call")
    return tuple(goals)


def hashed(text: str) -> str:
    """SHA-256 in hexadecimal of a tidied address or E.164 number, as Google and others match people by."""
    return hashlib.sha256(text.strip().lower().encode()).hexdigest()
