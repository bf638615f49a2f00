"""The questions every engine must answer alike: all metrics, in every kind of cut."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.dimensions import DIMENSIONS
from huasuan.metrics.language import Base, CostBase, parts
from huasuan.metrics.plan import can_cut
from huasuan.metrics.question import Period, Question

Costs = Literal["all", "some", "none"]
# Each statement takes a Spark cluster a second or more, whatever it counts. Every metric is asked without cuts, by a
# column and by a day; what a cut or filter is in another dialect is the same for all star tables, so three tell it.
_TELLING = frozenset({"call", "lead", "sale"})
_CUTS: tuple[tuple[Costs, tuple[str, ...]], ...] = (
    ("all", ()),
    ("all", ("channel",)),
    ("some", ("day",)),
)
_FEW_CUTS: tuple[tuple[Costs, tuple[str, ...]], ...] = (
    ("all", ("agent", "week")),
    ("all", ("supplier", "month")),
    ("some", ("cost_kind",)),
    ("some", ("campaign", "month")),
    ("some", ("province",)),
    ("some", ("tracking_number",)),
    ("none", ("week",)),
    ("none", ("quarter", "weekday")),
    ("none", ("hour",)),
    ("none", ("list", "agent")),
    ("none", ("city",)),
    ("none", ("product",)),
    ("none", ("caller_number",)),
    ("none", ("script_version", "direction")),
    ("none", ("call_class", "in_hours")),
    ("some", ("working_day",)),
    ("none", ("new_or_existing", "cycle_band")),
)
_FILTERS: tuple[tuple[Costs, dict[str, tuple[str, ...]]], ...] = (
    ("none", {"direction": ("in",), "weekday": ("1", "5")}),
    ("some", {"channel": ("baidu", "")}),
    ("none", {"campaign": ('it\'s 50% \\ "off"\\', "' OR ''='")}),
    ("none", {"agent": ("",)}),
    ("none", {"in_hours": ("true",)}),
)


def questions(first_day: date) -> Iterator[Question]:
    """Every cut on either time basis in turn, the filters, and a period narrower than the data."""
    for number, (costs, by) in enumerate(_CUTS):
        yield Question(metrics=_metrics(costs, *by), by=by, basis=("cohort", "event")[number % 2])
    for number, (costs, by) in enumerate(_FEW_CUTS):
        yield Question(metrics=_told_by_few(costs, *by), by=by, basis=("cohort", "event")[number % 2])
    for costs, where in _FILTERS:
        yield Question(metrics=_told_by_few(costs, "channel", *where), by=("channel",), where=where)
    whole = Question(metrics=_told_by_few("some", "month"), by=("month",), basis="event")
    yield replace(whole, date_from=first_day + timedelta(days=20), date_to=first_day + timedelta(days=41))
    earlier, later = _weeks(first_day, 0, 4), _weeks(first_day, 4, 8)
    sure = Question(metrics=_metrics("some", "channel"), by=("channel",), intervals=True)
    yield replace(
        sure, firm=first_day + timedelta(days=60), compare=earlier, date_from=later.date_from, date_to=later.date_to
    )


def _weeks(first_day: date, start: int, end: int) -> Period:
    return Period(first_day + timedelta(weeks=start), first_day + timedelta(weeks=end))


def _told_by_few(costs: Costs, *cuts: str) -> tuple[str, ...]:
    """Those of them that read nothing but a few star tables and costs."""
    return tuple(
        key
        for key in _metrics(costs, *cuts)
        if all(isinstance(base, CostBase) or base.star in _TELLING for _, base in parts(METRICS[key]))
    )


def of_credit(key: str) -> bool:
    """Whether a metric is made of credit, which only the warehouse file can tell."""
    return any(isinstance(base, Base) and base.star == "credit" for _, base in parts(METRICS[key]))


def _metrics(costs: Costs, *cuts: str) -> tuple[str, ...]:
    """All metrics that can be cut so; of those with costs all, those of some kinds, or none."""
    named = [DIMENSIONS[key] for key in cuts]
    found = []
    for key, metric in METRICS.items():
        kinds = {base.kinds for _, base in parts(metric) if isinstance(base, CostBase)}
        wanted = costs == "all" or not kinds or (costs == "some" and "all" not in kinds)
        if wanted and not of_credit(key) and all(can_cut(metric, dimension) for dimension in named):
            found.append(key)
    return tuple(found)
