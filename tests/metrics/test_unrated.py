"""A cost without an exchange rate hides what it may be part of and nothing else, and says how much is missing."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from golden.small import Small, dial, ring, small_business
from huasuan.metrics.question import Question

DAY, NEXT = "2025-07-01", "2025-07-02"
JULY = {"service_from": DAY, "service_to": "2025-08-01"}


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        business.give(
            "call", ring("a", f"{DAY} 10:00", channel="x"), dial("b", f"{NEXT} 10:00", channel="y", agent="a1")
        )
        business.give("cost", given("c1", "tools", "2", DAY), given("c2", "tools", "3", NEXT))
        yield business


def given(key: str, kind: str, amount: str, day: str, currency: str = "CNY", **more: Any) -> dict[str, Any]:
    """A cost of one day."""
    after = str(date.fromordinal(date.fromisoformat(day).toordinal() + 1))
    return {"key": key, "cost_kind": kind, "amount": amount, "currency": currency, "service_from": day,
            "service_to": after, **more}  # fmt: skip


def shown(small: Small, *by: str, metric: str = "total_cost", **more: Any) -> dict[Any, Any]:
    """Fen by cut; where it is unknown, the reason."""
    rows = small.rows(metric, by=by, **more)
    return {
        row.kind if row.kind == "unallocated" else next(iter(row.by.values()), None): (
            row.values[metric].reason.en if row.values[metric].reason else row.values[metric].value
        )
        for row in rows
    }


def test_only_its_day_is_unknown(small: Small) -> None:
    small.give("cost", given("u", "tools", "100", NEXT, "USD"))
    missing = "costs without an exchange rate (1: USD 100.00)"
    assert shown(small, "day") == {DAY: 200, NEXT: missing}
    assert shown(small, "week") == {"2025-W27": missing}
    assert shown(small) == {None: missing}
    assert shown(small, date_to=date(2025, 7, 2)) == {None: 200}
    assert shown(small, where={"weekday": ("2",)}) == {None: 200}


def test_only_what_it_is_narrowed_to_is_unknown(small: Small) -> None:
    small.give("cost", given("u", "tools", "100", NEXT, "USD", channel="y"))
    missing = "costs without an exchange rate (1: USD 100.00)"
    assert shown(small, "channel") == {"x": 200, "y": missing}
    assert shown(small, where={"channel": ("x",)}) == {None: 200}
    # Who bears it only the calls say.
    assert shown(small, "agent") == {"a1": missing, None: missing}


def test_only_metrics_that_count_its_kind_are_unknown(small: Small) -> None:
    small.give("cost", given("a", "ads", "4", DAY, channel="x"), given("u", "pay", "100", NEXT, "USD"))
    missing = "costs without an exchange rate (1: USD 100.00)"
    assert shown(small, metric="marketing_spend") == {None: 400}
    # Its kind has a row of its own, though nothing else was paid for it.
    assert shown(small, "cost_kind") == {"ads": 400, "tools": 500, "pay": missing}


def test_how_much_is_missing_is_said_by_currency_and_for_the_period(small: Small) -> None:
    july = {"currency": "USD", **JULY}
    small.give("cost", {"key": "u", "cost_kind": "pay", "amount": "310", **july})
    small.give("cost", given("v", "pay", "1000", DAY, "JPY"))
    small.give("cost", {"key": "w", "cost_kind": "sms", "rate": "0.1", **july})
    (row,) = small.answer("total_cost", date_from=date(2025, 7, 1), date_to=date(2025, 7, 3)).rows
    reason = row.values["total_cost"].reason
    assert reason is not None
    assert reason.en == "costs without an exchange rate (3: JPY 1000, USD 20.00, USD tariff)"
    assert reason.zh == "缺少汇率的费用（3 条：JPY 1000、USD 20.00、USD 单价）"


def test_a_number_and_a_working_day_are_told_too(small: Small) -> None:
    small.give("cost", given("u", "tracking_numbers", "7", NEXT, "USD", own_number="4008001234", direction="in"))
    told = small.analysis.ask(Question(metrics=("total_cost",), by=("working_day", "tracking_number"))).rows
    unknown = {tuple(row.by.values()) for row in told if row.values["total_cost"].value is None}
    assert unknown == {(True, "4008001234"), (True, None)} & {tuple(row.by.values()) for row in told}
    assert (True, None) in unknown
