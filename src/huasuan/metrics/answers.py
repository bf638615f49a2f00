"""An answer as JSON, the form the command line, the API and the screens share."""

from decimal import Decimal
from typing import Any

from huasuan.kernel.money import to_decimal
from huasuan.kernel.text import Text
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.honesty import LEVEL, METHODS
from huasuan.metrics.language import Bands, Metric, Quotient, Ratio, Verdict
from huasuan.metrics.question import Answer, Change, Figure, Period, Question, Range, Row, Sure
from huasuan.metrics.versions import version_of


def answer_json(answer: Answer) -> dict[str, Any]:
    """``{"question", "rows": [{"by", "kind", "values"}], "currency", "as_of", "behind_seconds", "definitions"}``.

    Money and quotients are decimal strings in major units, counts and seconds are integers, unknown is null with a
    ``reason``; ``behind`` holds what to send to /behind for the facts of that figure; ``definitions`` names the version
    of each metric's definition. Where intervals were asked for, each figure has ``interval`` or else ``no_interval``
    with the reason, ``small`` and ``shrunken``, and ``intervals`` says how they were made. Where it was compared, each
    figure has ``before`` and ``change``, and ``compared`` is the period; ``matured`` and ``firm`` say what those
    questions left out; ``notes`` what must be read with a metric. A metric with bands carries ``band``: good, watch or
    fault.
    """
    # A large answer has ten thousand figures: what all their addresses say alike is made once.
    about = _facts_json(answer.question)
    found = {
        "question": question_json(answer.question),
        "rows": [_row(answer, row, about) for row in answer.rows],
        "currency": answer.currency,
        "as_of": answer.as_of.isoformat(),
        "behind_seconds": round(answer.behind_seconds, 3),
        "definitions": {key: version_of(METRICS[key]) for key in answer.question.metrics},
    }
    if answer.question.intervals:
        found["intervals"] = _how_sure(answer)
    return found | _variants_json(answer)


