"""``huasuan doctor``: looks at everything that can be wrong with an installation and says how to mend it."""

import importlib.util
import os
import shutil
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import duckdb
from sqlalchemy import func, select

from huasuan.app import wiring
from huasuan.app.failures import known_failure
from huasuan.app.settings import Settings
from huasuan.app.worker.asking_owner import NobodyThere, get_json
from huasuan.app.worker.owner import Owner, Ownership, holder, read_card
from huasuan.app.worker.warehouses import Warehouses
from huasuan.consent import ChainCheck, check_chains
from huasuan.intake import list_batches
from huasuan.journeys import any_locked_target
from huasuan.kernel.errors import Broken, HuasuanError
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now
from huasuan.people import Vault, any_second_factor, workspaces
from huasuan.store import Store, check_file, check_schema, sqlite_path

Level = Literal["ok", "warning", "fault"]
_LITTLE_ROOM = 200 * 2**20
_SCARCE_ROOM = 2 * 2**30
# A clock may be this far ahead of another machine's before facts end up in the future.
_CLOCK_SLACK = timedelta(minutes=5)
# A check of every page of a larger store takes longer than somebody waits for a doctor.
_QUICK_BYTES = 2**30
_THIS_PROGRAM = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at; ``remedy`` says what to do where it is not ok."""

    level: Level
    code: str
    text: Text
    remedy: Text | None = None


def examine(settings: Settings) -> Iterator[Finding]:
    """Everything that was looked at, in the order in which to mend it."""
    yield _python()
    if not settings.home.is_dir():
        yield _fault(
            "no_home",
            Text(zh=f"数据目录 {settings.home} 不存在", en=f"the data folder {settings.home} does not exist"),
            Text(zh="请运行 huasuan init。", en="Run huasuan init."),
        )
        return
    yield from _folder(settings.home)
    yield from _driver(settings)
    yield from _service(settings)
    yield from _with_store(settings)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return _fine("python", Text(zh=f"Python {version}", en=f"Python {version}"))


def _folder(home: Path) -> Iterator[Finding]:
    yield _writable(home)
    free = shutil.disk_usage(home).free
    text = Text(zh=f"剩余空间 {free / 2**30:.1f} GiB", en=f"{free / 2**30:.1f} GiB of disk left")
    remedy = Text(zh=f"请清理 {home} 所在的磁盘。", en=f"Make room on the disk of {home}.")
    level: Level = "fault" if free < _LITTLE_ROOM else "warning" if free < _SCARCE_ROOM else "ok"
    yield Finding(level=level, code="disk", text=text, remedy=None if level == "ok" else remedy)
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & 0o077:
        yield Finding(
            level="warning",
            code="open_to_others",
            text=Text(
                zh=f"其他用户可以读取数据目录（{mode:o}）", en=f"other users may read the data folder ({mode:o})"
            ),
            remedy=Text(zh=f"请运行 chmod 700 {home}", en=f"Run chmod 700 {home}"),
        )
    ahead = max((path.stat().st_mtime for path in home.iterdir() if path.is_file()), default=0.0)
    yield _clock(datetime.fromtimestamp(ahead, UTC), Text(zh="数据文件", en="files of the data folder"))


def _writable(home: Path) -> Finding:
    try:
        with tempfile.NamedTemporaryFile(dir=home, prefix=".doctor-") as file:
            file.write(b"\0" * 65536)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        failure = known_failure(error)
        remedy = failure.remedy if failure is not None else None
        return _fault(
            failure.code if failure is not None else "home_not_writable",
            Text(zh=f"无法写入 {home}：{error.strerror}", en=f"cannot write to {home}: {error.strerror}"),
            remedy or Text(zh="请检查磁盘和权限。", en="Check the disk and its permissions."),
        )
    return _fine("home", Text(zh=f"数据目录 {home} 可写", en=f"the data folder {home} can be written"))


def _clock(newest: datetime, of: Text) -> Finding:
    present = now()
    if newest > present + _CLOCK_SLACK or present < _THIS_PROGRAM:
        return _fault(
            "clock",
            Text(
                zh=f"系统时间 {present:%Y-%m-%d %H:%M} UTC 早于{of.zh}的时间 {newest:%Y-%m-%d %H:%M}",
                en=f"the clock says {present:%Y-%m-%d %H:%M} UTC, but {of.en} are from {newest:%Y-%m-%d %H:%M}",
            ),
            Text(
                zh="请校准系统时间（例如 timedatectl set-ntp true）。",
                en="Set the clock (for example timedatectl set-ntp true).",
            ),
        )
    return _fine("clock", Text(zh=f"系统时间不早于{of.zh}", en=f"the clock is not behind the {of.en}"))


def _driver(settings: Settings) -> Iterator[Finding]:
    if settings.url.startswith("postgresql") and importlib.util.find_spec("psycopg") is None:
        yield _fault(
            "missing_extra",
            Text(zh="缺少 PostgreSQL 驱动", en="the PostgreSQL driver is not installed"),
            Text(zh="请安装 huasuan[postgres]。", en="Install huasuan[postgres]."),
        )


def _service(settings: Settings) -> Iterator[Finding]:
    process = holder(settings.home)
    card = read_card(settings.home)
    if process is None:
        text = Text(
            zh="服务未运行；命令行自行打开分析库", en="no service runs; the command line opens the warehouse itself"
        )
        yield _fine("service", text)
    elif card is not None and card.pid == process:
        where = f"{card.host}:{card.port}"
        yield _fine(
            "service", Text(zh=f"服务运行于 {where}（进程 {process}）", en=f"serving at {where} (process {process})")
        )
        yield from _late(card)
    else:
        yield Finding(
            level="warning",
            code="warehouse_in_use",
            text=Text(zh=f"进程 {process} 正占用分析库", en=f"process {process} keeps the warehouse to itself"),
            remedy=Text(zh="请等它结束，或停止它。", en="Wait until it ends, or stop it."),
        )


def _with_store(settings: Settings) -> Iterator[Finding]:
    try:
        store = wiring.bare_store(settings)
        try:
            yield from _store(store)
            _unlock_one(store, settings)
            yield from _warehouse(store, settings)
        finally:
            store.close()
    except Exception as error:
        failure = known_failure(error)
        if failure is None:
            raise
        yield _as_finding(failure)


def _store(store: Store) -> Iterator[Finding]:
    if store.is_sqlite:
        yield from _sqlite(sqlite_path(store))
    check_schema(store)
    yield _fine("schema", Text(zh="数据库结构与程序相符", en="the schema of the store fits this program"))
    with store.read() as connection:
        found = workspaces(connection)
        newest = connection.execute(select(func.max(wiring.KINDS["call"].table.c.known_at))).scalar()
        open_batches = [
            batch for space in found for batch in list_batches(connection, workspace=space.id, status="open")
        ]
        chains = list(check_chains(connection))
    yield from map(_gate_log, chains)
    yield _clock(
        from_micros(newest) if newest is not None else _THIS_PROGRAM,
        Text(zh="最后到达的事实", en="last facts taken in"),
    )
    for batch in open_batches:
        yield Finding(
            level="warning",
            code="open_batch",
            text=Text(
                zh=f"批次 {batch.id}（{batch.name or batch.kind}）尚未完成",
                en=f"batch {batch.id} ({batch.name or batch.kind}) was not finished",
            ),
            remedy=Text(
                zh="若导入已中断，请再次运行同一命令，它会接着导入。",
                en="If its import was stopped, run the same command again; it goes on where it was.",
            ),
        )


def _unlock_one(store: Store, settings: Settings) -> None:
    """Second factors are of no use without the key they were encrypted with."""
    with store.read() as connection:
        kept = any_second_factor(connection) or any_locked_target(connection)
    if kept is not None:
        Vault(settings.key_file).unlock(kept)


def _gate_log(check: ChainCheck) -> Finding:
    """Whether the log of the gate still is what the gate wrote."""
    if check.broken_at is None:
        return _fine(
            "gate_log",
            Text(
                zh=f"工作区 {check.workspace} 的闸口日志完整（{check.lines} 行）",
                en=f"the gate's log of workspace {check.workspace} is whole ({check.lines} lines)",
            ),
        )
    return _fault(
        "gate_log_broken",
        Text(
            zh=f"工作区 {check.workspace} 的闸口日志自第 {check.broken_at} 行起被改动",
            en=f"the gate's log of workspace {check.workspace} was changed at line {check.broken_at}",
        ),
        Text(
            zh="请与备份比较，查明何人改动了数据库。",
            en="Compare it with a backup, and find out who changed the database.",
        ),
    )


def _warehouse(store: Store, settings: Settings) -> Iterator[Finding]:
    """How far the warehouse is behind; only this process can tell while no service owns it."""
    if holder(settings.home) is not None:
        return
    try:
        with Ownership(settings.home), Warehouses(store, settings) as warehouses:
            rows = warehouses.lag().rows
    except (Broken, duckdb.Error):
        yield _fault(
            "warehouse_damaged",
            Text(zh="分析库文件无法打开", en="the warehouse file cannot be opened"),
            Text(zh="请运行 huasuan rebuild；不会丢失数据。", en="Run huasuan rebuild; nothing is lost by it."),
        )
        return
    if rows:
        text = Text(
            zh=f"分析库落后 {rows} 行，下次提问时补上",
            en=f"the warehouse lacks {rows} rows; the next question adds them",
        )
    else:
        text = Text(zh="分析库与数据库一致", en="the warehouse is level with the store")
    yield _fine("warehouse", text)


def _late(card: Owner) -> Iterator[Finding]:
    """A running service tells itself how far behind it is."""
    try:
        health = get_json(card, "/api/v1/health")
    except NobodyThere:
        yield _fault(
            "service_silent",
            Text(zh=f"服务（进程 {card.pid}）没有应答", en=f"the service (process {card.pid}) does not answer"),
            Text(zh="请停止该进程后重新运行 huasuan serve。", en="Stop that process and run huasuan serve again."),
        )
        return
    if health["status"] != "ok":
        seconds = round(health["behind_seconds"])
        yield _fault(
            "warehouse_late",
            Text(zh=f"分析库落后 {seconds} 秒", en=f"the warehouse is {seconds} seconds behind"),
            Text(
                zh="请查看服务日志；必要时运行 huasuan rebuild。",
                en="See the service's log; if need be run huasuan rebuild.",
            ),
        )


def _sqlite(path: Path) -> Iterator[Finding]:
    if not path.exists():
        return
    with closing(sqlite3.connect(path, timeout=0.0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            failure = known_failure(error)
            if failure is None:
                raise
            yield _as_finding(failure)
    if path.stat().st_size <= _QUICK_BYTES:
        check_file(path)
        yield _fine("store", Text(zh="数据库文件完好", en="the store file is whole"))


def _as_finding(error: HuasuanError) -> Finding:
    return Finding(level="fault", code=error.code, text=error.text, remedy=error.remedy)


def _fine(code: str, text: Text) -> Finding:
    return Finding(level="ok", code=code, text=text)


def _fault(code: str, text: Text, remedy: Text) -> Finding:
    return Finding(level="fault", code=code, text=text, remedy=remedy)
