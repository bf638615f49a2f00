"""The bank's campaigns as features of a score; see tests/data/bank-marketing."""

import csv
import gzip
from pathlib import Path

import numpy as np

from huasuan import methods

FILE = Path(__file__).parents[1] / "data" / "bank-marketing" / "bank-additional-full.csv.gz"
_NUMBERS = (
    "age", "campaign", "pdays", "previous",
    "emp.var.rate", "cons.price.idx", "cons.conf.idx", "euribor3m", "nr.employed",
)  # fmt: skip
_CATEGORIES = (
    "job", "marital", "education", "default", "housing", "loan", "contact", "month", "day_of_week", "poutcome",
)  # fmt: skip
_NEVER = 999.0


def bank(*, also: tuple[str, ...] = ()) -> tuple[methods.Features, np.ndarray]:
    """All rows in their order of time, and who bought; ``also`` names further columns of numbers."""
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter=";"))
    columns = [np.array([float(row[name]) for row in rows]) for name in (*_NUMBERS, *also)]
    columns[2][columns[2] == _NEVER] = np.nan
    for name in _CATEGORIES:
        _, codes = np.unique([row[name] for row in rows], return_inverse=True)
        columns.append(codes.astype(float))
    features = methods.Features(
        names=(*_NUMBERS, *also, *_CATEGORIES), values=np.column_stack(columns), categories=frozenset(_CATEGORIES)
    )
    return features, np.array([row["y"] == "yes" for row in rows], float)
