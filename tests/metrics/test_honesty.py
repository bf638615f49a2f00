"""How sure figures are, against published tables and sums done by hand; and how often intervals hold the truth."""

import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from golden.small import Small, at, cost, dial, ring, small_business, won
from huasuan import methods
from huasuan.metrics.answers import answer_json
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.honesty import EXACT_BELOW, METHODS
from huasuan.metrics.language import Base, Quotient, Ratio
from huasuan.metrics.question import Sure

DAY = "2025-07-01"


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


def calls(business: Small, missed: int, total: int) -> None:
    """So many inbound calls, the first of them missed."""
    when = f"{DAY} 09:00"
    business.give(
        "call",
        *(ring(f"i{n}", when, None) for n in range(missed)),
        *(ring(f"i{n}", when, None, talk=30, agent_joined_at=at(when)) for n in range(missed, total)),
    )


def sure(business: Small, metric: str) -> Sure:
    """How sure a figure of the whole is."""
    (row,) = business.rows(metric, intervals=True)
    assert row.sure is not None
    return row.sure[metric]


def ends(found: Sure, digits: int) -> tuple[float, float]:
    """The interval, rounded."""
    assert found.interval is not None, found.reason
    return round(float(found.interval.low), digits), round(float(found.interval.high), digits)


def buyers(business: Small, amounts: Sequence[int]) -> None:
    """One deal of one customer for each amount."""
    business.give(
        "deal_event",
        *(won(f"d{n}", f"{DAY} 12:00", str(amount), phone=f"139001390{n:02}") for n, amount in enumerate(amounts)),
    )


def test_a_rate_has_the_interval_of_the_published_table(small: Small) -> None:
    """81 of 263: Newcombe 1998, table I."""
    small.give("call", *(dial(f"d{n}", f"{DAY} 09:00", talk=60 if n < 81 else 0) for n in range(263)))
    found = sure(small, "connect_rate")
    assert ends(found, 4) == (0.2553, 0.3662)
    assert found.interval is not None
    assert found.interval.method == "wilson"
    assert not found.small


def test_a_rate_of_few_is_exact_and_marked(small: Small) -> None:
    """None of 20: the exact bound is 1 - 0.025^(1/20)."""
    small.give("call", *(dial(f"d{n}", f"{DAY} 09:00") for n in range(20)))
    found = sure(small, "connect_rate")
    assert found.interval is not None
    assert (found.interval.method, float(found.interval.low)) == ("exact", 0)
    assert float(found.interval.high) == pytest.approx(1 - 0.025 ** (1 / 20))
    assert found.small
    assert EXACT_BELOW > 20
    # alone it can be drawn towards nothing
    assert found.shrunken is None


def test_a_small_rate_is_drawn_towards_the_others(small: Small) -> None:
    for agent, answered, total in (("a", 30, 60), ("b", 33, 60), ("c", 27, 60), ("d", 4, 4)):
        small.give(
            "call",
            *(dial(f"{agent}{n}", f"{DAY} 09:00", talk=60 if n < answered else 0, agent=agent) for n in range(total)),
        )
    rows = {row.by["agent"]: row for row in small.rows("connect_rate", by=("agent",), intervals=True)}
    lucky = rows["d"].sure["connect_rate"]
    assert rows["d"].values["connect_rate"].value == 1
    assert lucky.small
    assert lucky.shrunken is not None
    prior = methods.fit_beta_prior([30, 33, 27, 4], [60, 60, 60, 4])
    assert float(lucky.shrunken.value) == pytest.approx((prior.a + 4) / (prior.a + prior.b + 4))
    assert 0.5 < lucky.shrunken.value < Decimal("0.75")
    assert rows["a"].sure["connect_rate"].shrunken is None


def test_an_average_of_money_goes_over_customers(small: Small) -> None:
    """Half of 24 customers paid 100, half 300: residuals of 100, error 100 / sqrt(23), t of 23 degrees 2.0687."""
    buyers(small, [100, 300] * 12)
    found = sure(small, "aov")
    # in fen
    half = 2.0686576 * 10_000 / 23**0.5
    assert ends(found, 1) == pytest.approx((20_000 - half, 20_000 + half), abs=0.2)
    assert found.interval is not None
    assert found.interval.method == "customers"


def test_several_deals_of_a_customer_are_one_unit(small: Small) -> None:
    """24 customers with two deals each: the error is that of 24 sums, not of 48 deals."""
    for part in ("x", "y"):
        small.give(
            "deal_event",
            *(won(f"{part}{n}", f"{DAY} 12:00", str([100, 300][n % 2]), phone=f"139001390{n:02}") for n in range(24)),
        )
    half = 2.0686576 * 10_000 / 23**0.5
    assert ends(sure(small, "aov"), 1) == pytest.approx((20_000 - half, 20_000 + half), abs=0.2)


def test_a_return_on_booked_cost_varies_with_what_came_in(small: Small) -> None:
    """Revenue 4,800 of a cost of 2,400. The sum of squares is 1.2e6, of cubes 3.36e8: lean 0.2556, error 1095.4.

    Hall: 3 / lean * (cbrt(1 + lean * (t - lean / 6)) - 1) is 1.669 at t = 1.96 and -2.496 at -1.96.
    """
    buyers(small, [100, 300] * 12)
    small.give("cost", cost("c", "ads", DAY, "2400"))
    assert small.value("roi") == 1
    low, high = (4800 - 1.669 * 1095.4) / 2400 - 1, (4800 + 2.496 * 1095.4) / 2400 - 1
    found = sure(small, "roi")
    assert ends(found, 3) == pytest.approx((low, high), abs=0.002)
    assert ends(sure(small, "roas"), 3) == pytest.approx((low + 1, high + 1), abs=0.002)
    assert found.interval is not None
    assert found.interval.method == "customers_fixed_cost"
    # 24 deals stand behind it, however few the lines of the ledger
    assert found.small
    assert not small.rows("roi", intervals=True, small_below=24)[0].sure["roi"].small


