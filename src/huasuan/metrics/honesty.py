"""How sure the figures of an answer are: intervals, marks on small samples, fair estimates of small rates.

The mathematics is that of ``huasuan.methods``; here it is decided which of it a figure may have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from huasuan import methods
from huasuan.kernel.text import Text
from huasuan.metrics.by_customer import ByCustomer, Unit, by_customer
from huasuan.metrics.cells import Cells, Key
from huasuan.metrics.fitting import Estimates
from huasuan.metrics.language import Base, Metric, Quotient, Ratio, parts
from huasuan.metrics.plan import Plan, Recipe
from huasuan.metrics.question import Figure, Question, Range, Row, Sure
from huasuan.metrics.snapshot import Snapshot
from huasuan.metrics.sureness import (
    FromFit,
    NoInterval,
    OfTotal,
    OverCustomers,
    Proportion,
    Sureness,
    of_credit,
    sureness_of,
)
from huasuan.warehouse import Runner

LEVEL = 0.95
# Below this many, Wilson's interval of a rate is replaced by the exact one, which never promises too much.
EXACT_BELOW = 30
# Below this many customers, or with one above half of the sum, what may yet come cannot be seen (docs/methods.md).
LEAST_CUSTOMERS = 20
LARGEST_SHARE = 0.5
# Of how many a certain number bought nobody knows: enough for how many did to be as much chance as in Poisson's law.
_OTHERS = 10**9

METHODS = {
    "wilson": Text(zh="威尔逊得分区间，95%", en="Wilson's score interval, 95 %"),
    "exact": Text(
        zh=f"克洛珀-皮尔逊精确区间（n < {EXACT_BELOW}），95%",
        en=f"Clopper and Pearson's exact interval (n < {EXACT_BELOW}), 95 %",
    ),
    "customers": Text(
        zh="按客户汇总的德尔塔法，修正偏度（Hall 1992），95%",
        en="delta method over customers, corrected for skewness (Hall 1992), 95 %",
    ),
    "customers_fixed_cost": Text(
        zh="按客户汇总的德尔塔法，修正偏度（Hall 1992），费用按入账视为固定，95%",
        en="delta method over customers, corrected for skewness (Hall 1992), cost taken as booked, 95 %",
    ),
    "credited": Text(
        zh="对客户重抽样（矩的闭式，修正偏度，Hall 1992），模型权重视为给定，95%",
        en="customers resampled in closed form, skewness corrected (Hall 1992), weights of the model as they are, 95 %",
    ),
    "kaplan_meier": Text(
        zh="卡普兰-迈耶曲线的对数-对数界（Brookmeyer-Crowley 1982），95%",
        en="log-minus-log bounds of the Kaplan-Meier curve (Brookmeyer and Crowley 1982), 95 %",
    ),
    "newcombe": Text(zh="纽科姆差值区间，95%", en="Newcombe's interval of a difference, 95 %"),
    "shrunken": Text(zh="经验贝叶斯收缩，90%", en="empirical Bayes, 90 %"),
}
_ALIKE = Text(zh="各客户之间没有差异", en="all customers are alike")
_NO_COST = Text(zh="没有费用", en="no cost")
_WIDE = Text(zh="样本太少，区间没有上限", en="too little happened: the interval has no upper end")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One metric of an answer: its figures, and what more is known of them."""

    recipe: Recipe
    rows: Sequence[Row]
    cells: Cells
    customers: ByCustomer
    small_below: int
    fitted: Estimates
    kind: Sureness | OfTotal


def judged(
    runner: Runner,
    snapshot: Snapshot,
    *,
    question: Question,
    plan: Plan,
    cells: Cells,
    rows: Sequence[Row],
    fitted: Mapping[str, Estimates],
) -> tuple[Row, ...]:
    """The rows of an answer, each figure with how sure it is."""
    needed = {
        base: None
        for recipe in plan.recipes
        if isinstance(_kind(recipe.metric, question), OverCustomers | OfTotal)
        for _, base in parts(recipe.metric)
        if isinstance(base, Base)
    }
    customers = by_customer(
        runner, snapshot, question=question, dimensions=plan.dimensions, bases=needed, keys=cells.keys
    )
    columns = {
        recipe.metric.about.key: _column(
            _Asked(
                recipe=recipe,
                rows=rows,
                cells=cells,
                customers=customers,
                small_below=question.small_below,
                fitted=fitted.get(recipe.metric.about.key, Estimates(of={})),
                kind=_kind(recipe.metric, question),
            )
        )
        for recipe in plan.recipes
    }
    return tuple(
        replace(row, sure={key: column[cell] for key, column in columns.items()}) for cell, row in enumerate(rows)
    )


