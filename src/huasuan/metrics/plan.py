"""From a question to SQL: one pass over each star table, one statement for all costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import TypeVar

from huasuan.kernel.errors import InvalidInput, UnknownName
from huasuan.kernel.text import Text
from huasuan.metrics.derived.pools import group_shapes, matched_columns
from huasuan.metrics.dimensions import DIMENSIONS, Dimension
from huasuan.metrics.drivers import Driver, Units
from huasuan.metrics.language import Base, CostBase, Metric, parts
from huasuan.metrics.question import Question

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """One statement. Each row: the cuts, then figure, n and missing of every base in order (costs: only figures)."""

    sql: str
    bases: tuple[Base | CostBase, ...]
    is_cost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a question needs to be computed."""

    metrics: tuple[Metric, ...]
    dimensions: tuple[Dimension, ...]
    bases: tuple[Base | CostBase, ...]
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
    near = get_close_matches(key, known, n=3, cutoff=0.3) or sorted(known)[:3]
    zh = {"metric": "指标", "dimension": "维度"}[kind]
    raise UnknownName(
        f"unknown_{kind}",
        Text(zh=f"未知的{zh}：{key}", en=f"unknown {kind}: {key}"),
        Text(zh=f"相近的有：{'、'.join(near)}", en=f"The nearest are: {', '.join(near)}"),
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
    shapes: Iterable[tuple[str, int]],
    tables: Mapping[str, str],
) -> Plan:
    """The statements that answer a question.

    ``shapes`` are the (driver, shape) pairs of placed cost pools; ``tables`` names the star tables to read, which differ
    for as-known-on questions.
    """
    metrics, dimensions = choose(question, known)
    bases = tuple(dict.fromkeys(base for metric in metrics for _, base in parts(metric)))
    by_star: dict[tuple[str, str], list[Base]] = {}
    for base in bases:
        if isinstance(base, Base):
            by_star.setdefault((base.star, day_of(base, question)), []).append(base)
    selects = [_star_select(question, dimensions, key[0], key[1], group, tables) for key, group in by_star.items()]
    costs = tuple(base for base in bases if isinstance(base, CostBase))
    if costs:
        selects.append(cost_select(question, dimensions, costs, marketing_kinds, shapes, tables))
    return Plan(metrics=metrics, dimensions=dimensions, bases=bases, selects=tuple(selects))


def day_of(base: Base, question: Question) -> str:
    """The column that places a base's rows in time on the question's basis."""
    return base.cohort_day if question.basis == "cohort" else base.event_day


def period(question: Question, day: str) -> list[str]:
    """Conditions that keep the rows of the period."""
    found = []
    if question.date_from is not None:
        found.append(f"{day} >= {_date(question.date_from)}")
    if question.date_to is not None:
        found.append(f"{day} < {_date(question.date_to)}")
    return found


def _date(day: date) -> str:
    return f"CAST('{day.isoformat()}' AS DATE)"


def filters(question: Question, star: str, day: str) -> list[str]:
    """Conditions of the question's filters on one star table."""
    return [
        accepts(DIMENSIONS[key].expression(star, day) or "NULL", values)
        for key, values in (question.where or {}).items()
    ]


def accepts(expression: str, values: Sequence[str]) -> str:
    """A condition that an expression has one of the values; "" accepts NULL."""
    given = [value for value in values if value != ""]
    listed = ", ".join("'" + value.replace("'", "''") + "'" for value in given)
    conditions = []
    if given:
        conditions.append(f"CAST({expression} AS VARCHAR) IN ({listed})")
    if len(given) < len(values):
        conditions.append(f"{expression} IS NULL")
    return f"({' OR '.join(conditions)})"


