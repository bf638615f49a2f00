"""What a platform must be able to do to be told conversions; a connector's folder does it, the outbox knows none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from huasuan.journeys.conversions import Conversion, Goal, Person, Row, Unsendable
from huasuan.kernel.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountField:
    """Something a platform wants to know of an account; a ``secret`` is kept encrypted and never shown again."""

    name: str
    text: Text
    pattern: str = r"[\x21-\x7e]{1,500}"
    secret: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Somebody who is told of conversions with one of ``goals`` that happened from ``since`` on.

    address: where to send, in place of the platform's own; account, secrets: the platform's fields by name;
    per_minute: requests at most. trouble: what hinders the whole target. ``id`` 0: a new one.
    """

    id: int = 0
    name: str
    platform: str
    address: str = ""
    account: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    goals: tuple[Goal, ...]
    since: datetime
    goals_since: Mapping[Goal, datetime] = field(default_factory=dict)
    per_minute: int = 60
    active: bool = True
    paused_until: datetime | None = None
    trouble: Text | None = None

    def told_from(self, goal: Goal) -> datetime:
        """From when on it is told of a goal."""
        return self.goals_since.get(goal, self.since)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent."""

    address: str
    headers: Mapping[str, str]
    body: bytes
    verb: Literal["POST", "GET"] = "POST"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A request that was not taken as a whole.

    for_good: the same request would be refused for ever; pause: the whole target is left alone for a while;
    unknown: it may have been taken all the same; stale: the access token is not valid any more;
    after_seconds: how long the other side asked to wait.
    """

    code: str
    text: Text
    for_good: bool = False
    pause: bool = False
    unknown: bool = False
    stale: bool = False
    after_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What opens an account for a while."""

    text: str = field(repr=False)
    until: datetime


class Platform(Protocol):
    """One kind of target.

    address: its own; fields: what it must know of an account. knows_repeats: a row sent twice counts once there; where
    it does not, a request without a known end is not repeated by itself. takes_back: what it allows to be taken back.
    counts_junk: it counts calls of any kind; else it bids for them, and junk is not to count.
    region: the country in which it keeps what it is told of people (rule R14); empty where it is told nothing of them.
    """

    name: str
    title: Text
    takes_back: Text
    address: str
    fields: tuple[AccountField, ...]
    rows_a_request: int
    knows_repeats: bool
    counts_junk: bool
    region: str

    def row_of(self, conversion: Conversion, target: Target, now: datetime) -> Row | Unsendable:
        """The platform's own row without what names a person, or why it is not told.

        A conversion told ``again`` was taken back before. A correction carries what the platform was told of it.
        """
        ...

    def completed(self, row: Row, person: Person, target: Target) -> Row | Unsendable:
        """The row as it leaves: with what may be said of the person."""
        ...

    def entry(self, target: Target) -> Request | None:
        """How an access token is asked for; None where requests carry all that opens the account."""
        ...

    def token_of(self, reply: Reply, now: datetime) -> Token | Missed:
        """The access token in the reply to ``entry``."""
        ...

    def request(self, target: Target, rows: Sequence[Row], batch: str, now: datetime, token: str) -> Request:
        """All rows of one method in one request; ``batch`` is the same in every attempt."""
        ...

    def read(self, reply: Reply, rows: Sequence[Row]) -> Mapping[str, Refused] | Missed:
        """The rows that were refused, by key, or why the request as a whole was not taken."""
        ...
