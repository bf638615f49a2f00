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

    ``shapes`` are the (driver, shape) pairs of placed cost pools; ``tables`` names the star tables to read, which
    differ for as-known-on questions.
    """
    metrics, dimensions = choose(question, known)
    bases = tuple(dict.fromkeys(base for metric in metrics for _, base in parts(metric)))
    by_star: dict[tuple[str, str], list[Base]] = {}
    for base in bases:
        if isinstance(base, Base):
            by_star.setdefault((base.star, day_of(base, question)), []).append(base)
    selects = [
        _star_select(
            _StarRequest(question=question, dimensions=dimensions, star=star, day=day, bases=group, table=tables[star])
        )
        for (star, day), group in by_star.items()
    ]
    costs = tuple(base for base in bases if isinstance(base, CostBase))
    if costs:
        request = CostRequest(
            question=question,
            dimensions=dimensions,
            costs=costs,
            marketing_kinds=marketing_kinds,
            shapes=tuple(shapes),
            tables=tables,
        )
        selects.append(cost_select(request))
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRequest:
    """Costs to be cut: the question's period and filters, the cuts, the cost metrics, and what the workspace has.

    ``shapes`` are the (driver, shape of scope) pairs of its placed pools, ``tables`` the star tables to read.
    """

    question: Question
    dimensions: Sequence[Dimension]
    costs: Sequence[CostBase]
    marketing_kinds: Sequence[str]
    shapes: Sequence[tuple[str, int]]
    tables: Mapping[str, str]

    @property
    def filters(self) -> list[tuple[Dimension, tuple[str, ...]]]:
        """The question's filters with their dimensions."""
        return [(DIMENSIONS[key], values) for key, values in (self.question.where or {}).items()]

    def kinds(self, cost: CostBase) -> str:
        """The condition on pools that picks a metric's cost kinds."""
        if cost.kinds == "all":
            return "TRUE"
        kinds = self.marketing_kinds if cost.kinds == "marketing" else cost.kinds
        return "cost_kind IN (" + ", ".join("'" + kind.replace("'", "''") + "'" for kind in kinds) + ")"


@dataclass(frozen=True, slots=True, kw_only=True)
class _StarRequest:
    """Bases of one star table placed in time by one column."""

    question: Question
    dimensions: Sequence[Dimension]
    star: str
    day: str
    bases: Sequence[Base]
    table: str


def _star_select(request: _StarRequest) -> Select:
    bases, star, day = request.bases, request.star, request.day
    shared = [condition for condition in bases[0].where if all(condition in base.where for base in bases)]
    cuts = [str(dimension.expression(star, day)) for dimension in request.dimensions]
    conditions = [*shared, *period(request.question, day), *filters(request.question, star, day)]
    columns: list[str] = []
    for base in bases:
        columns.extend(_aggregates(base, [condition for condition in base.where if condition not in shared]))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    selected = ", ".join([f"{cut} AS d{number}" for number, cut in enumerate(cuts)] + columns)
    sql = f"SELECT {selected} FROM {request.table}{where}{_group_by(len(cuts))}"
    return Select(sql=sql, bases=tuple(bases), is_cost=False)


def _group_by(columns: int) -> str:
    return f" GROUP BY {', '.join(str(number + 1) for number in range(columns))}" if columns else ""


def _aggregates(base: Base, own: Sequence[str]) -> list[str]:
    """Figure, number of facts, and number of facts that make it unknown."""
    only = f" FILTER (WHERE {' AND '.join(own)})" if own else ""
    count = f"count(*){only}"
    if base.distinct is not None:
        figure = count = f"count(DISTINCT {base.distinct}){only}"
    elif base.amount is None:
        figure = count
    elif base.once_per is not None:
        # A deal has several lines that repeat its length: each deal of the cell gives it once.
        pairs = f"list(DISTINCT ({base.once_per}, {base.amount})){only}"
        figure = f"coalesce(list_sum(map_values(map_from_entries({pairs}))), 0)"
        count = f"count(DISTINCT {base.once_per}){only}"
    else:
        figure = f"coalesce(sum({base.amount}){only}, 0)"
    missing = "0"
    if base.missing is not None:
        missing = f"count(*) FILTER (WHERE {' AND '.join([*own, f'({base.missing})'])})"
    return [figure, count, missing]