def _star_select(
    question: Question,
    dimensions: Sequence[Dimension],
    star: str,
    day: str,
    bases: Sequence[Base],
    tables: Mapping[str, str],
) -> Select:
    shared = [condition for condition in bases[0].where if all(condition in base.where for base in bases)]
    cuts = [str(dimension.expression(star, day)) for dimension in dimensions]
    table = tables[star]
    conditions = [*shared, *period(question, day), *filters(question, star, day)]
    columns: list[str] = []
    for base in bases:
        own = [condition for condition in base.where if condition not in shared]
        columns.extend(_aggregates(base, own))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    selected = ", ".join([f"{cut} AS d{number}" for number, cut in enumerate(cuts)] + columns)
    group = f" GROUP BY {', '.join(str(number + 1) for number in range(len(cuts)))}" if cuts else ""
    return Select(sql=f"SELECT {selected} FROM {table}{where}{group}", bases=tuple(bases), is_cost=False)


def _aggregates(base: Base, own: Sequence[str]) -> list[str]:
    """Figure, number of facts, and number of facts that make it unknown."""
    only = f" FILTER (WHERE {' AND '.join(own)})" if own else ""
    count = f"count(*){only}"
    if base.distinct is not None:
        figure = count = f"count(DISTINCT {base.distinct}){only}"
    elif base.amount is None:
        figure = count
    elif base.once_per is not None:
        # A deal has several lines that repeat its length: take it from the first line of the cell.
        figure = f"coalesce(list_sum(map_values(map_from_entries(list(DISTINCT ({base.once_per}, {base.amount})){only}))), 0)"
        count = f"count(DISTINCT {base.once_per}){only}"
    else:
        figure = f"coalesce(sum({base.amount}){only}, 0)"
    missing = "0"
    if base.missing is not None:
        both = " AND ".join([*own, f"({base.missing})"])
        missing = f"count(*) FILTER (WHERE {both})"
    return [figure, count, missing]


def cost_select(
    question: Question,
    dimensions: Sequence[Dimension],
    costs: Sequence[CostBase],
    marketing_kinds: Sequence[str],
    shapes: Iterable[tuple[str, int]],
    tables: Mapping[str, str],
) -> Select:
    """One statement for all costs: a branch for each star table that bears some, and one for what nobody bears."""
    branches = [
        _placed(question, dimensions, costs, marketing_kinds, star, shape, any_day, drivers, tables)
        for (star, shape, any_day), drivers in group_shapes(shapes).items()
    ]
    branches.append(_unplaced(question, dimensions, costs, marketing_kinds, tables["cost_pool"]))
    cuts = [f"d{number}" for number in range(len(dimensions))]
    figures = [f"coalesce(sum(m{number}), 0) AS m{number}" for number in range(len(costs))]
    columns = ", ".join(["unplaced", *cuts, *figures])
    group = ", ".join(str(number + 1) for number in range(len(cuts) + 1))
    sql = f"SELECT {columns} FROM ({' UNION ALL '.join(branches)}) GROUP BY {group}"
    return Select(sql=sql, bases=tuple(costs), is_cost=True)


def _of_kinds(cost: CostBase, marketing_kinds: Sequence[str]) -> str:
    if cost.kinds == "all":
        return "TRUE"
    kinds = marketing_kinds if cost.kinds == "marketing" else cost.kinds
    return "cost_kind IN (" + ", ".join("'" + kind.replace("'", "''") + "'" for kind in kinds) + ")"


