"""Unique calls: the first of each sales cycle of a contact (S2-27, S2-28, S2-31).

A call is an anchor if no anchor of the contact lies less than a cycle before it. That looks recursive, but a gap of a
cycle or more always starts an anchor, so only stretches longer than one cycle need another round.
"""

import duckdb

from huasuan.warehouse import first_row

DAY_MICROS = 86_400_000_000


def anchors(writer: duckdb.DuckDBPyConnection, *, source: str, into: str, cycle_days: int) -> None:
    """Fill the temp table ``into`` (fact_id) with the anchors among ``source``.

    ``source`` is a query of (fact_id, contact_id, started_at, key).
    """
    if cycle_days == 0:
        writer.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT fact_id FROM ({source})")
        return
    cycle = f"to_microseconds({cycle_days * DAY_MICROS})"
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE stretch AS SELECT *, sum(starts) OVER w AS island FROM ("
        f"SELECT *, CASE WHEN started_at - lag(started_at) OVER w < {cycle} THEN 0 ELSE 1 END AS starts FROM "
        f"({source}) "
        "WINDOW w AS (PARTITION BY contact_id ORDER BY started_at, key)) "
        "WINDOW w AS (PARTITION BY contact_id ORDER BY started_at, key ROWS UNBOUNDED PRECEDING)"
    )
    writer.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT fact_id FROM stretch WHERE starts = 1")
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE running AS SELECT contact_id, island, min(started_at) AS anchor FROM stretch "
        f"GROUP BY ALL HAVING max(started_at) - min(started_at) >= {cycle}"
    )
    while _next_round(writer, into, cycle):
        pass


def _next_round(writer: duckdb.DuckDBPyConnection, into: str, cycle: str) -> bool:
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE following AS SELECT s.contact_id, s.island, "
        "min(s.started_at) AS anchor, arg_min(s.fact_id, (s.started_at, s.key)) AS fact_id "
        "FROM stretch s JOIN running r ON s.contact_id = r.contact_id AND s.island = r.island "
        f"WHERE s.started_at >= r.anchor + {cycle} GROUP BY ALL"
    )
    writer.execute(f"INSERT INTO {into} SELECT fact_id FROM following")
    writer.execute("CREATE OR REPLACE TEMP TABLE running AS SELECT contact_id, island, anchor FROM following")
    row = first_row(writer, "SELECT count(*) FROM running")
    return row is not None and row[0] > 0
