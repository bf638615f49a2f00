"""From a question about costs to one statement: who bears the pools, cut as asked (docs/definitions.md, Costs)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from huasuan.metrics.derived.pools import columns_of_shape, group_shapes, matched_columns
from huasuan.metrics.dimensions import DIMENSIONS, Dimension
from huasuan.metrics.drivers import DRIVERS, Driver, Units
from huasuan.metrics.language import CostBase
from huasuan.metrics.question import Question
from huasuan.metrics.stars import SCOPE
from huasuan.metrics.statements import Place, Select, accepts, group_by, period, quoted


class PlacedShape(NamedTuple):
    """That there are placed pools of a driver, a shape of scope, a cost kind, and a direction and voice if scoped."""

    driver: str
    shape: int
    cost_kind: str
    direction: str | None
    voice: str | None


# Asks for them.
PLACED = "SELECT DISTINCT driver, shape, cost_kind, direction, voice FROM cost_pool"


def shapes_of_kinds(
    shapes: Iterable[PlacedShape], costs: Sequence[CostBase], marketing_kinds: Sequence[str]
) -> tuple[PlacedShape, ...]:
    """The shapes that pools of these costs have."""
    if any(cost.kinds == "all" for cost in costs):
        return tuple(shapes)
    kinds = {kind for cost in costs for kind in (marketing_kinds if cost.kinds == "marketing" else cost.kinds)}
    return tuple(placed for placed in shapes if placed.cost_kind in kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRequest:
    """Costs to be cut: the question's period and filters, the cuts, the cost metrics, and what the workspace has.

    ``shapes`` are those of its placed pools, ``tables`` the star tables to read. ``only`` narrows by a dimension people
    do not name, ``days`` to some days of the period. ``drivers``: those borne on the cost's own day, those borne on
    any day, or both.
    """

    question: Question
    dimensions: Sequence[Dimension]
    costs: Sequence[CostBase]
    marketing_kinds: Sequence[str]
    shapes: Sequence[PlacedShape]
    tables: Mapping[str, str]
    only: tuple[tuple[Dimension, tuple[str, ...]], ...] = ()
    days: tuple[date, ...] | None = None
    drivers: Literal["all", "daily", "any_day"] = "all"

    def period(self, day: str) -> list[str]:
        """Conditions that keep the days asked for."""
        if self.days is None:
            return period(self.question, day)
        named = ", ".join(f"CAST('{one}' AS DATE)" for one in self.days)
        return [*period(self.question, day), f"{day} IN ({named})"]

    @property
    def placed(self) -> list[PlacedShape]:
        """The shapes of pools of the drivers asked for."""
        wanted = {"all": (True, False), "daily": (False,), "any_day": (True,)}[self.drivers]
        return [placed for placed in self.shapes if DRIVERS[placed.driver].any_day in wanted]

    @property
    def of_drivers(self) -> list[str]:
        """The condition on pools that keeps the drivers asked for."""
        return {"all": [], "daily": [DAILY], "any_day": [f"NOT {DAILY}"]}[self.drivers]

    @property
    def filters(self) -> list[tuple[Dimension, tuple[str, ...]]]:
        """The question's filters with their dimensions."""
        return [*((DIMENSIONS[key], values) for key, values in (self.question.where or {}).items()), *self.only]

    def kinds(self, cost: CostBase) -> str:
        """The condition on pools that picks a metric's cost kinds."""
        if cost.kinds == "all":
            return "TRUE"
        kinds = self.marketing_kinds if cost.kinds == "marketing" else cost.kinds
        return f"cost_kind IN ({', '.join(map(quoted, kinds))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class CostSelect(Select):
    """A statement for costs, and what it was made of."""

    request: CostRequest


def cost_select(request: CostRequest) -> CostSelect:
    """One statement for all costs: what pools say of themselves, what their bearers say, and what nobody bears.

    Each row: whether it is unplaced, the cuts, then the scaled amount of every cost metric.
    """
    cuts, costs = len(request.dimensions), len(request.costs)
    return CostSelect(
        sql=added_up(cost_branches(request), cuts, costs),
        bases=tuple(request.costs),
        places=tuple(Place(figure=1 + cuts + at, facts=None, missing=None) for at in range(costs)),
        is_cost=True,
        question=request.question,
        dimensions=tuple(request.dimensions),
        request=request,
    )


