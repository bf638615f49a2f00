"""Commands that run an installation: serve, rebuild, backup, restore, settings, doctor."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from huasuan.app.cli.language import read, say
from huasuan.app.cli.main import DONE, FAILED, app


@app.command("serve", help=say(zh="启动服务（API 与文档）", en="Serve the API with its docs."))
def serve(
    host: Annotated[str | None, typer.Option("--host", help=say(zh="监听地址", en="address to listen on"))] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help=say(zh="端口，0 为任意空闲端口", en="port; 0 takes a free one")),
    ] = None,
) -> None:
    """Serve until Ctrl-C."""
    from huasuan.app.serving import serve as run
    from huasuan.app.settings import load_settings

    settings = load_settings()
    changes = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    run(settings.model_copy(update=changes), ready=_say_ready)
    typer.echo(say(zh="已停止。", en="Stopped."))


def _say_ready(address: str) -> None:
    typer.echo(
        say(
            zh=f"服务已启动：{address} （接口文档 {address}/docs；Ctrl-C 停止）",
            en=f"Serving at {address} (API docs at {address}/docs; Ctrl-C stops)",
        )
    )


@app.command(
    "rebuild",
    help=say(zh="从数据库重建分析库", en="Make the warehouse anew from the store."),
)
def rebuild() -> None:
    """Rebuild the warehouse."""
    from huasuan.app.cli.reaching import answered
    from huasuan.app.settings import load_settings

    made = answered(load_settings(), "rebuild", {})
    typer.echo(
        say(
            zh=f"已重建：{made['facts']} 条事实，{made['seconds']:.1f} 秒",
            en=f"Rebuilt: {made['facts']} facts in {made['seconds']:.1f} s",
        )
    )


class LakeAction(StrEnum):
    """What can be done with the lake."""

    EXPORT = "export"


@app.command(
    "lake",
    help=say(
        zh="导出数据湖（按月分区的 Parquet），供 Spark 或 ClickHouse 使用；只重写有变化的月份",
        en="Export the lake (Parquet by month) for Spark or ClickHouse; only months that changed are written.",
    ),
)
def lake(action: Annotated[LakeAction, typer.Argument(metavar="export")]) -> None:
    """Export the lake."""
    from huasuan.app.cli.reaching import answered
    from huasuan.app.settings import load_settings

    assert action is LakeAction.EXPORT  # noqa: S101  the only one
    made = answered(load_settings(), "lake", {})
    typer.echo(
        say(
            zh=f"{made['folder']}：版本 {made['version']}，写出 {made['files']} 个文件（{made['rows']} 行），"
            f"保留 {made['kept']} 个，{made['seconds']:.1f} 秒",
            en=f"{made['folder']}: version {made['version']}, {made['files']} files written ({made['rows']} rows), "
            f"{made['kept']} kept, {made['seconds']:.1f} s",
        )
    )


@app.command(
    "backup",
    help=say(zh="在线备份数据库（SQLite）", en="Back up the store while it is in use (SQLite)."),
)
def backup(
    target: Annotated[Path, typer.Argument(metavar="DIR|FILE", help=say(zh="目标文件夹或文件", en="where to put it"))],
) -> None:
    """Back up the store."""
    from huasuan.app import wiring
    from huasuan.app.cli.progress import bar
    from huasuan.app.settings import load_settings
    from huasuan.kernel.time import now
    from huasuan.people import COMMAND, record_everywhere
    from huasuan.store import copy_sqlite

    path = target / f"huasuan-{now():%Y%m%dT%H%M%S.%fZ}.sqlite" if target.is_dir() or not target.suffix else target
    with wiring.open_store(load_settings()) as store, bar(say(zh="备份", en="Backup")) as progress:
        size = copy_sqlite(store, path, progress=progress)
        with store.write() as connection:
            record_everywhere(connection, actor=COMMAND, action="store.backed_up", target=path.name)
    typer.echo(say(zh=f"已备份并校验：{path}（{size:,} 字节）", en=f"Backed up and checked: {path} ({size:,} bytes)"))


@app.command(
    "restore",
    help=say(zh="用备份替换当前数据库", en="Put a backup in the place of the present store."),
)
def restore(
    source: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help=say(zh="备份文件", en="the backup"))
    ],
) -> None:
    """Restore a backup."""
    from huasuan.app.cli.progress import bar
    from huasuan.app.settings import load_settings
    from huasuan.app.worker.restoring import restore as run

    with bar(say(zh="恢复", en="Restore")) as progress:
        kept = run(load_settings(), source, progress=progress)
    typer.echo(say(zh=f"已恢复 {source}", en=f"Restored {source}"))
    if kept is not None:
        typer.echo(say(zh=f"恢复前的数据库保存在 {kept}", en=f"The store as it was is kept in {kept}"))


@app.command(
    "settings",
    help=say(
        zh="显示所有设置；名称=值 可更改工作区的设置",
        en="Show every setting, secrets masked; NAME=VALUE changes one of the workspace.",
    ),
)
def settings(
    changes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=VALUE]...",
            help=say(zh="例如 target_seconds=90；历史数据按新设置重算", en="e.g. target_seconds=90; history follows"),
        ),
    ] = None,
) -> None:
    """Show the settings, after changing some."""
    from rich.console import Console
    from rich.table import Table

    from huasuan.app.settings import load_settings
    from huasuan.app.worker.business import change, shown

    found = load_settings()
    if changes:
        change(found, changes)
    table = Table(show_lines=False)
    for heading in (say(zh="设置", en="setting"), say(zh="值", en="value"), say(zh="含义", en="meaning")):
        table.add_column(heading, overflow="fold")
    for name, value, meaning in (*found.shown(), *shown(found)):
        table.add_row(name, value, read(meaning))
    Console().print(table)


@app.command(
    "doctor",
    help=say(zh="检查安装并说明如何修复", en="Say what is wrong and how to mend it."),
)
def doctor() -> int:
    """Examine the installation; exit code 1 if something is at fault."""
    from huasuan.app.settings import load_settings
    from huasuan.app.worker.doctor import examine

    marks = {"ok": "✓", "warning": "!", "fault": "✗"}
    faults = 0
    for finding in examine(load_settings()):
        faults += finding.level == "fault"
        typer.echo(f"{marks[finding.level]} {read(finding.text)}")
        if finding.remedy is not None:
            typer.echo(f"  → {read(finding.remedy)}")
    return FAILED if faults else DONE
