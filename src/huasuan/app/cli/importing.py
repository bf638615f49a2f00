"""What ``huasuan import`` does and says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from huasuan.app import wiring
from huasuan.app.cli.language import read, say
from huasuan.app.cli.main import DONE, FAILED, PART_REFUSED
from huasuan.app.cli.progress import bar
from huasuan.app.settings import load_settings
from huasuan.app.worker.asterisk import Logs, import_logs
from huasuan.app.worker.foreign_logs import known_mapping
from huasuan.intake import ImportReport, Tally, import_file
from huasuan.kernel.errors import InvalidInput, UnknownName
from huasuan.people import COMMAND, Workspace, record, workspace_named
from huasuan.store import Store


@contextmanager
def _workspace() -> Iterator[tuple[Store, Workspace]]:
    settings = load_settings()
    with wiring.open_store(settings) as store:
        with store.read() as connection:
            workspace = workspace_named(connection, settings.workspace)
        yield store, workspace


def run_import(kind: str, file: Path, *, mapping: Path | None, check: bool, source: str | None) -> int:
    """Import a file; the exit code."""
    with _workspace() as (store, workspace):
        try:
            with bar(file.name) as progress:
                report = import_file(
                    store,
                    workspace,
                    kind,
                    file,
                    mapping=mapping,
                    usual=known_mapping(file, kind),
                    check=check,
                    source=source,
                    progress=lambda state: progress(state.bytes_read, state.total_bytes),
                )
        except UnknownName:
            raise
        except InvalidInput as error:
            return _refused_whole(error)
        if not check:
            _note(store, workspace, file.name, {"kind": kind, "state": "done", "batch": report.batch})
    _say_report(report)
    return PART_REFUSED if report.tally.refused else DONE


def run_asterisk(logs: Logs, *, check: bool) -> int:
    """Import Asterisk's logs; the exit code."""
    with _workspace() as (store, workspace):
        try:
            with bar("asterisk") as progress:
                report = import_logs(store, workspace, logs, check=check, progress=lambda calls: progress(calls, None))
        except InvalidInput as error:
            return _refused_whole(error)
        if not check:
            _note(store, workspace, "asterisk", {"kind": "call", "state": "done", "batch": report.batch})
    typer.echo(say(zh=f"共 {report.calls} 通电话", en=f"{report.calls} calls"))
    refused = report.faults + report.tally.refused
    if report.batch is not None:
        _say_tally(report.batch, report.tally)
    if refused:
        typer.echo(say(zh=f"{refused} 行无法读取", en=f"{refused} lines could not be taken"))
    if report.errors is not None:
        typer.echo(say(zh=f"错误行：{report.errors}", en=f"Refused lines: {report.errors}"))
    return PART_REFUSED if refused else DONE


def _note(store: Store, workspace: Workspace, name: str, detail: dict[str, object]) -> None:
    """As an import through the browser is noted."""
    with store.write() as connection:
        record(connection, actor=COMMAND, action="file.imported", workspace=workspace.id, target=name, detail=detail)


def _refused_whole(error: InvalidInput) -> int:
    """The file as a whole cannot be right: that is a failure, not a wrong use of the command."""
    typer.echo(read(error.text), err=True)
    if error.remedy is not None:
        typer.echo("→ " + read(error.remedy), err=True)
    return FAILED


def _say_report(report: ImportReport) -> None:
    if report.checked:
        typer.echo(say(zh="仅检查，未写入任何数据。", en="Only checked; nothing was written."))
    if report.resumed:
        typer.echo(say(zh="从上次中断处继续。", en="Went on where the last import was stopped."))
    origins = {
        "given": say(zh="给定的对应表", en="the mapping given"),
        "remembered": say(zh="记住的对应表", en="the remembered mapping"),
        "guessed": say(zh="按列名推测的对应表", en="a mapping guessed from the column names"),
    }
    typer.echo(
        say(
            zh=f"{report.rows} 行，使用{origins[report.mapping_origin]}：",
            en=f"{report.rows} rows, read with {origins[report.mapping_origin]}:",
        )
    )
    for name, source in report.mapping.fields.items():
        typer.echo(f"  {name} ← {source.column if source.column is not None else repr(source.constant)}")
    if report.unused:
        typer.echo(say(zh="未使用的列：", en="Unused columns: ") + "、".join(report.unused))
    _say_tally(report.batch, report.tally)
    for fault in report.first_faults:
        where = say(zh=f"第 {fault.line} 行", en=f"line {fault.line}") + (f" [{fault.column}]" if fault.column else "")
        typer.echo(f"  ✗ {where} {fault.value!r}: {read(fault.text)}")
        if fault.remedy is not None:
            typer.echo(f"    → {read(fault.remedy)}")
    if report.errors is not None:
        typer.echo(say(zh=f"错误行已另存：{report.errors}", en=f"The refused rows are in {report.errors}"))


def _say_tally(batch: int | None, tally: Tally) -> None:
    counts = say(
        zh=f"新增 {tally.created}，更正 {tally.corrected}，未变 {tally.unchanged}，拒绝 {tally.refused}",
        en=f"{tally.created} new, {tally.corrected} corrected, {tally.unchanged} unchanged, {tally.refused} refused",
    )
    typer.echo(counts if batch is None else say(zh=f"批次 {batch}：{counts}", en=f"Batch {batch}: {counts}"))
