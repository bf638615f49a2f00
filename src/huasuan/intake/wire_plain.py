"""The quick way for records of the plainest kind, which are nearly all of them; ``wire`` decides about the rest.

What is read here would be read to the same fact there (a test holds it), at a third of the time.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from math import isfinite
from typing import Any

from huasuan.facts.shape import Field, shape_of
from huasuan.intake.files.phones import phone_parser
from huasuan.intake.making import maker

TEXT_LIMIT = 4096
EARLIEST, LATEST = 1970, 2200
# Every whole number up to here is exact in JSON readers and fits BIGINT with room for sums.
LARGEST = 2**53

Reader = Callable[[Any], Any]
_SHORTEST_TIME = len("2026-03-05T09:30Z")


class NotPlain(Exception):
    """A value that needs a closer look, or to be refused in the right words."""


def read_plain(record: type, raw: dict[str, object], *, region: str) -> tuple[str | None, datetime | None, Any]:
    """(key, known_at, fact) of a JSON record.

    Raises
    ------
    NotPlain
        Anything else must be read the exact way.
    """
    readers, required, make = _readers(record, region), _required(record), maker(record)
    found: dict[str, Any] = {}
    try:
        for name, value in raw.items():
            reader = readers[name]
            if value is not None and (read := reader(value)) is not None:
                found[name] = read
    except Exception as error:
        # Whatever went wrong, the exact way says it in its own words.
        raise NotPlain from error
    if not required <= found.keys():
        raise NotPlain
    key, known_at = found.pop("key", None), found.pop("known_at", None)
    return key, known_at, make(**found)


@cache
def _required(record: type) -> frozenset[str]:
    return frozenset(field.name for field in shape_of(record) if field.required)


@cache
def _readers(record: type, region: str) -> dict[str, Reader]:
    """By field; a field that is missing here is never plain (amounts, lists, nested records)."""
    readers = {field.name: reader for field in shape_of(record) if (reader := _reader(field, region)) is not None}
    return {"key": _text, "known_at": _time, **readers}


def _reader(field: Field, region: str) -> Reader | None:
    if field.many or field.mark.money:
        return None
    if field.choices:
        return _choice(frozenset(field.choices))
    if field.mark.identity == "phone":
        return _phone(region)
    readers: dict[type, Reader] = {
        str: _text,
        int: _whole,
        float: _fraction,
        bool: _yes_or_no,
        datetime: _time,
        date: _day,
    }
    return readers.get(field.type)


def _text(value: Any) -> str | None:  # noqa: ANN401
    if value.__class__ is not str or len(value) > TEXT_LIMIT or value != value.strip():
        raise NotPlain
    return value or None


def _whole(value: Any) -> int:  # noqa: ANN401
    if value.__class__ is not int or not -LARGEST <= value <= LARGEST:
        raise NotPlain
    number: int = value
    return number


def _fraction(value: Any) -> float:  # noqa: ANN401
    if value.__class__ is not float or not isfinite(value):
        raise NotPlain
    number: float = value
    return number


def _yes_or_no(value: Any) -> bool:  # noqa: ANN401
    if value.__class__ is not bool:
        raise NotPlain
    answer: bool = value
    return answer


def _time(value: Any) -> datetime:  # noqa: ANN401
    if value.__class__ is not str or len(value) < _SHORTEST_TIME or value[4::3][:4] != "--T:":
        raise NotPlain
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None or not EARLIEST < moment.year < LATEST:
        raise NotPlain
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _day(value: Any) -> date:  # noqa: ANN401
    if value.__class__ is not str or len(value) != len("2026-03-05") or value[4] != "-":
        raise NotPlain
    return date.fromisoformat(value)


def _choice(choices: frozenset[str]) -> Reader:
    def read(value: Any) -> str:  # noqa: ANN401
        if value not in choices:
            raise NotPlain
        word: str = value
        return word

    return read


def _phone(region: str) -> Reader:
    parse = phone_parser(region)
    return lambda value: parse(_text(value))
