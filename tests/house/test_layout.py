"""A folder off the plan fails, and what was decided about imports is really checked."""

import shutil
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    program = shutil.which("lint-imports", path=str(ROOT / ".venv/bin")) or shutil.which("lint-imports")
    assert program is not None
    return subprocess.run(
        [program, "--no-cache", "--contract", "floors"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_folder_off_the_plan_and_an_import_that_points_up_fail(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    assert _lint(tmp_path).returncode == 0

    kernel = tmp_path / "src/huasuan/kernel/text.py"
    before = kernel.read_text()
    kernel.write_text(before + "\nfrom huasuan.store import Store  # noqa\n")
    assert "huasuan.kernel is not allowed to import huasuan.store" in _lint(tmp_path).stdout
    kernel.write_text(before)

    (tmp_path / "src/huasuan/utils").mkdir()
    (tmp_path / "src/huasuan/utils/__init__.py").touch()
    assert "utils" in _lint(tmp_path).stdout


def test_every_room_with_files_of_its_own_is_protected() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    protected = {name.split(".")[1] for contract in contracts for name in contract.get("protected_modules", ())}
    rooms = {path.name for path in (ROOT / "src/huasuan").iterdir() if (path / "__init__.py").exists()}
    # kernel, facts and methods are values and functions for everybody; nothing stands above app.
    assert rooms - protected == {"app", "kernel", "facts", "methods"}
