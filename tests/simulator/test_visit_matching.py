"""Matches against the truth: as good as the best guess there is, and as sure as they say (S0-20, S2-48)."""

from datetime import UTC, datetime, timedelta

import pytest

from huasuan.intake import deliver_stream
from huasuan.methods.call_matching import fit_matching
from huasuan.metrics.derived.learning import matching_data
from huasuan.people import WorkspaceSettings, create_workspace
from huasuan.simulator.matching_truth import judge
from huasuan.simulator.visits import Site, best_guess, call_records, lease_records, simulate
from huasuan.store import Store
from warehouse.following import Follower

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 30
_POOLS = (3, 10, 30)
# A month of which nothing was learned when the model was made. In one month of twenty even somebody who knew every rate
# would be off by more than two standard errors, so the bench puts several together.
FRESH = 301
_MATCHES = """
SELECT m.channel, m.match_probability, coalesce(k.visit, -1) FROM fact_call f LEFT JOIN matched m USING (fact_id)
LEFT JOIN (SELECT c.fact_id, CASE WHEN c.probability > 1 - s.total THEN l.key END AS visit FROM candidate c
  JOIN (SELECT fact_id, sum(probability) AS total FROM candidate GROUP BY fact_id) s USING (fact_id)
  JOIN fact_lease l ON l.fact_id = c.lease_id WHERE c.place = 1) k USING (fact_id)
ORDER BY f.ringing_at, f.fact_id"""


@pytest.mark.parametrize("numbers", _POOLS, ids=["starved", "tight", "ample"])
def test_matches_are_as_good_as_the_best_guess_and_as_sure_as_they_say(sqlite_store: Store, numbers: int) -> None:
    site = Site(days=DAYS, visits=25, numbers=numbers)
    seen = simulate(site, seed=FRESH)
    with sqlite_store.write() as connection:
        workspace = create_workspace(connection, name="w", settings=WorkspaceSettings())
    for kind, records in (("lease", lease_records(seen, FIRST)), ("call", call_records(seen, FIRST))):
        for outcomes in deliver_stream(
            sqlite_store, workspace=workspace.id, kind_name=kind, source="s", records=records, origin="test"
        ):
            assert {one.status for one in outcomes} == {"created"}
    follower = Follower(sqlite_store, workspace)
    follower.follow([100_000])
    data = matching_data(follower.writer, since=FIRST, until=FIRST + timedelta(days=DAYS))
    assert data is not None
    follower.learn(fit_matching(data))
    rows = follower.rows(_MATCHES)
    keys = {
        hashed: number for number, (hashed,) in enumerate(follower.rows("SELECT key FROM fact_lease ORDER BY fact_id"))
    }
    visits = [keys.get(visit, -1) for _, _, visit in rows]
    matched = [(channel, 1.0 if sure is None else sure) for channel, sure, _ in rows]
    judged = judge(seen, best_guess(site, seen), matched, visits)
    assert judged.calls > 2000
    assert judged.of_best >= 0.99, judged
    assert judged.calibration <= 0.03, judged
    assert judged.errors_off <= 2, judged
    follower.close()
