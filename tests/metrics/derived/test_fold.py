"""Folding the events of a deal: nothing is lost, nothing becomes negative, and the order of arrival does not matter."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan.metrics.derived.fold import Deal, Event, EventLine, Margin, fold

START = datetime(2025, 1, 1)  # noqa: DTZ001  the warehouse keeps UTC without saying so
PRODUCTS = {
    "half": Margin(product_group="g", margin_percent=Decimal(50)),
    "third": Margin(product_group=None, margin_percent=Decimal("33.3")),
    "unknown": Margin(product_group="g", margin_percent=None),
}


def event(kind: str, day: int = 0, **changes: Any) -> Event:
    """An event with nothing but what is said."""
    values: dict[str, Any] = {
        "fact_id": changes.pop("key", 0),
        "stage": None,
        "amount": None,
        "tax": None,
        "currency": "CNY",
        "lines": (),
        "reason": None,
        "handling": None,
        "goods_lost": False,
        "return_window_days": None,
    }
    return Event(key=values["fact_id"], kind=kind, at=START + timedelta(days=day), **(values | changes))


def line(value: int, product: str | None = None, tax: int = 0, cost: int | None = None) -> EventLine:
    return EventLine(product=product, product_group=None, promotion=None, value=value, tax=tax, cost=cost)


def same(minor: int, currency: str, at: datetime) -> int | None:
    """Money of the workspace's own currency."""
    return minor


def folded(*events: Event, convert: Any = same) -> Deal:
    return fold(events, products=PRODUCTS, convert=convert)


LINES = st.lists(
    st.integers(0, 10_000).flatmap(
        lambda value: st.builds(
            line,
            value=st.just(value),
            product=st.sampled_from([None, "half", "third", "unknown", "stranger"]),
            tax=st.integers(0, value),
            cost=st.one_of(st.none(), st.integers(0, 20_000)),
        )
    ),
    min_size=1,
    max_size=4,
).map(tuple)
EVENTS = st.lists(
    st.one_of(
        st.builds(event, kind=st.sampled_from(["won", "changed"]), day=st.integers(0, 9), lines=LINES),
        st.builds(
            event,
            kind=st.sampled_from(["part_returned", "returned"]),
            day=st.integers(0, 9),
            amount=st.one_of(st.none(), st.integers(0, 15_000)),
            handling=st.one_of(st.none(), st.integers(0, 500)),
            goods_lost=st.booleans(),
        ),
        st.builds(event, kind=st.just("part_returned"), day=st.integers(0, 9), lines=LINES),
        st.builds(
            event, kind=st.sampled_from(["opened", "paid", "received", "cancelled", "stage"]), day=st.integers(0, 9)
        ),
    ),
    min_size=1,
    max_size=7,
).map(lambda made: [_numbered(one, number) for number, one in enumerate(made)])


def _numbered(one: Event, number: int) -> Event:
    return event(
        one.kind,
        (one.at - START).days,
        key=number,
        amount=one.amount,
        lines=one.lines,
        handling=one.handling,
        goods_lost=one.goods_lost,
    )


def check_laws(deal: Deal) -> None:
    if deal.won_at is None:
        assert {(one.value, one.left, one.returned) for one in deal.lines} == {(None, 0, 0)}
        assert not deal.backs
        return
    for number, one in enumerate(deal.lines):
        backs = [back for back in deal.backs if back.line == number]
        assert one.value is not None
        assert one.tax is not None
        assert one.value == one.left + one.returned + one.cancelled
        assert one.returned == sum(back.value for back in backs if back.kind == "returned")
        assert one.cancelled == sum(back.value for back in backs if back.kind == "cancelled")
        assert one.tax == one.tax_left + sum(back.tax for back in backs)
        if one.cost is not None:
            assert one.cost == one.cost_left + sum(back.cost for back in backs)
        for left in (one.left, one.tax_left, one.cost_left):
            assert left >= 0
        for back in backs:
            assert min(back.value, back.tax, back.cost, back.handling) >= 0


@given(events=EVENTS)
def test_value_tax_and_cost_are_conserved(events: list[Event]) -> None:
    deal = folded(*events)
    check_laws(deal)
    if deal.won_at is None:
        assert all(one.value is None for one in deal.lines)
        assert deal.backs == []