def _kind(metric: Metric, question: Question) -> Sureness | OfTotal:
    return (question.attribution is not None and of_credit(metric)) or sureness_of(metric)


def _column(asked: _Asked) -> list[Sure]:
    """One metric in every cell."""
    kind = asked.kind
    key = asked.recipe.metric.about.key
    figures = [row.values[key] for row in asked.rows]
    small = [0 < n < asked.small_below for n in _samples(asked, figures)]
    ranges: list[Range | Text | None]
    if isinstance(kind, Proportion):
        ranges = [None if figure.value is None else _of_rate(figure) for figure in figures]
        shrunken = _shrunken([row.kind == "value" for row in asked.rows], figures, small)
    elif isinstance(kind, OfTotal):
        ranges, shrunken = _of_totals(asked, figures), {}
    elif isinstance(kind, FromFit):
        ranges = [_of_fit(asked.fitted, cell) for cell in asked.cells.keys]
        shrunken = {}
    else:
        ranges = (
            [kind.reason] * len(figures) if isinstance(kind, NoInterval) else _of_quotients(asked, kind.fixed, figures)
        )
        shrunken = {}
    return [
        Sure(
            interval=found if isinstance(found, Range) else None,
            reason=found if isinstance(found, Text) and figure.value is not None else None,
            small=is_small,
            shrunken=shrunken.get(cell),
        )
        for cell, (figure, found, is_small) in enumerate(zip(figures, ranges, small, strict=True))
    ]


def _samples(asked: _Asked, figures: Sequence[Figure]) -> list[int]:
    """How large the sample behind each figure is; a count or sum is no sample of anything."""
    metric = asked.recipe.metric
    if isinstance(metric, Quotient):
        return [figure.n for figure in figures]
    if not isinstance(metric, Ratio):
        return [0] * len(figures)
    kind = sureness_of(metric)
    if isinstance(kind, OverCustomers) and kind.fixed == "denominator":
        # Of a return on money spent: the facts that brought it in.
        bases = [asked.cells.bases[term.name].counts for term in asked.recipe.numerator if not term.is_cost]
        return list(map(max, zip(*bases, strict=True)))
    return [figure.n for figure in figures]


def _of_fit(fitted: Estimates, cell: Key) -> Range | Text | None:
    estimate = fitted.of.get(cell[1])
    return None if estimate is None else estimate.interval or estimate.unsure


def _of_rate(figure: Figure) -> Range:
    hits, trials = int(figure.numerator or 0), int(figure.denominator or 0)
    if trials < EXACT_BELOW:
        found, method = methods.clopper_pearson(hits, trials, level=LEVEL), "exact"
    else:
        found, method = methods.wilson(hits, trials, level=LEVEL), "wilson"
    return Range(low=_decimal(found.low), high=_decimal(found.high), method=method)


def of_difference(metric: Metric, before: Figure, now: Figure) -> Range | None:
    """The interval of how much a rate changed, where no fact can be in both periods."""
    if not isinstance(sureness_of(metric), Proportion) or before.value is None or now.value is None:
        return None
    if any(isinstance(base, Base) and base.distinct not in {None, "deal_id"} for _, base in parts(metric)):
        return None
    counts = [int(number or 0) for number in (now.numerator, now.denominator, before.numerator, before.denominator)]
    found = methods.newcombe_difference(*counts, level=LEVEL)
    return Range(low=_decimal(found.low), high=_decimal(found.high), method="newcombe")


def _shrunken(usable: Sequence[bool], figures: Sequence[Figure], small: Sequence[bool]) -> dict[int, Range]:
    """Small rates drawn towards those of all rows, as far as the rows are alike."""
    cells = [cell for cell, figure in enumerate(figures) if usable[cell] and figure.value is not None]
    if not any(small[cell] for cell in cells):
        return {}
    hits = {cell: int(figures[cell].numerator or 0) for cell in cells}
    trials = {cell: int(figures[cell].denominator or 0) for cell in cells}
    try:
        prior = methods.fit_beta_prior(list(hits.values()), list(trials.values()))
    except ValueError:
        # One row, or all rows at 0 or at 1: nothing tells how rates differ.
        return {}
    found = {}
    for cell in cells:
        if small[cell]:
            drawn = methods.shrink_rate(hits[cell], trials[cell], prior)
            low, high = _decimal(drawn.low), _decimal(drawn.high)
            found[cell] = Range(low=low, high=high, method="shrunken", value=_decimal(drawn.estimate))
    return found


