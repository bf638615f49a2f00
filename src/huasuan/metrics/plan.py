"""From a question to SQL: one pass over each star table, one statement for all costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple, TypeVar

from huasuan.kernel.errors import InvalidInput, UnknownName
from huasuan.kernel.text import Text
from huasuan.metrics.catalogue.superseded import Catalogue
from huasuan.metrics.cost_plan import CostRequest, PlacedShape, cost_select, shapes_of_kinds
from huasuan.metrics.dimensions import DIMENSIONS, Dimension
from huasuan.metrics.language import Base, CostBase, Metric, Quotient, Ratio, parts
from huasuan.metrics.question import Question
from huasuan.metrics.statements import Place, Select, filters, firm, group_by, implied_by_filters, period

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a question needs to be computed."""

    recipes: tuple["Recipe", ...]
    dimensions: tuple[Dimension, ...]
    selects: tuple[Select, ...]


def choose(question: Question, known: Mapping[str, Metric]) -> tuple[tuple[Metric, ...], tuple[Dimension, ...]]:
    """The metrics and cuts a question names.

    Raises
    ------
    UnknownName
        a metric or dimension that does not exist, with the nearest
    InvalidInput
        ``empty_question``, ``empty_period``, ``cut_impossible`` (with the cuts that work)
    """
    if not question.metrics:
        raise InvalidInput("empty_question", Text(zh="没有指定指标", en="the question names no metric"))
    if question.date_from and question.date_to and question.date_from >= question.date_to:
        raise InvalidInput(
            "empty_period",
            Text(zh="起始日必须早于结束日", en="the period is empty: from must be before to"),
            Text(zh="to 为不含的末日。", en="The day given as to is excluded."),
        )
    metrics = tuple(_named(key, known, "metric") for key in question.metrics)
    dimensions = tuple(_named(key, DIMENSIONS, "dimension") for key in question.by)
    filters = [_named(key, DIMENSIONS, "dimension") for key in question.where or {}]
    for metric in metrics:
        for dimension in (*dimensions, *filters):
            if not can_cut(metric, dimension):
                raise _cut_impossible(metric, dimension)
    return metrics, dimensions


def _named(key: str, known: Mapping[str, Thing], kind: str) -> Thing:
    if key in known:
        return known[key]
    if "@" in key and isinstance(known, Catalogue) and (versions := known.versions(key.partition("@")[0])):
        raise _unknown_version(key, versions)
    near = get_close_matches(key, known, n=3, cutoff=0.3) or sorted(known)[:3]
    zh = {"metric": "指标", "dimension": "维度"}[kind]
    raise UnknownName(
        f"unknown_{kind}",
        Text(zh=f"未知的{zh}：{key}", en=f"unknown {kind}: {key}"),
        Text(zh=f"相近的有：{'、'.join(near)}", en=f"The nearest are: {', '.join(near)}"),
    )


def _unknown_version(key: str, versions: Sequence[str]) -> UnknownName:
    name, _, version = key.partition("@")
    return UnknownName(
        "unknown_version",
        Text(zh=f"指标 {name} 没有版本 {version}", en=f"the metric {name} has no version {version}"),
        Text(
            zh=f"已知版本（先为现行）：{'、'.join(versions)}",
            en=f"Known versions, the present one first: {', '.join(versions)}",
        ),
    )


def can_cut(metric: Metric, dimension: Dimension) -> bool:
    """Whether every base of a metric knows the dimension (costs know what their units or their scope know)."""
    return all(
        _cost_knows(dimension) if isinstance(base, CostBase) else dimension.expression(base.star, "x") is not None
        for _, base in parts(metric)
    )


def _cost_knows(dimension: Dimension) -> bool:
    return dimension.of_pool() is not None or any(
        dimension.expression(star, "x") is not None for star in ("call", "lead", "touch", "sale")
    )


def _cut_impossible(metric: Metric, dimension: Dimension) -> InvalidInput:
    possible = [key for key, other in DIMENSIONS.items() if can_cut(metric, other)]
    name, cut = metric.about.text, dimension.text
    return InvalidInput(
        "cut_impossible",
        Text(zh=f"{name.zh}不能按{cut.zh}划分", en=f"{name.en} cannot be cut by {cut.en}"),
        Text(zh=f"可用的维度：{'、'.join(possible)}", en=f"These work: {', '.join(possible)}"),
    )


def make_plan(
    question: Question,
    known: Mapping[str, Metric],
    *,
    marketing_kinds: Sequence[str],
    shapes: Iterable[PlacedShape],
    tables: Mapping[str, str],
) -> Plan:
    """The statements that answer a question.

    ``shapes`` are the kinds of placed cost pools there are; ``tables`` names the star tables to read, which
    differ for as-known-on questions.
    """
    metrics, dimensions = choose(question, known)
    bases = tuple(dict.fromkeys(base for metric in metrics for _, base in parts(metric)))
    selects = star_selects(question, dimensions, [base for base in bases if isinstance(base, Base)], tables)
    costs = tuple(base for base in bases if isinstance(base, CostBase))
    if costs:
        request = CostRequest(
            question=question,
            dimensions=dimensions,
            costs=costs,
            marketing_kinds=marketing_kinds,
            shapes=shapes_of_kinds(shapes, costs, marketing_kinds),
            tables=tables,
        )
        selects.append(cost_select(request))
    return Plan(recipes=tuple(map(recipe_of, metrics)), dimensions=dimensions, selects=tuple(selects))


