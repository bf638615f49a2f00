"""What the door takes in and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from huasuan.kernel.text import Text


class Item(NamedTuple):
    """One fact on its way in; a tuple, because an import makes a million of them.

    ``number`` is its place in the delivery (line or index). ``known_at`` may state when the business learned of it (a
    backfill); otherwise it is the time of the batch.
    """

    number: int
    source_key: str
    fact: Any
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawLines:
    """What was sent, one line an item: ``lines[n]`` came as item ``first + n``, an empty one as no item."""

    first: int
    lines: Sequence[bytes]


Status = Literal["created", "corrected", "unchanged", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The answer for one item; a refused one says why and what to do."""

    number: int
    source_key: str | None
    status: Status
    code: str | None = None
    text: Text | None = None
    remedy: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a chunk: a status for each item in order, and the full answer for each refused one by place."""

    statuses: list[Status]
    refusals: Mapping[int, Outcome] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One delivery: who sent it, from where and when; ``next_item`` is where it goes on after a stop."""

    id: int
    workspace: int
    kind: str
    source: str
    started_at: datetime
    next_item: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many items of a delivery ended which way."""

    created: int = 0
    corrected: int = 0
    unchanged: int = 0
    refused: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(
            created=self.created + other.created,
            corrected=self.corrected + other.corrected,
            unchanged=self.unchanged + other.unchanged,
            refused=self.refused + other.refused,
        )
