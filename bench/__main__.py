"""``python -m bench [names …] [--sizes 1M,10M] [--cache FOLDER]``: run benches, write RESULTS.md, fail on a miss."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

from bench.findings import Finding, machine, table, write

# Module and default sizes of every bench. Questions run at each size, the others at the first.
BENCHES: dict[str, tuple[str, str]] = {
    "import": ("import_file", "1M"),
    "http": ("http_intake", "100k"),
    "fresh": ("fresh", "200k"),
    "questions": ("questions", "1M,10M"),
    "rollups": ("rollups", "1M,10M"),
    "dashboards": ("dashboards", "10M"),
    "overview": ("overview", "1M"),
    "users": ("users", "100k"),
    "engines": ("engines", "1M"),
    "attribution": ("attribution", "1M"),
    "truth": ("truth", "1"),
    "start": ("start", "1M"),
    "rebuild": ("rebuild", "1M"),
    "leases": ("leases", "12k"),
    "matching": ("matching", "25"),
    "scoring": ("scoring", "1M"),
    "reclassify": ("reclassify", "1M"),
    "assignment": ("assignment", "1"),
    "sorting": ("sorting", "60k"),
}
RESULTS = Path(__file__).parent / "RESULTS.md"
_MISSED = 1


def size_of(text: str) -> int:
    """``1M``, ``200k`` or a plain number."""
    factor = {"k": 1000, "M": 1_000_000}.get(text[-1:], 1)
    return int(text.rstrip("kM")) * factor


def main(arguments: Sequence[str]) -> int:
    """Run what was named, all of it otherwise."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHES))
    parser.add_argument("--sizes", help="numbers of calls, as 1M,10M; each bench has its own default")
    parser.add_argument("--cache", type=Path, help="folder to keep generated data in; without it nothing is kept")
    parser.add_argument("--dry", action="store_true", help="do not write RESULTS.md")
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - BENCHES.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    met = True
    with ExitStack() as stack:
        cache = given.cache or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huasuan-bench-")))
        cache.mkdir(parents=True, exist_ok=True)
        for name in given.names or BENCHES:
            finding = _run(name, cache, given.sizes)
            met = finding.met and met
            if not given.dry:
                command = f"python -m bench {name}" + (f" --sizes {given.sizes}" if given.sizes else "")
                write(RESULTS, finding, command=command, about=machine())
    return 0 if met else _MISSED


def _run(name: str, cache: Path, sizes: str | None) -> Finding:
    module, default = BENCHES[name]
    print(f"{name} …", flush=True)
    finding: Finding = import_module(f"bench.{module}").bench(
        cache, [size_of(size) for size in (sizes or default).split(",")]
    )
    print(f"\n{finding.title}\n{table(finding)}\n", flush=True)
    return finding


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
