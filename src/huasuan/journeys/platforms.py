"""What a platform must be able to do to be told conversions; a connector's folder does it, the outbox knows none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from huasuan.journeys.conversions import Conversion, Goal, Row, Unsendable
from huasuan.kernel.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Somebody who is told of conversions with one of ``goals`` that happened from ``since`` on.

    secret: signs what is sent, or stands for the account; per_minute: requests at most. ``id`` 0: a new one.
    """

    id: int = 0
    name: str
    platform: str
    address: str
    secret: str
    goals: tuple[Goal, ...]
    since: datetime
    per_minute: int = 60
    active: bool = True
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A POST."""

    address: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back. ``retry_after``: seconds the other side asked to be left alone."""

    status: int
    body: bytes
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A row the platform did not take, by its key; ``again``: later it may."""

    code: str
    text: Text
    again: bool = False


class Platform(Protocol):
    """One kind of target."""

    name: str
    rows_a_request: int

    def row_of(self, conversion: Conversion, now: datetime) -> Row | Unsendable:
        """The platform's own row, or why it is not told."""
        ...

    def request(self, target: Target, rows: Sequence[Row], batch: str, now: datetime) -> Request:
        """All rows of one method in one request; ``batch`` is the same in every attempt."""
        ...

    def refused(self, reply: Reply, rows: Sequence[Row]) -> Mapping[str, Refused]:
        """The rows that an otherwise good reply refuses, by key."""
        ...