def _variants_json(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if answer.notes:
        found["notes"] = {key: _both(note) for key, note in answer.notes.items()}
    if answer.compared is not None:
        found["compared"] = {"from": answer.compared.date_from.isoformat(), "to": answer.compared.date_to.isoformat()}
    if answer.matured is not None:
        days, before, left_out = answer.matured.days, answer.matured.before, answer.matured.left_out
        found["matured"] = {"days": days, "before": before.isoformat(), "left_out": dict(left_out)}
    if answer.firm is not None:
        found["firm"] = {
            "before": answer.firm.before.isoformat(),
            "open_deals": answer.firm.open_deals,
            "unreceived_deals": answer.firm.unreceived_deals,
        }
    return found


def question_json(question: Question) -> dict[str, Any]:
    """The question as it was understood."""
    found = _facts_json(question)
    if question.intervals:
        found |= {"intervals": True, "small_below": question.small_below}
    if isinstance(question.compare, Period):
        found["compare"] = {"from": question.compare.date_from.isoformat(), "to": question.compare.date_to.isoformat()}
    elif question.compare is not None:
        found["compare"] = question.compare
    if question.matured is not None:
        found["matured"] = question.matured
    return found


def _facts_json(question: Question) -> dict[str, Any]:
    """What decides which facts an answer is made of."""
    found: dict[str, Any] = {
        "metrics": list(question.metrics),
        "by": list(question.by),
        "where": {key: [value or None for value in values] for key, values in (question.where or {}).items()},
        "from": None if question.date_from is None else question.date_from.isoformat(),
        "to": None if question.date_to is None else question.date_to.isoformat(),
        "basis": question.basis,
        "as_of": None if question.as_of is None else question.as_of.isoformat(),
    }
    if question.attribution is not None:
        found["attribution"] = question.attribution
    if question.firm is not None:
        found["firm"] = question.firm if isinstance(question.firm, str) else question.firm.isoformat()
    return found


def _row(answer: Answer, row: Row, about: dict[str, Any]) -> dict[str, Any]:
    values = {key: _figure(answer, row, METRICS[key], figure, about) for key, figure in row.values.items()}
    for key, sure in (row.sure or {}).items():
        values[key] |= _sure(sure, METRICS[key].unit, answer.currency)
    for key, change in (row.changes or {}).items():
        values[key] |= _change(change, METRICS[key], answer.currency)
    for key, figure in row.values.items():
        bands = _bands(answer, row, METRICS[key])
        if bands is not None:
            values[key]["band"] = band_of(bands, figure, None if row.sure is None else row.sure[key])
    return {"by": dict(row.by), "kind": row.kind, "values": values}


def _bands(answer: Answer, row: Row, metric: Metric) -> Bands | None:
    """The trade's bands, else those the business set for what the row is about."""
    if not isinstance(metric, Ratio) or metric.bands is not None or metric.bands_by is None:
        return metric.bands if isinstance(metric, Ratio) else None
    only = (answer.question.where or {}).get(metric.bands_by, ())
    value = row.by.get(metric.bands_by, only[0] if len(only) == 1 else None)
    return answer.bands.get((metric.bands_by, str(value)))


def _sure(sure: Sure, unit: str, currency: str) -> dict[str, Any]:
    return {
        "interval": _range(sure.interval, unit, currency),
        "no_interval": _both(sure.reason),
        "small": sure.small,
        "shrunken": _range(sure.shrunken, unit, currency),
    }


def _change(change: Change, metric: Metric, currency: str) -> dict[str, Any]:
    # A change in proportion is a plain number, a difference has the unit of the figure.
    unit = metric.unit if change.kind == "difference" else "ratio"
    told = {
        "kind": change.kind,
        "value": number(change.value, unit, currency),
        "reason": _both(change.reason),
        "interval": _range(change.interval, unit, currency),
    }
    return {"before": _sides(change.before, metric, currency), "change": told}


def _range(found: Range | None, unit: str, currency: str) -> dict[str, Any] | None:
    if found is None:
        return None
    ends = {"low": found.low, "high": found.high} | ({} if found.value is None else {"value": found.value})
    return {**{name: number(end, unit, currency) for name, end in ends.items()}, "method": found.method}


def _how_sure(answer: Answer) -> dict[str, Any]:
    """The methods the answer used, in words."""
    used = {
        found.method: None
        for row in answer.rows
        for sure in (row.sure or {}).values()
        for found in (sure.interval, sure.shrunken)
        if found is not None
    }
    changes = (change.interval for row in answer.rows for change in (row.changes or {}).values())
    used |= {found.method: None for found in changes if found is not None}
    return {
        "level": LEVEL,
        "small_below": answer.question.small_below,
        "methods": {method: _both(METHODS[method]) for method in used},
    }


def band_of(bands: Bands, figure: Figure, sure: Sure | None) -> Verdict | None:
    """Where a figure lies; with an interval, only what lies there wholly is good or a fault. None: it is unknown."""
    if figure.value is None:
        return None
    if sure is not None and sure.interval is not None:
        return bands.judge(sure.interval.low, sure.interval.high)
    return bands.judge(Decimal(figure.value), Decimal(figure.value))


def _both(text: Text | None) -> dict[str, str] | None:
    return None if text is None else {"zh": text.zh, "en": text.en}


def _figure(answer: Answer, row: Row, metric: Metric, figure: Figure, about: dict[str, Any]) -> dict[str, Any]:
    address = {**about, "metrics": [metric.about.key], "cell": dict(row.by), "kind": row.kind}
    return {**_sides(figure, metric, answer.currency), "behind": address}


def _sides(figure: Figure, metric: Metric, currency: str) -> dict[str, Any]:
    top, bottom = (metric.numerator, metric.denominator) if isinstance(metric, Ratio | Quotient) else (metric, None)
    return {
        "value": number(figure.value, metric.unit, currency),
        "numerator": number(figure.numerator, top.unit, currency),
        "denominator": None if bottom is None else number(figure.denominator, bottom.unit, currency),
        "n": figure.n,
        "reason": _both(figure.reason),
    }


def number(value: Decimal | int | None, unit: str, currency: str) -> str | int | None:
    """A figure as it is written outside: money in major units, quotients as decimal strings, the rest as integers."""
    if value is None:
        return None
    if unit == "money":
        return _plain(to_decimal(value, currency) if isinstance(value, int) else _major(value, currency))
    return value if isinstance(value, int) else _plain(value.normalize())


def _major(minor: Decimal, currency: str) -> Decimal:
    """A quotient of money (average, cost per …) in major units, without trailing zeros."""
    return (minor * to_decimal(1, currency)).normalize()


def _plain(value: Decimal) -> str:
    return format(value, "f")
