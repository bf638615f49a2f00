"""Cost reports exported from advertising platforms: known by their columns, read by ``costs.toml`` in the folder.

Platforms name the same column otherwise by language, version and level of the report, so a field has several names; a
unit or currency behind a name, as in ``Amount spent (USD)`` or ``消费(元)``, is no part of it.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from huasuan.intake import FieldMapping
from huasuan.intake import Mapping as FileMapping

REPORTS = ("google_ads", "baidu", "oceanengine", "tencent", "qihoo360", "meta")
_BEHIND = re.compile(r"\s*[(（\[]\s*([^()（）\[\]]*?)\s*[)）\]]\s*$")
_CURRENCY = re.compile(r"[A-Z]{3}")
_UNITS = {"元": "CNY", "人民币": "CNY", "RMB": "CNY", "¥": "CNY", "$": "USD"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """tells: any of these sets of columns makes it this platform's. fields: their names, the first of them first."""

    tells: tuple[frozenset[str], ...]
    fields: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, str]


def known_report(columns: Sequence[str]) -> tuple[str, FileMapping] | None:
    """Whose report has these columns, and how it is read; None: nobody's, or one that is not by day."""
    named: dict[str, str] = {}
    for column in columns:
        named.setdefault(_plain(column), column)
    for name in REPORTS:
        report = _report(name)
        if any(tells <= named.keys() for tells in report.tells):
            return name, _mapping(report, named)
    return None


def _mapping(report: _Report, named: Mapping[str, str]) -> FileMapping:
    found: dict[str, FieldMapping] = {
        name: FieldMapping(constant=constant) for name, constant in report.constants.items()
    }
    for name, names in report.fields.items():
        column = next((named[one] for one in names if one in named), None)
        if column is not None:
            currency = _currency_behind(column) if name == "amount" else None
            found[name] = FieldMapping(column=column, currency=currency, rounding=name == "amount")
    return FileMapping(kind="cost", fields=found)


def _plain(column: str) -> str:
    """A column's name without unit, in small letters."""
    return _BEHIND.sub("", " ".join(column.split())).casefold()


def _currency_behind(column: str) -> str | None:
    behind = _BEHIND.search(column)
    if behind is None:
        return None
    word = behind[1].strip()
    return _UNITS.get(word) or (word if _CURRENCY.fullmatch(word) else None)


@cache
def _report(name: str) -> _Report:
    text = files("huasuan.connectors").joinpath(name, "costs.toml").read_text(encoding="utf-8")
    said: dict[str, Any] = tomllib.loads(text)
    return _Report(
        tells=tuple(frozenset(map(_plain, one)) for one in said["tells"]),
        fields={name: tuple(map(_plain, names)) for name, names in said["fields"].items()},
        constants=said["constants"],
    )
