"""What makes a cost line possible, and what it says when little is stated."""

from datetime import date
from decimal import Decimal

import pytest

from huasuan.costs import KINDS
from huasuan.facts.costs import Cost, FxRate
from huasuan.kernel.errors import InvalidInput

(COST, FX_RATE) = KINDS
DAY = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("cost", "until"),
    [
        (Cost(cost_kind="ads", service_from=DAY, amount_minor=1), date(2026, 2, 1)),
        (Cost(cost_kind="ads", service_from=DAY, service_to=date(2026, 3, 1), amount_minor=1), date(2026, 3, 1)),
        # a month after 31 January is the last day of February
        (Cost(cost_kind="training", service_from=DAY, useful_months=1, amount_minor=1), date(2026, 2, 28)),
        (Cost(cost_kind="training", service_from=DAY, useful_months=12, amount_minor=1), date(2027, 1, 31)),
        (
            Cost(cost_kind="training", service_from=date(2028, 1, 31), useful_months=1, rate=Decimal(1)),
            date(2028, 2, 29),
        ),
    ],
)
def test_the_end_of_the_service_period(cost: Cost, until: date) -> None:
    assert COST.check(cost).service_to == until


def test_a_kind_of_cost_has_its_own_driver() -> None:
    assert COST.check(Cost(cost_kind="call_charges", service_from=DAY, amount_minor=1)).driver == "minute_60"
    assert COST.check(Cost(cost_kind="sms", service_from=DAY, amount_minor=1, driver="call")).driver == "call"
    assert COST.check(Cost(cost_kind="nobody knows", service_from=DAY, amount_minor=1)).driver == "call"


@pytest.mark.parametrize(
    ("cost", "code"),
    [
        (Cost(cost_kind="ads", service_from=DAY), "amount_or_rate"),
        (Cost(cost_kind="ads", service_from=DAY, amount_minor=1, rate=Decimal(1)), "amount_or_rate"),
        (Cost(cost_kind="ads", service_from=DAY, service_to=DAY, amount_minor=1), "empty_period"),
        (Cost(cost_kind="ads", service_from=DAY, amount_minor=1, driver="?"), "unknown_driver"),
        (Cost(cost_kind="ads", service_from=DAY, amount_minor=1, currency="XQZ"), "unknown_currency"),
    ],
)
def test_impossible_costs_are_refused(cost: Cost, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        COST.check(cost)
    assert caught.value.code == code


def test_an_exchange_rate_is_positive() -> None:
    with pytest.raises(InvalidInput) as caught:
        FX_RATE.check(FxRate(day=DAY, currency="USD", into="CNY", rate=Decimal(0)))
    assert caught.value.code == "rate_not_positive"
