"""Draw the picture of the README from the real output: ``python -m huasuan.app.develop.picture --lang zh``."""

import html
import io
import re
import tempfile
from datetime import date
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console

from huasuan.app.cli.language import LANGUAGE, say
from huasuan.app.cli.reports import show_report
from huasuan.app.settings import Settings
from huasuan.app.worker.founding import found, open_for_founding
from huasuan.app.worker.sample import SampleSize
from huasuan.app.worker.warehouses import Warehouses
from huasuan.people import WorkspaceSettings
from huasuan.simulator import World, simulate

_START = date(2026, 3, 2)
_WIDTH = 110
_PARTS = ("overall", "channel", "agent")


def main() -> None:
    """Make up the sample business in a temporary folder and draw its report."""
    size = SampleSize()
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(home=Path(scratch))
        store = open_for_founding(settings)
        workspace = found(store, settings, name="sample", business=WorkspaceSettings(), new_key=False).workspace
        simulate(store, workspace, World(days=size.days, calls=size.calls, seed=size.seed, start=_START))
        console = Console(record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True, legacy_windows=False)
        with Warehouses(store, settings) as warehouses:
            show_report(
                "roi",
                lambda asked: warehouses.ask(workspace.id, asked),
                date_from=None,
                date_to=None,
                console=console,
                parts=_PARTS,
            )
        store.close()
    title = say(zh="huasuan report roi（示例数据）", en="huasuan report roi (sample data)")
    target = Path("docs/pictures") / f"report-{LANGUAGE}.svg"
    target.write_text(_mended(console.export_svg(title=title, unique_id=f"report-{LANGUAGE}")), encoding="utf-8")


def _mended(svg: str) -> str:
    """Rich reckons a Chinese character as wide as a Latin one and loads a font from elsewhere; neither is wanted."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return re.sub(r'textLength="([\d.]+)"([^>]*)>([^<]*)</text>', _as_wide_as_it_is, svg)


def _as_wide_as_it_is(found: re.Match[str]) -> str:
    text = html.unescape(found[3])
    width = float(found[1]) / len(text) * cell_len(text)
    return f'textLength="{width:.1f}"{found[2]}>{found[3]}</text>'


if __name__ == "__main__":
    main()