def added_up(branches: Sequence[str], cuts: int, costs: int) -> str:
    """The rows of several statements about costs, one for each cell that costs something."""
    figures = [f"coalesce(sum(m{number}), 0) AS m{number}" for number in range(costs)]
    columns = ", ".join(["unplaced", *(f"d{number}" for number in range(cuts)), *figures])
    some = " OR ".join(f"sum(m{number}) <> 0" for number in range(costs))
    return f"SELECT {columns} FROM ({' UNION ALL '.join(branches)}){group_by(cuts + 1)} HAVING {some}"


def cost_branches(request: CostRequest) -> list[str]:
    """Statements whose rows together are the costs of every cell: unplaced, d0 …, m0 …; a cell may stand in several."""
    told, rest = _told(request)
    branches = [_told_branch(request, told)] if told else []
    fused: dict[tuple[str, bool], list[_Bearers]] = {}
    for (star, shape, any_day), drivers in group_shapes(rest).items():
        bearers = _Bearers(request=request, star=star, shape=shape, any_day=any_day, drivers=drivers)
        if bearers.needs_pool_cuts:
            branches.append(bearers.sql())
        else:
            fused.setdefault((star, any_day), []).append(bearers)
    branches += [_fused(request, group) for group in fused.values()]
    return [*branches, _unplaced(request)]


def _told(request: CostRequest) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Pools that say every cut and filter just as their bearers would (their days, their scope), and the others."""
    asked = [*request.dimensions, *(dimension for dimension, _ in request.filters)]
    told: list[tuple[str, int]] = []
    rest: list[tuple[str, int]] = []
    for key, shape in sorted({(placed.driver, placed.shape) for placed in request.placed}):
        driver = DRIVERS[key]
        same = all(
            dimension.key in DAYS
            or dimension.expression(units.star, "day") is None
            or dimension.column in matched_columns(units.star, shape)
            for dimension in asked
            for units in driver.units
        )
        (told if same else rest).append((key, shape))
    return told, rest


def _told_branch(request: CostRequest, told: Sequence[tuple[str, int]]) -> str:
    """Pools that need nobody else: their whole amount goes where they say."""
    pairs = ", ".join(f"('{key}', {shape})" for key, shape in told)
    conditions = ["placed", f"(driver, shape) IN ({pairs})", *request.period("day")]
    conditions += [accepts(dimension.of_pool() or "NULL", values) for dimension, values in request.filters]
    cuts = [f"{dimension.of_pool() or 'NULL'} AS d{number}" for number, dimension in enumerate(request.dimensions)]
    figures = [
        f"sum(rate * weight) FILTER (WHERE {request.kinds(cost)}) AS m{at}" for at, cost in enumerate(request.costs)
    ]
    columns = ", ".join(["FALSE AS unplaced", *cuts, *figures])
    return (
        f"SELECT {columns} FROM {request.tables['cost_pool']} WHERE {' AND '.join(conditions)}{group_by(len(cuts) + 1)}"
    )


def _fused(request: CostRequest, group: Sequence["_Bearers"]) -> str:
    """One pass over a star table: each row looks up the rates of its day and scope and adds up what it bears."""
    first = group[0]
    cuts = [f"{first.cut(d) or 'NULL'} AS d{number}" for number, d in enumerate(request.dimensions)]
    conditions = [] if first.any_day else request.period("u.day")
    conditions += sorted({units.counted for bearers in group for _, units in bearers.drivers} - {"TRUE"})
    conditions += [accepts(e, values) for d, values in request.filters if (e := first.cut(d)) is not None]
    wheres = sorted({units.where for bearers in group for _, units in bearers.drivers})
    if "TRUE" not in wheres:
        # Rows that bear nothing need not look anything up.
        conditions.append("(" + " OR ".join(f"({where})" for where in wheres) + ")")
    lookups = _lookups(request, group)
    joins = []
    for at, (keys, rates) in enumerate(lookups.items()):
        on = " AND ".join(f"u.{key} = p{at}.k{number}" for number, key in enumerate(keys)) or "TRUE"
        joins.append(f" LEFT JOIN ({_pivot(first, keys, rates)}) p{at} ON {on}")
    figures = [f"sum({_borne(lookups.values(), cost)}) AS m{cost}" for cost in range(len(request.costs))]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    columns = ", ".join(["FALSE AS unplaced", *cuts, *figures])
    grouped = group_by(len(cuts), after=1)
    return f"SELECT {columns} FROM {request.tables[first.star]} u{''.join(joins)}{where}{grouped}"


class _Rate(NamedTuple):
    """A column of a look-up: the rates of a driver's pools of one shape, and of one direction or voice if scoped."""

    driver: str
    shape: int
    units: Units
    fixed: tuple[str, ...]

    @property
    def condition(self) -> str:
        """Which rows of the star table bear it."""
        return " AND ".join(dict.fromkeys([*self.fixed, *({self.units.where} - {"TRUE"})])) or "TRUE"