def _of_quotients(asked: _Asked, fixed: str | None, figures: Sequence[Figure]) -> list[Range | Text | None]:
    metric = asked.recipe.metric
    by = metric.scale[0] / metric.scale[1] if isinstance(metric, Ratio) else 1.0
    method = "customers" if fixed is None else "customers_fixed_cost"
    above = asked.customers.added(asked.recipe.numerator)
    below = asked.customers.added(asked.recipe.denominator or ())
    found: list[Range | Text | None] = []
    for cell, figure in enumerate(figures):
        if figure.value is None:
            found.append(None)
            continue
        tops, bottoms = above.get(cell, {}), below.get(cell, {})
        if fixed == "denominator":
            ends = _return_on(tops, figure)
        elif fixed == "numerator":
            ends = _cost_of(bottoms, figure)
        else:
            ends = _quotient(tops, bottoms)
        found.append(
            ends
            if isinstance(ends, Text)
            else Range(low=_decimal(ends[0] * by), high=_decimal(ends[1] * by), method=method)
        )
    return found


def _of_totals(asked: _Asked, figures: Sequence[Figure]) -> list[Range | Text | None]:
    """Money a row is credited with."""
    brought = asked.customers.added(asked.recipe.numerator)
    return [
        None if figure.value is None else _of_credit(sorted(brought.get(cell, {}).values()))
        for cell, figure in enumerate(figures)
    ]


def _of_credit(amounts: Sequence[int]) -> Range | Text:
    if (few := _judgeable(amounts)) is not None:
        return few
    moments = [float(sum(amount**power for amount in amounts)) for power in (1, 2, 3)]
    ends = _ends(amounts, methods.total_of_moments(*moments, level=LEVEL))
    if isinstance(ends, Text):
        return ends
    return Range(low=_decimal(ends[0]), high=_decimal(ends[1]), method="credited")


def _quotient(tops: Mapping[Unit, int], bottoms: Mapping[Unit, int]) -> tuple[float, float] | Text:
    """Both sides are sums of what customers did."""
    # Engines give rows in any order; added up in one order the same question has the same interval, bit for bit.
    pairs = sorted((tops.get(unit, 0), bottoms.get(unit, 0)) for unit in dict.fromkeys((*tops, *bottoms)))
    y, x = [top for top, _ in pairs], [bottom for _, bottom in pairs]
    return _judgeable(y) or _ends(y, methods.skewness_corrected_ratio(y, x, level=LEVEL))


def _return_on(tops: Mapping[Unit, int], figure: Figure) -> tuple[float, float] | Text:
    """What customers brought for a cost that was booked; costs in the numerator do not vary either."""
    brought, cost = sorted(tops.values()), int(figure.denominator or 0)
    if cost <= 0:
        return _NO_COST
    ends = _judgeable(brought) or _of_total(brought, cost)
    if isinstance(ends, Text):
        return ends
    aside = (int(figure.numerator or 0) - sum(brought)) / cost
    return ends[0] + aside, ends[1] + aside


def _cost_of(bottoms: Mapping[Unit, int], figure: Figure) -> tuple[float, float] | Text:
    """A booked cost for each of what customers did: the interval of how many for the cost, turned over."""
    counted, cost = sorted(bottoms.values()), int(figure.numerator or 0)
    if cost <= 0:
        return _NO_COST
    ends = _judgeable(counted) or _of_total(counted, cost)
    if isinstance(ends, Text):
        return ends
    return _WIDE if ends[0] <= 0 else (1 / ends[1], 1 / ends[0])


def _of_total(amounts: Sequence[int], cost: int) -> tuple[float, float] | Text:
    """A sum over customers for a fixed cost; how many customers there were is chance too."""
    nothing = [0] * len(amounts)
    return _ends(
        amounts,
        methods.skewness_corrected_ratio(amounts, nothing, fixed_denominator=cost, absent=_OTHERS, level=LEVEL),
    )


def _ends(amounts: Sequence[int], found: "methods.Interval | methods.Unknown") -> tuple[float, float] | Text:
    if isinstance(found, methods.Unknown):
        return _ALIKE
    # What is never below 0 for one customer is not for all of them.
    return (max(0.0, found.low) if min(amounts) >= 0 else found.low), found.high


def _judgeable(amounts: Sequence[int]) -> Text | None:
    """Why so few customers, or one so large, tell nothing of those to come."""
    known = [abs(amount) for amount in amounts if amount]
    if len(known) < LEAST_CUSTOMERS:
        return Text(
            zh=f"客户太少（{len(known)} 位，至少需要 {LEAST_CUSTOMERS} 位）",
            en=f"too few customers ({len(known)}; it takes {LEAST_CUSTOMERS})",
        )
    share = max(known) / sum(known)
    if share > LARGEST_SHARE:
        return Text(zh=f"一位客户占了 {share:.0%}，超过一半", en=f"one customer makes up {share:.0%}, more than half")
    return None


def _decimal(number: float) -> Decimal:
    return Decimal(f"{number:.12g}")
