"""The canon: numbered requirements, the list of metrics and the list of cuts, as data."""

import csv
from functools import cache
from importlib.resources import files


@cache
def requirement_ids() -> frozenset[str]:
    """The ids of all numbered requirements (S0-1 …)."""
    return frozenset(row["id"] for row in _rows("requirements.csv"))


@cache
def canon_metrics() -> dict[str, dict[str, str]]:
    """Every metric of the canon by key, as the rows of kpis.csv."""
    return {row["key"]: row for row in _rows("kpis.csv")}


@cache
def canon_row(key: str) -> dict[str, str]:
    """The canon's row of a metric or of what it is a variant of (``speed_to_lead_p90``), with the variant in its name.

    Raises
    ------
    KeyError
        neither is in the canon
    """
    known = canon_metrics()
    for end in (len(key), *(at for at in range(len(key) - 1, 0, -1) if key[at] == "_")):
        row = known.get(key[:end])
        if row is not None:
            variant = key[end + 1 :].replace("_", " ")
            return row | {name: f"{row[name]} ({variant})" for name in ("zh", "en") if variant}
    raise KeyError(key)


@cache
def canon_dimensions() -> dict[str, dict[str, str]]:
    """Every cut of the canon by key, as the rows of dimensions.csv."""
    return {row["key"]: row for row in _rows("dimensions.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
