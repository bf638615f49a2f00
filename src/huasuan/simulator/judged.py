"""What models of attribution say beside what channels truly add, in a market whose causes are known."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from huasuan import methods
from huasuan.methods import Paths
from huasuan.simulator.causes import CHANNELS, Market, market

PERSONS, SEED, HELD_OUT = 60_000, 7, 0.5
SLOW_DAYS = 20.0
_NAMES = [channel.name for channel in CHANNELS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Sales a model gives each channel; off: its errors over the channels added up, as a share of sales credited."""

    sales: Mapping[str, float]
    off: float


def models_told(here: Market) -> dict[str, Told]:
    """Every model over all paths of a market, and the two figures people read as effects."""
    found = here.paths()
    true = {name: here.adds(name) for name in _NAMES}
    sold = float(found.conversions.sum())
    eldest = (np.zeros(0) if found.ages is None else found.ages)[found.firsts]
    rules = {
        "first": methods.first_touch,
        "last": methods.last_touch,
        "last-non-direct": methods.last_non_direct(),
        "linear": methods.linear,
        "position:40/40": methods.position(),
        "time-decay:7": methods.time_decay(7),
        "stages:40~7/0/60~7/0": methods.stage_weights(
            [
                methods.Stage(weight=40, reached=eldest, half_life_days=7),
                methods.Stage(weight=60, reached=np.zeros_like(eldest), half_life_days=7),
            ]
        ),
    }
    credit = {name: methods.credit(found, weigh) for name, weigh in rules.items()}
    credit |= {f"markov:{order}": methods.markov_credit(found, order) for order in (1, 2, 3)}
    credit["shapley"] = methods.set_shapley(found)
    told = {name: dict(zip(found.channels, one.conversions.tolist(), strict=True)) for name, one in credit.items()}
    removal = credit["markov:1"].removal
    lost = [] if removal is None else removal.tolist()
    told["removal_effect"] = {name: share * sold for name, share in zip(found.channels, lost, strict=True)}
    told["assisted_conversions"] = _assisted(found)
    return {
        name: Told(sales=sales, off=sum(abs(sales.get(one, 0.0) - true[one]) for one in _NAMES) / sold)
        for name, sales in told.items()
    }


def _assisted(found: Paths) -> dict[str, float]:
    """Sales with a touch of the channel that was not the last."""
    helped = np.ones(found.touches.size, dtype=np.bool_)
    helped[found.lasts] = False
    sold = helped & (found.conversions[found.owners] > 0)
    pairs = np.unique(np.stack([found.owners[sold], found.touches[sold]]), axis=1)
    counts = np.bincount(pairs[1], minlength=len(found.channels))
    return dict(zip(found.channels, counts.tolist(), strict=True))


def truth_page() -> str:
    """The table of ``docs/journeys.md``: truth, models and experiments in one market, always the same."""
    here = market(PERSONS, SEED)
    found = here.paths()
    sold, everything = int(found.conversions.sum()), int(np.isfinite(here.bought(here.happening())).sum())
    true = {name: here.adds(name) for name in _NAMES}
    rows = [
        ["", *_NAMES, "off by", "most too much", "most too little", f"off by, deciding in {SLOW_DAYS:g} days"],
        ["---"] * (len(_NAMES) + 5),
        ["**truth**", *(f"**{true[name]:,}**" for name in _NAMES), "", "", "", ""],
    ]
    slow = models_told(market(PERSONS, SEED, deciding_days=SLOW_DAYS))
    for model, told in models_told(here).items():
        wrong = {name: told.sales.get(name, 0.0) - true[name] for name in _NAMES}
        most, least = max(wrong, key=lambda one: wrong[one]), min(wrong, key=lambda one: wrong[one])
        rows.append(
            [
                f"`{model}`",
                *(f"{told.sales.get(name, 0.0):,.0f}" for name in _NAMES),
                f"{told.off:.0%}",
                f"{most} {wrong[most]:+,.0f}",
                f"{least} {wrong[least]:+,.0f}",
                f"{slow[model].off:.0%}",
            ]
        )
    tried = [
        methods.added(*here.hold_out(name, share=HELD_OUT, seed=SEED + place), units=PERSONS)
        for place, name in enumerate(_NAMES)
    ]
    rows.append(["hold-out", *(f"{one.estimate:,.0f}" for one in tried), "", "", "", ""])
    rows.append(["its interval", *(f"{one.low:,.0f} to {one.high:,.0f}" for one in tried), "", "", "", ""])
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    return (
        f"{PERSONS:,} people, {everything:,} sales, {sold:,} of them after a touch. Off by: differences from the truth "
        f"added up, over the sales credited. A hold-out switches one channel off for {HELD_OUT:.0%} of all people, "
        f"drawn by lot, and tells what it adds among all (95 % interval).\n\n{table}\n"
    )
