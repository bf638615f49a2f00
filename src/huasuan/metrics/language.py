"""What a metric is: a base counted over one star table, a sum of bases, a quotient of two, or of two quotients.

Everything else derives from these records: SQL, API, labels, tooltips, the dictionary, drill-down and intervals. A
definition that cannot be right fails when it is made, so a wrong catalogue cannot be imported.

SQL fragments are written for star tables (``metrics.stars``) in the common subset of the engines; ``where`` is a tuple
of conditions that must all hold, so that conditions shared by a question are applied once.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from huasuan.kernel.text import Text
from huasuan.metrics.canon import canon_metrics, requirement_ids
from huasuan.metrics.fragments import DefinitionError, columns_in
from huasuan.metrics.stars import STARS

BaseUnit = Literal["count", "money", "seconds", "points"]
Unit = Literal[
    "count", "money", "seconds", "minutes", "days", "share", "ratio", "per_hour", "per_mille", "points", "score"
]
Direction = Literal["up", "down", "band"]
Verdict = Literal["good", "watch", "fault"]
_QUOTIENTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("count", "count"): ("share", "ratio", "per_mille"),
    ("money", "money"): ("share", "ratio"),
    ("money", "count"): ("money",),
    ("seconds", "count"): ("seconds", "minutes", "days"),
    ("points", "count"): ("score",),
    ("points", "points"): ("score",),
    ("seconds", "seconds"): ("share", "ratio"),
    ("count", "seconds"): ("per_hour",),
    ("count", "money"): (),
    ("money", "seconds"): (),
    ("seconds", "money"): (),
}
_COST_STAR = "cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What people read about a metric.

    meaning: plain-language definition. why: why it matters. tracked: how it is collected (S1-27).
    canon: the canon's metric of which this is a variant (another percentile, another side); empty for itself.
    """

    key: str
    text: Text
    meaning: Text
    direction: Direction | None = None
    requirements: tuple[str, ...] = ()
    why: Text | None = None
    tracked: Text | None = None
    canon: str = ""

    @property
    def row(self) -> str:
        """The key of its row in the canon."""
        return self.canon or self.key

    def __post_init__(self) -> None:
        unknown = [name for name in self.requirements if name not in requirement_ids()]
        if unknown:
            raise DefinitionError(f"{self.key}: unknown requirement ids {unknown}")
        # An earlier definition is named key@version.
        if not self.key.partition("@")[0].isidentifier() or self.key != self.key.lower():
            raise DefinitionError(f"{self.key!r} is not a metric key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Something counted or summed over the rows of one star table.

    amount: None counts rows; a column or expression of whole numbers is summed.
    distinct: counts different values of this column instead.
    once_per: rows of one value of this column count once (a deal has several lines); ``amount`` is the same on all.
    missing: a condition on rows that make the sum unknown (no product cost, no exchange rate), with ``reason``.
    quantile: (p, q) takes the p/q quantile of ``amount`` instead of its sum; it is no sum, so it adds up to nothing.
    fact: the column that names the fact behind a row, for drill-down.
    cohort_day, event_day: the columns that place a row in time on either basis.
    """

    about: About
    star: str
    unit: BaseUnit
    where: tuple[str, ...] = ()
    amount: str | None = None
    distinct: str | None = None
    once_per: str | None = None
    quantile: tuple[int, int] | None = None
    missing: str | None = None
    reason: Text | None = None
    cohort_day: str = "day"
    event_day: str = "day"
    fact: str = "fact_id"
    part: str = ""

    @property
    def name(self) -> str:
        """Its key; a base that exists only inside a quotient has a part of its own beside the quotient's key."""
        return f"{self.about.key}.{self.part}" if self.part else self.about.key

    def __post_init__(self) -> None:
        columns = STARS.get(self.star)
        if columns is None:
            raise DefinitionError(f"{self.about.key}: no star table {self.star}")
        used = [*self.where, self.amount, self.distinct, self.once_per, self.missing]
        used += [self.cohort_day, self.event_day, self.fact]
        for fragment in used:
            _check_columns(self.about.key, fragment, columns.keys())
        if (self.missing is None) != (self.reason is None):
            raise DefinitionError(f"{self.about.key}: missing and reason belong together")
        if self.quantile is not None and (self.amount is None or self.once_per is not None):
            raise DefinitionError(f"{self.about.key}: a quantile is one of amounts")


@dataclass(frozen=True, slots=True, kw_only=True)
class CostBase:
    """Money of the ledger, of all cost kinds or of those named; ``marketing`` means the workspace's own set."""

    about: About
    kinds: tuple[str, ...] | Literal["all", "marketing"]

    @property
    def unit(self) -> BaseUnit:
        """Always money."""
        return "money"

    @property
    def name(self) -> str:
        """Its key."""
        return self.about.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """A sum of bases with signs; all of one unit."""

    about: About
    terms: tuple[tuple[int, "Base | CostBase | Combined"], ...]

    def __post_init__(self) -> None:
        units = {term.unit for _, term in self.terms}
        if len(units) != 1:
            raise DefinitionError(f"{self.about.key}: adds up {sorted(units)}")
        if any(isinstance(term, Base) and term.quantile is not None for _, term in self.terms):
            raise DefinitionError(f"{self.about.key}: quantiles cannot be added up")

    @property
    def unit(self) -> BaseUnit:
        """The unit of its terms."""
        return self.terms[0][1].unit


Additive = Base | CostBase | Combined


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """From where on a figure is good, and from where on it points to a fault; in between it wants watching.

    Two limits of a fault make a band with two sides. Without a limit of good, whatever is no fault is good.
    """

    good_above: Decimal | None = None
    fault_below: Decimal | None = None
    fault_above: Decimal | None = None

    def __post_init__(self) -> None:
        limits = [limit for limit in (self.fault_below, self.good_above, self.fault_above) if limit is not None]
        if not limits or limits != sorted(limits):
            raise DefinitionError(f"{limits} are no bands")

    def judge(self, low: Decimal, high: Decimal) -> Verdict:
        """Of a value that lies between ``low`` and ``high``: a fault or good only if all of that is."""
        if (self.fault_below is not None and high < self.fault_below) or (
            self.fault_above is not None and low > self.fault_above
        ):
            return "fault"
        floor, ceiling = self.fault_below, self.fault_above
        safe = (floor is None or low >= floor) and (ceiling is None or high <= ceiling)
        return "good" if safe and (self.good_above is None or low > self.good_above) else "watch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A quotient of sums, never a mean of quotients; a denominator of 0 is unknown.

    Where the numerator is a quantile, it is the figure itself and the denominator says how many it was taken of.

    scale: what the quotient is multiplied with (1/86400 for days out of seconds, 3600 for an hour).
    zero: what an empty denominator means, in words ("no cost recorded").
    least: with fewer facts than this in the denominator the figure is hidden, so that nobody's answer can be told.
    bands: when the trade calls the figure good or a fault.
    bands_by: the cut whose values have bands of their own, which the business sets.
    """

    about: About
    numerator: Additive
    denominator: Additive
    unit: Unit
    zero: Text
    scale: tuple[int, int] = (1, 1)
    least: int = 0
    bands: Bands | None = None
    bands_by: str | None = None

    @property
    def is_quantile(self) -> bool:
        """Whether the numerator is the figure itself."""
        return isinstance(self.numerator, Base) and self.numerator.quantile is not None

    def __post_init__(self) -> None:
        allowed = _QUOTIENTS[(self.numerator.unit, self.denominator.unit)]
        if self.unit not in allowed:
            raise DefinitionError(
                f"{self.about.key}: {self.numerator.unit} / {self.denominator.unit} is not a {self.unit}"
            )


Fit = Literal["kaplan_meier_median", "buying_again", "renewing", "removing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted(Ratio):
    """A figure that a curve or model tells; its sides say what of how many it was learnt from, not how it is divided.

    fit: which one (``metrics.fitting``). read: what it is fitted to, each with the unit it is counted by.
    """

    fit: Fit
    read: tuple[Base, ...]

    def __post_init__(self) -> None:
        if not self.read or any((base.once_per or base.distinct) is None for base in self.read):
            raise DefinitionError(f"{self.about.key}: a fit reads units, each once")
        known = {base.star for _, base in parts(self) if isinstance(base, Base)}
        if any(base.star not in known for base in self.read):
            raise DefinitionError(f"{self.about.key}: what it reads can be cut in other ways than its sides")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotient:
    """One quotient over another of the same unit (lifetime value over what a customer cost)."""

    about: About
    numerator: Ratio
    denominator: Ratio

    def __post_init__(self) -> None:
        if self.numerator.unit != self.denominator.unit:
            raise DefinitionError(f"{self.about.key}: {self.numerator.unit} / {self.denominator.unit} says nothing")

    @property
    def unit(self) -> Unit:
        """A plain number."""
        return "ratio"


Metric = Base | CostBase | Combined | Ratio | Quotient


def parts(metric: Metric) -> Iterator[tuple[int, "Base | CostBase"]]:
    """The signed bases an additive metric is made of; a ratio yields those of its numerator, then denominator."""
    if isinstance(metric, Ratio | Quotient):
        yield from parts(metric.numerator)
        yield from parts(metric.denominator)
    elif isinstance(metric, Combined):
        for sign, term in metric.terms:
            for inner, base in parts(term):
                yield sign * inner, base
    else:
        yield 1, metric


def catalogue(metrics: Sequence[Metric]) -> dict[str, Metric]:
    """Metrics by key, after checking that no key stands twice and each is one of the canon's."""
    found: dict[str, Metric] = {}
    for metric in metrics:
        key = metric.about.key
        if key in found:
            raise DefinitionError(f"{key} is defined twice")
        if metric.about.row not in canon_metrics():
            raise DefinitionError(f"{key} is not a metric of the canon")
        found[key] = metric
    return found


def _check_columns(key: str, fragment: str | None, columns: Collection[str]) -> None:
    if fragment is None:
        return
    for name in columns_in(fragment):
        if name not in columns:
            raise DefinitionError(f"{key}: no column {name} for {fragment!r}")
