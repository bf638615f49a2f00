"""Commands that bring facts in or take them back: init, import, undo, simulate, remove-sample."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from huasuan.app.cli.language import LANGUAGE, say
from huasuan.app.cli.main import app

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
        if founded.set_up is not None:
            _say_set_up(f"{settings.page}/set-up#token={founded.set_up}")
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


def _say_set_up(link: str) -> None:
    typer.echo(
        say(
            zh=f"首次登录：先启动 huasuan serve，再打开此链接创建所有者（7 天内有效）：{link}",
            en=f"First sign-in: start huasuan serve and open this link to become the owner (7 days): {link}",
        )
    )


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


@app.command("undo", help=say(zh="撤销一个批次", en="Take a delivery back."))
def undo(
    batch: Annotated[
        int,
        typer.Argument(
            metavar="BATCH", min=1, help=say(zh="批次号（导入时显示）", en="its number, shown at the import")
        ),
    ],
) -> None:
    """Undo a batch."""
    from huasuan.app.cli.undoing import run_undo

    run_undo(batch)


@app.command("batches", help=say(zh="列出批次", en="List the deliveries."))
def batches(
    limit: Annotated[int, typer.Option("--limit", min=1, help=say(zh="最多显示多少个", en="how many at most"))] = 20,
) -> None:
    """List deliveries, newest first."""
    from huasuan.app.cli.undoing import show_batches

    show_batches(limit)


@app.command(
    "remove-sample",
    help=say(zh="删除示例数据，保留您自己的数据", en="Take the made-up sample business away; your own data stays."),
)
def remove_sample() -> None:
    """Remove the sample business."""
    from huasuan.app.cli.undoing import run_remove_sample

    run_remove_sample()
