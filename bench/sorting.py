"""What calling by score instead of by arrival is worth: on a bank's outcomes and the simulator's (S0-33, S3-34)."""

import csv
import gzip
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import text

from bench.findings import Finding, Line
from huasuan import methods
from huasuan.app.analysis import Analysis
from huasuan.leads.features import Candidate, features, vocabulary
from huasuan.leads.learning import candidates
from huasuan.leads.what_came_before import PastLead, past_leads
from huasuan.people import WorkspaceSettings, create_workspace
from huasuan.simulator import World, simulate
from huasuan.store import Store, upgrade

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from methods.bank import FILE, bank

_LIFE_DAYS = 540
_OUTCOME, _AFTER_ALL = timedelta(days=30), datetime(2100, 1, 1, tzinfo=UTC)
_ZONE, _WEEK_SECONDS = ZoneInfo("Asia/Shanghai"), 7 * 86400
_DAY, _WINDOW, _WRAP_SECONDS, _DRAWS = 500, 20_000, 90, 4_000


def bench(_cache: Path, sizes: Sequence[int]) -> Finding:
    """Days of leads, of which agents reach half: the first to come, or the best scored."""
    return Finding(
        name="sorting",
        title="Calling by score instead of by arrival",
        notes=(
            f"the bank's last 8,238 calls as leads, {_DAY} a day, scored each day by what was known the day before; "
            "half of a day's leads can be called",
            f"an agent's hour is talk time and {_WRAP_SECONDS} s each; `duration` counts hours only, it is no feature",
            f"the simulator's: {sizes[0]:,} calls of a made-up business; its leads of forms and fairs, learnt anew "
            f"each week from all leads at least {_OUTCOME.days} days old; hours are those of "
            f"the calls to the lead within {_OUTCOME.days} days and {_WRAP_SECONDS} s each, sales those within as long",
            f"interval: {_DRAWS:,} bootstrap draws over days; who was called really was called, so nothing is guessed",
        ),
        lines=(_line("the bank", *_of_the_bank()), _line("the simulator", *_of_the_simulator(sizes[0]))),
    )


def _line(who: str, by_arrival: np.ndarray, by_score: np.ndarray) -> Line:
    drawn = np.random.default_rng(0).integers(0, len(by_score), (_DRAWS, len(by_score)))
    low, high = np.quantile(_rate(by_score[drawn]) / _rate(by_arrival[drawn]), (0.025, 0.975))
    score, arrival = float(_rate(by_score[None])[0]), float(_rate(by_arrival[None])[0])
    return Line(
        what=f"sales per agent-hour, {who}",
        size=f"{len(by_score)} days",
        ours=f"{score:.2f} by score",
        theirs=f"{arrival:.2f} by arrival",
        ratio=f"{score / arrival:.2f} ({low:.2f}–{high:.2f})",
        bound="> 1",
        met=bool(low > 1),
    )


def _of_the_bank() -> tuple[np.ndarray, np.ndarray]:
    known, bought = bank()
    begin = int(len(bought) * 0.8)
    rolled = methods.roll(known, bought, model="boosting", begin=begin, every=_DAY, window=_WINDOW, seed=0, threads=1)
    bought, hours = bought[begin:], (_durations()[begin:] + _WRAP_SECONDS) / 3600
    days = [np.arange(start, min(start + _DAY, len(bought))) for start in range(0, len(bought), _DAY)]
    return _days(days, rolled.scores, bought, hours)


def _of_the_simulator(calls: int) -> tuple[np.ndarray, np.ndarray]:
    with tempfile.TemporaryDirectory(prefix="huasuan-bench-") as folder:
        store = Store.at(Path(folder) / "store.sqlite")
        upgrade(store, backup_folder=Path(folder))
        with store.write() as connection:
            space = create_workspace(connection, name="bench", settings=WorkspaceSettings())
        simulate(store, space, World(days=_LIFE_DAYS, calls=calls))
        analysis = Analysis(None, store, space)
        analysis.follow()
        with store.read() as connection:
            past = past_leads(analysis.reader(), until=_AFTER_ALL, within=_OUTCOME, most=10**7)
            leads = candidates(connection, space.id, past)
            called = connection.execute(
                text(
                    "SELECT l.seq, l.call IS NULL, count(c.seq), coalesce(sum(coalesce(c.talk_seconds, 0)), 0) FROM "
                    "fact_lead l LEFT JOIN fact_call c ON c.lead = l.source_key AND NOT c.gone AND "
                    "coalesce(c.dialed_at, c.ringing_at) < l.created_at + :within WHERE l.version = 1 GROUP BY l.seq"
                ),
                {"within": int(_OUTCOME.total_seconds() * 1e6)},
            ).fetchall()
        analysis.close()
        store.close()
    spent = {seq: (bool(to_call), (talk + count * _WRAP_SECONDS) / 3600) for seq, to_call, count, talk in called}
    # Somebody nobody called took no hours and is no choice of whom to call.
    mine = np.array([spent[lead.fact][0] and spent[lead.fact][1] > 0 for lead in past])
    hours = np.array([spent[lead.fact][1] for lead in past])
    won = np.array([lead.won for lead in past], float)
    scores, days = _weekly(past, leads, won), _by_day(past, mine)
    return _days([day for day in days if not np.isnan(scores[day]).any()], scores, won, hours)


def _weekly(past: Sequence[PastLead], leads: Sequence[Candidate], won: np.ndarray) -> np.ndarray:
    """Scores of each week's leads, learnt from those whose outcome was known by then; NaN before there is one."""
    moments = np.array([lead.created_at.timestamp() for lead in past])
    scores = np.full(len(past), np.nan)
    for week in np.arange(moments[0], moments[-1], _WEEK_SECONDS):
        known = int(np.searchsorted(moments, week - _OUTCOME.total_seconds()))
        first, end = np.searchsorted(moments, (week, week + _WEEK_SECONDS))
        words = vocabulary(leads[:known])
        scorer = methods.train(features(leads[:known], words, _ZONE), won[:known], threads=1) if known else None
        if scorer is not None and end > first:
            scores[first:end] = scorer.scores(features(leads[first:end], words, _ZONE))
    return scores


def _by_day(past: Sequence[PastLead], mine: np.ndarray) -> list[np.ndarray]:
    """The places of each day's leads, in their order of time; a day with one lead leaves nothing to choose."""
    dates = np.array([lead.created_at.astimezone(_ZONE).toordinal() for lead in past])
    found = [np.flatnonzero(mine & (dates == day)) for day in np.unique(dates)]
    return [day for day in found if len(day) >= 2]


def _days(
    days: Sequence[np.ndarray], scores: np.ndarray, bought: np.ndarray, hours: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(sales, hours) of each day, called by arrival and by score."""
    arrival, score = [], []
    for day in days:
        reach = len(day) // 2
        best = day[np.argsort(-scores[day], kind="stable")][:reach]
        for into, called in ((arrival, day[:reach]), (score, best)):
            into.append((bought[called].sum(), hours[called].sum()))
    return np.array(arrival), np.array(score)


def _rate(days: np.ndarray) -> np.ndarray:
    return days[..., 0].sum(axis=1) / days[..., 1].sum(axis=1)


def _durations() -> np.ndarray:
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        return np.array([float(row["duration"]) for row in csv.DictReader(lines, delimiter=";")])
