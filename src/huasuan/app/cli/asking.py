"""Commands that ask: ask, behind, metrics, report."""

from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from huasuan.app.answers import SMALL_BELOW, Asked, compare_in, days_in, filters_in, names_in
from huasuan.app.cli.language import say
from huasuan.app.cli.main import app


class SideName(StrEnum):
    """Which side of a ratio to open."""

    numerator = "numerator"
    denominator = "denominator"


class BasisName(StrEnum):
    """Where a deal belongs in time."""

    cohort = "cohort"
    event = "event"


Metrics = Annotated[
    list[str],
    typer.Argument(
        metavar="METRIC", help=say(zh="指标（见 huasuan metrics）", en="metrics (huasuan metrics lists them)")
    ),
]
By = Annotated[
    list[str] | None,
    typer.Option("--by", metavar="DIM,DIM", help=say(zh="按这些维度分组", en="dimensions to group by")),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="DIM=VALUE",
        help=say(
            zh="只看此值；可重复，同一维度重复为“或”，空值表示未知",
            en="only this value; may be repeated, the same dimension twice means either, an empty value is unknown",
        ),
    ),
]
From = Annotated[
    datetime | None,
    typer.Option(
        "--from", formats=["%Y-%m-%d"], metavar="D", help=say(zh="首日（含）", en="first local day, included")
    ),
]
To = Annotated[
    datetime | None,
    typer.Option("--to", formats=["%Y-%m-%d"], metavar="D", help=say(zh="末日（不含）", en="last local day, excluded")),
]
Basis = Annotated[
    BasisName,
    typer.Option(
        "--basis",
        help=say(
            zh="cohort：归属来源时间；event：各自发生时间",
            en="cohort: a deal belongs to when it came from; event: each thing to its own date",
        ),
    ),
]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        metavar="D",
        help=say(zh="只用该日零点前已知的事实", en="only what was known before that local day began"),
    ),
]
Intervals = Annotated[
    bool,
    typer.Option(
        "--intervals", help=say(zh="说明每个数字有多可靠", en="say how sure each figure is, or why that cannot be said")
    ),
]
SmallBelow = Annotated[
    int,
    typer.Option(
        "--small-below",
        metavar="N",
        min=0,
        help=say(
            zh="与 --intervals 同用：少于该数的样本打星号", en="with --intervals: mark figures made of fewer facts"
        ),
    ),
]
Compare = Annotated[
    str | None,
    typer.Option(
        "--compare",
        metavar="previous|FROM..TO",
        help=say(zh="与上一期或另一期间对比", en="compare with the period before, or with another one"),
    ),
]
MaturedDays = Annotated[
    str | None,
    typer.Option(
        "--matured",
        metavar="DAYS|cycle",
        help=say(
            zh="只看已满该天数的日子；cycle 为销售周期",
            en="only days at least so many days past; cycle is the sales cycle",
        ),
    ),
]
FirmOnly = Annotated[
    bool,
    typer.Option("--firm", help=say(zh="只看退货期已过的成交", en="only deals whose return window has closed")),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--attribution",
        metavar="MODEL",
        help=say(
            zh="成交按此模型归到触点，如 linear、time-decay:7、position:40/40@60",
            en="sales belong to touches by this model, as linear, time-decay:7, position:40/40@60",
        ),
    ),
]
Json = Annotated[bool, typer.Option("--json", help=say(zh="输出 JSON", en="print JSON"))]


