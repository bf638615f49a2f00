"""Facts as they are written outside the program: JSON records checked against the shape of the fact.

Money is a decimal string ("12.50") under the field's name without ``_minor``; a JSON float is refused for money,
because it may already have lost a fen. Times carry a zone. Unknown fields are refused by name, so that a misspelt
field is noticed and not silently dropped.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError, create_model

from huasuan.facts.shape import Field, shape_of
from huasuan.intake.files.errors import CellRefused
from huasuan.intake.files.phones import parse_phone
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.money import to_minor
from huasuan.kernel.text import Text

_TEXT_LIMIT = 4096
_LIST_LIMIT = 500
_EARLIEST, _LATEST = 1970, 2200


def _no_float(value: object) -> object:
    if isinstance(value, float):
        msg = 'money must be a string such as "12.50" or a whole number, not a float'
        raise ValueError(msg)  # noqa: TRY004  pydantic turns ValueError into a field error
    return value




WireText = Annotated[str, StringConstraints(max_length=_TEXT_LIMIT, strip_whitespace=True)]
WireMoney = Annotated[Decimal, BeforeValidator(_no_float)]
_TYPES: dict[type, Any] = {
    str: WireText,
    int: int,
    float: float,
    bool: bool,
    datetime: AwareDatetime,
    date: date,
    Decimal: Decimal,
}


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A record from outside that has the right shape."""

    key: str | None
    known_at: datetime | None
    fact: Any


@cache
def wire_model(record: type, *, top: bool = True) -> type[BaseModel]:
    """The JSON shape of a fact, with ``key`` (its source key) and ``known_at`` beside its fields."""
    definitions: dict[str, Any] = {}
    if top:
        definitions["key"] = (WireText | None, None)
        definitions["known_at"] = (AwareDatetime | None, None)
    for field in shape_of(record):
        kind = _wire_type(field)
        definitions[field.wire_name] = (kind, ...) if field.required else (kind | None, None)
    return create_model(f"{record.__name__}Record", __base__=_Record, __doc__=record.__doc__, **definitions)


def _wire_type(field: Field) -> Any:  # noqa: ANN401
    if field.mark.money:
        return WireMoney
    if field.choices:
        return Literal[field.choices]
    base = _TYPES.get(field.type) or wire_model(field.type, top=False)
    return list[base] if field.many else base  # type: ignore[valid-type]


def parse_record(record: type, raw: Mapping[str, object] | object, *, region: str = "CN") -> Parsed:
    """A fact from one JSON record.

    Raises
    ------
    InvalidInput
        ``bad_record`` naming every field at fault, or the money and phone errors of those fields.
    """
    try:
        model = wire_model(record).model_validate(raw)
    except ValidationError as error:
        raise _bad_record(error) from error
    values = {name: getattr(model, name) for name in model.model_fields_set}
    key = values.pop("key", None)
    known_at = values.pop("known_at", None)
    return Parsed(key=key or None, known_at=known_at, fact=_build(record, values, region))


def _build(record: type, values: dict[str, Any], region: str) -> Any:  # noqa: ANN401  any fact
    currency = values.get("currency") or "CNY"
    return record(**{name: value for name, value in _converted(record, values, currency, region) if value is not None})


def _converted(record: type, values: dict[str, Any], currency: str, region: str) -> list[tuple[str, Any]]:
    found = []
    for field in shape_of(record):
        value = values.get(field.wire_name)
        if value is not None and value != "":
            found.append((field.name, _convert(field, value, currency, region)))
    return found


def _convert(field: Field, value: Any, currency: str, region: str) -> Any:  # noqa: ANN401
    convert = _converter(field, currency, region)
    if field.many:
        if len(value) > _LIST_LIMIT:
            raise InvalidInput(
                "too_many_parts",
                Text(zh=f"{field.name} 超过 {_LIST_LIMIT} 项", en=f"{field.name} has more than {_LIST_LIMIT} parts"),
            )
        return tuple(part for part in (convert(part) for part in value) if part is not None)
    return convert(value)


def _converter(field: Field, currency: str, region: str) -> Callable[[Any], Any]:
    if field.mark.money:
        return lambda value: to_minor(value, currency)
    if field.mark.identity == "phone":
        return lambda value: _phone(value, region)
    if field.type is datetime:
        return _checked_time
    if isinstance(field.type, type) and field.type not in _TYPES:
        return lambda value: _nested(field.type, value, currency, region)
    return _same


def _nested(record: type, model: BaseModel, currency: str, region: str) -> Any:  # noqa: ANN401
    values = {name: getattr(model, name) for name in model.model_fields_set}
    return record(**dict(_converted(record, values, currency, region)))


def _phone(value: str, region: str) -> str | None:
    try:
        return parse_phone(value, region)
    except CellRefused as error:
        fault = error.fault
        raise InvalidInput(
            fault.code, Text(zh=fault.zh, en=fault.en), Text(zh=fault.remedy_zh, en=fault.remedy_en)
        ) from error


def _same(value: Any) -> Any:  # noqa: ANN401
    return value


def _checked_time(value: datetime) -> datetime:
    if not _EARLIEST <= value.year < _LATEST:
        raise InvalidInput(
            "impossible_time",
            Text(zh=f"时间 {value} 不可能", en=f"the time {value} cannot be"),
            Text(zh=f"年份须在 {_EARLIEST} 与 {_LATEST} 之间。", en=f"The year must be from {_EARLIEST} to {_LATEST}."),
        )
    return value


def _bad_record(error: ValidationError) -> InvalidInput:
    faults = "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'record'}: {fault['msg']}" for fault in error.errors()[:5]
    )
    return InvalidInput(
        "bad_record",
        Text(zh=f"记录不符合格式：{faults}", en=f"the record does not have the right shape: {faults}"),
        Text(zh="字段见 /docs。", en="See /docs for the fields."),
    )
