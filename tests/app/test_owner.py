"""One owner of the warehouse files at a time."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from huasuan.app.worker.owner import Ownership, holder, read_card
from huasuan.kernel.errors import Broken

_HOLD = """
import sys, time
from pathlib import Path
from huasuan.app.worker.owner import Ownership
with Ownership(Path(sys.argv[1])) as own:
    own.announce(host="127.0.0.1", port=1, token="t")
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path: Path):
    """Another process that owns the folder."""
    process = subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_owner_is_refused_and_told_who_has_it(tmp_path: Path, other: "subprocess.Popen[str]") -> None:
    with pytest.raises(Broken) as caught, Ownership(tmp_path):
        pass
    assert caught.value.code == "warehouse_in_use"
    assert str(other.pid) in caught.value.text.en
    assert holder(tmp_path) == other.pid


def test_a_killed_owner_leaves_a_stale_card_and_no_lock(tmp_path: Path, other: "subprocess.Popen[str]") -> None:
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    card = read_card(tmp_path)
    assert card is not None
    assert card.pid == other.pid
    assert holder(tmp_path) is None
    with Ownership(tmp_path):
        assert holder(tmp_path) == os.getpid()


def test_a_waiting_owner_gets_its_turn(tmp_path: Path, other: "subprocess.Popen[str]") -> None:
    started = time.monotonic()
    other.terminate()
    with Ownership(tmp_path, wait_seconds=30):
        pass
    assert time.monotonic() - started < 30


def test_the_card_is_for_its_owner_alone_and_goes_with_it(tmp_path: Path) -> None:
    with Ownership(tmp_path) as ownership:
        ownership.announce(host="127.0.0.1", port=8000, token="secret")  # noqa: S106
        assert stat.S_IMODE((tmp_path / "owner.json").stat().st_mode) == 0o600
        card = read_card(tmp_path)
        assert card is not None
        assert (card.port, card.token, card.pid) == (8000, "secret", os.getpid())
    assert read_card(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"host": "x"}'])
def test_a_broken_card_is_no_card(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "owner.json").write_bytes(content)
    assert read_card(tmp_path) is None
