"""Which column of a file feeds which field, with what must be known to read it; kept as TOML and used again."""

import json
import re
import tomllib
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from huasuan.intake.files.durations import SECONDS_PER
from huasuan.intake.files.errors import FileRefused
from huasuan.intake.files.times import DateOrder, Epoch

FieldKind = Literal[
    "text", "int", "float", "decimal", "money", "time", "date", "duration", "phone", "bool", "choice", "currency"
]
MONEY_UNITS = frozenset(["分", "元", "千", "万", "亿", "cents", "micros"])
OTHERWISE = "*"
INTERNATIONAL = "+"
_REGION = re.compile(r"[A-Z]{2}|\+")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """A field that a file may fill.

    Parameters
    ----------
    synonyms
        Names that columns of this field bear; the field's own name counts too.
    choices
        For kind "choice": canonical value → words that mean it.
    otherwise
        For kind "choice": what an unknown word becomes; None refuses it.
    many
        The cell may hold several values, separated by ; 、 , / | or a line break; the result is a tuple.
    """

    name: str
    kind: FieldKind = "text"
    required: bool = False
    synonyms: tuple[str, ...] = ()
    choices: MappingType[str, tuple[str, ...]] = field(default_factory=dict)
    otherwise: str | None = None
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMapping:
    """Where one field comes from: a column or a constant, and how its cells are meant.

    ``order``: of dates like 03/05/2026. ``epoch``: the column counts s, ms or us since 1970, or spreadsheet days.
    ``unit``: what a bare number means (durations: seconds, minutes, hours, days, milliseconds; money: 分 元 千 万 亿
    cents micros). ``currency``: of amounts that name none. ``region``: the country (US) of numbers written
    without a country code, ``+`` where only the plus is missing. ``rounding``: round amounts finer than the currency.
    ``values``:
    word in the file → canonical value; the word "*" stands for all others.
    """

    column: str | None = None
    constant: str | None = None
    order: DateOrder | None = None
    epoch: Epoch | None = None
    unit: str | None = None
    currency: str | None = None
    region: str | None = None
    rounding: bool = False
    values: MappingType[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """How files of one make are read as one kind of fact; what is None is detected per file."""

    kind: str
    fields: MappingType[str, FieldMapping]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header: bool | None = None

    def fits(self, columns: Sequence[str]) -> bool:
        """Whether a file with these columns can be read by this mapping."""
        named = {item.column for item in self.fields.values() if item.column is not None}
        return bool(named) and named <= set(columns)

    def with_field(self, name: str, source: FieldMapping) -> "Mapping":
        """The same mapping with one field set anew."""
        return replace(self, fields={**self.fields, name: source})

    def to_toml(self) -> str:
        """The mapping as TOML, readable and mendable by a person."""
        lines = [f"version = {_VERSION}", f"kind = {_toml(self.kind)}"]
        for name in ("encoding", "delimiter", "sheet", "header"):
            value = getattr(self, name)
            if value is not None:
                lines.append(f"{name} = {_toml(value)}")
        for name, source in self.fields.items():
            lines += ["", f"[fields.{_key(name)}]", *_field_lines(source)]
        return "\n".join(lines) + "\n"

    def save(self, path: Path) -> None:
        """Write the mapping to a TOML file."""
        path.write_text(self.to_toml(), encoding="utf-8")


def load_mapping(path: Path) -> Mapping:
    """Read a mapping from a TOML file; see ``mapping_from_toml``."""
    try:
        return mapping_from_toml(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise _invalid(f"{path.name}: {error.__class__.__name__}") from error


def mapping_from_toml(text: str) -> Mapping:
    """Read a mapping from TOML.

    Raises
    ------
    FileRefused
        ``mapping_invalid`` with what is wrong.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _invalid(str(error)) from error
    if data.get("version", _VERSION) != _VERSION:
        raise _invalid(f"version {data.get('version')}")
    named = data.get("fields", {})
    if not isinstance(data.get("kind"), str) or not isinstance(named, dict):
        raise _invalid("kind, fields")
    return Mapping(
        kind=data["kind"],
        fields={name: _field_mapping(name, table) for name, table in named.items()},
        encoding=_typed(data, "encoding", str),
        delimiter=_typed(data, "delimiter", str),
        sheet=_typed(data, "sheet", str),
        header=_typed(data, "header", bool),
    )


def _field_mapping(name: str, table: object) -> FieldMapping:
    if not isinstance(table, dict):
        raise _invalid(f"fields.{name}")
    known = {item.name for item in fields(FieldMapping)}
    if unknown := sorted(set(table) - known):
        raise _invalid(f"fields.{name}.{unknown[0]}")
    values = _typed(table, "values", dict) or {}
    if not all(isinstance(word, str) for word in values.values()):
        raise _invalid(f"fields.{name}.values")
    source = FieldMapping(
        column=_typed(table, "column", str),
        constant=_typed(table, "constant", str),
        order=_one_of(name, table, "order", get_args(DateOrder)),
        epoch=_one_of(name, table, "epoch", get_args(Epoch)),
        unit=_one_of(name, table, "unit", (*SECONDS_PER, *MONEY_UNITS)),
        currency=_typed(table, "currency", str),
        region=_region(name, table),
        rounding=_typed(table, "rounding", bool) or False,
        values=values,
    )
    if (source.column is None) == (source.constant is None):
        raise _invalid(f"fields.{name}: column | constant")
    return source


def _region(name: str, table: dict[str, Any]) -> str | None:
    region = _typed(table, "region", str)
    if region is not None and not _REGION.fullmatch(region):
        raise _invalid(f"fields.{name}.region = {region!r} (US, +)")
    return None if region is None else str(region)


def _typed(table: dict[str, Any], key: str, kind: type) -> Any:  # noqa: ANN401  TOML enters here
    value = table.get(key)
    if value is not None and not isinstance(value, kind):
        raise _invalid(key)
    return value


def _one_of(name: str, table: dict[str, Any], key: str, allowed: tuple[str, ...]) -> Any:  # noqa: ANN401
    value = table.get(key)
    if value is not None and value not in allowed:
        raise _invalid(f"fields.{name}.{key} = {value!r} ({', '.join(allowed)})")
    return value


def _field_lines(source: FieldMapping) -> list[str]:
    lines = []
    for name in ("column", "constant", "order", "epoch", "unit", "currency", "region"):
        value = getattr(source, name)
        if value is not None:
            lines.append(f"{name} = {_toml(value)}")
    if source.rounding:
        lines.append("rounding = true")
    if source.values:
        pairs = ", ".join(f"{_key(word)} = {_toml(value)}" for word, value in source.values.items())
        lines.append(f"values = {{ {pairs} }}")
    return lines


def _toml(value: str | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    # A JSON string is a TOML basic string but for the one control character that JSON leaves bare.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _toml(name)


def _invalid(what: str) -> FileRefused:
    return FileRefused(
        "mapping_invalid",
        f"映射文件有误：{what}",
        f"the mapping is wrong: {what}",
        "请按文档修改该处，或删除映射后重新识别列。",
        "Mend that place, or delete the mapping and have the columns detected again.",
    )
