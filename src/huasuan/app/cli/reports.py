"""Ready-made reports: a few questions shown one below the other."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rich.console import Console

from huasuan.app.answers import Asked
from huasuan.app.cli.language import read, say
from huasuan.app.cli.showing import show_answer
from huasuan.kernel.text import Text

Ask = Callable[[Asked], dict[str, Any]]
# The terminal shows the usual reading; the page shows what the business counts.
_COUNTED = "target_calls"
_MONEY = ("total_cost", "revenue_net", "gross_margin", "roi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One table of a report."""

    key: str
    title: Text
    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _part(key: str, zh: str, en: str, *metrics: str) -> Part:
    return Part(key=key, title=Text(zh=zh, en=en), metrics=metrics, by=() if key == "overall" else (key,))


REPORTS: dict[str, tuple[Part, ...]] = {
    "roi": (
        _part("overall", "总览", "Overall", *_MONEY, "won_deals", "cac", "aov"),
        _part("channel", "按渠道", "By channel", *_MONEY, "won_deals", "cac"),
        _part("campaign", "按推广计划", "By campaign", *_MONEY, "won_deals", "cac"),
        _part("list", "按名单", "By list", *_MONEY, "dials", "cost_per_dial"),
        _part("tracking_number", "按跟踪号码", "By tracking number", *_MONEY, "won_deals"),
        _part("agent", "按坐席", "By agent", *_MONEY, "conversations", "won_deals"),
        _part("script_version", "按话术", "By script", *_MONEY, "conversations", "won_deals"),
        _part("hour", "按小时", "By hour", *_MONEY, "conversations", "won_deals"),
        _part("region", "按地区", "By region", *_MONEY, "won_deals", "cac"),
        _part("cost_kind", "按费用类型", "By cost kind", "total_cost"),
    )
}


def parts_of(name: str) -> tuple[Part, ...]:
    """The tables of a report: one of those above, one of the six about incoming calls, or a view of the catalogue."""
    if name in REPORTS:
        return REPORTS[name]
    from huasuan.metrics.catalogue.views import VIEWS
    from huasuan.reports import STANDARD, counted_as

    if name in STANDARD:
        sections = counted_as(STANDARD[name], _COUNTED).sections
        return tuple(
            Part(key=one.key, title=one.title, metrics=one.metrics, by=one.by, where=dict(one.where))
            for one in sections
            if one.metrics
        )
    view = VIEWS[name]
    return (Part(key=name, title=view.title, metrics=view.metrics, by=view.by),)


def show_report(
    name: str,
    ask: Ask,
    *,
    date_from: date | None,
    date_to: date | None,
    console: Console | None = None,
    parts: Collection[str] | None = None,
) -> None:
    """Print the report of that name for a period, or only some of its ``parts``."""
    out = console or Console()
    for part in parts_of(name):
        if parts is not None and part.key not in parts:
            continue
        asked = Asked(metrics=part.metrics, by=part.by, where=part.where, date_from=date_from, date_to=date_to)
        show_answer(ask(asked), title=read(part.title), console=out)
    out.print(
        say(
            zh="“未分摊”是放不到任何一行的费用；“—”是未知。huasuan behind 可打开任何数字背后的事实。",
            en="“unallocated” is cost no row can bear; “—” is unknown. huasuan behind opens the facts of any figure.",
        ),
        style="dim",
    )
