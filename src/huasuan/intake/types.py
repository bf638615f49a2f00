"""What the door takes in and what it answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huasuan.kernel.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One fact on its way in. ``number`` is its place in the delivery (line or index), ``raw`` what was sent.

    ``known_at`` may state when the business learned of it (a backfill); otherwise it is the time of the batch.
    """

    number: int
    source_key: str
    fact: object
    raw: bytes
    known_at: datetime | None = None


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
class Batch:
    """One delivery: who sent it, from where and when."""

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
