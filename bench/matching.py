"""Matches of calls to visits over thirty days with peaks, beside the best guess of somebody who knows every rate."""

import math
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.findings import Finding, Line
from huasuan.app.analysis import Analysis
from huasuan.app.wiring import TABLES
from huasuan.intake import deliver_stream
from huasuan.people import WorkspaceSettings, create_workspace
from huasuan.simulator.matching_truth import Judged, judge
from huasuan.simulator.visits import Site, best_guess, call_records, lease_records, simulate
from huasuan.store import Store, upgrade

DAYS = 30
MONTHS = 4
# Of none of these months anything was learned when the model was made.
FRESH = 300
POOLS = {"starved": 3, "tight": 10, "ample": 30}
_MATCHES = """
SELECT m.channel, m.match_probability, coalesce(k.visit, -1) FROM fact_call f LEFT JOIN matched m USING (fact_id)
LEFT JOIN (SELECT c.fact_id, CASE WHEN c.probability > 1 - s.total THEN l.key END AS visit FROM candidate c
  JOIN (SELECT fact_id, sum(probability) AS total FROM candidate GROUP BY fact_id) s USING (fact_id)
  JOIN fact_lease l ON l.fact_id = c.lease_id WHERE c.place = 1) k USING (fact_id)
ORDER BY f.ringing_at, f.fact_id"""


def bench(_cache: Path, sizes: Sequence[int]) -> Finding:
    """``sizes``: visits an hour."""
    lines: list[Line] = []
    for name, numbers in POOLS.items():
        site = Site(days=DAYS, visits=sizes[0], numbers=numbers, calling=1.0)
        months = [_judged(site, seed=seed) for seed in range(FRESH, FRESH + MONTHS)]
        size = f"{name}, {sum(one.calls for one in months)} calls"
        ours, best = (
            sum(getattr(one, what) * one.calls for one in months) / sum(one.calls for one in months)
            for what in ("source_right", "best_source_right")
        )
        worst = max(one.calibration for one in months)
        # Somebody who knew every rate would lie beyond two errors in one month of twenty, by chance; put together,
        # months show a bias that single ones hide.
        wrong, stated = sum(one.wrong for one in months), sum(one.stated_wrong for one in months)
        off = abs(wrong - stated) / math.sqrt(sum(one.standard_error**2 for one in months))
        lines.extend(
            (
                _line("right sources", size, ours, best, min(one.of_best for one in months), least=0.99),
                _line("calibration error", size, worst, 0.0, worst, most=0.03),
                _line("wrong sources, stated", size, wrong, stated, off, most=2.0),
            )
        )
    return Finding(
        name="matching",
        title="Matching",
        notes=(
            f"{MONTHS} times {DAYS} days, each of another seed, with hours of advertising, {sizes[0]} visits an hour "
            "on average; leases and calls through the door, model learned from them without the truth; pools of "
            + ", ".join(map(str, POOLS.values())),
            "beside it: the Bayes-optimal guess with the true rates; for wrong sources what the probabilities add up "
            "to, and the difference in standard errors, all months together; the others: the worst month",
        ),
        lines=tuple(lines),
    )


def _judged(site: Site, seed: int) -> Judged:
    assert TABLES.tables
    first = datetime.now(UTC).replace(microsecond=0) - timedelta(days=DAYS, minutes=5)
    seen = simulate(site, seed=seed)
    with tempfile.TemporaryDirectory(prefix="huasuan-bench-") as folder:
        store = Store.at(Path(folder) / "store.sqlite")
        upgrade(store, backup_folder=Path(folder))
        with store.write() as connection:
            workspace = create_workspace(connection, name="w", settings=WorkspaceSettings())
        for kind, records in (("lease", lease_records(seen, first)), ("call", call_records(seen, first))):
            for _ in deliver_stream(
                store, workspace=workspace.id, kind_name=kind, source="s", records=records, origin="bench"
            ):
                pass
        analysis = Analysis(None, store, workspace)
        analysis.learn_matching(days=DAYS + 1)
        analysis.follow()
        with analysis.reading() as (reader, _):
            rows = reader.execute(_MATCHES).fetchall()
            keys = [row[0] for row in reader.execute("SELECT key FROM fact_lease ORDER BY fact_id").fetchall()]
        analysis.close()
        store.close()
    places = {key: place for place, key in enumerate(keys)}
    matched = [(channel, 1.0 if sure is None else sure) for channel, sure, _ in rows]
    return judge(seen, best_guess(site, seen), matched, [places.get(visit, -1) for _, _, visit in rows])


def _line(
    what: str,
    size: str,
    ours: float,
    theirs: float,
    ratio: float,
    *,
    least: float | None = None,
    most: float | None = None,
) -> Line:
    return Line(
        what=what,
        size=size,
        ours=f"{ours:.3g}",
        theirs=f"{theirs:.3g}",
        ratio=f"{ratio:.3f}",
        bound=f"≥ {least}" if least is not None else f"≤ {most}",
        met=ratio >= least if least is not None else ratio <= (most or 0),
    )
