"""Figures that no sum can tell: a curve or a model is fitted to what the engine has read, cell by cell."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NamedTuple

from huasuan import methods
from huasuan.kernel.text import Text
from huasuan.metrics.attributing import attribution_of
from huasuan.metrics.cells import Key
from huasuan.metrics.derived.types import Rules
from huasuan.metrics.dimensions import Dimension
from huasuan.metrics.language import Base, Fitted
from huasuan.metrics.lifetime_contracts import renewals_to_come
from huasuan.metrics.lifetime_fits import LEAST_IN_CELL, Worth, worth_to_come
from huasuan.metrics.plan import Plan, day_of
from huasuan.metrics.question import Cut, Figure, Question, Range
from huasuan.metrics.snapshot import Snapshot
from huasuan.metrics.stars import CREDIT_ATTRIBUTES
from huasuan.metrics.statements import filters, firm, period
from huasuan.metrics.ways import UNKNOWN_STEP, paths_by
from huasuan.warehouse import Runner

_DIGITS = Decimal(1).scaleb(-12)
_UNREACHED = Text(
    zh="尚未达到：连同未成交的在内，成交的还不到一半",
    en="not reached: with the open deals, fewer than half are won so far",
)
_MODEL = Text(zh="模型预测值，不给区间", en="foretold by a model; no interval is given")
_NO_END = Text(zh="区间没有上限：观察时间还不够长", en="the interval has no upper end: nobody was watched that long")


_ONE_CUT = Text(zh="请按渠道、推广计划或关键词等一个维度划分", en="cut it by one of channel, campaign, keyword …")
_OBSERVED = Text(
    zh="观察性推断：路径上没有它的人可能本就不同，真实增量请用对照实验测得",
    en="observational: people who met it may differ anyway; a hold-out experiment tells the true effect",
)


class Estimate(NamedTuple):
    """What a fit says of one cell; without a value ``reason`` says why, without an interval ``unsure`` does.

    added: it comes on top of the quotient of the sides, which is what happened so far.
    """

    value: Decimal | None
    reason: Text | None
    interval: Range | None = None
    unsure: Text | None = None
    added: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """What a fit says of each cell, and what must be said with it."""

    of: Mapping[tuple[Cut, ...], Estimate]
    note: Text | None = None


Cells = Mapping[tuple[Cut, ...], list[tuple[Any, ...]]]
"""For each cell what was read of it: (which base, the unit, its amount)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a fit may read."""

    runner: Runner
    snapshot: Snapshot
    metric: Fitted
    cells: Cells
    dimensions: Sequence[Dimension] = ()
    lookback_days: int = 90


def estimates(runner: Runner, snapshot: Snapshot, question: Question, plan: Plan) -> dict[str, Estimates]:
    """What every fitted metric of a plan says, by metric and cell."""
    found: dict[str, Estimates] = {}
    for metric in fitted_in(plan):
        cells: dict[tuple[Cut, ...], list[tuple[Any, ...]]] = {}
        for number, base in enumerate(metric.read):
            sql = _units_sql(question, plan.dimensions, base, snapshot.tables)
            for *cut, unit, amount in runner.rows(snapshot.then(sql)):
                cells.setdefault(tuple(cut), []).append((number, unit, amount))
        asked = Asked(
            runner=runner,
            snapshot=snapshot,
            metric=metric,
            cells=cells,
            dimensions=plan.dimensions,
            lookback_days=_lookback(question, snapshot.rules),
        )
        found[metric.about.key] = _FITS[metric.fit](asked)
    return found


def _lookback(question: Question, rules: Rules) -> int:
    wanted = attribution_of(question.attribution or rules.attribution, lookback_days=rules.attribution_days)
    return wanted.lookback_days


def fitted_in(plan: Plan) -> list[Fitted]:
    """The fitted metrics of a plan, those inside quotients too."""
    whole = [recipe.metric for recipe in plan.recipes]
    whole += [side.metric for recipe in plan.recipes for side in recipe.sides or ()]
    return list({metric.about.key: metric for metric in whole if isinstance(metric, Fitted)}.values())


def _units_sql(question: Question, dimensions: Sequence[Dimension], base: Base, tables: Mapping[str, str]) -> str:
    """Each unit of a base once in every cell, with its amount."""
    day = day_of(base, question)
    cuts = [f"{dimension.expression(base.star, day)} AS d{number}" for number, dimension in enumerate(dimensions)]
    unit = base.once_per or base.distinct
    narrowed = [*filters(question, base.star, day), *firm(question, base.star, tables)]
    conditions = " AND ".join([*base.where, f"{unit} IS NOT NULL", *period(question, day), *narrowed])
    listed = ", ".join([*cuts, f"{unit} AS unit", f"{base.amount or 1} AS amount"])
    return f"SELECT DISTINCT {listed} FROM {tables[base.star]} WHERE {conditions}"


def told(figures: Sequence[Figure], keys: Sequence[Key], found: Estimates) -> list[Figure]:
    """The figures with what the fit says as their values; what was unknown before stays so."""
    return [
        figure if figure.value is None or key[1] not in found.of else _told(figure, found.of[key[1]])
        for key, figure in zip(keys, figures, strict=True)
    ]


def _told(figure: Figure, estimate: Estimate) -> Figure:
    return figure._replace(
        value=None
        if estimate.value is None
        else estimate.value + (Decimal(figure.value or 0) if estimate.added else 0),
        reason=estimate.reason,
    )


def _removed(asked: Asked) -> Estimates:
    """Markov's removal effect of each value of a cut, over all paths of the look-back whatever the filters."""
    if not asked.cells:
        return Estimates(of={})
    keys = [dimension.column for dimension in asked.dimensions]
    if len(keys) != 1 or keys[0] not in CREDIT_ATTRIBUTES:
        return Estimates(of={cut: Estimate(value=None, reason=_ONE_CUT) for cut in asked.cells})
    found = methods.markov_credit(
        paths_by(asked.runner, f'"{keys[0]}"', counted=True, lookback_days=asked.lookback_days)
    )
    lost = dict(zip(found.channels, found.removal if found.removal is not None else (), strict=False))
    return Estimates(
        of={
            cut: Estimate(
                value=Decimal(float(lost.get(UNKNOWN_STEP if cut[0] is None else str(cut[0]), 0.0))).quantize(_DIGITS),
                reason=None,
                unsure=_OBSERVED,
            )
            for cut in asked.cells
        },
        note=_OBSERVED,
    )


