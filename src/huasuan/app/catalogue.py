"""What can be asked: every metric and dimension as JSON."""

from typing import Any

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.catalogue.tracked import tracked
from huasuan.metrics.catalogue.views import VIEWS
from huasuan.metrics.dimensions import DIMENSIONS
from huasuan.metrics.drivers import COST_KINDS
from huasuan.metrics.language import Metric, Quotient, Ratio
from huasuan.metrics.plan import can_cut
from huasuan.metrics.sureness import FromFit, NoInterval, OverCustomers, Proportion, sureness_of
from huasuan.metrics.versions import version_of


def catalogue_json() -> dict[str, Any]:
    """``{"metrics", "dimensions", "views", "cost_kinds"}`` with names in both languages, units and possible cuts.

    A view is a question with a name: ask its ``metrics`` by its ``by``.
    """
    return {
        "metrics": [_metric(metric) for metric in METRICS.values()],
        "dimensions": [
            {"key": dimension.key, "text": _both(dimension.text), "kind": dimension.kind}
            for dimension in DIMENSIONS.values()
        ],
        "views": [
            {
                "key": view.about.key,
                "text": _both(view.about.text),
                "meaning": _both(view.about.meaning),
                "why": None if view.about.why is None else _both(view.about.why),
                "metrics": list(view.metrics),
                "by": list(view.by),
                "requirements": list(view.about.requirements),
            }
            for view in VIEWS.values()
        ],
        "cost_kinds": [{"key": kind.key, "text": _both(kind.text)} for kind in COST_KINDS.values()],
    }


def _metric(metric: Metric) -> dict[str, Any]:
    about = metric.about
    return {
        "key": about.key,
        "text": _both(about.text),
        "meaning": _both(about.meaning),
        "why": None if about.why is None else _both(about.why),
        "tracked": _both(tracked(metric)),
        "unit": metric.unit,
        "version": version_of(metric),
        "earlier": [
            {"version": version, "meaning": _both(METRICS[f"{about.key}@{version}"].about.meaning)}
            for version in METRICS.versions(about.key)[1:]
        ],
        "interval": _interval(metric),
        "bands": _bands(metric),
        "direction": about.direction,
        "numerator": metric.numerator.about.key if isinstance(metric, Ratio | Quotient) else None,
        "denominator": metric.denominator.about.key if isinstance(metric, Ratio | Quotient) else None,
        "dimensions": [key for key, dimension in DIMENSIONS.items() if can_cut(metric, dimension)],
        "requirements": list(about.requirements),
    }


def _interval(metric: Metric) -> dict[str, Any]:
    """``kind`` is proportion or over_customers; without one, ``reason`` says why."""
    match sureness_of(metric):
        case Proportion():
            return {"kind": "proportion", "reason": None}
        case OverCustomers():
            return {"kind": "over_customers", "reason": None}
        case FromFit():
            return {"kind": "from_fit", "reason": None}
        case NoInterval(reason=reason):
            return {"kind": None, "reason": _both(reason)}


def _bands(metric: Metric) -> dict[str, str | None] | None:
    if not isinstance(metric, Ratio) or metric.bands is None:
        return None
    bands = metric.bands
    limits = {"good_above": bands.good_above, "fault_below": bands.fault_below, "fault_above": bands.fault_above}
    return {name: None if limit is None else str(limit) for name, limit in limits.items()}


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
