"""Learning a score in a process of its own that makes way for everything else, so that no page waits for it.

Trees take seconds of work that would hold the interpreter of the service. The process gets features and outcomes on
its standard input, writes the score on its standard output and ends, also when the service is killed meanwhile.
"""

import io
import os
import signal
import subprocess
import sys

import numpy as np
import orjson
from numpy.typing import NDArray

from huasuan import methods
from huasuan.kernel.errors import Broken
from huasuan.kernel.text import Text

_LOWEST_PRIORITY = 19
_START = "from huasuan.app.worker.training_apart import main; main()"
_NOTHING = b"null"
_KILLED = Broken(
    "learning_killed",
    Text(
        zh="学习线索评分的进程被终止，多因内存不足",
        en="the process that learns lead scores was killed, mostly for want of memory",
    ),
    Text(
        zh="原评分继续使用；请增加内存后运行 huasuan leads train。",
        en="The present score stays in use; give it more memory, then run huasuan leads train.",
    ),
)


def train_apart(features: "methods.Features", outcomes: NDArray[np.float64], seed: int) -> "methods.Scorer | None":
    """As ``methods.train`` with one thread.

    Raises
    ------
    Broken
        ``learning_killed``: something ended the process, mostly for want of memory
    RuntimeError
        with what the process said if it failed by itself
    """
    done = subprocess.run(  # noqa: S603  this very program
        [sys.executable, "-P", "-c", _START], input=_packed(features, outcomes, seed), capture_output=True, check=False
    )
    if done.returncode < 0:
        raise _KILLED
    if done.returncode:
        raise RuntimeError(f"learning ended with {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}")
    return None if done.stdout == _NOTHING else methods.scorer_from_json(done.stdout)


def main() -> None:
    """Learn what standard input holds."""
    os.nice(_LOWEST_PRIORITY)
    # An interrupt of the terminal is for the service, which waits for this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    features, outcomes, seed = _unpacked(sys.stdin.buffer.read())
    scorer = methods.train(features, outcomes, seed=seed, threads=1)
    sys.stdout.buffer.write(_NOTHING if scorer is None else methods.scorer_to_json(scorer))


def _packed(features: "methods.Features", outcomes: NDArray[np.float64], seed: int) -> bytes:
    """A line that says how, then both arrays."""
    said = {"names": features.names, "categories": sorted(features.categories), "seed": seed}
    written = io.BytesIO()
    written.write(orjson.dumps(said) + b"\n")
    np.save(written, features.values, allow_pickle=False)
    np.save(written, outcomes, allow_pickle=False)
    return written.getvalue()


def _unpacked(packed: bytes) -> tuple["methods.Features", NDArray[np.float64], int]:
    read = io.BytesIO(packed)
    said = orjson.loads(read.readline())
    values, outcomes = (np.load(read, allow_pickle=False) for _ in range(2))
    features = methods.Features(names=tuple(said["names"]), values=values, categories=frozenset(said["categories"]))
    return features, outcomes, said["seed"]
