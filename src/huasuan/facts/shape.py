"""The shape of a fact: its fields as the store, the API and the file import need to see them.

One reading of the dataclass serves them all, so a field is added in one place.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from huasuan.facts.marks import Mark

_PLAIN = Mark()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its bare Python type, whether it may be missing, its choices and its mark.

    ``type`` is one of str, int, float, bool, datetime, date, Decimal; for ``many`` it is the type of the parts, which
    may also be a nested record.
    """

    name: str
    type: type
    required: bool
    many: bool
    choices: tuple[str, ...]
    mark: Mark

    @property
    def wire_name(self) -> str:
        """The name outside the program: money is written as a decimal, so ``amount_minor`` becomes ``amount``."""
        return self.name.removesuffix("_minor") if self.mark.money else self.name


@cache
def shape_of(record: type) -> tuple[Field, ...]:
    """The fields of a fact (or nested record) in their order."""
    hints = get_type_hints(record, include_extras=True)
    return tuple(
        _field(item.name, hints[item.name], required=item.default is MISSING and item.default_factory is MISSING)
        for item in fields(record)
    )


def _field(name: str, hint: Any, *, required: bool) -> Field:  # noqa: ANN401  annotations are what is read here
    bare, mark, many = _strip(hint)
    choices: tuple[str, ...] = ()
    if get_origin(bare) is Literal:
        choices = get_args(bare)
        bare = str
    return Field(name=name, type=bare, required=required, many=many, choices=choices, mark=mark)


def _strip(hint: Any) -> tuple[Any, Mark, bool]:  # noqa: ANN401
    """Take Optional, Annotated and tuple[...] off a type hint."""
    if get_origin(hint) in (Union, UnionType):
        parts = [part for part in get_args(hint) if part is not NoneType]
        return _strip(parts[0])
    if get_origin(hint) is tuple:
        bare, mark, _ = _strip(get_args(hint)[0])
        return bare, mark, True
    if get_origin(hint) is Annotated:
        bare, *marks = get_args(hint)
        inner, _, many = _strip(bare)
        return inner, next((mark for mark in marks if isinstance(mark, Mark)), _PLAIN), many
    return hint, _PLAIN, False


SCALARS: Mapping[type, str] = {
    str: "text",
    int: "int",
    float: "float",
    bool: "bool",
    datetime: "time",
    date: "date",
    Decimal: "decimal",
}
