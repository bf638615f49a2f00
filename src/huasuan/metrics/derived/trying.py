"""Other rules tried on all calls there are, in temp tables of a reader; nothing that others see changes."""

from huasuan.metrics.call_worth import CallCounts, Moved, Trial
from huasuan.metrics.derived.classes import flags, narrow
from huasuan.metrics.derived.scope import EVERYTHING
from huasuan.metrics.derived.types import Rules
from huasuan.warehouse import Cursor

_STATE = "CASE WHEN {0}.excluded THEN 'excluded' WHEN {0}.call_class IS NULL THEN 'missed' ELSE {0}.call_class END"
_FLAGS = ("is_unique", "is_unique_target", "is_repeat")


def tried(reader: Cursor, rules: Rules) -> Trial:
    """What the inbound calls are now and what they would be by ``rules``, by the statements that derive them."""
    reader.execute(
        "CREATE OR REPLACE TEMP TABLE person AS SELECT party, coalesce(co.contact_id, party) AS contact_id "
        "FROM (SELECT DISTINCT party FROM fact_call WHERE party IS NOT NULL) LEFT JOIN contact_of co USING (party)"
    )
    narrow(reader, rules, EVERYTHING)
    flags(reader, rules)
    rows = reader.execute(_compared()).fetchall()
    moved: dict[tuple[str, str], int] = {}
    for before, after, calls, *_ in rows:
        if before != after:
            moved[before, after] = moved.get((before, after), 0) + calls
    ordered = sorted(moved.items(), key=lambda item: (-item[1], item[0]))
    return Trial(
        before=_counts([(row[0], row[2], *row[4:7]) for row in rows]),
        after=_counts([(row[1], row[2], *row[7:10]) for row in rows]),
        moved=tuple(Moved(before=before, after=after, calls=calls) for (before, after), calls in ordered),
        changed=sum(row[3] for row in rows),
    )


def _compared() -> str:
    """A row for each pair of states: calls, how many differ in anything, flagged calls before and after."""
    before = [f"c.{name}" for name in _FLAGS]
    after = [f"coalesce(g.{name}, FALSE)" for name in _FLAGS]
    old, new = _STATE.format("c"), _STATE.format("n")
    differs = " OR ".join((f"{old} <> {new}", *(f"{one} <> {two}" for one, two in zip(before, after, strict=True))))
    counted = ", ".join(f"count(*) FILTER ({one})" for one in (*before, *after))
    return (
        f"SELECT {old} AS before, {new} AS after, count(*), count(*) FILTER ({differs}), {counted} "
        "FROM call c JOIN narrow n USING (fact_id) LEFT JOIN flag g USING (fact_id) "
        "WHERE c.direction = 'in' GROUP BY ALL"
    )


def _counts(rows: list[tuple[str, int, int, int, int]]) -> CallCounts:
    def of(state: str) -> int:
        return sum(row[1] for row in rows if row[0] == state)

    return CallCounts(
        inbound=sum(row[1] for row in rows if row[0] != "excluded"),
        target=of("target"),
        grey=of("grey"),
        junk=of("junk"),
        missed=of("missed"),
        excluded=of("excluded"),
        unique=sum(row[2] for row in rows),
        unique_target=sum(row[3] for row in rows),
        repeat=sum(row[4] for row in rows),
    )
