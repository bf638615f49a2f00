"""The wheel, built and installed into a folder of its own: what is tested in the browser is what is shipped."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
STALE = "the built pages are not of the present sources: run make .venv/.web"


def builder() -> ModuleType:
    """The build hook as a module."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def is_stale(hook: ModuleType, root: Path = ROOT) -> bool:
    """Whether what a browser would be shown was built of other sources than those of the checkout."""
    stamp = root / hook.STATIC / "built-from.txt"
    return not stamp.exists() or stamp.read_text() != hook.digest_of(root / "web")


def build_wheel(folder: Path) -> Path:
    """The wheel of the checkout, made in ``folder``."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run(
        [str(uv), "build", "--wheel", "--quiet", "--out-dir", str(folder), str(ROOT)], check=True, capture_output=True
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(folder: Path) -> Path:
    """Build the wheel and install it, without what it depends on; gives the folder to put on Python's path."""
    uv = Path(sys.executable).with_name("uv")
    target = folder / "installed"
    wheel = build_wheel(folder)
    subprocess.run(
        [str(uv), "pip", "install", "--quiet", "--no-deps", "--python", sys.executable, "--target", target, wheel],
        check=True,
        capture_output=True,
    )
    assert (target / "huasuan/app/http/static/index.html").exists()
    return target
