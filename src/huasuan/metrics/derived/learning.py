"""What the matching of calls learns from: every call with everybody who saw its number, and how long each watched."""

from dataclasses import replace
from datetime import datetime

import numpy as np

from huasuan.methods.call_matching import TAPPED_SECONDS, UNTAUGHT, MatchData, cell_bounds
from huasuan.metrics.derived.classes import STARTED
from huasuan.metrics.derived.matching import rivals_sql
from huasuan.warehouse import Cursor, first_row


def matching_data(reader: Cursor, *, since: datetime, until: datetime) -> MatchData | None:
    """Calls to lent numbers between two moments (UTC) with their candidates; None where there are none."""
    begin, end = (f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S.%f}'" for moment in (since, until))
    reader.execute(
        f"CREATE OR REPLACE TEMP TABLE unsaid AS SELECT f.fact_id, f.own_number, f.extension, {STARTED} AS started_at, "
        "p.province FROM fact_call f LEFT JOIN party p ON f.party = p.party WHERE f.direction = 'in' AND "
        f"{STARTED} >= {begin} AND {STARTED} < {end} AND f.own_number IN (SELECT own_number FROM fact_lease)"
    )
    reader.execute(
        "CREATE OR REPLACE TEMP TABLE numbered AS SELECT fact_id, row_number() OVER (ORDER BY fact_id) - 1 AS call "
        "FROM unsaid"
    )
    (calls,) = first_row(reader, "SELECT count(*) FROM numbered") or (0,)
    if not calls:
        return None
    regions = _regions(reader)
    model = replace(UNTAUGHT, regions=regions)
    found = reader.execute(
        "SELECT n.call, r.cell, CASE WHEN r.same_region IS NULL THEN -1 ELSE r.same_region::INTEGER END, "
        f"coalesce(r.part, 0) FROM ({rivals_sql(model)}) r JOIN numbered n USING (fact_id) ORDER BY n.call"
    ).fetchall()
    call, cell, same, part = np.array(found, dtype=np.float64).reshape(-1, 4).T
    return MatchData(
        call=call.astype(np.int64),
        cell=cell.astype(np.int64),
        same=same.astype(np.int64),
        part=part,
        calls=int(calls),
        seconds=_seconds(reader, begin, end),
        number_seconds=_number_seconds(reader, begin, end),
        regions=regions,
    )


def _seconds(reader: Cursor, begin: str, end: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """How long visitors were in each cell, over all leases that were seen in time."""
    since = {"open": "leased_at", "left": "seen_at", "tapped": "tapped_at"}
    over = {"open": f"least(coalesce(seen_at, {end}), {end})", "left": end, "tapped": end}
    sums = []
    for state, low, high in cell_bounds():
        # A visit that is over goes on to be left for ever; a press is soon forgotten.
        lasted = f"(epoch_us({over[state]}) - epoch_us({since[state]})) / 1e6"
        most = min(high, TAPPED_SECONDS) if state == "tapped" else high
        spent = f"greatest(0, least({lasted}, {most}) - {low})"
        if state != "tapped":
            spent += f" - coalesce({_pressed(since[state], over[state], low, high)}, 0)"
        sums.append(f"sum({spent}) FILTER ({since[state]} IS NOT NULL)")
    row = first_row(
        reader, f"SELECT {', '.join(sums)} FROM fact_lease WHERE leased_at >= {begin} AND leased_at < {end}"
    )
    return np.array([float(value or 0) for value in row or ()])


def _pressed(since: str, over: str, low: int, high: int) -> str:
    """The part of a cell's time in which the press of the link was what counted, in seconds."""
    begin = f"greatest(epoch_us({since}) + {low} * 1000000::BIGINT, epoch_us(tapped_at))"
    end = (
        f"least(epoch_us({since}) + {high} * 1000000::BIGINT, epoch_us({over}), "
        f"epoch_us(tapped_at) + {TAPPED_SECONDS} * 1000000::BIGINT)"
    )
    # Without a press this is NULL: greatest and least leave NULL out, so it is asked for by name.
    return f"CASE WHEN tapped_at IS NOT NULL THEN greatest(0, {end} - {begin}) / 1e6 END"


def _number_seconds(reader: Cursor, begin: str, end: str) -> float:
    row = first_row(
        reader,
        f"SELECT sum(epoch_us({end}) - epoch_us(greatest(since, {begin}))) / 1e6 FROM "
        f"(SELECT own_number, min(leased_at) AS since FROM fact_lease GROUP BY own_number) WHERE since < {end}",
    )
    return float(row[0] or 0) if row else 0.0


def _regions(reader: Cursor) -> tuple[tuple[str, float], ...]:
    """What part of the calls is from each region."""
    rows = reader.execute(
        "SELECT province, count(*) / sum(count(*)) OVER () FROM unsaid WHERE province IS NOT NULL GROUP BY province "
        "ORDER BY province"
    ).fetchall()
    return tuple((str(name), float(part)) for name, part in rows)
