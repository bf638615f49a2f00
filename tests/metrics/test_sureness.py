"""Every metric has the interval its definition allows, or a reason why it has none."""

import pytest

from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.language import Base, CostBase, Quotient, Ratio, parts
from huasuan.metrics.sureness import NoInterval, OverCustomers, Proportion, implies, sureness_of


@pytest.mark.parametrize("key", METRICS)
def test_every_metric_has_an_interval_or_a_reason(key: str) -> None:
    metric = METRICS[key]
    match sureness_of(metric):
        case NoInterval(reason=reason):
            assert reason.zh
            assert reason.en
        case Proportion():
            assert isinstance(metric, Ratio)
            assert {base.unit for _, base in parts(metric)} == {"count"}
        case OverCustomers(fixed=fixed):
            assert isinstance(metric, Ratio)
            costs = [isinstance(base, CostBase) for _, base in parts(metric)]
            assert any(costs) == (fixed is not None)


@pytest.mark.parametrize("key", METRICS)
def test_quotients_go_without_only_for_what_no_sample_of_customers_tells(key: str) -> None:
    """Percentiles, quotients twice over and agents' time; a new metric of another kind must get its interval."""
    metric = METRICS[key]
    if isinstance(metric, Ratio) and isinstance(sureness_of(metric), NoInterval):
        stars = {base.star for _, base in parts(metric) if isinstance(base, Base)}
        assert metric.is_quantile or stars & {"shift", "agent_state", "planned_state"}


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("connect_rate", Proportion()),
        ("missed_rate", Proportion()),
        ("call_conversion", Proportion()),
        ("mql_sql", Proportion()),
        ("error_free_rate", Proportion()),
        # a unique target call need not be a unique call: the first of a cycle may have been junk
        ("unique_target_share", OverCustomers(fixed=None)),
        ("bot_pass_rate", OverCustomers(fixed=None)),
        ("aov", OverCustomers(fixed=None)),
        ("return_rate", OverCustomers(fixed=None)),
        ("talk_time_avg", OverCustomers(fixed=None)),
        ("roi", OverCustomers(fixed="denominator")),
        ("roas", OverCustomers(fixed="denominator")),
        ("cac", OverCustomers(fixed="numerator")),
        ("cost_per_target_call", OverCustomers(fixed="numerator")),
    ],
)
def test_kinds_by_hand(key: str, kind: object) -> None:
    assert sureness_of(METRICS[key]) == kind


def test_sums_and_quotients_of_quotients_say_why_not() -> None:
    for key, words in (("dials", "added up"), ("revenue_net", "added up"), ("clv_cac", "two quotients")):
        kind = sureness_of(METRICS[key])
        assert isinstance(kind, NoInterval)
        assert words in kind.reason.en
    assert isinstance(METRICS["clv_cac"], Quotient)


@pytest.mark.parametrize(
    ("given", "wanted", "holds"),
    [
        ("joined", "joined", True),
        ("verdict = 'accepted'", "(verdict IS NOT NULL OR late)", True),
        ("NOT any_error", "any_error IS NOT NULL", True),
        ("score >= 4", "score IS NOT NULL", True),
        ("result IN ('a', 'b')", "result IS NOT NULL", True),
        ("(joined AND score >= 4)", "joined", True),
        ("joined", "NOT joined", False),
        ("verdict IS NULL", "verdict IS NOT NULL", False),
        ("score >= 4", "other IS NOT NULL", False),
        ("result = 'a'", "result IN ('a', 'b')", False),
        ("joined OR late", "joined", False),
        ("coalesce(score, 0) = 0", "score IS NOT NULL", False),
    ],
)
def test_one_condition_implies_another_only_where_that_is_plain(given: str, wanted: str, *, holds: bool) -> None:
    assert implies(given, wanted) is holds
