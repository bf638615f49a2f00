"""Records made from the dataclasses of every kind, with something hostile in every free text, one field at a time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from huasuan.facts.shape import Field, shape_of
from huasuan.intake import KINDS

_PLAIN: dict[type, object] = {str: "A1", int: 1, float: 1.0, bool: True, Decimal: "10.00"}
PHONE = "13912345678"


def free_texts(kind: str) -> list[Field]:
    """The fields of a kind that take any text."""
    fields = shape_of(KINDS[kind].record)
    return [field for field in fields if field.type is str and not field.choices]


def records(kind: str, payload: str) -> Iterator[dict[str, Any]]:
    """One record a free text, the payload (with the field's name for ``FIELD``) in it, and one with it as its key."""
    base = {field.wire_name: _value(field) for field in shape_of(KINDS[kind].record) if field.required}
    if kind == "call":
        dialed = (datetime.now(UTC) - timedelta(days=3)).isoformat()
        base |= {"direction": "out", "dialed_at": dialed, "called": PHONE, "agent": "A1", "channel": "baidu"}
    for number, field in enumerate(free_texts(kind)):
        hostile = payload.replace("FIELD", f"{kind}.{field.name}")
        yield {**base, "key": f"{kind}-{number}", field.wire_name: [hostile] if field.many else hostile}
    yield {**base, "key": payload.replace("FIELD", f"{kind}.key")}


def _value(field: Field) -> object:
    moment = datetime.now(UTC) - timedelta(days=3)
    value: object
    if field.choices:
        value = field.choices[0]
    elif field.type is datetime:
        value = (moment + timedelta(hours=field.name.startswith(("ended", "until")))).isoformat()
    elif field.type is date:
        value = moment.date().isoformat()
    elif field.name == "currency":
        value = "CNY"
    elif field.mark.identity == "phone":
        value = PHONE
    elif field.mark.money:
        value = "10.00"
    else:
        value = _PLAIN.get(field.type, "A1")
    return [value] if field.many else value