@app.command("ask", help=say(zh="提出一个问题并显示答案", en="Ask a question and show the answer."))
def ask(
    metrics: Metrics,
    by: By = None,
    where: Where = None,
    date_from: From = None,
    date_to: To = None,
    basis: Basis = BasisName.cohort,
    as_of: AsOf = None,
    *,
    intervals: Intervals = False,
    small_below: SmallBelow = SMALL_BELOW,
    compare: Compare = None,
    matured: MaturedDays = None,
    firm: FirmOnly = False,
    attribution: Model = None,
    as_json: Json = False,
) -> None:
    """Ask a question."""
    plain = _asked(metrics, by, where, date_from, date_to, basis, as_of)
    asked = replace(
        plain,
        intervals=intervals,
        small_below=small_below,
        compare=None if compare is None else compare_in(compare),
        matured=None if matured is None else days_in(matured),
        firm="now" if firm else None,
        attribution=attribution,
    )
    answer = _send("ask", asked.to_json())
    if as_json:
        _print_json(answer)
        return
    from huasuan.app.cli.showing import show_answer

    show_answer(answer)


@app.command(
    "behind",
    help=say(zh="打开一个数字背后的事实", en="Open the facts a figure was reckoned from."),
)
def behind(
    metric: Annotated[str, typer.Argument(metavar="METRIC", help=say(zh="指标", en="the metric"))],
    by: By = None,
    where: Where = None,
    date_from: From = None,
    date_to: To = None,
    basis: Basis = BasisName.cohort,
    as_of: AsOf = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help=say(zh="最多显示多少条", en="how many facts at most"))
    ] = 1000,
    side: Annotated[
        SideName, typer.Option("--side", help=say(zh="打开比率的哪一边", en="which side of a ratio to open"))
    ] = SideName.numerator,
    *,
    as_json: Json = False,
) -> None:
    """Open the facts behind a figure."""
    asked = _asked([metric], by, where, date_from, date_to, basis, as_of)
    answer = _send("behind", {**asked.to_json(), "side": side.value, "limit": limit})
    if as_json:
        _print_json(answer)
        return
    from huasuan.app.cli.showing import show_behind

    show_behind(answer)


def _asked(
    metrics: list[str],
    by: list[str] | None,
    where: list[str] | None,
    date_from: datetime | None,
    date_to: datetime | None,
    basis: BasisName,
    as_of: datetime | None,
) -> Asked:
    return Asked(
        metrics=names_in(metrics),
        by=names_in(by or ()),
        where=filters_in(where or ()),
        date_from=_day(date_from),
        date_to=_day(date_to),
        basis=basis.value,
        as_of=_day(as_of),
    )


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _send(what: str, body: dict[str, Any]) -> dict[str, Any]:
    from huasuan.app.cli.reaching import answered
    from huasuan.app.settings import load_settings

    return answered(load_settings(), what, body)


def _print_json(body: object) -> None:
    import orjson

    typer.echo(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode())


@app.command("metrics", help=say(zh="列出所有指标和维度", en="List every metric and dimension."))
def metrics(*, as_json: Json = False) -> None:
    """List what can be asked."""
    from huasuan.app.catalogue import catalogue_json

    if as_json:
        _print_json(catalogue_json())
        return
    from huasuan.app.cli.showing import show_catalogue

    show_catalogue(catalogue_json())


class ReportName(StrEnum):
    """The ready-made reports."""

    roi = "roi"
    result_counts = "result_counts"
    call_ordinal = "call_ordinal"
    calls_by_hour_weekday = "calls_by_hour_weekday"
    best_time = "best_time"
    region_report = "region_report"
    proper = "proper"
    missed = "missed"
    channels = "channels"
    callbacks = "callbacks"
    lines = "lines"
    incoming = "incoming"


_REPORTS = ", ".join(name.value for name in ReportName)


@app.command("report", help=say(zh=f"显示现成的报表：{_REPORTS}", en=f"Show a ready-made report: {_REPORTS}."))
def report(
    name: Annotated[ReportName, typer.Argument(metavar="NAME", help=say(zh="报表名", en="which report"))],
    date_from: From = None,
    date_to: To = None,
) -> None:
    """Show a ready-made report."""
    from huasuan.app.cli.reports import show_report

    show_report(
        name.value, lambda asked: _send("ask", asked.to_json()), date_from=_day(date_from), date_to=_day(date_to)
    )
