"""A real Spark cluster on this machine's loopback: one master and two workers of one core, each its own process."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from types import TracebackType

import pyspark

WORKERS = 2
_HOST = "127.0.0.1"
_READY_SECONDS = 90
# Java's second compiler and its parallel collector pay in hours, not in the minute this cluster lives.
_SHORT_LIFE = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def java() -> str:
    """The program that runs Spark."""
    found = shutil.which("java")
    assert found, "Java 17 is needed by the tests: apt-get install openjdk-17-jre-headless (make test does it)"
    return found


class SparkCluster:
    """Started with the block, stopped with it."""

    def __init__(self, folder: Path, *, memory: str = "1g") -> None:
        self._folder = folder
        self._memory = memory
        self._home = Path(pyspark.__file__).parent
        self._port, self._page = _free_port(), _free_port()
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def master(self) -> str:
        return f"spark://{_HOST}:{self._port}"

    @property
    def options(self) -> dict[str, str]:
        """What a driver on this machine needs so that it talks over the loopback only."""
        return {
            "spark.driver.host": _HOST,
            "spark.driver.bindAddress": _HOST,
            "spark.driver.memory": self._memory,
            "spark.driver.extraJavaOptions": _SHORT_LIFE,
            "spark.executor.memory": self._memory,
            "spark.executor.extraJavaOptions": _SHORT_LIFE,
        }

    def __enter__(self) -> "SparkCluster":
        assert java()
        at = ["--host", _HOST]
        self._start("master.Master", *at, "--port", str(self._port), "--webui-port", str(self._page))
        self._wait(0)
        for number in range(WORKERS):
            place = ["--work-dir", str(self._folder / f"work-{number}"), "--webui-port", "0"]
            self._start("worker.Worker", *at, "--cores", "1", "--memory", self._memory, *place, self.master)
        self._wait(WORKERS)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            process.wait(timeout=30)

    def workers_used(self) -> int:
        """How many workers have run something for an application."""
        page = self._json()
        return len([worker for worker in page["workers"] if worker["coresused"] > 0])

    def _start(self, role: str, *arguments: str) -> None:
        environment = {
            **os.environ,
            "SPARK_HOME": str(self._home),
            "SPARK_LOCAL_IP": _HOST,
            "SPARK_DAEMON_MEMORY": "512m",
            "SPARK_DAEMON_JAVA_OPTS": _SHORT_LIFE,
        }
        log = self._folder / f"{len(self._processes)}.log"
        with log.open("wb") as output:
            self._processes.append(
                subprocess.Popen(
                    [self._home / "bin/spark-class", f"org.apache.spark.deploy.{role}", *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=environment,
                )
            )

    def _wait(self, workers: int) -> None:
        until = time.monotonic() + _READY_SECONDS
        while True:
            for number, process in enumerate(self._processes):
                assert process.poll() is None, (self._folder / f"{number}.log").read_text()[-2000:]
            try:
                if self._json()["aliveworkers"] >= workers:
                    return
            except OSError:
                pass
            assert time.monotonic() < until, f"Spark was not ready after {_READY_SECONDS} s"
            time.sleep(0.2)

    def _json(self) -> dict[str, object]:
        with urllib.request.urlopen(f"http://{_HOST}:{self._page}/json/", timeout=5) as response:
            return json.load(response)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
