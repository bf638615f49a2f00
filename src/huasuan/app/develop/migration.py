"""Write the next migration step from what the records say: ``python -m huasuan.app.develop.migration "what changes"``.

With ``--initial`` the one first step is written anew; only right while nothing was released.
"""

import argparse
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import Script

from huasuan import intake
from huasuan.app import wiring
from huasuan.store import Store, head, run_steps


def main() -> None:
    """Read the arguments and write the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("message", nargs="?", default="The first tables")
    parser.add_argument("--initial", action="store_true")
    options = parser.parse_args()
    folder = Path(str(files("huasuan.store.migrations")))
    if options.initial:
        for old in (folder / "versions").glob("*.py"):
            old.unlink()
    number = "0001" if options.initial else f"{int(head()) + 1:04d}"
    write_step(folder, number=number, message=options.message)


def write_step(folder: Path, *, number: str, message: str) -> None:
    """Compare an empty database, brought to the last step, with the tables of all rooms; write the difference."""
    for name in intake.__all__:  # its files are loaded when something of them is used, its tables with them
        getattr(intake, name)
    assert "batch" in wiring.TABLES.tables  # noqa: S101  importing the wiring fills the others
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    with tempfile.TemporaryDirectory() as scratch:
        store = Store.at(Path(scratch) / "empty.sqlite")
        if number != "0001":
            with store.write() as connection:
                run_steps(connection)
        with store.write() as connection:
            config.attributes["connection"] = connection
            script = command.revision(config, message=message, autogenerate=True, rev_id=number)
        store.close()
    assert isinstance(script, Script)  # noqa: S101  one message makes one step
    path = Path(script.path)
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if "# ###" not in line))
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run([*ruff, "check", "--fix", "-q", str(path)], check=False)  # noqa: S603
    subprocess.run([*ruff, "format", "-q", str(path)], check=True)  # noqa: S603


if __name__ == "__main__":
    main()
