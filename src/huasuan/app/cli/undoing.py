"""What ``huasuan undo``, ``batches`` and ``remove-sample`` do and say."""

import typer
from rich.console import Console
from rich.table import Table

from huasuan.app import wiring
from huasuan.app.cli.language import say
from huasuan.app.cli.progress import bar
from huasuan.app.origins import INNER_ORIGINS
from huasuan.app.settings import load_settings
from huasuan.app.worker.sample import forget_sample, sample_batches
from huasuan.intake import UndoReport, list_batches, undo_batch
from huasuan.kernel.time import zone
from huasuan.people import COMMAND, record, workspace_named

_CONFLICTS_SHOWN = 20


def run_undo(batch: int) -> None:
    """Take one delivery back and tell what came of it."""
    settings = load_settings()
    with wiring.open_store(settings) as store:
        with store.read() as connection:
            workspace = workspace_named(connection, settings.workspace)
        with bar(say(zh="撤销", en="Undo")) as progress:
            report = undo_batch(store, workspace.id, batch, progress=lambda done: progress(done, None))
        detail = {"removed": report.removed, "restored": report.restored, "conflicts": report.conflict_count}
        with store.write() as connection:
            record(
                connection,
                actor=COMMAND,
                action="batch.undone",
                workspace=workspace.id,
                target=str(batch),
                detail=detail,
            )
    _say(report)


def run_remove_sample() -> None:
    """Take back everything the simulator sent, the last delivery first, since it may build on earlier ones."""
    settings = load_settings()
    removed = conflicts = 0
    with wiring.open_store(settings) as store:
        with store.read() as connection:
            workspace = workspace_named(connection, settings.workspace)
        found = sample_batches(store, workspace)
        with bar(say(zh="删除示例数据", en="Removing the sample")) as progress:
            for number, batch in enumerate(found, start=1):
                report = undo_batch(store, workspace.id, batch)
                removed += report.removed
                conflicts += report.conflict_count
                progress(number, len(found))
        with store.write() as connection:
            detail = {"removed": removed, "conflicts": conflicts}
            record(connection, actor=COMMAND, action="sample.removed", workspace=workspace.id, detail=detail)
        forget_sample(store, settings, workspace)
    typer.echo(say(zh=f"已删除 {removed} 条示例事实。", en=f"Removed {removed} facts of the sample."))
    if conflicts:
        typer.echo(
            say(
                zh=f"{conflicts} 条后来被其他批次更正，已保留。",
                en=f"{conflicts} were corrected by other deliveries since and stay.",
            )
        )


def _say(report: UndoReport) -> None:
    typer.echo(
        say(
            zh=f"批次 {report.undone} 已撤销：删除 {report.removed} 条，恢复 {report.restored} 条，"
            f"清除联系方式 {report.contacts_removed} 个",
            en=f"Batch {report.undone} taken back: {report.removed} facts removed, {report.restored} read as before, "
            f"{report.contacts_removed} numbers and addresses forgotten",
        )
    )
    if report.conflict_count:
        typer.echo(
            say(
                zh=f"{report.conflict_count} 条后来被其他批次更改，未动：",
                en=f"{report.conflict_count} were changed by other deliveries since and were left alone:",
            )
        )
        for conflict in report.conflicts[:_CONFLICTS_SHOWN]:
            typer.echo(
                say(
                    zh=f"  {conflict.source_key}（批次 {conflict.changed_by}）",
                    en=f"  {conflict.source_key} (batch {conflict.changed_by})",
                )
            )


def show_batches(limit: int) -> None:
    """The newest deliveries as a table."""
    settings = load_settings()
    with wiring.open_store(settings) as store, store.read() as connection:
        workspace = workspace_named(connection, settings.workspace)
        records = list_batches(connection, workspace=workspace.id, limit=limit, without=INNER_ORIGINS)
    table = Table(box=None, pad_edge=False)
    for heading in (
        say(zh="批次", en="batch"),
        say(zh="时间", en="time"),
        say(zh="种类", en="kind"),
        say(zh="来源", en="source"),
        say(zh="名称", en="name"),
        say(zh="状态", en="status"),
        say(zh="新增/更正/未变/拒绝", en="new/corrected/unchanged/refused"),
    ):
        table.add_column(heading, overflow="fold")
    here = zone(workspace.settings.zone)
    for one in records:
        tally = one.tally
        counts = f"{tally.created}/{tally.corrected}/{tally.unchanged}/{tally.refused}"
        name = one.name or (f"↶ {one.undoes}" if one.undoes is not None else "")
        moment = f"{one.started_at.astimezone(here):%Y-%m-%d %H:%M}"
        table.add_row(str(one.id), moment, one.kind, one.source, name, one.status, counts)
    Console().print(table)
