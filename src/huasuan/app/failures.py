"""What goes wrong outside huasuan (disk, locks, databases), said as one of its own errors."""

import os
import tempfile
import traceback
from errno import EACCES, EDQUOT, ENOSPC, EPERM, EROFS
from pathlib import Path

from huasuan.kernel.errors import Broken, HuasuanError
from huasuan.kernel.text import Text

_FULL = Broken(
    "disk_full",
    Text(zh="磁盘已满，未写入任何不完整的数据", en="the disk is full; nothing was written half"),
    Text(
        zh="请腾出空间后重试（huasuan doctor 显示用量）。", en="Make room and try again (huasuan doctor shows the use)."
    ),
)
_READ_ONLY = Broken(
    "read_only",
    Text(zh="数据目录或数据库不可写", en="the data folder or the store cannot be written"),
    Text(
        zh="请检查权限和挂载方式（huasuan doctor）。",
        en="Check permissions and how the disk is mounted (huasuan doctor).",
    ),
)
_LOCKED = Broken(
    "locked",
    Text(zh="数据库被另一个进程占用过久", en="another process kept the store locked for too long"),
    Text(zh="稍后重试；huasuan doctor 显示占用者。", en="Try again later; huasuan doctor tells who holds it."),
)
_UNREACHABLE = Broken(
    "store_unreachable",
    Text(zh="无法连接数据库", en="the database cannot be reached"),
    Text(zh="请检查 HUASUAN_STORE_URL 以及数据库是否运行。", en="Check HUASUAN_STORE_URL and that the database runs."),
)
_DAMAGED = Broken(
    "store_damaged",
    Text(zh="数据库文件已损坏或不是 huasuan 数据库", en="the store file is damaged or no store at all"),
    Text(zh="请用 huasuan restore 恢复备份。", en="Bring back a backup with huasuan restore."),
)
# What SQLite, PostgreSQL and DuckDB say, in the order in which to look for it.
_SAID = (
    ("disk is full", _FULL),
    ("no space left", _FULL),
    ("could not extend file", _FULL),
    ("readonly database", _READ_ONLY),
    ("unable to open database", _READ_ONLY),
    ("permission denied", _READ_ONLY),
    ("database is locked", _LOCKED),
    ("malformed", _DAMAGED),
    ("not a database", _DAMAGED),
    ("connection refused", _UNREACHABLE),
    ("could not translate host name", _UNREACHABLE),
    ("failed to resolve host", _UNREACHABLE),
    ("connection failed", _UNREACHABLE),
    ("connection timeout", _UNREACHABLE),
)
_NUMBERS = {ENOSPC: _FULL, EDQUOT: _FULL, EROFS: _READ_ONLY, EACCES: _READ_ONLY, EPERM: _READ_ONLY}


def known_failure(error: BaseException) -> HuasuanError | None:
    """The failure in our words, or None if it is none we know."""
    if isinstance(error, HuasuanError):
        return error
    if isinstance(error, OSError) and error.errno in _NUMBERS:
        return _NUMBERS[error.errno]
    module = type(error).__module__
    if module.startswith(("sqlalchemy", "sqlite3", "psycopg", "duckdb", "_duckdb")):
        words = str(error).lower()
        return next((ours for said, ours in _SAID if said in words), None)
    return None


def write_report(error: BaseException) -> Path:
    """Keep the traceback of an unforeseen error in a file only its owner may read; gives its path."""
    handle, name = tempfile.mkstemp(prefix="huasuan-error-", suffix=".txt")
    with os.fdopen(handle, "w") as report:
        report.write("".join(traceback.format_exception(error)))
    return Path(name)