@given(data=st.data(), events=EVENTS)
def test_the_order_of_arrival_does_not_matter(data: st.DataObject, events: list[Event]) -> None:
    shuffled = data.draw(st.permutations(events))
    assert folded(*shuffled) == folded(*events)


@given(lines=LINES, events=EVENTS, last=st.sampled_from(["returned", "cancelled"]))
def test_a_full_return_leaves_nothing(lines: tuple[EventLine, ...], events: list[Event], last: str) -> None:
    won = event("won", 10, key=100, lines=lines)
    before: Sequence[Event] = [one for one in events if one.kind not in ("won", "changed")]
    deal = folded(*before, won, event(last, 11, key=101))
    assert deal.left == 0
    assert all(one.left == 0 and one.tax_left == 0 for one in deal.lines)
    assert deal.kept == (not deal.backs)


def test_a_part_by_largest_remainder() -> None:
    """100 over lines of 100, 200 and 0: 33 1/3 and 66 2/3, so 33 and 67; tax of 13 and 26 in proportion."""
    won = event("won", lines=(line(100, tax=13), line(200, tax=26), line(0)))
    deal = folded(won, event("part_returned", 1, key=1, amount=100, handling=7))
    assert [(back.line, back.value, back.tax, back.handling) for back in deal.backs] == [(0, 33, 4, 7), (1, 67, 9, 0)]
    assert [one.left for one in deal.lines] == [67, 133, 0]


def test_cost_from_the_margin_is_rounded_half_to_even() -> None:
    """Half of 25 is 12.5 and half of 35 is 17.5: 12 and 18."""
    deal = folded(
        event("won", lines=(line(25, "half"), line(35, "half"), line(35, "unknown"), line(35, "half", cost=1)))
    )
    assert [one.cost for one in deal.lines] == [12, 18, None, 1]
    assert [one.product_group for one in deal.lines] == ["g", "g", "g", "g"]


def test_goods_that_are_lost_keep_their_cost() -> None:
    won = event("won", lines=(line(100, cost=60),))
    assert folded(won, event("returned", 1, key=1)).backs[0].cost == 60
    lost = folded(won, event("returned", 1, key=1, goods_lost=True))
    assert (lost.backs[0].value, lost.backs[0].cost, lost.lines[0].cost_left) == (100, 0, 60)


def test_the_last_statement_of_a_deal_counts_and_the_first_win_dates_it() -> None:
    deal = folded(
        event("won", 1, lines=(line(100),)),
        event("changed", 5, key=1, lines=(line(70),)),
        event("won", 3, key=2, amount=90),
    )
    assert deal.won_at == START + timedelta(days=1)
    assert [one.value for one in deal.lines] == [70]


def test_returns_say_which_products() -> None:
    won = event("won", lines=(line(100, "half"), line(100, "third"), line(50, "half")))
    deal = folded(won, event("part_returned", 1, key=1, lines=(line(60, "half"),)))
    assert [one.returned for one in deal.lines] == [40, 0, 20]


def test_more_than_was_sold_cannot_come_back() -> None:
    deal = folded(event("won", lines=(line(100),)), event("part_returned", 1, key=1, amount=500))
    assert (deal.lines[0].returned, deal.left, deal.kept) == (100, 0, False)


@pytest.mark.parametrize(("stated", "window"), [(None, None), (0, 0), (30, 30)])
def test_a_return_window_of_no_days_is_a_window(stated: int | None, window: int | None) -> None:
    """B2B deals get a window of 0 days: stated as such it is not the default of the workspace."""
    deal = folded(event("won", lines=(line(1),), return_window_days=stated), event("received", 1, key=1))
    assert deal.return_window_days == window


def test_without_a_rate_nothing_is_known() -> None:
    """The value of a deal, and with it what came back, is unknown, not 0; a deal given back in full is not kept."""

    def no_rate(minor: int, currency: str, at: datetime) -> int | None:
        return minor if currency == "CNY" else None

    won = event("won", lines=(line(100, tax=13, cost=50),), currency="USD")
    assert folded(won, convert=no_rate).kept
    part = folded(won, event("part_returned", 1, key=1, amount=40, currency="USD"), convert=no_rate)
    assert (part.rated, part.kept, len(part.backs)) == (False, True, 1)
    deal = folded(won, event("returned", 1, key=1, currency="USD"), convert=no_rate)
    assert (deal.rated, deal.kept, len(deal.backs)) == (False, False, 1)
    assert folded(event("won", lines=(line(1),)), convert=no_rate).rated
