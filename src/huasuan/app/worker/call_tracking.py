"""A report run: its questions asked together, the hours beside them, and what follows from it, as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from huasuan.app.analysis import Analysis
from huasuan.metrics.answers import answer_json
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.language import CostBase, parts
from huasuan.metrics.question import Answer, Question
from huasuan.people import WorkspaceSettings
from huasuan.reports import Advice, Cut, ReportDefinition, Section, Slot, advise, counted_as, slots_of

# A report may be so old; an edit made a moment ago is in it all the same after the next round.
_MAX_AGE_SECONDS = 2.0
JunkKeyword = tuple[str, str, int, int]
"""A keyword, the reason named most, its junk calls, all its calls."""
_PERIOD_ONLY = Question(metrics=("inbound_calls",))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWanted:
    """A report, a period, and filters for all of it; ``costs``: whether the reader may see costs."""

    definition: ReportDefinition
    date_from: date | None = None
    date_to: date | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    compare: bool = True
    costs: bool = True


def run_report(analysis: Analysis, settings: WorkspaceSettings, wanted: ReportWanted) -> dict[str, Any]:
    """Every section with its answer, the advice, and which calls count for advertising here.

    Raises
    ------
    UnknownName, InvalidInput
        a section cannot be asked with these filters
    """
    definition = counted_as(wanted.definition, settings.counted_calls)
    asked = {one.key: question for one in definition.sections if (question := _question(one, wanted)) is not None}
    found = analysis.ask_many(list(asked.values()), max_age_seconds=_MAX_AGE_SECONDS)
    answers = {key: one.result() for key, one in zip(asked, found, strict=True)}
    hours: dict[Cut, list[Slot]] = {"hour": [], "weekday": [], "week": []}
    if any(one.layout == "hours" for one in definition.sections) or definition.kind in ("missed", "incoming"):
        whole = _bounded(wanted)
        with analysis.reading(max_age_seconds=_MAX_AGE_SECONDS) as (reader, snapshot):
            for cut in hours:
                hours[cut] = list(slots_of(reader, snapshot, whole, cut=cut))
    advice = advise(
        definition.kind, answers, hours=hours["hour"], weekdays=hours["weekday"], counted=settings.counted_calls
    )
    told = {key: answer_json(answer) for key, answer in answers.items()}
    return {
        "report": definition_json(definition),
        "counted_calls": settings.counted_calls,
        "sections": [
            {
                "key": one.key,
                "metrics": list(asked[one.key].metrics) if one.key in asked else [],
                "answer": told.get(one.key),
            }
            for one in definition.sections
            if one.layout == "hours" or one.key in told
        ],
        "hours": {
            cut: [asdict(slot) | {"missed_share": slot.missed_share} for slot in slots] for cut, slots in hours.items()
        },
        "advice": [_advice(one, answers, told) for one in advice],
    }


def definition_json(definition: ReportDefinition) -> dict[str, Any]:
    """A report as it is sent and saved."""
    return {
        "key": definition.key,
        "kind": definition.kind,
        "title": {"zh": definition.title.zh, "en": definition.title.en},
        "meaning": {"zh": definition.meaning.zh, "en": definition.meaning.en},
        "sections": [
            {
                "key": one.key,
                "title": {"zh": one.title.zh, "en": one.title.en},
                "layout": one.layout,
                "metrics": list(one.metrics),
                "by": list(one.by),
                "where": {name: list(values) for name, values in one.where},
            }
            for one in definition.sections
        ],
    }


def negative_keywords(analysis: Analysis, wanted: ReportWanted, *, least: int) -> list[JunkKeyword]:
    """Keywords with at least so many junk calls: keyword, its most common reason, junk calls, all calls (S2-16)."""
    question = _bounded(wanted)
    by_reason, whole = (
        Question(metrics=metrics, by=by, where=question.where, date_from=question.date_from, date_to=question.date_to)
        for metrics, by in (
            (("junk_calls",), ("keyword", "junk_reason")),
            (("junk_calls", "inbound_calls"), ("keyword",)),
        )
    )
    reasons, keywords = (one.result() for one in analysis.ask_many([by_reason, whole]))
    said: dict[str, tuple[int, str]] = {}
    for row in reasons.rows:
        keyword, count = row.by.get("keyword"), int(row.values["junk_calls"].value or 0)
        if keyword is not None and count > said.get(str(keyword), (0, ""))[0]:
            said[str(keyword)] = count, str(row.by["junk_reason"] or "")
    found = [
        (str(keyword), said.get(str(keyword), (0, ""))[1], junk, int(row.values["inbound_calls"].value or 0))
        for row in keywords.rows
        if (keyword := row.by.get("keyword")) is not None
        and (junk := int(row.values["junk_calls"].value or 0)) >= least
    ]
    return sorted(found, key=lambda one: (-one[2], one[0]))


def _question(section: Section, wanted: ReportWanted) -> Question | None:
    """The section's question in the reader's period; None where nothing of it may be seen."""
    if section.layout == "hours":
        return None
    metrics = tuple(key for key in section.metrics if wanted.costs or not _costly(key))
    if not metrics:
        return None
    return Question(
        metrics=metrics,
        by=section.by,
        where={**dict(section.where), **wanted.where},
        date_from=wanted.date_from,
        date_to=wanted.date_to,
        intervals=section.layout == "heat",
        compare="previous" if section.layout == "figures" and wanted.compare and _closed(wanted) else None,
    )


def _closed(wanted: ReportWanted) -> bool:
    return wanted.date_from is not None and wanted.date_to is not None


def _bounded(wanted: ReportWanted) -> Question:
    return Question(
        metrics=_PERIOD_ONLY.metrics, where=wanted.where, date_from=wanted.date_from, date_to=wanted.date_to
    )


def _costly(key: str) -> bool:
    return any(isinstance(base, CostBase) or base.star == "cost" for _, base in parts(METRICS[key]))


def _advice(one: Advice, answers: Mapping[str, Answer], told: Mapping[str, Any]) -> dict[str, Any]:
    """With the address of the facts it rests on, where that figure is on the page."""
    behind = None
    answer = answers.get(one.section or "")
    if answer is not None and one.metric is not None:
        at = next((at for at, row in enumerate(answer.rows) if dict(row.by) == dict(one.by)), None)
        if at is not None and one.metric in answer.rows[at].values:
            behind = told[one.section or ""]["rows"][at]["values"][one.metric]["behind"]
    return {
        "key": one.key,
        "weight": one.weight,
        "text": {"zh": one.text.zh, "en": one.text.en},
        "behind": behind,
        "calls": dict(one.calls) or None,
    }
