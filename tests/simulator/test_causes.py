"""A market whose causes are known: what channels add, what models say, and hold-outs that find it (S2-37, S2-67)."""

from pathlib import Path

import numpy as np
import pytest

from huasuan import methods
from huasuan.simulator import judged
from huasuan.simulator.causes import CHANNELS, market

DOC = Path(__file__).parents[2] / "docs" / "journeys.md"
NAMES = [channel.name for channel in CHANNELS]


@pytest.fixture(scope="module")
def here():
    return market(8_000, 3)


def test_the_page_holds_what_the_simulator_says():
    """After a change of models or market: ``python -m bench truth``."""
    text = DOC.read_text(encoding="utf-8")
    shown = text.partition("<!-- truth -->\n")[2].partition("<!-- /truth -->")[0]
    assert shown == judged.truth_page()


def test_a_channel_that_does_nothing_adds_nothing(here):
    assert here.adds("direct") == 0
    assert here.adds("dial") > 100


def test_without_any_channel_those_buy_who_would_anyway(here):
    bought = here.bought(here.happening(NAMES))
    assert (bought == here.anyway).all()


def test_what_a_touch_led_to_goes_with_it(here):
    left = here.happening(("banner",))
    led = here.parent >= 0
    banner = NAMES.index("banner")
    assert not left[here.channel == banner].any()
    assert not left[led & (here.channel[here.parent] == banner)].any()
    # what nobody led to stays
    assert left[~led & (here.channel != banner)].all()


def test_paths_end_with_the_sale(here):
    found = here.paths()
    assert found.conversions.sum() + found.nulls.sum() == found.ends.size
    assert (found.ages[np.repeat(found.conversions > 0, found.lengths)] >= 0).all()
    assert found.conversions.sum() <= np.isfinite(here.bought(here.happening())).sum()


@pytest.mark.parametrize("name", NAMES)
def test_a_hold_out_recovers_the_truth_within_its_interval(here, name):
    """In at least 35 of 40 lots; an interval of 95 % that were too narrow would fail."""
    true = here.adds(name)
    found = [methods.added(*here.hold_out(name, share=0.5, seed=seed), units=here.persons) for seed in range(40)]
    assert sum(one.low <= true <= one.high for one in found) >= 35
    # and not by being too wide: the lots scatter as widely as they say
    scatter = np.std([one.estimate for one in found])
    stated = np.mean([(one.high - one.low) / (2 * 1.96) for one in found])
    assert 0.6 < scatter / stated < 1.4


def test_models_mislead_where_the_page_says(here):
    told = judged.models_told(here)
    assert all(
        abs(sum(one.sales.values()) - here.paths().conversions.sum()) < 1e-6
        for name, one in told.items()
        if "_" not in name
    )
    true = {name: here.adds(name) for name in NAMES}
    assert told["markov:1"].sales["dial"] < 0.8 * true["dial"]
    assert told["linear"].sales["banner"] > 1.5 * true["banner"]
    assert told["removal_effect"].off > 1
