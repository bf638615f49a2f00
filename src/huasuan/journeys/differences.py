"""What is still to be told of a conversion: the difference between how it stands now and what was told last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from huasuan.journeys.conversions import Conversion, Step

State = Literal["waiting", "sending", "sent", "failed", "uncertain", "unsendable", "dropped"]
_OVER = ("sent", "dropped")
# Platforms know moments by the second.
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One word of the outbox about a conversion. bound: part of a request whose end is not noted yet, or
    sent once more."""

    id: int
    state: State
    step: Step
    value_minor: int | None
    currency: str
    junk: bool = False
    bound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What to do about a conversion.

    over: an open line that says what is not so any more; step: what the platform is to be told, if anything; told: the
    line it was told last; again: how often the conversion was taken back before. hindered: an open line that says what
    is so, but could not be sent; what hindered it may have gone.
    """

    over: Line | None = None
    step: Step | None = None
    told: Line | None = None
    again: int = 0
    hindered: Line | None = None


NOTHING = Difference()


def difference(now: Conversion | None, lines: Sequence[Line]) -> Difference:
    """Compare how a conversion stands now with what a platform was told of it (S2-32, S2-46).

    now: None where the facts know it no more, step ``retraction`` where nothing is left of it; a ``junk_reason`` says
    that it is not to count. lines: all there are of it, in order; at most the last one is open. Nothing is decided
    while a line is on its way or uncertain, nor about a sale whose value nobody knows.
    """
    last = lines[-1] if lines else None
    pending = None if last is None or last.state in _OVER else last
    if pending is not None and (pending.bound or pending.state in {"sending", "uncertain"}):
        return NOTHING
    if now is not None and now.goal == "sale" and now.step != "retraction" and now.value_minor is None:
        return NOTHING
    sent = [line for line in lines if line.state == "sent"]
    told = sent[-1] if sent else None
    step = _step(now, told)
    again = sum(line.junk or line.step == "retraction" for line in sent)
    if pending is not None and step is not None and _says(pending, step, now):
        if pending.state != "unsendable":
            return NOTHING
        return Difference(step=step, told=told, again=again, hindered=pending)
    return Difference(over=pending, step=step, told=told, again=again)


def _step(now: Conversion | None, told: Line | None) -> Step | None:
    stands = told is not None and told.step != "retraction" and not told.junk
    junk = now is not None and now.junk_reason is not None
    wanted = now is not None and now.step != "retraction" and not junk
    if wanted and not stands:
        return "conversion"
    if stands and not wanted:
        return "retraction"
    if now is not None and told is not None and stands and _differs(now, told):
        return "restatement"
    # Who is told of junk at all is told so at once; elsewhere it is listed with the reason.
    return "conversion" if junk and told is None else None


def _differs(now: Conversion, told: Line) -> bool:
    """A call is worth what its goal was worth when it was told (ADR 0033); a sale what it is."""
    return now.goal == "sale" and (now.value_minor, now.currency) != (told.value_minor, told.currency)


def _says(line: Line, step: Step, now: Conversion | None) -> bool:
    """Whether an open line says already what is to be told."""
    if line.step != step or line.junk != (now is not None and now.junk_reason is not None):
        return False
    return step == "retraction" or (now is not None and not _differs(now, line))


def changed_when(now: Conversion | None, before: Conversion, at: datetime) -> datetime:
    """When it changed: as the facts say, if that came after what was told; else now, when it was found.

    Always a second later at the least: platforms take corrections of one moment for the same one.
    """
    least = (before.changed_at or before.happened_at) + _SECOND
    said = None if now is None else now.changed_at
    return said if said is not None and least <= said <= at else max(at, least)
