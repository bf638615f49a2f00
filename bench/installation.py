"""An installation of its own for a bench: founded, filled, served and stopped as anybody would do it."""

import http.client
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from bench import records
from bench.processes import HUASUAN, ROOT, run
from huasuan.app.settings import Settings
from huasuan.app.wiring import open_store
from huasuan.intake import deliver_stream
from huasuan.people import workspace_named

_STOP_SECONDS = 60
_ADDRESS = re.compile(rb"http://127\.0\.0\.1:(\d+)")


def environment(home: Path) -> dict[str, str]:
    """How a command finds the installation."""
    return {"HUASUAN_HOME": str(home), "HUASUAN_LANGUAGE": "en", "NO_COLOR": "1"}


def found(home: Path) -> None:
    """``huasuan init``."""
    run([HUASUAN, "init"], env=environment(home))


def new_key(home: Path) -> str:
    """One more API key."""
    printed = subprocess.run(
        [HUASUAN, "init", "--new-key"], env={**os.environ, **environment(home)}, capture_output=True, check=True
    ).stdout.decode()
    key = re.search(r"hs_\S+", printed)
    assert key is not None, printed
    return key.group()


def fill(home: str, calls: int) -> dict[str, int]:
    """Calls of two years with leads, deals and monthly costs, straight through the door; how many facts."""
    numbers = max(1, calls // 4)
    sent: dict[str, int] = {}
    with open_store(Settings(home=Path(home))) as store:
        with store.read() as connection:
            workspace = workspace_named(connection, None)
        step = timedelta(days=730) / calls
        streams: dict[str, Iterable[records.Record]] = {
            "call": records.calls(calls, aware=True),
            "lead": (records.lead(n, numbers=numbers, at=records.FIRST + n * step) for n in range(0, calls, 10)),
            "deal_event": (
                records.won(n, at=records.FIRST + n * step + timedelta(days=3), origin_call=f"c{n}")
                for n in range(0, calls, 25)
            ),
            "cost": records.month_costs(),
        }
        for kind, stream in streams.items():
            taken = deliver_stream(
                store, workspace=workspace.id, kind_name=kind, source="bench", records=stream, origin="bench"
            )
            outcomes = [outcome for chunk in taken for outcome in chunk]
            refused = [outcome for outcome in outcomes if outcome.status == "refused"]
            assert not refused, refused[:3]
            sent[kind] = len(outcomes)
    return sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running ``huasuan serve``; ``seconds`` is how long it took to answer."""

    process: "subprocess.Popen[bytes]"
    port: int
    key: str
    seconds: float


class Caller:
    """One kept-alive connection to a service."""

    def __init__(self, service: Service) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=120)
        self._headers = {"Authorization": f"Bearer {service.key}", "Content-Type": "application/json"}

    def post(self, path: str, body: bytes) -> Any:
        """The answer; anything but 200 stops the bench."""
        self._connection.request("POST", f"/api/v1/{path}", body, self._headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status} {answer[:500]!r}")
        return orjson.loads(answer)

    def deliver(self, kind: str, body: bytes) -> int:
        """Send records; how many were created. Nothing may be refused."""
        answer = self.post(f"facts/{kind}?source=bench", body)
        assert answer["refused"] == 0, answer["items"][:2]
        return int(answer["created"])

    def ask(self, question: Mapping[str, object]) -> dict[str, int | str | None]:
        """The figures of a question without cuts."""
        answer = self.post("ask", orjson.dumps(question))
        return {key: figure["value"] for key, figure in answer["rows"][0]["values"].items()}


@contextmanager
def serving(home: Path) -> Iterator[Service]:
    """``huasuan serve`` on a free port in a process of its own, stopped at the end."""
    key = new_key(home)
    begun = time.perf_counter()
    with (home / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [HUASUAN, "serve", "--port", "0"],
            env={**os.environ, **environment(home), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=ROOT,
        )
    try:
        assert process.stdout is not None
        address = next(
            (found for line in islice(process.stdout, 20) if (found := _ADDRESS.search(line)) is not None), None
        )
        assert address is not None, (home / "serve.log").read_text()[-2000:]
        yield Service(process=process, port=int(address[1]), key=key, seconds=time.perf_counter() - begun)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(_STOP_SECONDS)