def test_cost_for_each_new_customer_turns_the_interval_of_their_number_over(small: Small) -> None:
    """24 came for 2,400. The exact Poisson interval of 24 is 15.38 to 35.71."""
    buyers(small, [100, 300] * 12)
    small.give("cost", cost("c", "ads", DAY, "2400"))
    low, high = ends(sure(small, "cac"), 0)
    assert low == pytest.approx(240_000 / 35.71, rel=0.02)
    assert high == pytest.approx(240_000 / 15.38, rel=0.02)


@pytest.mark.parametrize(
    ("amounts", "reason"),
    [
        ([100] * 19, "too few customers (19; it takes 20)"),
        ([100] * 24 + [5000], "one customer makes up 68%, more than half"),
        ([100] * 30, "all customers are alike"),
    ],
)
def test_there_is_no_interval_where_none_is_honest(small: Small, amounts: list[int], reason: str) -> None:
    buyers(small, amounts)
    found = sure(small, "aov")
    assert found.interval is None
    assert found.reason is not None
    assert found.reason.en == reason


def test_every_figure_of_the_catalogue_is_sure_or_says_why_not(small: Small) -> None:
    """Known figures have an interval or a reason, unknown ones had their reason already."""
    calls(small, 9, 40)
    buyers(small, [100, 300] * 12)
    small.give("cost", cost("c", "ads", DAY, "2400"))
    (row,) = small.rows(*METRICS, intervals=True)
    assert row.sure is not None
    for key, figure in row.values.items():
        found = row.sure[key]
        if figure.value is None:
            assert found.interval is None
            assert figure.reason is not None, key
        else:
            assert (found.interval is None) != (found.reason is None), key
        if found.interval is not None:
            assert isinstance(METRICS[key], Ratio)
            assert found.interval.low <= figure.value <= found.interval.high, key
            assert found.interval.method in METHODS
        if found.small:
            assert isinstance(METRICS[key], Ratio | Quotient), key


def test_facts_of_nobody_known_are_a_unit_each(small: Small) -> None:
    """Talk of 25 withheld callers: half 60 s, half 180 s; not one giant customer."""
    small.give(
        "call",
        *(dial(f"d{n}", f"{DAY} 09:00", None, talk=[60, 180][n % 2]) for n in range(24)),
    )
    half = 2.0686576 * 60 / 23**0.5
    assert ends(sure(small, "talk_time_avg"), 2) == pytest.approx((120 - half, 120 + half), abs=0.01)


def test_the_json_says_how(small: Small) -> None:
    buyers(small, [100, 300] * 12)
    calls(small, 3, 10)
    said = answer_json(small.answer("aov", "missed_rate", "won_deals", intervals=True))
    values = said["rows"][0]["values"]
    assert values["aov"]["interval"]["low"].startswith("156.8")
    assert values["missed_rate"]["small"] is True
    assert values["won_deals"]["interval"] is None
    assert "added up" in values["won_deals"]["no_interval"]["en"]
    assert set(said["intervals"]["methods"]) == {"customers", "exact"}
    plain = answer_json(small.answer("aov"))
    assert "intervals" not in plain
    assert "interval" not in plain["rows"][0]["values"]["aov"]
    assert isinstance(METRICS["won_deals"], Base)


def test_intervals_hold_the_truth_as_often_as_they_promise(capsys: pytest.CaptureFixture[str]) -> None:
    """1,000 draws of each shape with the functions the answers use: rates 93-97 %, money at least 90 %."""
    random = np.random.default_rng(20250701)
    told: dict[str, float] = {}
    for rate, trials in ((0.1, 60), (0.3, 100), (0.5, 400), (0.8, 200)):
        hits = random.binomial(trials, rate, 1000)
        held = [(found := methods.wilson(int(hit), trials)).low <= rate <= found.high for hit in hits]
        told[f"rate {rate} of {trials}"] = sum(held) / 1000
    assert all(0.93 <= share <= 0.97 for share in told.values()), told
    money: dict[str, float] = {}
    for sigma in (0.5, 1.0):
        mean = float(np.exp(sigma**2 / 2))
        average = returned = each = 0
        for _ in range(1000):
            # How many buy is chance as well: Poisson of 250.
            deals = random.lognormal(0, sigma, random.poisson(250))
            ones, nothing = np.ones(deals.size), np.zeros(deals.size)
            over = methods.skewness_corrected_ratio(deals, ones)
            back = methods.skewness_corrected_ratio(deals, nothing, fixed_denominator=100.0, absent=10**9)
            number = methods.skewness_corrected_ratio(ones, nothing, fixed_denominator=100.0, absent=10**9)
            average += over.low <= mean <= over.high
            returned += back.low <= 250 * mean / 100 <= back.high
            each += 1 / number.high <= 100 / 250 <= 1 / number.low
        money |= {
            f"average of a deal, sigma {sigma}": average / 1000,
            f"return on booked cost, sigma {sigma}": returned / 1000,
            f"cost of a customer, sigma {sigma}": each / 1000,
        }
    assert all(share >= 0.9 for share in money.values()), money
    with capsys.disabled():
        for shape, share in {**told, **money}.items():
            sys.stdout.write(f"\n  {shape}: {share:.1%}")
