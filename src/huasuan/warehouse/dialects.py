"""One statement for every engine: DuckDB's SQL said in the words of Spark and of ClickHouse.

sqlglot knows most of it. What it does not know, or gets wrong, stands here, one rule each; a function no rule and no
engine knows is refused before anything runs.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Literal

import sqlglot
from sqlglot import exp

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

Dialect = Literal["spark", "clickhouse"]
Rule = Callable[[exp.Expr], exp.Expr]
_REMEMBERED = 2000
_WEEK = "%G-W%V"
_MICROS = "epoch_us"
# strftime formats that mean the same everywhere.
_FORMATS = frozenset({"%Y-%m", _WEEK})


@lru_cache(maxsize=_REMEMBERED)
def translate(sql: str, dialect: Dialect) -> str:
    """A statement in DuckDB's SQL as the engine wants it.

    Raises
    ------
    InvalidInput
        ``engine_lacks`` naming what the engine cannot say.
    """
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    for moment in tree.find_all(exp.TimeToStr):
        if moment.text("format") not in _FORMATS:
            raise _lacking(dialect, moment.sql(dialect="duckdb"))
    rules = _RULES[dialect]
    # Inside out, so that a rule finds what it rewrites already rewritten within.
    for node in reversed(list(tree.bfs())):
        if rule := rules.get(type(node)):
            node.replace(rule(node))
    for call in tree.find_all(exp.Anonymous):
        if call.name not in _OURS:
            raise _lacking(dialect, call.name)
    return tree.sql(dialect=dialect)


def _lacking(dialect: Dialect, what: str) -> InvalidInput:
    name = {"spark": "Spark", "clickhouse": "ClickHouse"}[dialect]
    return InvalidInput(
        "engine_lacks",
        Text(zh=f"{name} 无法计算：{what}", en=f"{name} cannot compute {what}"),
        Text(zh="请用内嵌引擎（HUASUAN_ENGINE=duckdb）提问。", en="Ask the embedded engine (HUASUAN_ENGINE=duckdb)."),
    )


def _said(dialect: Dialect, text: str, **parts: exp.Expr) -> exp.Expr:
    """A phrase of the engine's own with parts of the statement put into its ``:name`` places."""
    return exp.replace_placeholders(sqlglot.parse_one(text, dialect=dialect), **parts)


def _once(node: exp.Expr) -> tuple[exp.Expr, exp.Expr, exp.Expr | None] | None:
    """Key, amount and condition of ``list_sum(map_values(map_from_entries(list(DISTINCT (key, amount)))))``."""
    if node.name.lower() != "list_sum" or not (pairs := node.find(exp.MapFromEntries)):
        return None
    given = pairs.this
    condition = given.expression.this if isinstance(given, exp.Filter) else None
    pair = given.find(exp.Tuple)
    if pair is None:
        return None
    key, amount = pair.expressions
    return key, amount, condition