_FEW = ("direction", "voice")


def _lookups(request: CostRequest, group: Sequence["_Bearers"]) -> dict[tuple[str, ...], list[_Rate]]:
    """What to look up by which columns; a scope of only a few values is a column beside the others, not a look-up."""
    found: dict[tuple[str, ...], list[_Rate]] = {}
    for bearers in group:
        few = [name for name in _FEW if f'"{name}"' in bearers.keys]
        keys = tuple(key for key in bearers.keys if key.strip('"') not in few)
        for driver, units in bearers.drivers:
            scopes = {
                tuple(f"{name} = {quoted(str(getattr(placed, name)))}" for name in few)
                for placed in request.placed
                if (placed.driver, placed.shape) == (driver.key, bearers.shape)
            }
            rates = [
                _Rate(driver=driver.key, shape=bearers.shape, units=units, fixed=scope) for scope in sorted(scopes)
            ]
            found.setdefault(keys, []).extend(rates)
    return found


def _pivot(first: "_Bearers", keys: Sequence[str], rates: Sequence[_Rate]) -> str:
    """The rates of each day and scope, a column for each driver and cost; 0 where a driver has none."""
    request = first.request
    shapes = ", ".join(map(str, sorted({rate.shape for rate in rates})))
    conditions = [f"shape IN ({shapes})", "placed", *request.period("day")]
    conditions += [accepts(d.of_pool() or "NULL", values) for d, values in request.filters if first.cut(d) is None]
    columns = [f"{key} AS k{number}" for number, key in enumerate(keys)]
    for number, rate in enumerate(rates):
        these = " AND ".join([f"driver = '{rate.driver}'", f"shape = {rate.shape}", *rate.fixed])
        columns += [
            f"coalesce(sum(rate) FILTER (WHERE {these} AND {request.kinds(cost)}), 0) AS r{number}_{at}"
            for at, cost in enumerate(request.costs)
        ]
    table = request.tables["cost_pool"]
    return f"SELECT {', '.join(columns)} FROM {table} WHERE {' AND '.join(conditions)}{group_by(len(keys))}"


def _borne(lookups: Iterable[Sequence[_Rate]], cost: int) -> str:
    """What one row bears of a cost; conditions and products are worked out for every row, so alike ones are shared."""
    alone: dict[tuple[str, str], list[str]] = {}
    sums: list[str] = []
    for at, rates in enumerate(lookups):
        by_weight: dict[tuple[str, str], list[str]] = {}
        for number, rate in enumerate(rates):
            by_weight.setdefault((rate.condition, rate.units.weight), []).append(f"p{at}.r{number}_{cost}")
        if len(by_weight) > 1:
            # The rates of a look-up are NULL all together, where there is no pool of that day and scope.
            sums.append(f"coalesce({_weighted(by_weight)}, 0)")
            continue
        for key, columns in by_weight.items():
            alone.setdefault(key, []).extend(f"coalesce({column}, 0)" for column in columns)
    return " + ".join([*sums, _weighted(alone)] if alone else sums)


