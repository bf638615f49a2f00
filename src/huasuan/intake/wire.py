"""Facts as they are written outside the program: JSON records checked against the shape of the fact.

Money is a decimal string ("12.50") under the field's name without ``_minor``; a JSON float is refused for money,
because it may already have lost a fen. Times carry a zone. Unknown fields are refused by name, so that a misspelt
field is noticed and not silently dropped.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationError,
    create_model,
)
from pydantic import Field as Number
from pydantic_core import PydanticCustomError

from huasuan.facts.shape import Field, shape_of
from huasuan.intake.files.errors import CellRefused
from huasuan.intake.files.phones import phone_parser
from huasuan.intake.making import maker
from huasuan.intake.wire_plain import EARLIEST, LARGEST, LATEST, TEXT_LIMIT, NotPlain, read_plain
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.faults import said_of
from huasuan.kernel.money import to_minor
from huasuan.kernel.text import Text

_LIST_LIMIT = 500
_MOST_DIGITS, _MOST_DECIMALS = 26, 12


def _no_float(value: object) -> object:
    if isinstance(value, float):
        raise PydanticCustomError("money_as_float", "money must not be a float")
    return value


WireText = Annotated[str, StringConstraints(max_length=TEXT_LIMIT, strip_whitespace=True)]
# An exponent must not turn ten characters into a number of a billion digits.
WireDecimal = Annotated[Decimal, Number(max_digits=_MOST_DIGITS, decimal_places=_MOST_DECIMALS)]
WireMoney = Annotated[WireDecimal, BeforeValidator(_no_float)]
WireInt = Annotated[int, Number(ge=-LARGEST, le=LARGEST)]
_TYPES: dict[type, Any] = {
    str: WireText,
    int: WireInt,
    float: float,
    bool: bool,
    datetime: AwareDatetime,
    date: date,
    Decimal: WireDecimal,
}


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Parsed(NamedTuple):
    """A record from outside that has the right shape; a tuple, because an import makes a million of them."""

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
    if isinstance(raw, dict):
        try:
            key, known_at, fact = read_plain(record, raw, region=region)
        except NotPlain:
            return parse_exactly(record, raw, region=region)
        return Parsed(key, known_at, fact)
    return parse_exactly(record, raw, region=region)


def parse_exactly(record: type, raw: Mapping[str, object] | object, *, region: str = "CN") -> Parsed:
    """As ``parse_record``, by the shape alone."""
    try:
        model = wire_model(record).model_validate(raw)
    except ValidationError as error:
        raise _bad_record(error) from error
    values = {name: getattr(model, name) for name in model.model_fields_set}
    key = values.pop("key", None)
    known_at = values.pop("known_at", None)
    currency = values.get("currency") or "CNY"
    return Parsed(
        key=key or None,
        known_at=None if known_at is None else _checked_time(known_at),
        fact=_build(record, values, currency, region),
    )


def _build(record: type, values: dict[str, Any], currency: str, region: str) -> Any:  # noqa: ANN401  any fact
    plan = _plan(record)
    found = {}
    for wire_name, value in values.items():
        if value is None or value == "":
            continue
        name, convert = plan[wire_name]
        if convert is not None:
            value = convert(value, currency, region)  # noqa: PLW2901
            if value is None:
                continue
        found[name] = value
    missing = [field.wire_name for field in shape_of(record) if field.required and field.name not in found]
    if missing:
        raise _empty(missing)
    return maker(record)(**found)


def _empty(names: Sequence[str]) -> InvalidInput:
    listed = ", ".join(names)
    return InvalidInput(
        "bad_record",
        Text(zh=f"必填字段为空：{listed}", en=f"required fields are empty: {listed}"),
        Text(zh="请填写这些字段。", en="Fill in these fields."),
    )


Converter = Callable[[Any, str, str], Any]
"""(value, currency of the record, region of its telephone numbers) → the value of the fact's field."""


@cache
def _plan(record: type) -> dict[str, tuple[str, Converter | None]]:
    """For each name outside the program the fact's field and how its value is converted."""
    return {field.wire_name: (field.name, _converter(field)) for field in shape_of(record)}


def _converter(field: Field) -> Converter | None:
    convert = _single(field)
    if not field.many:
        return convert

    def convert_all(values: Any, currency: str, region: str) -> Any:  # noqa: ANN401
        if len(values) > _LIST_LIMIT:
            raise InvalidInput(
                "too_many_parts",
                Text(zh=f"{field.name} 超过 {_LIST_LIMIT} 项", en=f"{field.name} has more than {_LIST_LIMIT} parts"),
            )
        if convert is None:
            return tuple(values)
        parts = [convert(value, currency, region) for value in values]
        return tuple(part for part in parts if part is not None)

    return convert_all


def _single(field: Field) -> Converter | None:
    if field.mark.money:
        return lambda value, currency, _: to_minor(value, currency)
    if field.mark.identity == "phone":
        return lambda value, _, region: _phone(value, region)
    if field.type is datetime:
        return lambda value, _, __: _checked_time(value)
    if isinstance(field.type, type) and field.type not in _TYPES:
        return lambda model, currency, region: _nested(field.type, model, currency, region)
    return None


def _nested(record: type, model: BaseModel, currency: str, region: str) -> Any:  # noqa: ANN401
    return _build(record, {name: getattr(model, name) for name in model.model_fields_set}, currency, region)


_reader_of_phones = cache(phone_parser)


def phone_number(text: str, *, region: str = "CN") -> str:
    """A telephone number as facts carry it, from how a person types it.

    Raises
    ------
    InvalidInput
        ``not_a_phone``, ``phone_masked`` …
    """
    found = _phone(text, region)
    if found is None:
        raise InvalidInput(
            "not_a_phone",
            Text(zh=f"不是电话号码：{text[:40]}", en=f"not a phone number: {text[:40]}"),
            Text(
                zh="请填写完整号码，如 021-62000001 或 +86 21 6200 0001。",
                en="Give the whole number, such as 021-62000001 or +86 21 6200 0001.",
            ),
        )
    return found


def _phone(value: str, region: str) -> str | None:
    try:
        return _reader_of_phones(region)(value)
    except CellRefused as error:
        fault = error.fault
        raise InvalidInput(
            fault.code, Text(zh=fault.zh, en=fault.en), Text(zh=fault.remedy_zh, en=fault.remedy_en)
        ) from error


def _checked_time(value: datetime) -> datetime:
    if not EARLIEST <= value.year < LATEST:
        raise InvalidInput(
            "impossible_time",
            Text(zh=f"时间 {value} 不可能", en=f"the time {value} cannot be"),
            Text(zh=f"年份须在 {EARLIEST} 与 {LATEST} 之间。", en=f"The year must be from {EARLIEST} to {LATEST}."),
        )
    return value.astimezone(UTC)


def _bad_record(error: ValidationError) -> InvalidInput:
    faults = said_of(error.errors())
    return InvalidInput(
        "bad_record",
        Text(zh=f"记录不符合格式：{faults.zh}", en=f"the record does not have the right shape: {faults.en}"),
        Text(zh="字段见 /docs。", en="See /docs for the fields."),
    )