def _only(aggregate: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
    return aggregate if condition is None else exp.Filter(this=aggregate, expression=exp.Where(this=condition))


def _spark_once(node: exp.Expr) -> exp.Expr:
    once = _once(node)
    if once is None:
        return node
    key, amount, condition = once
    named = [exp.Literal.string("key"), key, exp.Literal.string("amount"), amount]
    pairs = exp.Anonymous(this="collect_set", expressions=[exp.Anonymous(this="named_struct", expressions=named)])
    return exp.Anonymous(
        this="aggregate",
        expressions=[
            _only(pairs, condition),
            sqlglot.parse_one("CAST(0 AS BIGINT)", dialect="spark"),
            sqlglot.parse_one("f((s, x) -> s + coalesce(x.amount, 0))", dialect="spark").expressions[0],
        ],
    )


def _clickhouse_once(node: exp.Expr) -> exp.Expr:
    once = _once(node)
    if once is None:
        return node
    key, amount, condition = once
    wide = exp.Anonymous(this="toInt128", expressions=[exp.func("coalesce", amount, exp.Literal.number(0))])
    pairs = exp.Anonymous(this="groupUniqArray", expressions=[exp.Tuple(expressions=[key, wide])])
    second = sqlglot.parse_one("f(x -> tupleElement(x, 2))", dialect="clickhouse").expressions[0]
    return exp.Anonymous(this="arraySum", expressions=[second, _only(pairs, condition)])


def _spark_call(node: exp.Expr) -> exp.Expr:
    if node.name.lower() == _MICROS:
        return _said("spark", "unix_micros(CAST(:moment AS TIMESTAMP))", moment=node.expressions[0])
    return _spark_once(node)


def _clickhouse_call(node: exp.Expr) -> exp.Expr:
    if node.name.lower() == _MICROS:
        phrase = "toUnixTimestamp64Micro(toDateTime64(:moment, 6, 'UTC'))"
        return _said("clickhouse", phrase, moment=node.expressions[0])
    return _clickhouse_once(node)


def _spark_format(node: exp.Expr) -> exp.Expr:
    """Spark has no letter for the ISO year of a week."""
    if node.text("format") != _WEEK:
        return node
    phrase = "concat(extract(YEAROFWEEK FROM :day), '-W', lpad(CAST(weekofyear(:day) AS STRING), 2, '0'))"
    return _said("spark", phrase, day=node.this)


def _spark_weekday(node: exp.Expr) -> exp.Expr:
    """Monday is 1; sqlglot's own translation begins with Sunday."""
    return exp.paren(
        exp.Add(this=exp.Anonymous(this="weekday", expressions=[node.this]), expression=exp.Literal.number(1))
    )


def _spark_among(node: exp.Expr) -> exp.Expr:
    """Spark compares tuples as records, whose numbers must have one width; each part by itself is compared freely."""
    if not isinstance(node.this, exp.Tuple):
        return node
    asked = node.this.expressions
    found = [
        exp.and_(
            *(
                exp.EQ(this=part.copy(), expression=value.copy())
                for part, value in zip(asked, one.expressions, strict=True)
            )
        )
        for one in node.expressions
    ]
    return exp.paren(exp.or_(*found))


def _spark_percentile(node: exp.Expr) -> exp.Expr:
    return exp.WithinGroup(
        this=exp.Anonymous(this="percentile_disc", expressions=[node.expression]),
        expression=exp.Order(expressions=[exp.Ordered(this=node.this, nulls_first=True)]),
    )


def _clickhouse_percentile(node: exp.Expr) -> exp.Expr:
    """The smallest value that a share of all values does not exceed; ClickHouse's own picks the one after."""
    only = node.parent.expression.this if isinstance(node.parent, exp.Filter) else exp.true()
    share = Fraction(node.expression.name)
    phrase = (
        "arrayElement(arraySort(groupArrayIf(:amount, :only)), greatest(1, intDiv("
        f"countIf(:only) * {share.numerator} + {share.denominator - 1}, {share.denominator})))"
    )
    return _said("clickhouse", phrase, amount=node.this, only=only.copy())


def _clickhouse_filter(node: exp.Expr) -> exp.Expr:
    """A percentile has its condition within."""
    return node.this if node.this.find(exp.Anonymous) is not None and node.this.name == "arrayElement" else node


def _clickhouse_sum(node: exp.Expr) -> exp.Expr:
    """ClickHouse sums 64-bit numbers in 64 bits and wraps around; 128 bits are what DuckDB sums in."""
    return exp.Sum(this=exp.Anonymous(this="toInt128", expressions=[node.this]))


def _clickhouse_int_div(node: exp.Expr) -> exp.Expr:
    """sqlglot's own translation goes through a float."""
    return exp.Anonymous(this="intDiv", expressions=[node.this, node.expression])


def _clickhouse_date(node: exp.Expr) -> exp.Expr:
    """ClickHouse's plain Date ends in 2149 and wraps around."""
    if node.args["to"].this != exp.DataType.Type.DATE:
        return node
    return exp.Anonymous(this="toDate32", expressions=[node.this])


_OURS = frozenset(
    {
        "aggregate",
        "arrayElement",
        "arraySort",
        "arraySum",
        "collect_set",
        "countIf",
        "groupArrayIf",
        "groupUniqArray",
        "intDiv",
        "named_struct",
        "percentile_disc",
        "toDate32",
        "toDateTime64",
        "toInt128",
        "toUnixTimestamp64Micro",
        "tupleElement",
        "unix_micros",
        "weekday",
    }
)
_RULES: Mapping[Dialect, Mapping[type[exp.Expr], Rule]] = {
    "spark": {
        exp.Anonymous: _spark_call,
        exp.TimeToStr: _spark_format,
        exp.DayOfWeekIso: _spark_weekday,
        exp.In: _spark_among,
        exp.PercentileDisc: _spark_percentile,
    },
    "clickhouse": {
        exp.Anonymous: _clickhouse_call,
        exp.Filter: _clickhouse_filter,
        exp.PercentileDisc: _clickhouse_percentile,
        exp.Sum: _clickhouse_sum,
        exp.IntDiv: _clickhouse_int_div,
        exp.Cast: _clickhouse_date,
    },
}
