"""Cells of an answer from rows of statements; orders and sums worked out by hand."""

from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.cells import Cells, Key, cells_of, in_order, rounded_costs
from huasuan.metrics.derived.pools import SCALE
from huasuan.metrics.language import Base, CostBase
from huasuan.metrics.question import Question
from huasuan.metrics.statements import Place, Select

Rows = list[tuple[Any, ...]]
ASKED = Question(metrics=("dials",))


def counted(*names: str) -> Select:
    """Counts by one cut, each with its own column; the last column says how many rows make any of them unknown."""
    bases = tuple(base for name in names if isinstance(base := METRICS[name], Base))
    assert len(bases) == len(names)
    places = tuple(Place(figure=1 + at, facts=1 + at, missing=1 + len(names)) for at in range(len(names)))
    return Select(sql="", bases=bases, places=places, is_cost=False, question=ASKED, dimensions=())


def spent() -> Select:
    """All costs by one cut."""
    base = METRICS["total_cost"]
    assert isinstance(base, CostBase)
    return Select(
        sql="",
        bases=(base,),
        places=(Place(figure=2, facts=None, missing=None),),
        is_cost=True,
        question=ASKED,
        dimensions=(),
    )


def test_known_cuts_come_first_and_what_nobody_bears_last() -> None:
    ordered: list[Key] = [
        (False, (2, "a")),
        (False, (2, "b")),
        (False, (10, "a")),
        (False, (3, None)),
        (False, (None, "a")),
        (True, (1, "a")),
        (True, (None, "a")),
    ]
    assert all(in_order(keys) == ordered for keys in permutations(ordered))


def test_rows_of_several_statements_lie_side_by_side() -> None:
    calls: Rows = [("b", 5, 3, 0), ("a", 7, 2, 1)]
    costs: Rows = [(False, "c", 4 * SCALE), (True, None, SCALE), (False, "b", 2 * SCALE)]
    cells = cells_of([(counted("inbound_calls", "missed"), calls), (spent(), costs)], 1)
    assert cells.keys == [(False, ("a",)), (False, ("b",)), (False, ("c",)), (True, (None,))]
    assert cells.bases["inbound_calls"].figures == [7, 5, 0, 0]
    assert cells.bases["missed"].counts == [2, 3, 0, 0]
    assert cells.bases["missed"].missing == [1, 0, 0, 0]
    assert cells.bases["total_cost"].figures == [0, 2, 4, 1]
    # a cost has no number of facts, only whether there is any
    assert cells.bases["total_cost"].counts == [0, 1, 1, 1]


def test_nothing_at_all_is_one_cell_of_zeros_without_cuts_and_none_with() -> None:
    whole = cells_of([(counted("missed"), [])], 0)
    assert (whole.keys, whole.bases["missed"].figures) == ([(False, ())], [0])
    cut = cells_of([(counted("missed"), []), (spent(), [])], 1)
    assert (cut.keys, cut.bases["missed"].figures, cut.bases["total_cost"].figures) == ([], [], [])


AMOUNTS = st.lists(st.integers(-5 * SCALE, 5 * SCALE), min_size=1, max_size=30)


def _costs(amounts: list[int]) -> tuple[Rows, Cells]:
    rows: Rows = [(False, f"{at:02}", amount) for at, amount in enumerate(amounts)]
    # cells that only another statement knows must not take part in the rounding
    others: Rows = [(f"{at:02}", 1, 0) for at in range(2 * len(amounts))]
    return rows, cells_of([(counted("missed"), others), (spent(), rows)], 1)


@given(AMOUNTS)
def test_costs_add_up_to_their_rounded_total(amounts: list[int]) -> None:
    _, cells = _costs(amounts)
    minors = cells.bases["total_cost"].figures
    assert abs(sum(minors) * SCALE - sum(amounts)) * 2 <= SCALE
    assert all(abs(minor * SCALE - amount) < SCALE for minor, amount in zip(minors, amounts, strict=False))
    assert set(minors[len(amounts) :]) <= {0}


@given(AMOUNTS)
def test_drill_down_rounds_as_the_answer_did(amounts: list[int]) -> None:
    rows, cells = _costs(amounts)
    shown = dict(zip(cells.keys, cells.bases["total_cost"].figures, strict=True))
    assert rounded_costs(rows, 1) == {key: shown[key] for key in rounded_costs(rows, 1)}
