"""A mapping made ready for one table: each row becomes a record of fields, or the list of its faults."""

import difflib
import re
import unicodedata
from collections.abc import Callable, Sequence
from collections.abc import Mapping as WordMap
from dataclasses import dataclass, replace
from datetime import tzinfo
from decimal import Decimal

from huasuan.intake.files.cells import Cell, Memo, parse_text
from huasuan.intake.files.durations import parse_duration
from huasuan.intake.files.errors import CellFault, CellRefused, FileRefused, refused
from huasuan.intake.files.fields import DIALLED_AFTER, EXTENSION, OUR_PHONE
from huasuan.intake.files.mapping import INTERNATIONAL, OTHERWISE, FieldMapping, FieldSpec, Mapping
from huasuan.intake.files.numbers import (
    parse_bool,
    parse_currency,
    parse_decimal,
    parse_float,
    parse_int,
    parse_money,
)
from huasuan.intake.files.phones import extension_of, phone_parser
from huasuan.intake.files.synonyms import plain
from huasuan.intake.files.tables import Table
from huasuan.intake.files.times import parse_date, time_parser

Parser = Callable[[Cell], object]
RowConverter = Callable[[list[Cell]], dict[str, object] | list[CellFault]]

_SCALES = {
    "分": Decimal("0.01"), "cents": Decimal("0.01"), "micros": Decimal("0.000001"), "元": Decimal(1),
    "千": Decimal(1000), "万": Decimal(10_000), "亿": Decimal(100_000_000),
}  # fmt: skip
_ENOUGH_ROWS = 20
# A country code and a number; fewer digits may be a number of the country itself.
_COUNTRY_DIGITS = 11
_SEVERAL = re.compile(r"[;；、,，/|\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    """What every column of one import shares."""

    zone: tzinfo
    currency: str
    region: str
    date1904: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One field of a row: its column's place and the parser of its cells."""

    name: str
    place: int
    column: str
    parse: Parser


def bind(
    mapping: Mapping, fields: Sequence[FieldSpec], table: Table, *, zone: tzinfo, currency: str, region: str = "CN"
) -> RowConverter:
    """The converter of this table's rows, with one reader per column chosen once.

    The converter returns every mapped field (empty cells as None) or, if any cell is wrong, all faults of the row, each
    with its column and field. Amounts come as ``Money``; where a currency column is mapped it holds for amounts that
    name no other currency.

    Parameters
    ----------
    zone, currency, region
        Of moments without a zone, amounts without a currency, telephone numbers without a country code.

    Raises
    ------
    FileRefused
        ``columns_missing`` when the file lacks a mapped column or no column feeds a required field,
        ``mapping_invalid`` for fields nobody knows or constants that cannot be read.
    """
    specs = {spec.name: spec for spec in fields}
    _check(mapping, fields, table)
    settings = _Settings(zone=zone, currency=currency, region=region, date1904=table.date1904)
    places = {column: place for place, column in enumerate(table.columns)}
    unlike = _unlike_columns(table)
    steps: list[_Step] = []
    constants: dict[str, object] = {}
    for name, source in mapping.fields.items():
        parse = _parser(specs[name], source, settings, repeats=source.column not in unlike)
        if source.column is None:
            constants[name] = _constant(name, source, parse)
        else:
            steps.append(_Step(name=name, place=places[source.column], column=source.column, parse=parse))
    if EXTENSION in specs and OUR_PHONE in specs:
        steps += _codes(steps)
    by_currency = _amounts_by_currency(mapping, specs, settings)
    steps = [step for step in steps if step.name not in by_currency]
    width = len(table.columns)
    if not by_currency:
        return _converter(steps, constants, width)
    amounts = [(name, places[mapping.fields[name].column or ""], parse) for name, parse in by_currency.items()]
    return _with_currency(_converter(steps, constants, width), amounts, table.columns)


def _codes(steps: Sequence[_Step]) -> list[_Step]:
    """Readers of the codes dialled after our numbers in call files; ``with_sides`` says whose they are."""
    return [
        replace(step, name=DIALLED_AFTER[step.name], parse=extension_of) for step in steps if step.name in DIALLED_AFTER
    ]


def _converter(steps: list[_Step], constants: dict[str, object], width: int) -> RowConverter:
    plan = [(step.name, step.place, step.parse) for step in steps]

    def convert(cells: list[Cell]) -> dict[str, object] | list[CellFault]:
        if len(cells) != width:
            return [_wrong_length(len(cells), width)]
        try:
            record = {name: parse(cells[place]) for name, place, parse in plan}
        except CellRefused:
            return _faults(steps, cells)
        return record | constants if constants else record

    return convert


def _faults(steps: list[_Step], cells: list[Cell]) -> list[CellFault]:
    """All faults of a row of which at least one cell was refused."""
    faults = []
    for step in steps:
        try:
            step.parse(cells[step.place])
        except CellRefused as error:
            faults.append(replace(error.fault, column=step.column, field=step.name))
    return faults


def _with_currency(
    convert: RowConverter, amounts: list[tuple[str, int, Callable[[Cell, str], object]]], columns: Sequence[str]
) -> RowConverter:
    """Read the amounts of a row in the currency that the row states."""

    def convert_with_currency(cells: list[Cell]) -> dict[str, object] | list[CellFault]:
        record = convert(cells)
        if isinstance(record, list):
            return record
        stated = record.get("currency")
        faults = []
        for name, place, parse in amounts:
            try:
                record[name] = parse(cells[place], stated if isinstance(stated, str) else "")
            except CellRefused as error:
                faults.append(replace(error.fault, column=columns[place], field=name))
        return faults or record

    return convert_with_currency


def _amounts_by_currency(
    mapping: Mapping, specs: dict[str, FieldSpec], settings: _Settings
) -> dict[str, Callable[[Cell, str], object]]:
    """Readers of (cell, currency) for the amounts, if a currency column stands in the file."""
    stated = mapping.fields.get("currency")
    if stated is None or stated.column is None:
        return {}
    return {
        name: _amount_in(specs[name], source, settings)
        for name, source in mapping.fields.items()
        if specs[name].kind == "money" and source.column is not None
    }


def _amount_in(spec: FieldSpec, source: FieldMapping, settings: _Settings) -> Callable[[Cell, str], object]:
    readers: dict[str, Parser] = {}

    def parse(cell: Cell, currency: str) -> object:
        reader = readers.get(currency)
        if reader is None:
            stated = replace(source, currency=currency or source.currency)
            reader = readers[currency] = _parser(spec, stated, settings)
        money = reader(cell)
        if currency and isinstance(money, tuple) and money[1] != currency:
            raise refused(
                "two_currencies",
                cell,
                f"金额的货币与币种列（{currency}）不一致",
                f"the amount's currency is not that of the currency column ({currency})",
                "请统一两列的货币。",
                "Make the two columns agree.",
            )
        return money

    return parse


def _unlike_columns(table: Table) -> frozenset[str]:
    """Columns whose first cells all differ, such as ids and links: remembering their cells costs more than reading."""
    seen = len(table.sample)
    return frozenset(
        name
        for place, name in enumerate(table.columns)
        if seen >= _ENOUGH_ROWS and len({row[place] for row in table.sample}) == seen
    )


def _parser(spec: FieldSpec, source: FieldMapping, settings: _Settings, *, repeats: bool = True) -> Parser:
    """The reader of one field's cells: by kind, then several values, value map, required, memory."""
    parse = _by_kind(spec, source, settings)
    if spec.many:
        parse = _several(parse)
    if source.values and spec.kind != "choice":
        parse = _by_values(parse, source.values)
    if spec.required:
        parse = _required(parse)
    # Moments and numbers of customers seldom repeat and their readers have a quick way of their own.
    quick = spec.kind in ("time", "phone") or (spec.kind == "text" and not repeats)
    if quick and not (spec.many or source.values):
        return parse
    return Memo(parse).__getitem__


def _by_kind(spec: FieldSpec, source: FieldMapping, settings: _Settings) -> Parser:
    date1904 = settings.date1904
    match spec.kind:
        case "text":
            return parse_text
        case "int":
            return parse_int
        case "float":
            return parse_float
        case "decimal":
            return parse_decimal
        case "bool":
            return parse_bool
        case "currency":
            return parse_currency
        case "choice":
            return _choice(spec, source)
        case "phone":
            return _phones(source.region or settings.region, settings.region)
        case "time":
            return time_parser(settings.zone, order=source.order, epoch=source.epoch, date1904=date1904)
        case "date":
            return lambda cell: parse_date(cell, order=source.order, epoch=source.epoch, date1904=date1904)
        case "duration":
            unit = source.unit or "seconds"
            return lambda cell: parse_duration(cell, unit=unit)
        case "money":
            default = source.currency or settings.currency
            scale = _SCALES[source.unit] if source.unit else None
            return lambda cell: parse_money(cell, default_currency=default, scale=scale, rounding=source.rounding)


def _choice(spec: FieldSpec, source: FieldMapping) -> Parser:
    """Words to canonical values: the mapping's own first, then the canonical names, then the known words."""
    words = {plain(word): value for value, known in spec.choices.items() for word in known}
    words |= {plain(value): value for value in spec.choices}
    words |= {plain(word): value for word, value in source.values.items() if word != OTHERWISE}
    otherwise = source.values.get(OTHERWISE, spec.otherwise)
    allowed = ", ".join(spec.choices)

    def parse(cell: Cell) -> object:
        text = parse_text(cell)
        if text is None:
            return None
        value = words.get(plain(text), otherwise)
        if value is None:
            raise refused(
                "not_a_choice",
                cell,
                "不认识的取值",
                "a word that is not known here",
                f"可用取值：{allowed}；或在映射中加入对应关系。",
                f"Use one of {allowed}, or add the word to the mapping.",
            )
        return value

    return parse


def _several(parse: Parser) -> Parser:
    def parse_all(cell: Cell) -> object:
        parts = _SEVERAL.split(cell) if isinstance(cell, str) else [cell]
        values = [value for part in parts if (value := parse(part)) is not None]
        return tuple(dict.fromkeys(values))

    return parse_all


def _phones(region: str, usual: str) -> Parser:
    """Some write the country code and leave the plus out."""
    if region != INTERNATIONAL:
        return phone_parser(region)
    parse = phone_parser(usual)

    def international(cell: Cell) -> object:
        text = "" if cell is None else str(cell).strip()
        return parse(f"+{text}" if text.isascii() and text.isdigit() and len(text) >= _COUNTRY_DIGITS else cell)

    return international


def _by_values(parse: Parser, values: WordMap[str, str]) -> Parser:
    table = {_word(word): value for word, value in values.items() if word != OTHERWISE}
    return lambda cell: parse(table.get(_word(cell), cell)) if isinstance(cell, str) else parse(cell)


def _word(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


def _required(parse: Parser) -> Parser:
    def parse_required(cell: Cell) -> object:
        value = parse(cell)
        if value is None:
            raise refused(
                "required",
                "" if cell is None else cell,
                "必填项为空",
                "a value is needed here",
                "请补上该单元格。",
                "Fill in the cell.",
            )
        return value

    return parse_required


def _constant(name: str, source: FieldMapping, parse: Parser) -> object:
    try:
        return parse(source.constant)
    except CellRefused as error:
        fault = error.fault
        raise FileRefused(
            "mapping_invalid",
            f"映射中 {name} 的固定值“{fault.value}”：{fault.zh}",
            f"the constant “{fault.value}” of {name} in the mapping: {fault.en}",
            fault.remedy_zh,
            fault.remedy_en,
        ) from None


def _wrong_length(found: int, width: int) -> CellFault:
    return CellFault(
        code="row_length",
        value=str(found),
        zh=f"该行有 {found} 个单元格，表头有 {width} 个",
        en=f"the row has {found} cells, the header {width}",
        remedy_zh="请检查多余或缺少的分隔符、未成对的引号。",
        remedy_en="Look for a missing or surplus delimiter or an unpaired quotation mark.",
    )


def _check(mapping: Mapping, fields: Sequence[FieldSpec], table: Table) -> None:
    known = {spec.name for spec in fields}
    if unknown := [name for name in mapping.fields if name not in known]:
        near = difflib.get_close_matches(unknown[0], known, n=3, cutoff=0.3)
        raise FileRefused(
            "mapping_invalid",
            f"映射中有未知字段：{unknown[0]}",
            f"the mapping names an unknown field: {unknown[0]}",
            f"最接近的字段：{'、'.join(near) or '无'}。",
            f"Nearest fields: {', '.join(near) or 'none'}.",
        )
    gone = [source.column for source in mapping.fields.values() if source.column not in (None, *table.columns)]
    open_fields = [spec for spec in fields if spec.required and spec.name not in mapping.fields]
    if gone or open_fields:
        raise _columns_missing([str(column) for column in gone], open_fields, table.columns)


def _columns_missing(gone: list[str], open_fields: list[FieldSpec], columns: Sequence[str]) -> FileRefused:
    wanted = [spec.name for spec in open_fields]
    found = list(columns[:30])
    near = sorted({column for spec in open_fields for column in _nearest(spec, columns)})
    missing = [*gone, *wanted]
    hint_zh = f"；最接近的列：{'、'.join(near)}" if near else ""
    hint_en = f"; nearest columns: {', '.join(near)}" if near else ""
    return FileRefused(
        "columns_missing",
        f"缺少列：{'、'.join(missing)}。文件中的列：{'、'.join(found)}{hint_zh}",
        f"missing columns: {', '.join(missing)}; the file has: {', '.join(found)}{hint_en}",
        "请确认选对了文件和类型，或在映射中为这些字段指定列或固定值。",
        "Make sure file and kind are the right ones, or give these fields a column or a constant in the mapping.",
    )


def _nearest(spec: FieldSpec, columns: Sequence[str]) -> list[str]:
    plains = {plain(column): column for column in columns}
    words = [plain(word) for word in (spec.name, *spec.synonyms)]
    near = {match for word in words for match in difflib.get_close_matches(word, plains, n=1, cutoff=0.5)}
    return [plains[match] for match in near]
