"""How many sales would be lost if a step were off, by a Markov chain over ways with and without a sale."""

from collections.abc import Sequence
from dataclasses import dataclass

from huasuan import methods
from huasuan.journeys.queries import Wanted, days_of, reach_of
from huasuan.kernel.text import Text
from huasuan.metrics.attributing import attribution_of
from huasuan.metrics.credited import NAMED, lay_journeys
from huasuan.metrics.ways import paths_by, step_of, undecided
from huasuan.warehouse import Cursor, DuckRunner

OBSERVED = Text(
    zh="观察性推断：按马尔可夫链估计关闭该渠道后会少的成交，各行相加会超过总数；真实增量请用对照实验测得",
    en="Observational: sales a Markov chain expects to be lost with the step off. The rows add up to more than all "
    "sales; only a hold-out experiment tells what it adds",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What is lost without a step: the share of sales, and how many sales that is."""

    step: str
    share: float
    sales: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """sold: sales with a touch that bears credit. gone: people who did not buy. left_out: people who still may."""

    rows: Sequence[Lost]
    sold: int
    gone: int
    left_out: int


def removed(cursor: Cursor, wanted: Wanted, *, order: int = 1) -> Removed:
    """Each step with what is lost without it, the most first (S2-66, S2-67).

    Of the sales of the period, beside the people who were lost in it: without a sale, the look-back after their last
    touch. Whoever was touched in the period and may still buy is left out.
    order: of the chain, 1 to 3.
    """
    reach = reach_of(wanted, wanted.step, *NAMED, counted=True)
    lay_journeys(cursor, attribution_of("last", lookback_days=wanted.lookback_days), reach)
    runner = DuckRunner(cursor)
    last, lost = (" AND ".join(days_of(wanted, day)) or "TRUE" for day in ("latest_day", "lost_day"))
    days = wanted.lookback_days
    found = paths_by(runner, step_of(wanted.step), counted=True, lookback_days=days, lost=lost)
    sold = round(float(found.conversions.sum()))
    effect = methods.markov_credit(found, order).removal if sold else None
    rows = [
        Lost(step=step, share=float(share), sales=float(share) * sold)
        for step, share in zip(found.channels, () if effect is None else effect.tolist(), strict=False)
    ]
    return Removed(
        rows=sorted(rows, key=lambda row: (-row.share, row.step))[: wanted.limit],
        sold=sold,
        gone=round(float(found.nulls.sum())),
        left_out=undecided(runner, counted=True, lookback_days=days, last=last),
    )
