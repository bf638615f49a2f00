"""The fields that a file of one kind of fact may fill, read from the fact's own dataclass."""

from dataclasses import is_dataclass

from huasuan.facts.shape import SCALARS, Field, shape_of
from huasuan.intake.files.mapping import FieldKind, FieldSpec
from huasuan.intake.files.synonyms import Synonyms, synonyms_of

KEY = "key"
CUSTOMER_PHONE, OUR_PHONE = "customer_phone", "our_phone"
EXTENSION = "extension"
# What was dialled after the number in the cell of either column, beside the number itself.
DIALLED_AFTER = {"called": "called_extension", OUR_PHONE: "our_phone_extension"}
_KINDS: dict[str, FieldKind] = {
    "text": "text",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "time": "time",
    "date": "date",
    "decimal": "decimal",
}
# An unknown word of these becomes "unknown"; the fact's raw_cause keeps what was sent.
_OPEN_CHOICES = {"result": "unknown"}


def call_side_specs() -> tuple[FieldSpec, ...]:
    """Two more columns of call files: the customer's number and ours, whoever called whom (see ``with_sides``)."""
    words = synonyms_of("call").fields
    return tuple(FieldSpec(name=name, kind="phone", synonyms=words[name]) for name in (CUSTOMER_PHONE, OUR_PHONE))


def with_sides(record: dict[str, object]) -> dict[str, object]:
    """A call's record with ``customer_phone`` and ``our_phone`` turned into caller and called by its direction.

    A caller or called number that the file states itself stays. Without a direction the two are left out. The code
    that a caller dialled after our number is the call's extension, unless a column of its own states one.
    """
    left_out = (CUSTOMER_PHONE, OUR_PHONE, *DIALLED_AFTER.values())
    rest = {name: value for name, value in record.items() if name not in left_out}
    after = [code for name in DIALLED_AFTER.values() if (code := record.get(name)) is not None]
    if record.get("direction") == "in" and after and rest.get(EXTENSION) is None:
        rest[EXTENSION] = after[0]
    sides = {"in": ("caller", "called"), "out": ("called", "caller")}.get(str(record.get("direction")))
    if sides is None:
        return rest
    for side, name in zip(sides, (CUSTOMER_PHONE, OUR_PHONE), strict=True):
        if rest.get(side) is None and record.get(name) is not None:
            rest[side] = record[name]
    return rest


def field_specs(kind: str, record: type, *, key_required: bool = False) -> tuple[FieldSpec, ...]:
    """The source key and every flat field of the record, under their names outside the program.

    Parameters
    ----------
    kind
        call, customer, lead, touch, deal_event, cost, shift …: which words of ``synonyms.toml`` count.
    record
        The fact's dataclass. Nested records (legs, lines) do not fit into a row and are left out.
    """
    words = synonyms_of(kind)
    key = FieldSpec(name=KEY, required=key_required, synonyms=words.fields.get(KEY, ()))
    flat = [item for item in shape_of(record) if not is_dataclass(item.type)]
    return (key, *(_spec(item, words) for item in flat))


def _spec(item: Field, words: Synonyms) -> FieldSpec:
    name = item.wire_name
    known = words.choices.get(name, {})
    choices = {value: known.get(value, ()) for value in item.choices} or dict(known)
    return FieldSpec(
        name=name,
        kind=_kind(item, has_choices=bool(choices)),
        required=item.required,
        synonyms=words.fields.get(name, ()),
        choices=choices,
        otherwise=_OPEN_CHOICES.get(name),
        many=item.many,
    )


def _kind(item: Field, *, has_choices: bool) -> FieldKind:
    if item.mark.money:
        return "money"
    if item.mark.identity == "phone" or item.name == "own_number":
        return "phone"
    if item.name == "currency":
        return "currency"
    if item.type is int and item.name.endswith("_seconds"):
        return "duration"
    return "choice" if has_choices else _KINDS[SCALARS[item.type]]
