"""Making records by the million: frozen dataclasses with many fields, at the price of plain ones."""

from collections.abc import Callable
from dataclasses import MISSING, field, fields, make_dataclass
from functools import cache
from typing import TypeVar

Record = TypeVar("Record")


@cache
def maker(record: type[Record]) -> Callable[..., Record]:
    """A faster way to call ``record``, a frozen dataclass with slots; it takes the same keywords.

    The constructor of a frozen dataclass goes through ``object.__setattr__`` for every field: 6 µs for a call with its
    45 fields, 1.5 µs when a plain twin with the same slots is filled and then declared to be the record. Python
    checks that both have the same layout.
    """
    twin = make_dataclass(
        f"{record.__name__}Draft",
        [
            (item.name, object, field())
            if item.default is MISSING and item.default_factory is MISSING
            else (item.name, object, field(default=item.default))
            if item.default_factory is MISSING
            else (item.name, object, field(default_factory=item.default_factory))
            for item in fields(record)  # type: ignore[arg-type]
        ],
        slots=True,
        kw_only=True,
    )

    def make(**values: object) -> Record:
        draft = twin(**values)
        draft.__class__ = record
        made: Record = draft
        return made

    return make
