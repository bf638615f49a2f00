"""What kind of interval a metric can have, read from its definition: it follows from what is divided by what."""

from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp

from huasuan.kernel.text import Text
from huasuan.metrics.language import Base, CostBase, Fitted, Metric, Quotient, Ratio, parts
from huasuan.metrics.stars import STARS

# A customer's part of these can be told, because each belongs to one customer only.
_OF_ONE_CUSTOMER = frozenset({None, "deal_id", "contact_id", "customer_id", "fact_id"})
_COUNTED = Text(zh="这是实际发生的总数，不是估计值", en="it is what happened, added up; nothing is estimated")
_QUANTILE = Text(zh="分位数暂不给区间", en="percentiles have no interval here")
_TWICE = Text(zh="两个比值之比不给区间", en="a quotient of two quotients has no interval here")
_NO_CUSTOMER = Text(
    zh="其中的工时不属于任何客户，无从重复抽样", en="it is made of working time, which belongs to no customer"
)
_SHARED = Text(zh="计数对象可属于多个客户", en="what it counts may belong to several customers")
_MIXED = Text(zh="费用与事实混在分母中", en="its denominator mixes costs with what customers did")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """So many of so many: each unit of the denominator either belongs to the numerator or does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverCustomers:
    """A quotient of sums to which each customer adds a part.

    fixed: which side is money spent, taken as booked; what customers did is the rest.
    """

    fixed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoInterval:
    """Why there is none."""

    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class FromFit:
    """The curve says itself how sure it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTotal:
    """Money credited to touches: how much each customer's sales gave a row varies with the customers."""


Sureness = Proportion | OverCustomers | NoInterval | FromFit


def of_credit(metric: Metric) -> OfTotal | None:
    """The interval of a sum of money where sales are shared among touches; None for anything else."""
    if isinstance(metric, Ratio | Quotient):
        return None
    told = [isinstance(base, Base) and base.unit == "money" and _untold(base) is None for _, base in parts(metric)]
    return OfTotal() if told and all(told) else None


@cache
def sureness_of(metric: Metric) -> Sureness:
    """Which interval a metric has, or why it has none."""
    if isinstance(metric, Quotient):
        return NoInterval(reason=_TWICE)
    if not isinstance(metric, Ratio):
        return NoInterval(reason=_COUNTED)
    if isinstance(metric, Fitted):
        return FromFit()
    if metric.is_quantile:
        return NoInterval(reason=_QUANTILE)
    if metric.scale == (1, 1) and is_part_of(metric.numerator, metric.denominator):
        return Proportion()
    above, below = _spent(metric.numerator), _spent(metric.denominator)
    if any(below) and not all(below):
        return NoInterval(reason=_MIXED)
    if all(above) and not any(below):
        fixed = "numerator"
    elif all(below):
        fixed = "denominator"
    elif any(above):
        return NoInterval(reason=_MIXED)
    else:
        fixed = None
    for _, base in parts(metric):
        if isinstance(base, Base) and (reason := _untold(base)) is not None:
            return NoInterval(reason=reason)
    return OverCustomers(fixed=fixed)


def _spent(metric: Metric) -> list[bool]:
    return [isinstance(base, CostBase) for _, base in parts(metric)]


def _untold(base: Base) -> Text | None:
    """Why a customer's part of a base cannot be told."""
    if "customer_id" not in STARS[base.star]:
        return _NO_CUSTOMER
    return None if base.distinct in _OF_ONE_CUSTOMER and base.once_per in _OF_ONE_CUSTOMER else _SHARED


def is_part_of(part: Metric, whole: Metric) -> bool:
    """Whether all that ``part`` counts is among what ``whole`` counts, on either time basis, provably."""
    if not (isinstance(part, Base) and isinstance(whole, Base)) or part.amount or whole.amount:
        return False
    same = ("star", "distinct", "cohort_day", "event_day")
    if any(getattr(part, name) != getattr(whole, name) for name in same):
        return False
    return all(any(implies(given, wanted) for given in part.where) for wanted in whole.where)


@cache
def implies(given: str, wanted: str) -> bool:
    """Whether a condition that holds makes another one hold; only what is plain to see, else False."""
    read = (_bare(sqlglot.parse_one(text, dialect="duckdb")) for text in (given, wanted))
    return _implies(*read)


def _implies(given: exp.Expr, wanted: exp.Expr) -> bool:
    if given == wanted:
        return True
    if isinstance(wanted, exp.Or):
        return _implies(given, _bare(wanted.left)) or _implies(given, _bare(wanted.right))
    if isinstance(given, exp.And):
        return _implies(_bare(given.left), wanted) or _implies(_bare(given.right), wanted)
    column = _never_null(wanted)
    return column is not None and column in _needed(given)


def _bare(tree: exp.Expr) -> exp.Expr:
    while isinstance(tree, exp.Paren):
        tree = tree.this
    return tree


def _never_null(tree: exp.Expr) -> exp.Expr | None:
    """The column of ``column IS NOT NULL``."""
    inner = tree.this if isinstance(tree, exp.Not) else None
    if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null) and isinstance(inner.this, exp.Column):
        return inner.this
    return None


def _needed(tree: exp.Expr) -> tuple[exp.Expr, ...]:
    """The columns that cannot be NULL where a comparison, or a column itself or its opposite, is true."""
    inner = _bare(tree.this) if isinstance(tree, exp.Not) else tree
    if isinstance(inner, exp.Column):
        return (inner,)
    if isinstance(inner, exp.EQ | exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE):
        return tuple(side for side in (inner.left, inner.right) if isinstance(side, exp.Column))
    if isinstance(inner, exp.In):
        return (inner.this,) if isinstance(inner.this, exp.Column) else ()
    return ()
