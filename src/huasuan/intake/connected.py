"""Facts that a connector has read out of another system's files, on their way through the door."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import orjson

from huasuan.facts.calls import Call
from huasuan.intake import service
from huasuan.intake.door import CHUNK, close_delivery, start_delivery
from huasuan.intake.files.errors import CellRefused
from huasuan.intake.files.phones import extension_of, parse_phone
from huasuan.intake.kinds import kind_named
from huasuan.intake.types import Item, Outcome, RawLines, Tally
from huasuan.store import Store

# A masked number, or several in one field, would make one person of many.
_NOBODY = frozenset({"phone_masked", "several_phones", "number_ruined"})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedFact:
    """A fact with its key in the system it comes from and the lines it was read from."""

    key: str
    fact: object
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """How far a delivery has come: its batch, what became of it so far, and what was refused in the last chunk."""

    batch: int
    tally: Tally
    refusals: tuple[Outcome, ...]


def deliver_facts(
    store: Store, *, workspace: int, kind_name: str, source: str, origin: str, name: str, facts: Iterable[KeyedFact]
) -> Iterator[Connected]:
    """Take any number of facts in one batch, a transaction a chunk; yields after each, at least once.

    Delivered again, the same facts change nothing, so a stopped delivery is simply started anew.
    """
    kind = kind_named(kind_name)
    with store.write() as connection:
        batch = start_delivery(connection, workspace=workspace, kind=kind, source=source, origin=origin, name=name)
    pending = iter(facts)
    state = Connected(batch=batch.id, tally=Tally(), refusals=())
    while chunk := list(islice(pending, CHUNK)):
        first = batch.next_item
        items = [Item(number, fact.key, fact.fact) for number, fact in enumerate(chunk, start=first)]
        raw = RawLines(first=first, lines=[orjson.dumps(fact.raw.decode("utf-8", "replace")) for fact in chunk])
        with store.write() as connection:
            taken = service.take(connection, batch=batch, kind=kind, items=items, raw=raw, next_item=first + len(chunk))
        batch = replace(batch, next_item=first + len(chunk))
        state = Connected(
            batch=batch.id,
            tally=state.tally + service.tally_of(taken.statuses, refused=0),
            refusals=tuple(taken.refusals.values()),
        )
        yield state
    close_delivery(store, batch)
    if not batch.next_item:
        yield state


def with_canonical_numbers(call: Call, *, region: str = "CN") -> Call:
    """The call with both numbers as the other sources write them; an extension or short code stays as it is.

    The code that a caller dialled after our number is the call's extension.
    """
    dialled = extension_of(call.called) if call.direction == "in" else None
    caller, called = _number(call.caller, region), _number(call.called, region)
    return replace(call, caller=caller, called=called, extension=call.extension or dialled)


def _number(value: str | None, region: str) -> str | None:
    if value is None:
        return None
    try:
        return parse_phone(value, region)
    except CellRefused as error:
        return None if error.fault.code in _NOBODY else value.strip() or None
