"""The command that shares conversions of an aggregated path file among channels; it needs no workspace."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from huasuan.app.cli.language import say
from huasuan.app.cli.main import app
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

if TYPE_CHECKING:
    from huasuan.app.path_models import Settings
    from huasuan.intake import PathRows
    from huasuan.methods import Credit, Paths

File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help=say(
            zh="CSV/TSV/XLSX：列 path（甲 > 乙）、conversions，可选 value、nulls、days",
            en="CSV, TSV or XLSX with path (a > b), conversions and, if known, value, nulls, days",
        ),
    ),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        metavar="MODEL",
        help=say(
            zh="first、last、last-non-direct、linear、position、time-decay、markov、shapley 或 模块:函数；"
            "可重复，默认全部",
            en="first, last, last-non-direct, linear, position, time-decay, markov, shapley or module:function; may be "
            "repeated; all of them by default",
        ),
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help=say(zh="以 JSON 输出", en="write JSON"))]
HalfLife = Annotated[
    float,
    typer.Option("--half-life", metavar="DAYS", help=say(zh="时间衰减的半衰期（天）", en="of time-decay, in days")),
]
First = Annotated[float, typer.Option("--first-share", help=say(zh="position：首触点份额", en="position: first touch"))]
Last = Annotated[float, typer.Option("--last-share", help=say(zh="position：末触点份额", en="position: last touch"))]
Order = Annotated[int, typer.Option("--order", min=1, max=3, help=say(zh="markov 的阶", en="of markov"))]
Direct = Annotated[
    list[str] | None, typer.Option("--direct", help=say(zh="直接访问的名称（可重复）", en="a name of direct visits"))
]
Sheet = Annotated[str | None, typer.Option("--sheet", help=say(zh="工作表", en="the sheet of a workbook"))]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help=say(zh="编码，默认自动识别", en="detected by default"))
]


@app.command(
    "attribute",
    help=say(
        zh="按归因模型把聚合路径的转化分给各渠道；不需要工作区。所有模型都只是分摊，并非因果。",
        en="Share the conversions of aggregated paths among channels; needs no workspace. No model is causal.",
    ),
)
def attribute(
    file: File,
    model: Models = None,
    as_json: AsJson = False,
    half_life: HalfLife = 7.0,
    first_share: First = 0.4,
    last_share: Last = 0.4,
    order: Order = 1,
    direct: Direct = None,
    sheet: Sheet = None,
    encoding: Encoding = None,
) -> None:
    """Read the file, run each model, write one table or JSON."""
    from huasuan.app.path_models import NAMES, Settings, model_named
    from huasuan.intake import read_paths

    settings = Settings(first=first_share, last=last_share, half_life_days=half_life, order=order)
    if direct:
        settings = Settings(
            first=first_share, last=last_share, half_life_days=half_life, order=order, direct=tuple(direct)
        )
    chosen = [(name, model_named(name, settings)) for name in dict.fromkeys(model or NAMES)]
    rows = read_paths(file, encoding=encoding, sheet=sheet)
    found = _paths(rows, guess_ages=any(name.replace("_", "-") == "time-decay" for name, _ in chosen))
    found_by = {name: _credited(name, share, found) for name, share in chosen}
    if as_json:
        _write_json(found_by, rows)
    else:
        _show(found_by, rows)
    _notes(found_by, rows, settings)


def _paths(rows: "PathRows", *, guess_ages: bool) -> "Paths":
    from huasuan import methods

    ages: list[tuple[float, ...]] | None = rows.days
    if ages is None and guess_ages:
        ages = [tuple(float(step) for step in range(len(way) - 1, -1, -1)) for way in rows.ways]
    return methods.paths_of(rows.ways, rows.conversions, value=rows.value, nulls=rows.nulls, ages=ages)


def _credited(name: str, share: "object", found: "Paths") -> "Credit":
    assert callable(share)  # noqa: S101  what model_named gives
    try:
        credited: Credit = share(found)
    except ValueError as error:
        raise InvalidInput(
            "model_failed",
            Text(zh=f"模型 {name} 不能用于此文件：{error}", en=f"{name} cannot reckon this file: {error}"),
        ) from error
    return credited


def _order(found_by: "dict[str, Credit]") -> list[int]:
    """Channels with the most credit under the first model come first."""
    first = next(iter(found_by.values()))
    return sorted(range(len(first.channels)), key=lambda at: (-first.conversions[at], first.channels[at]))


def _write_json(found_by: "dict[str, Credit]", rows: "PathRows") -> None:
    import json

    answers = [
        {
            "model": name,
            "rows": [
                {
                    "channel": one.channels[at],
                    "conversions": float(one.conversions[at]),
                    "value": None if rows.value is None else float(one.value[at]),
                }
                for at in _order({name: one})
            ],
        }
        for name, one in found_by.items()
    ]
    sys.stdout.write(json.dumps(answers[0] if len(answers) == 1 else answers, ensure_ascii=False, indent=2) + "\n")


def _show(found_by: "dict[str, Credit]", rows: "PathRows") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column(say(zh="渠道", en="channel"), no_wrap=True)
    for name, one in found_by.items():
        table.add_column(name, justify="right", no_wrap=True)
        if rows.value is not None:
            table.add_column(say(zh="价值", en="value"), justify="right", no_wrap=True)
        if one.removal is not None:
            table.add_column(say(zh="移除效应", en="removal"), justify="right", no_wrap=True)
    for at in _order(found_by):
        cells = [next(iter(found_by.values())).channels[at]]
        for one in found_by.values():
            cells.append(f"{one.conversions[at]:,.2f}")
            if rows.value is not None:
                cells.append(f"{one.value[at]:,.2f}")
            if one.removal is not None:
                cells.append(f"{one.removal[at]:.1%}")
        table.add_row(*cells)
    out = Console()
    out.width = max(out.width, out.measure(table, options=out.options.update(max_width=1000)).maximum)
    out.print(table)


def _notes(found_by: "dict[str, Credit]", rows: "PathRows", settings: "Settings") -> None:
    """What must be known with the figures, beside them and not among them."""
    from huasuan.methods.markov import FELL_BACK, NO_NULLS
    from huasuan.methods.shapley import SET_GAME

    said = {
        FELL_BACK: say(
            zh="移除任何渠道都不损失转化：markov 退回末次触点。",
            en="Markov: nothing is lost without any one: last touch.",
        ),
        NO_NULLS: say(
            zh="没有未转化的路径：移除效应只反映已转化的人。",
            en="No path without a conversion: Markov's removal effects are of converters only.",
        ),
        SET_GAME: say(
            zh="shapley 为集合博弈：每次转化由路径上不同的渠道均分。",
            en="Shapley of the set game: the different channels of a path share its conversions evenly.",
        ),
    }
    for note in dict.fromkeys(note for one in found_by.values() for note in one.notes):
        sys.stderr.write(f"— {said[note]}\n")
    if rows.days is None and any(name.replace("_", "-") == "time-decay" for name in found_by):
        sys.stderr.write(
            say(
                zh=f"— 没有 days 列：time-decay 假定相邻触点相隔一天（半衰期 {settings.half_life_days:g} 天）。\n",
                en=f"— No column days: time-decay takes touches to be a day apart (half-life "
                f"{settings.half_life_days:g} d).\n",
            )
        )
