"""Who earned a conversion: cases worked by hand and the laws of every model (S2-37, S2-65 to S2-68, S3-13)."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huasuan.methods import (
    Paths,
    Stage,
    credit,
    first_touch,
    last_non_direct,
    last_touch,
    last_touches,
    linear,
    markov_credit,
    only_firsts,
    paths_of,
    position,
    set_shapley,
    stage_weights,
    time_decay,
    without,
    without_repeats,
)
from huasuan.methods.markov import FELL_BACK, NO_NULLS

CHANNELS = ("a", "b", "c", "direct")
WAYS = [["A", "B"], ["A"], ["B", "A", "B"], ["B"], ["C", "A"]]
WORKED = paths_of(WAYS, [30, 10, 20, 5, 8], value=[3000, 1000, 2000, 500, 800], nulls=[70, 90, 30, 95, 42])
MODELS = {
    "first": lambda found: credit(found, first_touch),
    "last": lambda found: credit(found, last_touch),
    "last non-direct": lambda found: credit(found, last_non_direct()),
    "linear": lambda found: credit(found, linear),
    "position": lambda found: credit(found, position()),
    "first only": lambda found: credit(found, position(1, 0)),
    "decay": lambda found: credit(found, time_decay(7)),
    "short decay": lambda found: credit(found, time_decay(0.01)),
    "markov 1": markov_credit,
    "markov 2": lambda found: markov_credit(found, 2),
    "markov 3": lambda found: markov_credit(found, 3),
    "shapley": set_shapley,
}


@st.composite
def some_paths(draw: st.DrawFn) -> Paths:
    ways = draw(st.lists(st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=6), min_size=1, max_size=8))
    count = st.integers(0, 50)
    numbers = [draw(st.lists(count, min_size=len(ways), max_size=len(ways))) for _ in range(3)]
    ages = [
        sorted(draw(st.lists(st.floats(0, 90), min_size=len(way), max_size=len(way))), reverse=True) for way in ways
    ]
    return paths_of(ways, numbers[0], value=numbers[1], nulls=numbers[2], ages=ages)


def by_channel(found: Paths, amounts: np.ndarray) -> dict[str, float]:
    return dict(zip(found.channels, amounts.tolist(), strict=True))


def credited(found: Paths, model: str) -> dict[str, float]:
    return by_channel(found, MODELS[model](found).conversions)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("first", (40, 25, 8)),
        ("last", (18, 55, 0)),
        ("linear", (107 / 3, 100 / 3, 4)),
        ("shapley", (39, 30, 4)),
        # A>B 15 + 15; A 10; B>A>B: 4 to A, 16 to B; B 5; C>A 4 + 4
        ("position", (15 + 10 + 4 + 4, 15 + 16 + 5, 4)),
        ("first only", (40, 25, 8)),
    ],
)
def test_five_paths_worked_by_hand(model: str, expected: tuple[float, ...]) -> None:
    assert list(credited(WORKED, model).values()) == pytest.approx(expected)
    assert MODELS[model](WORKED).value.sum() == pytest.approx(7300)


def test_markov_as_worked_by_hand() -> None:
    """P = 73/400; what is lost without each channel, of the whole."""
    found = markov_credit(WORKED)
    assert found.removal is not None
    assert found.removal == pytest.approx([0.6232877, 0.7945205, 0.1133250], abs=1e-7)
    assert found.conversions == pytest.approx([29.71655, 37.88044, 5.40301], abs=1e-5)
    assert found.value == pytest.approx(found.conversions * 100)


def test_three_channels_in_a_row() -> None:
    """C1>C2>C3 converts, C1 and C2>C3 do not: P = 1/3 and everything of it needs C2 and C3."""
    found = markov_credit(paths_of([["C1", "C2", "C3"], ["C1"], ["C2", "C3"]], [1, 0, 0], nulls=[0, 1, 1]))
    assert found.removal == pytest.approx([0.5, 1, 1])
    assert found.conversions == pytest.approx([0.2, 0.4, 0.4])


def test_banner_and_keyword_earn_together() -> None:
    """Only both together sell, so switching either off loses all (S2-66, S2-67)."""
    found = paths_of([["banner", "keyword"], ["banner"], ["keyword"]], [10, 0, 0], nulls=[0, 40, 50])
    for model, shares in {"first": (10, 0), "last": (0, 10), "linear": (5, 5), "shapley": (5, 5)}.items():
        assert credited(found, model) == pytest.approx(dict(zip(("banner", "keyword"), shares, strict=True)))
    chain = markov_credit(found)
    # With one step of memory: banner goes on to keyword in 10 of 50, keyword converts in 10 of 60;
    # p = .5 x 1/5 x 1/6 + .5 x 1/6 = .1; without the banner .5 x 1/6 remain, without the keyword nothing.
    assert chain.removal == pytest.approx([1 / 6, 1])
    # With two, the keyword after the banner always converts and alone never: either gone, all is lost.
    assert markov_credit(found, 2).removal == pytest.approx([1, 1])
    assert markov_credit(found, 2).conversions == pytest.approx([5, 5])


def test_time_decay_halves_with_every_half_life() -> None:
    found = paths_of([["a", "b", "c"]], [7], ages=[[14, 7, 0]])
    assert credit(found, time_decay(7)).conversions == pytest.approx([1, 2, 4])
    with pytest.raises(ValueError, match="age"):
        credit(WORKED, time_decay())
    with pytest.raises(ValueError, match="half-life"):
        time_decay(0)


def test_the_last_direct_visit_gives_way() -> None:
    found = paths_of([["a", "b", "Direct"], ["direct"]], [2, 3])
    assert by_channel(found, credit(found, last_non_direct()).conversions) == {
        "a": 0,
        "b": 2,
        "Direct": 0,
        "direct": 3,
    }


def test_two_touches_share_as_first_and_last_do() -> None:
    found = paths_of([["a", "b"], ["a"]], [10, 1])
    assert credit(found, position(0.6, 0.2)).conversions == pytest.approx([7.5 + 1, 2.5])
    with pytest.raises(ValueError, match="shares"):
        position(0.7, 0.7)


def test_stages_hand_their_shares_to_what_led_to_them() -> None:
    """W-shaped: lead 30 to the visit before it, call 30, deal 40; one never reached leaves its share to the rest."""
    found = paths_of([["banner", "keyword", "dial"], ["banner"]], [10, 4], ages=[[20, 10, 2], [5]])
    stages = [
        Stage(weight=0.3, reached=np.array([15.0, np.nan])),
        Stage(weight=0.3, reached=np.array([10.0, np.nan])),
        Stage(weight=0.4, reached=np.array([0.0, 0.0])),
    ]
    assert credit(found, stage_weights(stages)).conversions == pytest.approx([3 + 4, 3, 4])


def test_a_stage_may_decay_of_its_own() -> None:
    found = paths_of([["a", "b"]], [3], ages=[[9, 2]])
    stages = [Stage(weight=1, reached=np.array([2.0]), half_life_days=7)]
    assert credit(found, stage_weights(stages)).conversions == pytest.approx([1, 2])


def test_any_function_is_a_model() -> None:
    assert credit(paths_of([["a", "b"]], [4]), lambda found: np.array([1.0, 3.0])).conversions.tolist() == [1, 3]
    with pytest.raises(ValueError, match="negative"):
        credit(WORKED, lambda found: -np.ones(found.touches.size))
    with pytest.raises(ValueError, match="weights"):
        credit(WORKED, lambda found: np.ones(1))


def test_what_markov_cannot_tell_it_says() -> None:
    nobody = markov_credit(paths_of([["a", "b"]], [0], nulls=[5]))
    assert nobody.notes == (FELL_BACK,)
    assert NO_NULLS in markov_credit(paths_of([["a", "b"]], [5])).notes
    with pytest.raises(ValueError, match="order"):
        markov_credit(WORKED, 4)


def test_very_many_states_are_solved_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    direct = [markov_credit(WORKED, order).removal for order in (1, 2, 3)]
    monkeypatch.setattr("huasuan.methods.markov._DIRECTLY", 0)
    for order, expected in zip((1, 2, 3), direct, strict=True):
        assert markov_credit(WORKED, order).removal == pytest.approx(expected, abs=1e-12)


def test_paths_can_be_transformed() -> None:
    found = paths_of([["a", "a", "b", "a"], ["direct"], ["direct", "b", "direct"]], [1, 1, 1])

    def names(changed: Paths) -> list[list[str]]:
        return [
            [changed.channels[touch] for touch in changed.touches[begin:end]]
            for begin, end in zip(changed.firsts, changed.ends, strict=True)
        ]

    assert names(without_repeats(found)) == [["a", "b", "a"], ["direct"], ["direct", "b", "direct"]]
    assert names(only_firsts(found)) == [["a", "b"], ["direct"], ["direct", "b"]]
    assert names(last_touches(found, 2)) == [["b", "a"], ["direct"], ["b", "direct"]]
    assert names(without(found, ["direct"])) == [["a", "a", "b", "a"], ["direct"], ["b"]]
    assert names(without(found, ["direct"], only_trailing=True)) == [["a", "a", "b", "a"], ["direct"], ["direct", "b"]]
    with pytest.raises(ValueError, match="touch"):
        paths_of([[]], [1])


@given(some_paths())
def test_credit_adds_up_in_every_model(found: Paths) -> None:
    for model in MODELS.values():
        shared = model(found)
        assert shared.conversions.sum() == pytest.approx(found.conversions.sum())
        assert shared.value.sum() == pytest.approx(found.value.sum())
        assert (shared.conversions >= 0).all()


@given(some_paths(), st.randoms(use_true_random=False))
def test_the_order_of_paths_does_not_matter(found: Paths, chance: "np.random.Generator") -> None:
    ways = [found.touches[begin:end] for begin, end in zip(found.firsts, found.ends, strict=True)]
    ages = [found.ages[begin:end] for begin, end in zip(found.firsts, found.ends, strict=True)]
    order = list(range(len(ways)))
    chance.shuffle(order)
    shuffled = paths_of(
        [[found.channels[touch] for touch in ways[at]] for at in order],
        found.conversions[order],
        value=found.value[order],
        nulls=found.nulls[order],
        ages=[ages[at] for at in order],
    )
    for model in MODELS:
        assert credited(shuffled, model) == pytest.approx(credited(found, model), abs=1e-9)


@given(some_paths())
def test_names_do_not_matter(found: Paths) -> None:
    """Channels that change names change places: symmetry."""
    other = {"a": "b", "b": "a", "c": "c", "direct": "direct"}
    ways = [
        [other[found.channels[touch]] for touch in found.touches[begin:end]]
        for begin, end in zip(found.firsts, found.ends, strict=True)
    ]
    ages = [found.ages[begin:end] for begin, end in zip(found.firsts, found.ends, strict=True)]
    swapped = paths_of(ways, found.conversions, value=found.value, nulls=found.nulls, ages=ages)
    for model in MODELS:
        expected = {other[name]: amount for name, amount in credited(found, model).items()}
        assert credited(swapped, model) == pytest.approx(expected, abs=1e-9)


@given(some_paths())
def test_a_channel_that_only_others_met_gets_nothing(found: Paths) -> None:
    """Null player: on paths without conversions only, so nothing is lost without it and nothing is shared with it."""
    ways = [
        [found.channels[touch] for touch in found.touches[begin:end]]
        for begin, end in zip(found.firsts, found.ends, strict=True)
    ]
    more = paths_of(
        [*ways, ["idle"], ["idle", "idle"]],
        [*found.conversions, 0, 0],
        nulls=[*found.nulls, 3, 2],
        ages=[*np.split(found.ages, found.ends[:-1]), [0], [1, 0]],
    )
    for model in MODELS:
        if found.conversions.sum() > 0:
            assert credited(more, model)["idle"] == pytest.approx(0)


@given(some_paths())
def test_the_chain_converts_as_often_as_people_did(found: Paths) -> None:
    """Sharp: with one step of memory and all paths given, the chance to convert is the observed rate."""
    everybody = found.conversions.sum() + found.nulls.sum()
    if not found.conversions.sum():
        return
    first = set(found.channels)
    rate = found.conversions.sum() / everybody
    for order in (1, 2, 3):
        assert _simulated(found, order, removed=None) == pytest.approx(rate)
        removal = markov_credit(found, order).removal
        for place, channel in enumerate(sorted(first, key=found.channels.index)):
            left = _simulated(found, order, removed=channel)
            assert removal[place] == pytest.approx(1 - left / rate, abs=1e-9)


def _simulated(found: Paths, order: int, removed: str | None) -> float:
    """The chance to convert by its definition: a dense system, steps into the removed channel going to null."""
    weights = found.conversions + found.nulls
    steps: dict[tuple[tuple[str, ...], tuple[str, ...] | None], float] = {}
    total: dict[tuple[str, ...], float] = {}
    for way, (begin, end) in enumerate(zip(found.firsts, found.ends, strict=True)):
        names = [found.channels[touch] for touch in found.touches[begin:end]]
        states = [(), *(tuple(names[max(0, at - order + 1) : at + 1]) for at in range(len(names)))]
        for here, after in itertools.pairwise(states):
            steps[here, after] = steps.get((here, after), 0) + weights[way]
            total[here] = total.get(here, 0) + weights[way]
        steps[states[-1], None] = steps.get((states[-1], None), 0) + found.conversions[way]
        total[states[-1]] = total.get(states[-1], 0) + weights[way]
    known = list(total)
    matrix, right = np.eye(len(known)), np.zeros(len(known))
    for (here, after), count in steps.items():
        if not count:
            continue
        if after is None:
            right[known.index(here)] += count / total[here]
        elif after[-1] != removed:
            matrix[known.index(here), known.index(after)] -= count / total[here]
    return float(np.linalg.solve(matrix, right)[known.index(())])


@settings(max_examples=20)
@given(some_paths())
def test_the_closed_form_is_the_shapley_value(found: Paths) -> None:
    """By its definition: the mean over all orders of what a channel adds to those before it."""
    ways = [
        {found.channels[touch] for touch in found.touches[begin:end]}
        for begin, end in zip(found.firsts, found.ends, strict=True)
    ]

    def worth(coalition: set[str]) -> float:
        return sum(n for way, n in zip(ways, found.conversions, strict=True) if way <= coalition)

    names, expected = found.channels, dict.fromkeys(found.channels, 0.0)
    for order in itertools.permutations(names):
        for place, name in enumerate(order):
            before = set(order[:place])
            expected[name] += (worth(before | {name}) - worth(before)) / math.factorial(len(names))
    assert credited(found, "shapley") == pytest.approx(expected, abs=1e-9)
