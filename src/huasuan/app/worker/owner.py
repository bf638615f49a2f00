"""Who may open the warehouse files: one process, told by a lock that the operating system drops when it dies."""

import fcntl
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

import orjson

from huasuan.kernel.errors import Broken
from huasuan.kernel.text import Text

_LOCK_FILE = "owner.lock"
_CARD_FILE = "owner.json"
_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Where the owning service answers. The file outlives a killed service; the lock does not."""

    host: str
    port: int
    token: str
    pid: int


class Ownership:
    """The right to open the warehouse files of one data folder; use it as a context manager."""

    def __init__(self, home: Path, *, wait_seconds: float = 0.0) -> None:
        self._home = home
        self._wait_seconds = wait_seconds
        self._lock: int | None = None

    def __enter__(self) -> "Ownership":
        """Take the lock.

        Raises
        ------
        Broken
            ``warehouse_in_use`` naming the process that has it.
        """
        self._lock = os.open(self._home / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        until = time.monotonic() + self._wait_seconds
        while not self._try():
            if time.monotonic() >= until:
                os.close(self._lock)
                self._lock = None
                raise in_use(self._home)
            time.sleep(_PAUSE_SECONDS)
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode(), 0)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Drop the lock and take the card away."""
        assert self._lock is not None  # noqa: S101  entered before
        card = read_card(self._home)
        if card is not None and card.pid == os.getpid():
            (self._home / _CARD_FILE).unlink(missing_ok=True)
        os.close(self._lock)
        self._lock = None

    def announce(self, *, host: str, port: int, token: str) -> None:
        """Tell the command line of the same user where to ask."""
        card = Owner(host=host, port=port, token=token, pid=os.getpid())
        partial = self._home / f"{_CARD_FILE}.partial"
        partial.unlink(missing_ok=True)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(orjson.dumps(asdict(card)))
        partial.replace(self._home / _CARD_FILE)

    def _try(self) -> bool:
        assert self._lock is not None  # noqa: S101
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def read_card(home: Path) -> Owner | None:
    """Where the last owner said it answers, if the file is whole."""
    try:
        return Owner(**orjson.loads((home / _CARD_FILE).read_bytes()))
    except (OSError, orjson.JSONDecodeError, TypeError):
        return None


def holder(home: Path) -> int | None:
    """The process that holds the lock now, None if nobody does."""
    try:
        handle = os.open(home / _LOCK_FILE, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        said = os.pread(handle, 20, 0).decode("ascii", "replace")
        return int(said) if said.isdigit() else 0
    else:
        return None
    finally:
        os.close(handle)


def in_use(home: Path) -> Broken:
    """The error of a second owner."""
    process = holder(home) or "?"
    return Broken(
        "warehouse_in_use",
        Text(zh=f"分析库正被进程 {process} 使用", en=f"the warehouse is in use by process {process}"),
        Text(zh="请等它结束，或先停止它。", en="Wait until it ends, or stop it first."),
    )
