"""What of the star tables goes into the lake, and what a question asked of the lake reads."""

from collections.abc import Iterator
from dataclasses import replace

from pydantic import TypeAdapter

from huasuan.metrics.derived.pools import POOL_COLUMNS
from huasuan.metrics.derived.types import Rules
from huasuan.metrics.snapshot import Snapshot
from huasuan.metrics.stars import SCOPE, STARS
from huasuan.warehouse import LakeManifest, LakeTable, Runner

# A deal's lines lie in the month it was won, what came back in the month it came back: both never move later.
_DAYS = {"sale": "won_day", "sale_back": "back_day", "deal_open": "origin_day", "credit": "won_day"}
# Only whether a cost line has no exchange rate is asked of it; its money is in the pools.
_LINE_COLUMNS = {
    "entry": "BIGINT",
    "cost_kind": "VARCHAR",
    "supplier": "VARCHAR",
    "driver": "VARCHAR",
    "first_day": "DATE",
    "last_day": "DATE",
    "missing": "BOOLEAN",
    **dict.fromkeys(SCOPE, "VARCHAR"),
    "currency": "VARCHAR",
    "amount_minor": "BIGINT",
}
_RULES = TypeAdapter(Rules)


def lake_tables() -> Iterator[LakeTable]:
    """Every table a question may read."""
    for name, columns in STARS.items():
        yield LakeTable(name=name, columns=columns, day=_DAYS.get(name, "day"))
    yield LakeTable(name="cost_pool", columns=POOL_COLUMNS, day="day")
    yield LakeTable(name="cost_line", columns=_LINE_COLUMNS, day="first_day")


def said_of(rules: Rules) -> dict[str, str]:
    """The rules the exported figures follow, for the manifest."""
    return {"rules": _RULES.dump_json(rules).decode()}


def lake_snapshot(manifest: LakeManifest, tables: dict[str, str], runner: Runner) -> Snapshot:
    """What a manifest shows, by the rules it was exported with."""
    rules = _RULES.validate_json(manifest.said["rules"])
    snapshot = Snapshot(rules=rules, as_of=manifest.as_of, tables=tables)
    # The lake stands still until the next export, so this is asked once and not with every question.
    return replace(snapshot, placed=tuple(snapshot.shapes(runner)))
