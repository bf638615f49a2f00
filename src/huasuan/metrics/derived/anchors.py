"""Unique calls: the first of each sales cycle of a contact (S2-27, S2-28, S2-31).

A call is an anchor if no anchor of the contact lies less than a cycle before it. That looks recursive, but a gap of a
cycle or more always starts an anchor, so only stretches longer than one cycle need another step.
"""

from huasuan.warehouse import Cursor

DAY_MICROS = 86_400_000_000


def anchors(writer: Cursor, *, source: str, into: str, cycle_days: int, rolling: bool = False) -> None:
    """Fill the temp table ``into`` (contact_id, target, fact_id, started_at, key) with the anchors among ``source``.

    ``source`` is a query of the same columns; the calls of either ``target`` have anchors of their own. ``rolling``:
    a cycle goes on as long as no gap between two calls is as long as a cycle, instead of ending a cycle after its
    first call.
    """
    anchor = "contact_id, target, fact_id, started_at, key"
    if cycle_days == 0:
        writer.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT {anchor} FROM ({source})")
        return
    cycle = f"to_microseconds({cycle_days * DAY_MICROS})"
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE stretch AS SELECT *, sum(starts) OVER w AS island FROM ("
        f"SELECT *, CASE WHEN started_at - lag(started_at) OVER w < {cycle} THEN 0 ELSE 1 END AS starts FROM "
        f"({source}) "
        "WINDOW w AS (PARTITION BY contact_id, target ORDER BY started_at, key)) "
        "WINDOW w AS (PARTITION BY contact_id, target ORDER BY started_at, key ROWS UNBOUNDED PRECEDING)"
    )
    if rolling:
        writer.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT {anchor} FROM stretch WHERE starts = 1")
        return
    earliest = "(s.started_at, s.key)"
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE {into} AS WITH RECURSIVE anchor AS ("
        f"SELECT {anchor}, island FROM stretch WHERE starts = 1 UNION ALL "
        f"SELECT s.contact_id, s.target, arg_min(s.fact_id, {earliest}), min(s.started_at), "
        f"arg_min(s.key, {earliest}), s.island FROM stretch s JOIN anchor a ON s.contact_id = a.contact_id "
        f"AND s.target = a.target AND s.island = a.island WHERE s.started_at >= a.started_at + {cycle} GROUP BY ALL) "
        f"SELECT {anchor} FROM anchor"
    )