def star_selects(
    question: Question, dimensions: Sequence[Dimension], bases: Iterable[Base], tables: Mapping[str, str]
) -> list[Select]:
    """The statements that tell bases of star tables: one for each table and way to place its rows in time."""
    by_star: dict[tuple[str, str], list[Base]] = {}
    for base in bases:
        by_star.setdefault((base.star, day_of(base, question)), []).append(base)
    return [
        _star_select(
            _StarRequest(question=question, dimensions=dimensions, star=star, day=day, bases=group, tables=tables)
        )
        for (star, day), group in by_star.items()
    ]


class Term(NamedTuple):
    """One base of a sum, with what every row needs of it looked up once."""

    sign: int
    name: str
    reason: Text | None
    is_cost: bool


Terms = tuple[Term, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A metric with the signed bases of its sums looked up once for all rows; no denominator: it is a sum itself.

    sides: the two quotients of a quotient of quotients, which has no terms of its own.
    """

    metric: Metric
    numerator: Terms
    denominator: Terms | None
    sides: tuple["Recipe", "Recipe"] | None = None


def recipe_of(metric: Metric) -> Recipe:
    """How a metric is computed from its bases."""
    if isinstance(metric, Quotient):
        sides = recipe_of(metric.numerator), recipe_of(metric.denominator)
        return Recipe(metric=metric, numerator=(), denominator=None, sides=sides)
    if isinstance(metric, Ratio):
        return Recipe(metric=metric, numerator=_terms(metric.numerator), denominator=_terms(metric.denominator))
    return Recipe(metric=metric, numerator=_terms(metric), denominator=None)


def _terms(metric: Metric) -> Terms:
    return tuple(
        Term(
            sign=sign,
            name=base.name,
            reason=base.reason if isinstance(base, Base) else None,
            is_cost=isinstance(base, CostBase),
        )
        for sign, base in parts(metric)
    )


def day_of(base: Base, question: Question) -> str:
    """The column that places a base's rows in time on the question's basis."""
    return base.cohort_day if question.basis == "cohort" else base.event_day


@dataclass(frozen=True, slots=True, kw_only=True)
class _StarRequest:
    """Bases of one star table placed in time by one column."""

    question: Question
    dimensions: Sequence[Dimension]
    star: str
    day: str
    bases: Sequence[Base]
    tables: Mapping[str, str]


def _star_select(request: _StarRequest) -> Select:
    bases, star, day = request.bases, request.star, request.day
    implied = implied_by_filters(request.question, star, day)
    wheres = [[condition for condition in base.where if condition not in implied] for base in bases]
    shared = [condition for condition in wheres[0] if all(condition in where for where in wheres)]
    cuts = [str(dimension.expression(star, day)) for dimension in request.dimensions]
    asked = request.question
    conditions = [*shared, *period(asked, day), *filters(asked, star, day), *firm(asked, star, request.tables)]
    # What several bases ask for alike stands once in the row.
    columns: dict[str, int] = {}
    places = []
    for base, own in zip(bases, wheres, strict=True):
        figure, count, missing = _aggregates(base, [condition for condition in own if condition not in shared])
        figure_at, count_at = _place(figure, columns, len(cuts)), _place(count, columns, len(cuts))
        missing_at = None if missing is None else _place(missing, columns, len(cuts))
        places.append(Place(figure=figure_at, facts=count_at, missing=missing_at))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    selected = ", ".join([*(f"{cut} AS d{number}" for number, cut in enumerate(cuts)), *columns])
    sql = f"SELECT {selected} FROM {request.tables[star]}{where}{group_by(len(cuts))}"
    return Select(
        sql=sql,
        bases=tuple(bases),
        places=tuple(places),
        is_cost=False,
        question=asked,
        dimensions=tuple(request.dimensions),
    )


def _place(column: str, columns: dict[str, int], cuts: int) -> int:
    return columns.setdefault(column, cuts + len(columns))


def _aggregates(base: Base, own: Sequence[str]) -> tuple[str, str, str | None]:
    """Figure, number of facts, and number of facts that make it unknown if any can."""
    only = f" FILTER (WHERE {' AND '.join(own)})" if own else ""
    count = f"count(*){only}"
    if base.distinct is not None:
        figure = count = f"count(DISTINCT {base.distinct}){only}"
    elif base.amount is None:
        figure = count
    elif base.quantile is not None:
        figure = f"coalesce(quantile_disc({base.amount}, {base.quantile[0] / base.quantile[1]!r}){only}, 0)"
    elif base.once_per is not None:
        # A deal has several lines that repeat its length: each deal of the cell gives it once.
        pairs = f"list(DISTINCT ({base.once_per}, {base.amount})){only}"
        figure = f"coalesce(list_sum(map_values(map_from_entries({pairs}))), 0)"
        count = f"count(DISTINCT {base.once_per}){only}"
    else:
        figure = f"coalesce(sum({base.amount}){only}, 0)"
    missing = None
    if base.missing is not None:
        missing = f"count(*) FILTER (WHERE {' AND '.join([*own, f'({base.missing})'])})"
    return figure, count, missing