def _median(asked: Asked) -> Estimates:
    """Kaplan and Meier's median; the first base are those to whom it happened, the others still wait."""
    return Estimates(of={cut: _median_of(rows, asked.metric.scale) for cut, rows in asked.cells.items()})


def _median_of(rows: Sequence[tuple[Any, ...]], scale: tuple[int, int]) -> Estimate:
    waited = [max(0, int(amount)) for _, _, amount in rows]
    curve = methods.kaplan_meier(waited, [which == 0 for which, _, _ in rows])
    median = curve.median()
    if median.estimate is None:
        return Estimate(value=None, reason=_UNREACHED)
    value = scaled(median.estimate, scale)
    if median.low is None or median.high is None:
        return Estimate(value=value, reason=None, unsure=_NO_END)
    ends = Range(low=scaled(median.low, scale), high=scaled(median.high, scale), method="kaplan_meier")
    return Estimate(value=value, reason=None, interval=ends)


def _buying_again(asked: Asked) -> Estimates:
    """The mean of what each customer of a cell will still bring, on top of what they brought."""
    return _on_top(asked, worth_to_come(asked.runner, asked.snapshot))


def _renewing(asked: Asked) -> Estimates:
    """The mean of what the renewals of each customer of a cell will bring, on top of what they brought."""
    return _on_top(asked, renewals_to_come(asked.runner, asked.snapshot))


def _on_top(asked: Asked, worth: Worth | Text) -> Estimates:
    if isinstance(worth, Text):
        return Estimates(of=dict.fromkeys(asked.cells, Estimate(value=None, reason=worth)))
    return Estimates(of={cut: _mean_worth(worth, rows) for cut, rows in asked.cells.items()}, note=worth.note)


def _mean_worth(worth: Worth, rows: Sequence[tuple[Any, ...]]) -> Estimate:
    if len(rows) < LEAST_IN_CELL:
        return Estimate(value=None, reason=_few(len(rows)))
    # A customer who kept nothing is foretold nothing.
    mean = math.fsum(worth.of.get(customer, 0.0) for _, customer, _ in rows) / len(rows)
    return Estimate(value=scaled(mean), reason=None, unsure=_MODEL, added=True)


def _few(customers: int) -> Text:
    return Text(
        zh=f"客户太少（{customers} 位，至少需要 {LEAST_IN_CELL} 位）",
        en=f"too few customers ({customers}; it takes {LEAST_IN_CELL})",
    )


def scaled(number: float, scale: tuple[int, int] = (1, 1)) -> Decimal:
    """A number in the unit of the figure, rounded at the 12th decimal."""
    exact = Decimal(number) if float(number).is_integer() else Decimal(f"{number:.12g}")
    return (exact * scale[0] / scale[1]).quantize(_DIGITS, ROUND_HALF_EVEN)


_FITS: dict[str, Callable[[Asked], Estimates]] = {
    "kaplan_meier_median": _median,
    "buying_again": _buying_again,
    "renewing": _renewing,
    "removing": _removed,
}
