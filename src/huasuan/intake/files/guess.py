"""A first mapping for a new file, guessed from its column names."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from huasuan.intake.files.mapping import FieldMapping, FieldSpec, Mapping
from huasuan.intake.files.synonyms import plain

_SHORTEST_ZH, _SHORTEST_EN = 2, 5
_REMARK = re.compile(r"[(\[【/_ ]([^()\[\]【】/_ ]+)[)\]】]?\s*$")
_UNITS_OF_TIME = {
    "秒": "seconds", "s": "seconds", "sec": "seconds", "seconds": "seconds", "分": "minutes", "分钟": "minutes",
    "min": "minutes", "minutes": "minutes", "小时": "hours", "时": "hours", "h": "hours", "hours": "hours",
    "毫秒": "milliseconds", "ms": "milliseconds", "天": "days",
}  # fmt: skip
_UNITS_OF_MONEY = {
    "分": "分",
    "元": "元",
    "千元": "千",
    "万元": "万",
    "万": "万",
    "亿元": "亿",
    "cents": "cents",
    "micros": "micros",
}
_CURRENCIES = {
    "美元": "USD",
    "usd": "USD",
    "rmb": "CNY",
    "cny": "CNY",
    "人民币": "CNY",
    "港币": "HKD",
    "hkd": "HKD",
    "欧元": "EUR",
    "eur": "EUR",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    """How well a column fits a field: larger is better; equal ones go to the earlier field and the earlier column."""

    score: float
    field: int
    column: int


def guess_mapping(columns: Sequence[str], fields: Sequence[FieldSpec], *, kind: str = "") -> Mapping:
    """Map columns to fields by their names in Chinese and English.

    Equal names come first, then columns whose name ends with a word of the field. A column feeds at most one field and
    a field takes at most one column; what stays open is left to the user. Units in the name (分钟, 万元, USD) become
    options. Columns that begin with # are ours (see ``write_error_rows``) and never taken.
    """
    found = [
        _Match(score=score, field=at, column=place)
        for at, spec in enumerate(fields)
        for place, column in enumerate(columns)
        if (score := _fit(column, spec)) > 0
    ]
    taken_fields: dict[int, int] = {}
    taken_columns: set[int] = set()
    for match in sorted(found, key=lambda item: (-item.score, item.field, item.column)):
        if match.field not in taken_fields and match.column not in taken_columns:
            taken_fields[match.field] = match.column
            taken_columns.add(match.column)
    return Mapping(
        kind=kind,
        fields={
            spec.name: _with_options(columns[taken_fields[at]], spec)
            for at, spec in enumerate(fields)
            if at in taken_fields
        },
    )


def _fit(column: str, spec: FieldSpec) -> float:
    """About 2 for the same name, else the share of the column's name that a word of the field makes up at its end.

    Of two equal names the one that stands earlier among the synonyms wins: billsec before duration.
    """
    if column.startswith("#"):
        return 0.0
    name = plain(column)
    best = 0.0
    for place, word in enumerate((spec.name, *spec.synonyms)):
        other = plain(word)
        if name == other:
            return 2.0 - place / 1000
        if len(other) >= (_SHORTEST_EN if other.isascii() else _SHORTEST_ZH) and _contains(name, other):
            best = max(best, len(other) / len(name))
    return best


def _contains(column: str, word: str) -> bool:
    # The last word names the thing: 客户电话 is a telephone number, 电话时长 is not. The other way round, a column that
    # is only part of a word (duration of "ivr duration") tells too little.
    return column.endswith(word)


def _with_options(column: str, spec: FieldSpec) -> FieldMapping:
    match = _REMARK.search(unicodedata.normalize("NFKC", column).lower())
    remark = match[1] if match else ""
    if spec.kind == "duration":
        return FieldMapping(column=column, unit=_UNITS_OF_TIME.get(remark))
    if spec.kind == "money":
        unit = _UNITS_OF_MONEY.get(remark)
        return FieldMapping(column=column, unit=None if unit == "元" else unit, currency=_CURRENCIES.get(remark))
    return FieldMapping(column=column)