def _placed(
    question: Question,
    dimensions: Sequence[Dimension],
    costs: Sequence[CostBase],
    marketing_kinds: Sequence[str],
    star: str,
    shape: int,
    any_day: bool,
    drivers: Sequence[tuple[Driver, Units]],
    tables: Mapping[str, str],
) -> str:
    """Costs borne by the rows of one star table, for pools of one shape of scope.

    Weights are summed by day, scope and cut first, then multiplied by the day's rates: the big table is read once
    whatever the number of cost lines.
    """
    matched = matched_columns(star, shape)
    keys = ([] if any_day else ["day"]) + list(matched)
    filtered = {key: DIMENSIONS[key] for key in question.where or {}}
    unit_cuts = {d.key: e for d in dimensions if (e := _unit_cut(d, star, any_day)) is not None}
    pool_cuts = {d.key: d.of_pool() or "NULL" for d in dimensions if d.key not in unit_cuts}
    unit_conditions = [] if any_day else period(question, "day")
    pool_conditions = [f"shape = {shape}", "placed", *period(question, "day")]
    for key, values in (question.where or {}).items():
        expression = _unit_cut(filtered[key], star, any_day)
        if expression is not None:
            unit_conditions.append(accepts(expression, values))
        else:
            pool_conditions.append(accepts(filtered[key].of_pool() or "NULL", values))
    names = [driver.key for driver, _ in drivers]
    pool_conditions.append("driver IN (" + ", ".join(f"'{name}'" for name in names) + ")")
    weights = [
        f"sum({units.weight}) FILTER (WHERE {units.where}) AS w{number}" for number, (_, units) in enumerate(drivers)
    ]
    quoted = [f'"{key}"' for key in keys]
    unit_columns = quoted + [f"{e} AS u_{key}" for key, e in unit_cuts.items()] + weights
    unit_group = ", ".join(str(number + 1) for number in range(len(keys) + len(unit_cuts)))
    rates = [
        f"sum(rate) FILTER (WHERE driver = '{name}' AND {_of_kinds(cost, marketing_kinds)}) AS r{number}_{at}"
        for number, name in enumerate(names)
        for at, cost in enumerate(costs)
    ]
    pool_columns = quoted + [f"{e} AS p_{key}" for key, e in pool_cuts.items()] + rates
    pool_group = ", ".join(str(number + 1) for number in range(len(keys) + len(pool_cuts)))
    where = f" WHERE {' AND '.join(unit_conditions)}" if unit_conditions else ""
    units_sql = f"SELECT {', '.join(unit_columns)} FROM {tables[star]}{where}" + (
        f" GROUP BY {unit_group}" if unit_group else ""
    )
    pools_sql = f"SELECT {', '.join(pool_columns)} FROM {tables['cost_pool']} WHERE {' AND '.join(pool_conditions)}" + (
        f" GROUP BY {pool_group}" if pool_group else ""
    )
    cuts = [f"{'u.u_' if d.key in unit_cuts else 'p.p_'}{d.key} AS d{number}" for number, d in enumerate(dimensions)]
    figures = [
        "sum(" + " + ".join(f"coalesce(u.w{n} * p.r{n}_{at}, 0)" for n in range(len(names))) + f") AS m{at}"
        for at in range(len(costs))
    ]
    join = " AND ".join(f"u.{key} = p.{key}" for key in quoted) or "TRUE"
    columns = ", ".join(["FALSE AS unplaced", *cuts, *figures])
    group = ", ".join(str(number + 1) for number in range(len(cuts) + 1))
    return f"SELECT {columns} FROM ({units_sql}) u JOIN ({pools_sql}) p ON {join} GROUP BY {group}"


def _unit_cut(dimension: Dimension, star: str, any_day: bool) -> str | None:
    """How the bearing fact says a cut; the days of a cost are always those of its pool."""
    if dimension.key in ("day", "week", "month", "quarter", "weekday") and any_day:
        return None
    return dimension.expression(star, "day")


def _unplaced(
    question: Question,
    dimensions: Sequence[Dimension],
    costs: Sequence[CostBase],
    marketing_kinds: Sequence[str],
    table: str,
) -> str:
    """Pools nobody bears: they keep what their scope says."""
    conditions = ["NOT placed", *period(question, "day")]
    conditions += [
        accepts(DIMENSIONS[key].of_pool() or "NULL", values) for key, values in (question.where or {}).items()
    ]
    said = [dimension.of_pool() or "NULL" for dimension in dimensions]
    unplaced = " OR ".join(f"{expression} IS NULL" for expression in said) or "FALSE"
    cuts = [f"{expression} AS d{number}" for number, expression in enumerate(said)]
    figures = [
        f"sum(amount) FILTER (WHERE {_of_kinds(cost, marketing_kinds)}) AS m{at}" for at, cost in enumerate(costs)
    ]
    group = ", ".join(str(number + 1) for number in range(len(cuts) + 1))
    return (
        f"SELECT {', '.join([f'({unplaced}) AS unplaced', *cuts, *figures])} FROM {table} "
        f"WHERE {' AND '.join(conditions)} GROUP BY {group}"
    )
