"""Aggregated paths out of a business file: which way people came, how many bought, and how many did not."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from huasuan.intake.files.cells import Cell, Memo
from huasuan.intake.files.errors import CellRefused, FileRefused, refused, shown
from huasuan.intake.files.numbers import parse_decimal
from huasuan.intake.files.reader import open_table
from huasuan.intake.files.synonyms import plain
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

_NAMES = {
    "path": ("path", "paths", "journey", "conversionpath", "路径", "转化路径", "触点路径", "渠道路径"),
    "conversions": ("conversions", "conversion", "totalconversions", "转化", "转化数", "转化量", "转化次数", "成交数"),
    "value": ("value", "conversionvalue", "totalconversionvalue", "revenue", "金额", "价值", "转化价值", "收入"),
    "nulls": ("nulls", "null", "totalnull", "nonconversions", "未转化", "未转化数", "流失", "流失数"),
    "days": ("days", "ages", "daysbefore", "距转化天数", "提前天数", "天数"),
}
_ARROW = re.compile(r"\s*(?:->|→|⇒|＞|>)\s*")
_FAULTS_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRows:
    """The rows of a path file in columns. ``value`` and ``days`` are None where the file has no such column.

    days: for each path, how many days before its end each touch was.
    """

    ways: list[tuple[str, ...]] = field(default_factory=list)
    conversions: list[float] = field(default_factory=list)
    nulls: list[float] = field(default_factory=list)
    value: list[float] | None = None
    days: list[tuple[float, ...]] | None = None


def read_paths(path: Path, *, encoding: str | None = None, sheet: str | None = None) -> PathRows:
    """Read a CSV, TSV or XLSX file: path (``a > b > c``) and conversions, and value, nulls, days if there are any.

    Raises
    ------
    FileRefused, InvalidInput
        ``path_columns`` (with the columns found), ``path_rows`` (with line, column, value and remedy of the first bad
        cells), ``no_paths``, and whatever ``open_table`` refuses. Nothing is left out: one bad row refuses the file.
    """
    table = open_table(path, encoding=encoding, sheet=sheet, header=True)
    table.check_whole()
    places = _columns(table.columns)
    rows = PathRows(value=[] if "value" in places else None, days=[] if "days" in places else None)
    faults = list(_read(table.rows(), places, table.columns, rows))
    if faults:
        raise _bad_rows(faults)
    if not rows.ways:
        raise InvalidInput(
            "no_paths",
            Text(zh="文件里没有路径", en="the file has no paths"),
            Text(zh="表头之下至少要有一行。", en="Below the header there must be a row."),
        )
    return rows


def _columns(columns: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, name in enumerate(columns):
        word = plain(name)
        for wanted, words in _NAMES.items():
            if word in words:
                found.setdefault(wanted, at)
    if missing := [name for name in ("path", "conversions") if name not in found]:
        names = "、".join(columns), ", ".join(columns)
        raise FileRefused(
            "path_columns",
            f"找不到列 {'、'.join(missing)}；文件的列为：{names[0]}",
            f"no column {' and no column '.join(missing)}; the file has: {names[1]}",
            "需要列 path（如“百度 > 直接访问”）和 conversions；可选 value、nulls、days。",
            "It needs the columns path (as in “a > b > c”) and conversions; value, nulls and days are optional.",
        )
    return found


def _read(
    lines: Iterator[tuple[int, list[Cell]]], places: dict[str, int], columns: Sequence[str], rows: PathRows
) -> Iterator[str]:
    """Fill ``rows``; what is wrong with a line is yielded as a sentence."""
    split, number = Memo(_touches), Memo(_count)
    for line, cells in lines:
        name = "path"
        try:
            cell = {key: cells[at] if at < len(cells) else None for key, at in places.items()}
            way = split[cell["path"]]
            name = "conversions"
            conversions = number[cell[name]]
            name = "nulls"
            nulls = number[cell.get(name)]
            name = "value"
            value = float(parse_decimal(cell.get(name)) or 0)
            name = "days"
            days = None if rows.days is None else _ages(cell[name], len(way))
        except CellRefused as error:
            fault = error.fault
            yield (
                f"{line} {columns[places[name]]}: “{fault.value}” "
                f"{fault.zh}，{fault.remedy_zh} / {fault.en}. {fault.remedy_en}"
            )
            continue
        rows.ways.append(way)
        rows.conversions.append(conversions)
        rows.nulls.append(nulls)
        if rows.value is not None:
            rows.value.append(value)
        if rows.days is not None and days is not None:
            rows.days.append(days)


def _touches(cell: Cell) -> tuple[str, ...]:
    text = "" if cell is None else str(cell).strip()
    way = tuple(_ARROW.split(text))
    if not all(way):
        raise refused(
            "path_empty",
            cell or "",
            "路径为空或有空的一环",
            "the path is empty or has an empty step",
            "写成“甲 > 乙”；不知道来源就写 unknown。",
            "Write “a > b”; where the source is not known, unknown.",
        )
    return way


def _count(cell: Cell) -> float:
    number = parse_decimal(cell) or Decimal(0)
    if number < 0:
        raise refused("count_negative", cell, "数量为负", "the number is negative", "请检查该值。", "Check the value.")
    return float(number)


def _ages(cell: Cell, touches: int) -> tuple[float, ...]:
    ages = tuple(_count(part) for part in _ARROW.split("" if cell is None else str(cell).strip()))
    if len(ages) != touches:
        raise refused(
            "days_differ",
            cell,
            f"天数有 {len(ages)} 个，触点有 {touches} 个",
            f"{len(ages)} ages for {touches} touches",
            "每个触点写一个距转化的天数，如“12 > 3 > 0”。",
            "Write one number of days for each touch, as in “12 > 3 > 0”.",
        )
    return ages


def _bad_rows(faults: Sequence[str]) -> InvalidInput:
    zh, en = [], []
    for fault in faults[:_FAULTS_SHOWN]:
        where, _, rest = fault.partition("” ")
        first, _, second = rest.rpartition(" / ")
        place = shown(where) + "”"
        zh.append(f"第 {place} {first}")
        en.append(f"line {place} {second}")
    more = len(faults) - len(zh)
    return InvalidInput(
        "path_rows",
        Text(
            zh=f"{len(faults)} 行读不出，未作计算：" + "；".join(zh) + (f"；另有 {more} 行" if more else ""),
            en=f"{len(faults)} rows cannot be read, so nothing was reckoned: "
            + "; ".join(en)
            + (f"; and {more} more" if more else ""),
        ),
        Text(zh="改好这些行再试。", en="Mend these rows and try again."),
    )
