"""What taking a batch back means for one fact, decided from its stored versions alone.

Every stored version but those of an undo says something; the ones that still hold, in the order of what was known when,
are the fact's history. To undo a batch is to take its version out of that history and to write what then holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from huasuan.intake.queries import Rewrite, Version


class _Held(NamedTuple):
    """A version that still holds. ``since`` is the number it was first written under (see ``service._kept_old``)."""

    row: Version
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """What to write for one fact. ``by`` names the later batch of a conflict; then nothing is written."""

    rewrites: tuple[Rewrite, ...] = ()
    gone: bool = False
    by: int | None = None


def undoing(
    versions: Sequence[Version], *, batch: int, undo: int, undoes: Mapping[int, int], history: bool
) -> Undoing | None:
    """How batch ``batch`` is taken out of one fact by batch ``undo``; None where it has no part in the fact (any more).

    Parameters
    ----------
    versions
        All versions of the fact in order.
    undoes
        Each undo batch and the batch it takes back.
    history
        Whether the kind of fact is read as known on a date; then every date must read as if the batch had never been.
    """
    held = _held(versions, undoes)
    at = next((place for place, one in enumerate(held) if one.row.batch == batch), None)
    if at is None:
        return None
    mine, above, rest = held[at], held[at + 1 :], held[:at] + held[at + 1 :]
    later = next((one for one in reversed(above) if one.since > mine.since), None)
    if later is not None:
        return Undoing(by=later.row.batch)
    last = versions[-1]
    if history:
        moments = sorted({one.known_at for one in versions if one.known_at >= mine.row.known_at})
        wanted = [(moment, _standing(rest, moment)) for moment in moments]
        changes = [(moment, row) for moment, row in wanted if _differs(versions, moment, row)] or wanted[:1]
    else:
        row = rest[-1].row if rest else None
        changes = [(mine.row.known_at if row is None else row.known_at, row)]
    rewrites = tuple(
        Rewrite(
            version=last.version + number,
            fact_id=last.fact_id,
            batch=undo,
            known_at=moment,
            gone=row is None,
            seq=(row or mine.row).seq,
        )
        for number, (moment, row) in enumerate(changes, start=1)
    )
    return Undoing(rewrites=rewrites, gone=not rest)


def _held(versions: Sequence[Version], undoes: Mapping[int, int]) -> list[_Held]:
    """The versions that hold, oldest knowledge first."""
    held: list[_Held] = []
    for row in versions:
        undone = undoes.get(row.batch)
        if undone is not None:
            held = [one for one in held if one.row.batch != undone]
            continue
        again = next((one for one in held if (one.row.batch, one.row.item) == (row.batch, row.item)), None)
        if again is not None:
            held.remove(again)
        held.append(_Held(row, row.version if again is None else again.since))
    return sorted(held, key=lambda one: (one.row.known_at, one.row.version))


def _standing(held: Sequence[_Held], moment: int) -> Version | None:
    """What holds as known at a moment."""
    known = [one.row for one in held if one.row.known_at <= moment]
    return known[-1] if known else None


def _differs(versions: Sequence[Version], moment: int, wanted: Version | None) -> bool:
    """Whether what is read today as known at a moment is not what should be."""
    shown = max((one for one in versions if one.known_at <= moment), key=lambda one: (one.known_at, one.version))
    return shown.gone != (wanted is None) or (wanted is not None and shown.content != wanted.content)
