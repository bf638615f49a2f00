"""What a report is: named questions in an order, kept as a record, so that anybody can change and save their own."""

from dataclasses import dataclass, replace
from typing import Literal

from huasuan.kernel.errors import InvalidInput, UnknownName
from huasuan.kernel.text import Text
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.dimensions import DIMENSIONS

Layout = Literal["figures", "table", "heat", "hours"]
# In a definition this stands for the calls the business judges advertising by (settings: counted_calls).
COUNTED, COST_PER_COUNTED = "counted_calls", "cost_per_counted_call"
_COSTS_PER = {
    "target_calls": "cost_per_target_call",
    "unique_calls": "cost_per_unique_call",
    "unique_target_calls": "cost_per_unique_target_call",
}
MOST_SECTIONS, MOST_METRICS, MOST_CUTS = 20, 20, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a report: a question and how it is shown.

    layout: figures (without a cut, beside the period before), table, heat (weekday by hour), hours (calls beside
    staff and advertising, without a question of its own). where: cut and its values, "" is unknown.
    """

    key: str
    title: Text
    layout: Layout = "table"
    metrics: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDefinition:
    """A report: its sections in their order, and which of the six it was made from, which decides its advice."""

    key: str
    title: Text
    meaning: Text
    kind: str
    sections: tuple[Section, ...]


def counted_as(definition: ReportDefinition, counted: str) -> ReportDefinition:
    """The definition with the business's own counted calls in the place of the words that stand for them.

    Where every incoming call counts, what one costs is left out: no metric says it, and that of another kind of call
    would be a wrong price. A part that asked for nothing else shows the calls themselves.
    """
    names = {COUNTED: counted, COST_PER_COUNTED: _COSTS_PER.get(counted)}

    def told(section: Section) -> Section:
        keys = dict.fromkeys(key for name in section.metrics if (key := names.get(name, name)) is not None)
        return replace(section, metrics=tuple(keys) or (section.metrics and (counted,)))

    return replace(definition, sections=tuple(told(section) for section in definition.sections))


def checked(definition: ReportDefinition) -> ReportDefinition:
    """The definition, if it can be asked.

    Raises
    ------
    InvalidInput
        ``bad_report``
    UnknownName
        ``unknown_metric``, ``unknown_cut``
    """
    if not 1 <= len(definition.sections) <= MOST_SECTIONS:
        raise _bad(Text(zh=f"须有 1 到 {MOST_SECTIONS} 个部分", en=f"it needs 1 to {MOST_SECTIONS} sections"))
    if len({section.key for section in definition.sections}) < len(definition.sections):
        raise _bad(Text(zh="部分的标识重复", en="two sections have the same key"))
    for section in definition.sections:
        _check_section(section)
    return definition


def _check_section(section: Section) -> None:
    if section.layout == "hours":
        return
    if not 1 <= len(section.metrics) <= MOST_METRICS or len(section.by) > MOST_CUTS:
        text = Text(
            zh=f"“{section.title.zh}”须有 1 到 {MOST_METRICS} 个指标、至多 {MOST_CUTS} 个维度",
            en=f"“{section.title.en}” needs 1 to {MOST_METRICS} metrics and at most {MOST_CUTS} cuts",
        )
        raise _bad(text)
    if section.layout == "heat" and set(section.by) != {"weekday", "hour"}:
        raise _bad(Text(zh="热力图须按 weekday 与 hour", en="a heat map is cut by weekday and hour"))
    for key in section.metrics:
        if key not in METRICS and key not in (COUNTED, COST_PER_COUNTED):
            raise UnknownName(
                "unknown_metric", Text(zh=f"没有指标 {key}", en=f"there is no metric {key}"), _see("metrics")
            )
    for cut in (*section.by, *(name for name, _ in section.where)):
        if cut not in DIMENSIONS:
            raise UnknownName(
                "unknown_cut", Text(zh=f"没有维度 {cut}", en=f"there is no cut {cut}"), _see("dimensions")
            )


def _see(what: str) -> Text:
    return Text(zh=f"见 GET /api/v1/metrics 的 {what}。", en=f"See {what} of GET /api/v1/metrics.")


def _bad(text: Text) -> InvalidInput:
    return InvalidInput("bad_report", text, Text(zh="请修改报表后再保存。", en="Mend the report and save it again."))
