"""Commands that bring facts in or take them back: init, import, undo, simulate, remove-sample."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from huasuan.app.cli.language import LANGUAGE, say
from huasuan.app.cli.main import app
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

Days = Annotated[int, typer.Option("--days", min=1, help=say(zh="天数", en="length in days"))]
Calls = Annotated[int, typer.Option("--calls", min=1, help=say(zh="通话数", en="number of calls"))]
Seed = Annotated[int, typer.Option("--seed", help=say(zh="随机种子", en="which of many made-up businesses"))]


@app.command(
    "init",
    help=say(
        zh="创建数据目录、工作区和 API 密钥；可重复运行",
        en="Make the data folder, a workspace and its API key; may be run again.",
    ),
)
def init(
    name: Annotated[str, typer.Option("--name", help=say(zh="工作区名称", en="name of the workspace"))] = "default",
    zone: Annotated[str, typer.Option("--zone", help=say(zh="时区", en="time zone"))] = "Asia/Shanghai",
    currency: Annotated[str, typer.Option("--currency", help=say(zh="币种", en="currency"))] = "CNY",
    *,
    sample: Annotated[
        bool, typer.Option("--sample", help=say(zh="装入示例数据（模拟生成）", en="load the made-up sample business"))
    ] = False,
    new_key: Annotated[
        bool, typer.Option("--new-key", help=say(zh="再生成一个 API 密钥", en="make one more API key"))
    ] = False,
) -> None:
    """Found an installation."""
    from huasuan.app.settings import load_settings
    from huasuan.app.worker.founding import found, open_for_founding
    from huasuan.people import WorkspaceSettings

    settings = load_settings()
    store = open_for_founding(settings)
    try:
        business = WorkspaceSettings(zone=zone, currency=currency, language=LANGUAGE)
        founded = found(store, settings, name=name, business=business, new_key=new_key)
        _say_founded(settings.home, founded.workspace.name, founded.key)
        if founded.upgrade.backup is not None:
            typer.echo(say(zh="升级前的备份：", en="Backup made before the upgrade: ") + str(founded.upgrade.backup))
        if sample:
            from huasuan.app.cli.progress import bar
            from huasuan.app.worker.sample import SampleSize, load_sample

            with bar(say(zh="生成示例数据", en="Making up the sample business")) as progress:
                loaded = load_sample(store, settings, founded.workspace, SampleSize(), progress=progress)
            typer.echo(_SAMPLE_LOADED if loaded else _SAMPLE_THERE)
    finally:
        store.close()


_SAMPLE_LOADED = say(
    zh="已装入示例数据（虚构）。用 huasuan remove-sample 一次删除。",
    en="Loaded the sample business (made up). huasuan remove-sample takes it away.",
)
_SAMPLE_THERE = say(zh="示例数据已存在，未重新装入。", en="The sample business is there already; nothing was loaded.")


def _say_founded(home: Path, workspace: str, key: str | None) -> None:
    typer.echo(say(zh=f"数据目录：{home}；工作区：{workspace}", en=f"Data folder: {home}; workspace: {workspace}"))
    if key is not None:
        typer.echo(say(zh=f"API 密钥（仅显示一次）：{key}", en=f"API key (shown only now): {key}"))


@app.command(
    "simulate",
    help=say(
        zh="向工作区写入一个真相已知的虚构企业", en="Send a made-up business with known truth into the workspace."
    ),
)
def simulate(
    days: Days = 90,
    calls: Calls = 60_000,
    seed: Seed = 1,
    start: Annotated[
        datetime | None,
        typer.Option(
            "--start",
            formats=["%Y-%m-%d"],
            metavar="D",
            help=say(zh="首日；默认到昨天为止", en="first day; without it the last day is yesterday"),
        ),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            "--truth", metavar="FILE", help=say(zh="真相写到此 JSON 文件", en="write the truth to this JSON file")
        ),
    ] = None,
) -> None:
    """Simulate a business."""
    from huasuan.app import wiring
    from huasuan.app.cli.progress import bar
    from huasuan.app.settings import load_settings
    from huasuan.people import workspace_named
    from huasuan.simulator import World
    from huasuan.simulator import simulate as run

    settings = load_settings()
    with wiring.open_store(settings) as store, bar(say(zh="模拟", en="Simulate")) as progress:
        with store.read() as connection:
            workspace = workspace_named(connection, settings.workspace)
        first = None if start is None else start.date()
        world = World(days=days, calls=calls, seed=seed, start=first, zone=workspace.settings.zone)
        path = truth or settings.home / f"truth-{world.first_day}-{days}d-{calls}-{seed}.json"
        summary = run(store, workspace, world, truth_path=path, progress=progress)
    facts = sum(summary.created.values())
    typer.echo(
        say(
            zh=f"已写入 {facts} 条事实（其中通话 {summary.created.get('call', 0)}）；真相：{path}",
            en=f"Sent {facts} facts ({summary.created.get('call', 0)} calls); the truth: {path}",
        )
    )


@app.command(
    "import",
    help=say(
        zh="导入文件（CSV、TSV、XLSX）：通话、客户、线索、触点、成交、费用、班次……；"
        "KIND 为 asterisk 时导入 Asterisk 日志",
        en="Import a file (CSV, TSV, XLSX) of calls, customers, leads, touches, deals, costs, shifts …; "
        "with KIND asterisk the logs of an Asterisk exchange.",
    ),
)
def import_(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help=say(zh="种类，或 asterisk", en="what the rows are, or asterisk"))
    ],
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help=say(zh="文件", en="the file"))
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--map",
            metavar="M.toml",
            exists=True,
            dir_okay=False,
            help=say(zh="列的对应表；会被记住", en="which column feeds which field; it is remembered"),
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help=say(zh="来源系统的名称", en="name of the system the file comes from"))
    ] = None,
    cdr: Annotated[
        Path | None,
        typer.Option(
            "--cdr", metavar="F", exists=True, dir_okay=False, help=say(zh="Asterisk 话单", en="Asterisk CDR")
        ),
    ] = None,
    cel: Annotated[
        Path | None,
        typer.Option("--cel", metavar="F", exists=True, dir_okay=False, help=say(zh="Asterisk CEL", en="Asterisk CEL")),
    ] = None,
    queue_log: Annotated[
        Path | None,
        typer.Option(
            "--queue-log",
            metavar="F",
            exists=True,
            dir_okay=False,
            help=say(zh="Asterisk queue_log", en="Asterisk queue_log"),
        ),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(
            "--zone",
            help=say(
                zh="Asterisk 写日志用的时区；默认从日志推断",
                en="zone in which Asterisk writes its logs; by default found from the logs",
            ),
        ),
    ] = None,
    own_number: Annotated[
        list[str] | None,
        typer.Option(
            "--own-number",
            metavar="N",
            help=say(
                zh="我方号码（可重复），用于判断 Asterisk 通话方向",
                en="a number of ours (may be repeated), to tell the direction of Asterisk calls",
            ),
        ),
    ] = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help=say(zh="只检查，不写入", en="write nothing, say what would happen"))
    ] = False,
) -> int:
    """Import a file or the logs of an exchange."""
    from huasuan.app.cli import importing
    from huasuan.app.worker.asterisk import Logs

    if kind == "asterisk":
        if file is not None or mapping is not None:
            raise InvalidInput(
                "asterisk_file",
                Text(zh="asterisk 不接受 FILE 或 --map", en="asterisk takes neither FILE nor --map"),
                Text(
                    zh="请用 --cdr、--cel、--queue-log 给出日志。",
                    en="Name its logs with --cdr, --cel and --queue-log.",
                ),
            )
        logs = Logs(cdr=cdr, cel=cel, queue_log=queue_log, zone=zone, own_numbers=tuple(own_number or ()))
        if cdr is None and cel is None and queue_log is None:
            raise InvalidInput(
                "no_file",
                Text(zh="没有给出日志", en="no log was named"),
                Text(
                    zh="请用 --cdr、--cel、--queue-log 给出日志。",
                    en="Name its logs with --cdr, --cel and --queue-log.",
                ),
            )
        return importing.run_asterisk(logs, check=check)
    if file is None:
        raise InvalidInput(
            "no_file",
            Text(zh="没有给出文件", en="no file was named"),
            Text(zh="例如 huasuan import call calls.csv", en="For example huasuan import call calls.csv"),
        )
    return importing.run_import(kind, file, mapping=mapping, check=check, source=source)
