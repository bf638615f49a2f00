"""Answers as tables in the terminal."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.table import Table

from huasuan.app.cli.language import LANGUAGE, say
from huasuan.metrics.canon import canon_dimensions, canon_row
from huasuan.metrics.drivers import COST_KINDS

_UNKNOWN = say(zh="未知", en="unknown")
_UNALLOCATED = say(zh="未分摊", en="unallocated")
_NARROWEST = 8
_POINTS = say(zh=" 个百分点", en=" points")
_BANDS = {"good": "✓", "watch": "~", "fault": "!"}
_BAND_NAMES = {
    "good": say(zh="良好", en="good"),
    "watch": say(zh="留意", en="watch"),
    "fault": say(zh="有问题", en="fault"),
}
_DAYS = say(zh=" 天", en=" d")


def show_answer(answer: Mapping[str, Any], *, title: str | None = None, console: Console | None = None) -> None:
    """One row a cut; what is unknown shows its reason below the table."""
    question = answer["question"]
    metrics: list[str] = question["metrics"]
    remarks: dict[str, None] = {}
    lines: list[list[str]] = []
    for row in answer["rows"]:
        cells = [_cut(row, dimension) for dimension in question["by"]]
        for metric in metrics:
            figure = row["values"][metric]
            if figure["value"] is None and figure["reason"]:
                remarks[f"{_metric(metric)}: {_reason(figure['reason'])}"] = None
            if figure.get("no_interval"):
                without = say(zh="没有区间，因为", en="no interval, because ")
                remarks[f"{_metric(metric)}: {without}{_reason(figure['no_interval'])}"] = None
            cells.append(_with_ends(metric, figure))
        lines.append(cells)
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    headings = [*map(_dimension, question["by"]), *map(_metric, metrics)]
    for place, heading in enumerate(headings):
        width = max((cell_len(cells[place]) for cells in lines), default=0)
        side: JustifyMethod = "left" if place < len(question["by"]) else "right"
        table.add_column(_folded(heading, max(width, _NARROWEST)), justify=side, no_wrap=True)
    for row, cells in zip(answer["rows"], lines, strict=True):
        table.add_row(*cells, style="dim" if row["kind"] != "value" else None)
    out = console or Console()
    # On a narrow screen the lines run over rather than lose digits.
    out.width = max(out.width, out.measure(table, options=out.options.update(max_width=1000)).maximum)
    out.print(table)
    remarks |= dict.fromkeys([*_how(answer), *_variants(answer)])
    for remark in remarks:
        out.print(f"— {remark}", style="dim")
    if remarks:
        out.print()


def _with_ends(metric: str, figure: Mapping[str, Any]) -> str:
    """A figure, marked where it is made of little, with its interval."""
    mark = "*" if figure.get("small") else ""
    mark += f" {_BANDS[figure['band']]}" if figure.get("band") else ""
    ends = figure.get("interval")
    between = f" [{shown(metric, ends['low'])} … {shown(metric, ends['high'])}]" if ends else ""
    return f"{shown(metric, figure['value'])}{mark}{between}{_changed(metric, figure.get('change'))}"


def _changed(metric: str, change: Mapping[str, Any] | None) -> str:
    """How much more or less it is than before; points of a rate, else in proportion."""
    if change is None:
        return ""
    if change["value"] is None:
        return " (—)"
    value = Decimal(change["value"])
    if change["kind"] == "relative":
        return f" ({_rounded(value * 100, 1):+,}%)"
    if canon_row(metric)["unit"] == "%":
        return f" ({_rounded(value * 100, 1):+,}{_POINTS})"
    return f" ({_rounded(value, 2):+,})"


def _variants(answer: Mapping[str, Any]) -> list[str]:
    """What the answer was compared with, and what it leaves out."""
    found = []
    if compared := answer.get("compared"):
        between = f"{compared['from']} … {compared['to']}"
        found.append(say(zh=f"（）内为与 {between} 相比的变化", en=f"in brackets: the change from {between}"))
    if matured := answer.get("matured"):
        until = matured["before"]
        zh, en = f"只计 {until} 之前", f"only days before {until}"
        left = [f"{_metric(key)} n={n:,}" for key, n in matured["left_out"].items() if n]
        end = say(zh="；过新未计：", en="; too young: ") + ", ".join(left) if left else ""
        found.append(say(zh=zh, en=en) + end)
    if firm := answer.get("firm"):
        until, still, without = firm["before"], firm["open_deals"], firm["unreceived_deals"]
        found.append(
            say(
                zh=f"只计 {until} 前退货期已过的成交；未计：退货期内 {still} 单，未知收货日 {without} 单",
                en=f"only deals firm before {until}; left out: {still} still open, {without} without a receipt",
            )
        )
    found += [f"{_metric(key)}: {say(zh=note['zh'], en=note['en'])}" for key, note in answer.get("notes", {}).items()]
    return found


def _how(answer: Mapping[str, Any]) -> list[str]:
    """How intervals were made, and what the marks mean."""
    seen = {figure.get("band") for row in answer["rows"] for figure in row["values"].values()} - {None}
    bands = [f"{mark} {_BAND_NAMES[band]}" for band, mark in _BANDS.items() if band in seen]
    made = answer.get("intervals")
    if made is None:
        return [", ".join(bands)] if bands else []
    marked = any(figure.get("small") for row in answer["rows"] for figure in row["values"].values())
    least = made["small_below"]
    star = [say(zh=f"* 样本少于 {least}", en=f"* made of fewer than {least}")] if marked else []
    if bands:
        star.append(", ".join(bands))
    return [*star, *(f"[{key}] {_reason(text)}" for key, text in made["methods"].items() if key != "shrunken")]


def _folded(heading: str, width: int) -> str:
    """A heading on lines of about ``width`` cells: English between words, Chinese anywhere."""
    pieces = heading.split(" ") if heading.isascii() else list(heading)
    glue = " " if heading.isascii() else ""
    lines = [pieces[0]]
    for piece in pieces[1:]:
        longer = lines[-1] + glue + piece
        if cell_len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    return "\n".join(lines)


def shown(metric: str, value: str | int | None) -> str:
    """A figure for people: money with its decimals, shares in percent, seconds and days with their unit."""
    if value is None:
        return "—"
    unit = canon_row(metric)["unit"]
    number = Decimal(value)
    if unit == "%":
        return f"{_rounded(number * 100, 1):,}%"
    if unit == "money":
        return f"{_rounded(number, 2):,}"
    if unit == "count":
        return f"{number:,}"
    if unit == "s":
        return f"{_rounded(number, 1):,} s" if number != int(number) else f"{int(number):,} s"
    if unit == "min":
        return f"{_rounded(number, 1):,} min"
    return f"{_rounded(number, 2):,}" + (_DAYS if unit == "days" else "")


def _rounded(number: Decimal, digits: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def _cut(row: Mapping[str, Any], dimension: str) -> str:
    value = row["by"].get(dimension)
    if value is None:
        return _UNALLOCATED if row["kind"] == "unallocated" else _UNKNOWN
    if dimension == "cost_kind" and value in COST_KINDS:
        return COST_KINDS[value].text.in_language(LANGUAGE)
    return str(value)


def _reason(reason: Any) -> str:  # noqa: ANN401  JSON
    if isinstance(reason, Mapping):
        return str(reason.get(LANGUAGE) or reason.get("en"))
    return str(reason)


def _metric(key: str) -> str:
    try:
        return canon_row(key)[LANGUAGE]
    except KeyError:
        return key


def _dimension(key: str) -> str:
    row = canon_dimensions().get(key)
    return key if row is None else row[LANGUAGE]


def show_behind(answer: Mapping[str, Any], *, console: Console | None = None) -> None:
    """The facts of a figure, one row each; their amounts add up to it."""
    count, facts = answer["count"], answer["facts"]
    table = Table(
        title=say(zh=f"共 {count} 条事实，显示 {len(facts)} 条", en=f"{count} facts, {len(facts)} shown"),
        title_justify="left",
    )
    for name in (say(zh="种类", en="kind"), say(zh="来源", en="source"), say(zh="键", en="key")):
        table.add_column(name, overflow="fold")
    table.add_column(say(zh="计入", en="counts"), justify="right")
    table.add_column(say(zh="记录", en="record"), overflow="fold")
    for fact in facts:
        record = " ".join(f"{name}={value}" for name, value in fact.get("record", {}).items())
        table.add_row(fact["kind"], fact.get("source"), fact.get("key"), f"{Decimal(fact['amount']):,}", record)
    (console or Console()).print(table)


def show_catalogue(catalogue: Mapping[str, Any]) -> None:
    """Metrics with their meaning, then the dimensions."""
    out = Console()
    table = Table(title=say(zh="指标", en="Metrics"), title_justify="left")
    for name in (
        say(zh="键", en="key"),
        say(zh="名称", en="name"),
        say(zh="单位", en="unit"),
        say(zh="含义", en="meaning"),
    ):
        table.add_column(name, overflow="fold")
    for metric in catalogue["metrics"]:
        table.add_row(metric["key"], metric["text"][LANGUAGE], metric["unit"], metric["meaning"][LANGUAGE])
    out.print(table)
    table = Table(title=say(zh="维度", en="Dimensions"), title_justify="left")
    for name in (say(zh="键", en="key"), say(zh="名称", en="name")):
        table.add_column(name)
    for dimension in catalogue["dimensions"]:
        table.add_row(dimension["key"], dimension["text"][LANGUAGE])
    out.print(table)
