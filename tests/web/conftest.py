"""A real browser against a real service; one service with the sample business for all workers of a run."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from web.agents import hired
from web.installed import STALE, builder, install, is_stale
from web.served import Served, colleague, set_up, start

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "tests/web/artifacts"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
expect.set_options(timeout=20_000)
# The sample ends at the day it is made; a browser in its zone names the same days.
ZONE = "Asia/Shanghai"
_STARTED: dict[int, "subprocess.Popen[str]"] = {}


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of a run have in common."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture
def alone(shared: Path) -> Iterator[None]:
    """No other test that has it changes figures of the shared service meanwhile."""
    with _locked(shared / "figures.lock"):
        yield


@pytest.fixture(scope="session")
def package(shared: Path) -> Path:
    """The wheel of the checkout, installed once for all workers of a run."""
    # Else every test would wait for pages that look otherwise, and none would say why.
    if is_stale(builder()):
        pytest.fail(STALE, pytrace=False)
    with _locked(shared / "wheel.lock"):
        done = shared / "wheel.txt"
        if not done.exists():
            folder = shared / "wheel"
            folder.mkdir()
            done.write_text(str(install(folder)))
        return Path(done.read_text())


@pytest.fixture(scope="session")
def served(shared: Path, package: Path, worker_id: str) -> Iterator[Served]:
    """The first worker in starts it, the last one out stops it; each has an owner's account of its own."""
    users, card, lock = shared / "web.users", shared / "web.json", shared / "web.lock"
    with _locked(lock):
        if not card.exists():
            home = shared / "web-home"
            home.mkdir(mode=0o700)
            process, address, token = start(home, package, sample=True)
            _STARTED[process.pid] = process
            found = Served(address=address, pid=process.pid, cookie=set_up(address, token))
            card.write_text(json.dumps(asdict(found)))
        found = Served(**json.loads(card.read_text()))
        users.write_text(" ".join([*(users.read_text().split() if users.exists() else []), worker_id]))
        # Language and look are kept with the account: what one worker chooses must not change another's pages.
        cookie = colleague(found, f"owner-{worker_id}@example.com", "owner")
    yield replace(found, cookie=cookie)
    with _locked(lock):
        left = [name for name in users.read_text().split() if name != worker_id]
        users.write_text(" ".join(left))
        if not left:
            card.unlink()
            os.kill(found.pid, signal.SIGTERM)
            if found.pid in _STARTED:
                # What is being derived is finished first; on a busy machine that takes a while.
                _STARTED.pop(found.pid).wait(timeout=90)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    assert program is not None, "no Chromium: run make packages"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield found
        found.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens pages in contexts of their own; what the pages complain of fails the test."""
    contexts = []
    complaints: list[str] = []

    def opened(served: Served | None = None, *, width: int = 1360, height: int = 900) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", timezone_id=ZONE, reduced_motion="reduce"
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        if served is not None:
            context.add_cookies(served.cookies())  # type: ignore[arg-type]
        page = context.new_page()
        page.on("console", lambda said: complaints.append(_told(said)) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [text for text in complaints if not _expected(text)] == []


def _told(said: ConsoleMessage) -> str:
    return f"{said.text} {said.location.get('url')}"


def _expected(text: str) -> bool:
    """A browser notes every refusal of ours; the tests look at those themselves."""
    # Pages ask for nothing by themselves that whoever looks at them may not see.
    if "403" in text and "/api/v1/metrics" in text:
        return False
    return "Failed to load resource" in text and any(status in text for status in ("400", "401", "403"))


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that looks for barriers."""
    return (ROOT / "web/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def hire(served: Served, worker_id: str) -> Callable[..., tuple[Served, str]]:
    """Somebody with an agent code and a seat of their own; see ``hired``."""

    def one(*, sales: bool = False) -> tuple[Served, str]:
        return hired(served, worker_id, sales=sales)

    return one
