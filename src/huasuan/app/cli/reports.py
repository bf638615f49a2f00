"""Ready-made reports: a few questions shown one below the other."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from rich.console import Console

from huasuan.app.answers import Asked
from huasuan.app.cli.language import read, say
from huasuan.app.cli.showing import show_answer
from huasuan.kernel.text import Text

Ask = Callable[[Asked], dict[str, Any]]
_MONEY = ("total_cost", "revenue_net", "gross_margin", "roi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One table of a report."""

    title: Text
    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()


REPORTS: dict[str, tuple[Part, ...]] = {
    "roi": (
        Part(title=Text(zh="总览", en="Overall"), metrics=(*_MONEY, "won_deals", "cac", "aov")),
        Part(title=Text(zh="按渠道", en="By channel"), metrics=(*_MONEY, "won_deals", "cac"), by=("channel",)),
        Part(title=Text(zh="按名单", en="By list"), metrics=(*_MONEY, "dials", "cost_per_dial"), by=("list",)),
        Part(title=Text(zh="按坐席", en="By agent"), metrics=(*_MONEY, "conversations", "won_deals"), by=("agent",)),
        Part(title=Text(zh="按费用类型", en="By cost kind"), metrics=("total_cost",), by=("cost_kind",)),
    )
}


def show_report(
    name: str, ask: Ask, *, date_from: date | None, date_to: date | None, console: Console | None = None
) -> None:
    """Print the report of that name for a period."""
    out = console or Console()
    for part in REPORTS[name]:
        asked = Asked(metrics=part.metrics, by=part.by, date_from=date_from, date_to=date_to)
        show_answer(ask(asked), title=read(part.title), console=out)
    out.print(
        say(
            zh="“未分摊”是放不到任何一行的费用；“—”是未知。huasuan behind 可打开任何数字背后的事实。",
            en="“unallocated” is cost no row can bear; “—” is unknown. huasuan behind opens the facts of any figure.",
        ),
        style="dim",
    )