def cost_select(request: CostRequest) -> Select:
    """One statement for all costs: a branch for each star table that bears some, and one for what nobody bears.

    Each row: whether it is unplaced, the cuts, then the scaled amount of every cost metric.
    """
    branches = [
        _Bearers(request=request, star=star, shape=shape, any_day=any_day, drivers=drivers).sql()
        for (star, shape, any_day), drivers in group_shapes(request.shapes).items()
    ]
    branches.append(_unplaced(request))
    cuts = [f"d{number}" for number in range(len(request.dimensions))]
    figures = [f"coalesce(sum(m{number}), 0) AS m{number}" for number in range(len(request.costs))]
    columns = ", ".join(["unplaced", *cuts, *figures])
    sql = f"SELECT {columns} FROM ({' UNION ALL '.join(branches)}){_group_by(len(cuts) + 1)}"
    return Select(sql=sql, bases=tuple(request.costs), is_cost=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bearers:
    """Costs borne by the rows of one star table, for pools of one shape of scope.

    Weights are summed by day, scope and cut first, then multiplied by the day's rates: the big table is read once
    whatever the number of cost lines.
    """

    request: CostRequest
    star: str
    shape: int
    any_day: bool
    drivers: Sequence[tuple[Driver, Units]]

    def sql(self) -> str:
        """The branch: unplaced (never), the cuts, the amounts."""
        request = self.request
        own = {dimension.key for dimension in request.dimensions if self._cut(dimension) is not None}
        cuts = [
            f"{'u.u_' if d.key in own else 'p.p_'}{d.key} AS d{number}" for number, d in enumerate(request.dimensions)
        ]
        figures = [
            "sum(" + " + ".join(f"coalesce(u.w{n} * p.r{n}_{at}, 0)" for n in range(len(self.drivers))) + f") AS m{at}"
            for at in range(len(request.costs))
        ]
        join = " AND ".join(f"u.{key} = p.{key}" for key in self._keys) or "TRUE"
        columns = ", ".join(["FALSE AS unplaced", *cuts, *figures])
        return f"SELECT {columns} FROM ({self._units()}) u JOIN ({self._pools()}) p ON {join}{_group_by(len(cuts) + 1)}"

    @property
    def _keys(self) -> list[str]:
        """What ties a bearing fact to its pool."""
        days = [] if self.any_day else ['"day"']
        return days + [f'"{name}"' for name in matched_columns(self.star, self.shape)]

    def _cut(self, dimension: Dimension) -> str | None:
        """How the bearing fact says a cut; the days of a cost are always those of its pool."""
        if self.any_day and dimension.key in _DAYS:
            return None
        return dimension.expression(self.star, "day")

    def _units(self) -> str:
        cuts = [f"{e} AS u_{d.key}" for d in self.request.dimensions if (e := self._cut(d)) is not None]
        conditions = [] if self.any_day else period(self.request.question, "day")
        conditions += [accepts(e, values) for d, values in self.request.filters if (e := self._cut(d)) is not None]
        weights = [
            f"sum({units.weight}) FILTER (WHERE {units.where}) AS w{number}"
            for number, (_, units) in enumerate(self.drivers)
        ]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        columns = ", ".join([*self._keys, *cuts, *weights])
        table = self.request.tables[self.star]
        return f"SELECT {columns} FROM {table}{where}{_group_by(len(self._keys) + len(cuts))}"

    def _pools(self) -> str:
        request = self.request
        cuts = [f"{d.of_pool() or 'NULL'} AS p_{d.key}" for d in request.dimensions if self._cut(d) is None]
        names = [driver.key for driver, _ in self.drivers]
        conditions = [f"shape = {self.shape}", "placed", *period(request.question, "day")]
        conditions += [accepts(d.of_pool() or "NULL", values) for d, values in request.filters if self._cut(d) is None]
        conditions.append("driver IN (" + ", ".join(f"'{name}'" for name in names) + ")")
        rates = [
            f"sum(rate) FILTER (WHERE driver = '{name}' AND {request.kinds(cost)}) AS r{number}_{at}"
            for number, name in enumerate(names)
            for at, cost in enumerate(request.costs)
        ]
        columns = ", ".join([*self._keys, *cuts, *rates])
        return (
            f"SELECT {columns} FROM {request.tables['cost_pool']} WHERE {' AND '.join(conditions)}"
            f"{_group_by(len(self._keys) + len(cuts))}"
        )


_DAYS = frozenset({"day", "week", "month", "quarter", "weekday"})


def _unplaced(request: CostRequest) -> str:
    """Pools nobody bears: they keep what their scope says."""
    conditions = ["NOT placed", *period(request.question, "day")]
    conditions += [accepts(dimension.of_pool() or "NULL", values) for dimension, values in request.filters]
    said = [dimension.of_pool() or "NULL" for dimension in request.dimensions]
    unplaced = " OR ".join(f"{expression} IS NULL" for expression in said) or "FALSE"
    cuts = [f"{expression} AS d{number}" for number, expression in enumerate(said)]
    figures = [f"sum(amount) FILTER (WHERE {request.kinds(cost)}) AS m{at}" for at, cost in enumerate(request.costs)]
    columns = ", ".join([f"({unplaced}) AS unplaced", *cuts, *figures])
    return (
        f"SELECT {columns} FROM {request.tables['cost_pool']} WHERE {' AND '.join(conditions)}"
        f"{_group_by(len(cuts) + 1)}"
    )
