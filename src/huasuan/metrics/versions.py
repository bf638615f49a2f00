"""By which definition a figure was reckoned: a short name that changes when the definition does."""

import json
from dataclasses import fields
from functools import cache
from hashlib import sha256

from huasuan.metrics.language import Base, Combined, CostBase, Metric, Quotient, Ratio

# Rises with each change of how star tables are derived; with it every figure may be another one.
LAYOUT = 9
_LENGTH = 12
# Words for people, limits the trade judges by, and what only drill-down needs make no figure another one.
_NOT_DEFINING = frozenset({"about", "part", "zero", "reason", "bands", "bands_by", "fact"})


@cache
def version_of(metric: Metric) -> str:
    """The version of a definition: 12 hexadecimal digits, the same in every run of the same program.

    It stands for terms, conditions, formula, units and the derivation of the star tables; not for settings of the
    workspace, labels or bands.
    """
    said = json.dumps([LAYOUT, _plain(metric)], ensure_ascii=True, separators=(",", ":"))
    return sha256(said.encode()).hexdigest()[:_LENGTH]


def _plain(value: object) -> object:
    """A definition as plain lists, field by field in the order of their names."""
    if isinstance(value, Base | CostBase | Combined | Ratio | Quotient):
        names = sorted(item.name for item in fields(value) if item.name not in _NOT_DEFINING)
        return [type(value).__name__, *([name, _field(name, getattr(value, name))] for name in names)]
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _field(name: str, value: object) -> object:
    # All conditions must hold, in whatever order they stand.
    return sorted(value) if name == "where" and isinstance(value, tuple) else _plain(value)
