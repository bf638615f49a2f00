"""How long selling takes: the mean of what was won beside the median that open deals count in, worked out by hand."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from golden.small import Small, deal_event, dial, small_business, won

A, B, C, D, E = (f"1380013800{n}" for n in range(1, 6))
MEDIAN = "sales_cycle_km_median"


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


def sell(small: Small) -> None:
    """First contact of all four on June 1: A won after 10 days, B after 30, C is open, D was lost after 20."""
    people = zip((A, B, C, D), ("A", "A", "B", "B"), strict=True)
    small.give("call", *(dial(f"k{p}", "2025-06-01 09:00", p, talk=60, list=name) for p, name in people))
    small.give(
        "deal_event",
        won("a", "2025-06-11 09:00", "5", phone=A, origin_call=f"k{A}"),
        won("b", "2025-07-01 09:00", "5", phone=B, origin_call=f"k{B}"),
        deal_event("c", "opened", "2025-06-02 09:00", phone=C, origin_call=f"k{C}"),
        deal_event("d", "opened", "2025-06-02 09:00", phone=D, origin_call=f"k{D}"),
        deal_event("d", "lost", "2025-06-21 09:00"),
    )


def test_open_deals_make_the_cycle_longer(small: Small) -> None:
    """At 10 days 1 of 4 (0.75 left), D leaves at 20, at 30 days 1 of 2: 0.375 left, so the median is 30 days."""
    sell(small)
    assert small.value("sales_cycle") == 20
    figure = small.figure(MEDIAN)
    assert (figure.value, figure.numerator, figure.denominator) == (30, 2, 4)


def test_lines_of_a_deal_count_once(small: Small) -> None:
    sell(small)
    lines = [{"product": name, "value": "1"} for name in ("x", "y")]
    small.give("deal_event", deal_event("b", "changed", "2025-07-02 09:00", lines=lines))
    assert small.figure(MEDIAN).denominator == 4
    assert small.cut(MEDIAN, "product")["x"] == 30


def test_where_fewer_than_half_are_won_the_median_is_not_reached(small: Small) -> None:
    sell(small)
    assert small.cut(MEDIAN, "list") == {"A": 10, "B": None}
    (row,) = small.rows(MEDIAN, where={"list": ("B",)})
    figure = row.values[MEDIAN]
    assert figure.reason is not None
    assert figure.reason.en.startswith("not reached")
    assert (figure.numerator, figure.denominator) == (0, 2)


def test_a_deal_won_later_is_open_no_more(small: Small) -> None:
    sell(small)
    small.give("deal_event", won("c", "2025-06-16 09:00", "5", phone=C, origin_call=f"k{C}"))
    figure = small.figure(MEDIAN)
    # At 10 days 3/4, at 15 days 2/3 of that: half.
    assert (figure.value, figure.numerator, figure.denominator) == (15, 3, 4)


def test_what_was_known_then(small: Small) -> None:
    known = {"known_at": "2025-06-12T09:00:00+08:00"}
    small.give("call", dial("k", "2025-06-01 09:00", A, talk=60))
    small.give("deal_event", deal_event("a", "opened", "2025-06-02 09:00", phone=A) | known)
    small.give("deal_event", won("a", "2025-06-11 09:00", "5", phone=A) | {"known_at": "2025-08-01T09:00:00+08:00"})
    then = small.figure(MEDIAN, as_of=date(2025, 7, 1))
    assert (then.value, then.numerator, then.denominator) == (None, 0, 1)
    assert small.value(MEDIAN) == 10


def test_the_curve_says_how_sure_it_is(small: Small) -> None:
    """Twenty deals won on day 1 to 20: the median is 10, and half of 20 lies within 6 and 14 or so."""
    phones = [f"138001390{n:02}" for n in range(1, 21)]
    small.give("call", *(dial(f"k{p}", "2025-06-01 09:00", p, talk=60) for p in phones))
    small.give("deal_event", *(won(p, f"2025-06-{n + 1:02} 09:00", "5", phone=p) for n, p in enumerate(phones, 1)))
    (row,) = small.rows(MEDIAN, intervals=True)
    assert row.sure is not None
    sure = row.sure[MEDIAN]
    assert sure.interval is not None
    assert sure.interval.method == "kaplan_meier"
    assert row.values[MEDIAN].value == 10
    assert Decimal(4) <= sure.interval.low < 10 < sure.interval.high <= Decimal(16)


def test_bands_of_the_cycle_are_a_cut(small: Small) -> None:
    sell(small)
    assert small.cut("won_deals", "cycle_band") == {"8-30": 2}
