"""Matured, firm and compared questions, from a handful of facts worked out by hand."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from golden.small import ZONE, Small, cost, deal_event, dial, ring, small_business, won
from huasuan.kernel.errors import InvalidInput
from huasuan.metrics.answers import answer_json
from huasuan.metrics.question import Period, Question

JUNE, JULY, AUGUST = date(2025, 6, 1), date(2025, 7, 1), date(2025, 8, 1)


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


def two_months(business: Small) -> None:
    """June: 4 dials of a (1 live), 2 of b. July: 5 of a (3 live), none of b, 1 of c. Cost 60 and 90."""
    june = [("a", 4, 1), ("b", 2, 0)]
    july = [("a", 5, 3), ("c", 1, 1)]
    for month, told in (("06", june), ("07", july)):
        for agent, total, live in told:
            business.give(
                "call",
                *(
                    dial(f"{month}{agent}{n}", f"2025-{month}-10 09:0{n}", talk=60 if n < live else 0, agent=agent)
                    for n in range(total)
                ),
            )
    business.give("cost", cost("c6", "ads", "2025-06-10", "60"), cost("c7", "ads", "2025-07-10", "90"))


def test_each_figure_says_what_it_was_and_how_it_changed(small: Small) -> None:
    two_months(small)
    answer = small.answer(
        "dials",
        "connect_rate",
        "total_cost",
        by=("agent",),
        date_from=JULY,
        date_to=AUGUST,
        compare=Period(JUNE, JULY),
    )
    assert answer.compared == (JUNE, JULY)
    rows = {row.by["agent"]: row for row in answer.rows if row.kind == "value"}
    assert list(rows) == ["a", "b", "c"]
    changes = {agent: row.changes for agent, row in rows.items()}
    assert (changes["a"]["dials"].before.value, changes["a"]["dials"].value) == (4, Decimal("0.25"))
    assert changes["a"]["connect_rate"].kind == "difference"
    assert changes["a"]["connect_rate"].value == Decimal(3) / 5 - Decimal(1) / 4
    # b was there before only, c is new
    assert (rows["b"].values["dials"].value, changes["b"]["dials"].value) == (0, -1)
    assert changes["b"]["connect_rate"].value is None
    assert changes["b"]["connect_rate"].reason == rows["b"].values["connect_rate"].reason
    assert changes["c"]["dials"].value is None
    assert changes["c"]["dials"].reason.en == "the earlier value is not above zero"
    costs = [row.changes["total_cost"].before.value for row in answer.rows]
    assert sum(costs) == 6000


def test_the_period_before_is_as_long(small: Small) -> None:
    two_months(small)
    answer = small.answer("total_cost", date_from=JULY, date_to=AUGUST, compare="previous")
    assert answer.compared == (date(2025, 5, 31), JULY)
    (row,) = answer.rows
    assert (row.values["total_cost"].value, row.changes["total_cost"].value) == (9000, Decimal("0.5"))


def test_comparing_leaves_the_figures_as_they_are(small: Small) -> None:
    two_months(small)
    asked: dict[str, Any] = {"by": ("agent",), "date_from": JULY, "date_to": AUGUST}
    plain = {tuple(row.by.values()): row.values for row in small.rows("dials", "connect_rate", "total_cost", **asked)}
    compared = small.rows("dials", "connect_rate", "total_cost", **asked, compare="previous")
    assert {tuple(row.by.values()): row.values for row in compared if tuple(row.by.values()) in plain} == plain


def test_a_change_of_a_rate_has_newcombe_s_interval(small: Small) -> None:
    """56 of 70 against 48 of 80: 0.2, from 0.0524 to 0.3339 (Newcombe 1998)."""
    for month, live, total in (("06", 48, 80), ("07", 56, 70)):
        small.give(
            "call",
            *(dial(f"{month}{n}", f"2025-{month}-10 09:00", talk=60 if n < live else 0) for n in range(total)),
        )
    asked: dict[str, Any] = {"date_from": JULY, "date_to": AUGUST, "compare": "previous"}
    said = answer_json(small.answer("connect_rate", **asked, intervals=True))
    change = said["rows"][0]["values"]["connect_rate"]["change"]
    assert change["value"] == "0.2"
    assert [round(float(change["interval"][end]), 4) for end in ("low", "high")] == [0.0524, 0.3339]
    assert "newcombe" in said["intervals"]["methods"]


def test_young_cohorts_are_left_out_and_counted(small: Small) -> None:
    today = datetime.now(UTC).astimezone(ZONE).date()
    for key, age in (("old", 40), ("edge", 31), ("young", 30), ("new", 1)):
        small.give("lead", {"key": key, "created_at": f"{today - timedelta(days=age)}T12:00:00+08:00"})
    answer = small.answer("leads", "lead_conversion", matured=30)
    assert answer.rows[0].values["leads"].value == 2
    assert answer.matured is not None
    assert answer.matured.before == today - timedelta(days=30)
    assert answer.matured.left_out == {"leads": 2, "lead_conversion": 2}
    # the sales cycle is 30 days
    assert small.answer("leads", matured="cycle").rows[0].values["leads"].value == 2
    said = answer_json(answer)
    address = said["rows"][0]["values"]["leads"]["behind"]
    assert address["to"] == str(today - timedelta(days=30))
    assert len(list(small.analysis.behind(Question(metrics=("leads",), matured=30)))) == 2
    whole = small.answer("leads", matured=30, date_to=today - timedelta(days=35))
    assert whole.matured is not None
    assert (whole.rows[0].values["leads"].value, whole.matured.left_out) == (1, {"leads": 0})


def test_only_deals_past_their_return_window_are_firm(small: Small) -> None:
    """Received 3 July, window of 7 days: closed at noon of the 10th, so firm before the 11th."""
    small.give(
        "deal_event",
        won("d1", "2025-07-01 12:00", "100", phone="13900139001"),
        deal_event("d1", "received", "2025-07-03 12:00"),
        won("d2", "2025-07-02 12:00", "1000", phone="13900139002"),
        deal_event("d2", "received", "2025-07-20 12:00"),
        won("d3", "2025-07-02 12:00", "10000", phone="13900139003"),
        won("d4", "2025-07-02 12:00", "70", phone="13900139004"),
        deal_event("d4", "received", "2025-07-03 12:00"),
        deal_event("d4", "returned", "2025-07-04 12:00", amount="20"),
        won("d5", "2025-07-02 12:00", "5", phone="13900139005"),
        deal_event("d5", "cancelled", "2025-07-02 13:00"),
        won("d6", "2025-07-02 12:00", "3", phone="13900139006"),
        deal_event("d6", "returned", "2025-07-04 12:00", amount="1"),
    )
    small.give("cost", cost("c", "ads", "2025-07-01", "50"))
    answer = small.answer("revenue_net", "won_deals", "roi", "returned_value", firm=date(2025, 7, 11))
    values = {key: figure.value for key, figure in answer.rows[0].values.items()}
    assert values == {"revenue_net": 15_000, "won_deals": 2, "roi": 2, "returned_value": 2_000}
    assert answer.firm is not None
    assert (answer.firm.open_deals, answer.firm.unreceived_deals) == (1, 2)
    assert small.value("won_deals", firm=date(2025, 7, 10)) == 0
    assert small.value("won_deals", firm="now") == 3
    found = small.analysis.behind(Question(metrics=("returned_value",), firm=date(2025, 7, 11)))
    assert [fact.amount for fact in found] == [2_000]
    assert answer_json(answer)["question"]["firm"] == "2025-07-11"


def test_firm_deals_as_they_were_known(small: Small) -> None:
    """Nothing was known to be received before the facts came in."""
    small.give("deal_event", won("d1", "2025-07-01 12:00", "100"), deal_event("d1", "received", "2025-07-03 12:00"))
    answer = small.answer("won_deals", firm="now", as_of=date(2025, 7, 5))
    assert answer.firm is not None
    assert answer.firm.before == date(2025, 7, 5)
    assert answer.rows[0].values["won_deals"].value == 0


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"metrics": ("leads",), "matured": 30, "basis": "event"}, "matured_cohort"),
        ({"metrics": ("leads",), "matured": 30, "date_from": date(2125, 1, 1)}, "nothing_matured"),
        ({"metrics": ("dials", "total_cost"), "firm": "now"}, "firm_impossible"),
        ({"metrics": ("dials",), "compare": "previous"}, "compare_needs_period"),
        ({"metrics": ("dials",), "compare": Period(JULY, JULY)}, "empty_period"),
        ({"metrics": ("dials",), "compare": Period(JUNE, JULY), "by": ("agent", "week")}, "compare_by_time"),
    ],
)
def test_variants_that_say_nothing_are_refused(small: Small, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        small.analysis.ask(Question(**asked))
    assert raised.value.code == code


def test_a_plain_answer_says_nothing_of_variants(small: Small) -> None:
    small.give("call", ring("r", "2025-07-01 09:00"))
    said = answer_json(small.answer("missed"))
    assert not {"compared", "matured", "firm", "intervals"} & said.keys()
    assert not {"compare", "matured", "firm", "intervals"} & said["question"].keys()
    assert not {"before", "change", "interval", "band"} & said["rows"][0]["values"]["missed"].keys()