def _weighted(by_weight: Mapping[tuple[str, str], Sequence[str]]) -> str:
    """Rates times their weights; conditions asked once."""
    by_condition: dict[str, list[str]] = {}
    for (condition, weight), rates in by_weight.items():
        rate = rates[0] if len(rates) == 1 else f"({' + '.join(rates)})"
        by_condition.setdefault(condition, []).append(rate if weight == "1" else f"{weight} * {rate}")
    return " + ".join(
        " + ".join(worth) if condition == "TRUE" else f"CASE WHEN {condition} THEN {' + '.join(worth)} ELSE 0 END"
        for condition, worth in by_condition.items()
    )


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
        own = {dimension.key for dimension in request.dimensions if self.cut(dimension) is not None}
        cuts = [
            f"{'u.u_' if d.key in own else 'p.p_'}{d.key} AS d{number}" for number, d in enumerate(request.dimensions)
        ]
        figures = [
            "sum(" + " + ".join(f"coalesce(u.w{n} * p.r{n}_{at}, 0)" for n in range(len(self.drivers))) + f") AS m{at}"
            for at in range(len(request.costs))
        ]
        join = " AND ".join(f"u.{key} = p.{key}" for key in self.keys) or "TRUE"
        columns = ", ".join(["FALSE AS unplaced", *cuts, *figures])
        return f"SELECT {columns} FROM ({self._units()}) u JOIN ({self._pools()}) p ON {join}{group_by(len(cuts) + 1)}"

    @property
    def needs_pool_cuts(self) -> bool:
        """Some cut is said by the pools alone, and differs among them."""
        return any(
            self.cut(d) is None
            and d.of_pool() is not None
            and not (d.column in SCOPE and d.column not in columns_of_shape(self.shape))
            for d in self.request.dimensions
        )

    @property
    def keys(self) -> list[str]:
        """What ties a bearing fact to its pool."""
        days = [] if self.any_day else ['"day"']
        return days + [f'"{name}"' for name in matched_columns(self.star, self.shape)]

    def cut(self, dimension: Dimension) -> str | None:
        """How the bearing fact says a cut; the days of a cost are always those of its pool."""
        if self.any_day and dimension.key in DAYS:
            return None
        return dimension.expression(self.star, "day")

    def _units(self) -> str:
        cuts = [f"{e} AS u_{d.key}" for d in self.request.dimensions if (e := self.cut(d)) is not None]
        conditions = [] if self.any_day else self.request.period("day")
        conditions += [accepts(e, values) for d, values in self.request.filters if (e := self.cut(d)) is not None]
        weights = [
            f"sum({units.weight}) FILTER (WHERE {units.condition}) AS w{number}"
            for number, (_, units) in enumerate(self.drivers)
        ]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        columns = ", ".join([*self.keys, *cuts, *weights])
        table = self.request.tables[self.star]
        return f"SELECT {columns} FROM {table}{where}{group_by(len(self.keys) + len(cuts))}"

    def _pools(self) -> str:
        request = self.request
        cuts = [f"{d.of_pool() or 'NULL'} AS p_{d.key}" for d in request.dimensions if self.cut(d) is None]
        names = [driver.key for driver, _ in self.drivers]
        conditions = [f"shape = {self.shape}", "placed", *request.period("day")]
        conditions += [accepts(d.of_pool() or "NULL", values) for d, values in request.filters if self.cut(d) is None]
        conditions.append("driver IN (" + ", ".join(f"'{name}'" for name in names) + ")")
        rates = [
            f"sum(rate) FILTER (WHERE driver = '{name}' AND {request.kinds(cost)}) AS r{number}_{at}"
            for number, name in enumerate(names)
            for at, cost in enumerate(request.costs)
        ]
        columns = ", ".join([*self.keys, *cuts, *rates])
        return (
            f"SELECT {columns} FROM {request.tables['cost_pool']} WHERE {' AND '.join(conditions)}"
            f"{group_by(len(self.keys) + len(cuts))}"
        )


# The condition on pools of drivers that are borne on the cost's own day.
DAILY = f"(driver NOT IN ({', '.join(quoted(key) for key, driver in DRIVERS.items() if driver.any_day)}))"
DAYS = frozenset({"day", "week", "month", "quarter", "weekday", "working_day"})


def _unplaced(request: CostRequest) -> str:
    """Pools nobody bears: they keep what their scope says."""
    conditions = ["NOT placed", *request.of_drivers, *request.period("day")]
    conditions += [accepts(dimension.of_pool() or "NULL", values) for dimension, values in request.filters]
    said = [dimension.of_pool() or "NULL" for dimension in request.dimensions]
    unplaced = " OR ".join(f"{expression} IS NULL" for expression in said) or "FALSE"
    cuts = [f"{expression} AS d{number}" for number, expression in enumerate(said)]
    figures = [f"sum(amount) FILTER (WHERE {request.kinds(cost)}) AS m{at}" for at, cost in enumerate(request.costs)]
    columns = ", ".join([f"({unplaced}) AS unplaced", *cuts, *figures])
    return (
        f"SELECT {columns} FROM {request.tables['cost_pool']} WHERE {' AND '.join(conditions)}{group_by(len(cuts) + 1)}"
    )
