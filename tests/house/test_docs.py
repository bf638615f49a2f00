"""What users meet is written down: commands, settings, metrics, addresses, rooms, in both languages."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from huasuan.app.cli.commands import COMMANDS
from huasuan.app.develop.docs import pages
from huasuan.app.settings import Settings, meaning_of
from huasuan.intake import KINDS
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.dimensions import DIMENSIONS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return dict(pages())


def test_the_generated_pages_are_as_the_program_is(generated: dict[str, str]) -> None:
    for name, text in generated.items():
        assert (DOCS / name).read_text(encoding="utf-8") == text, f"{name} is out of date: run make docs"


def test_the_check_of_the_generator_fails_on_a_stale_page(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    program = [sys.executable, "-m", "huasuan.app.develop.docs", "--check"]
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "docs/cli.md" in done.stderr


def test_every_command_setting_metric_and_kind_is_documented(generated: dict[str, str]) -> None:
    text = "\n".join((DOCS / name).read_text(encoding="utf-8") for name in generated)
    for command in COMMANDS:
        assert f"## huasuan {command}\n" in text
    for name in Settings.model_fields:
        assert f"`HUASUAN_{name.upper()}`" in text
    for key in (*METRICS, *DIMENSIONS):
        assert f"| `{key}` |" in text
    for kind in KINDS:
        assert f"`/api/v1/facts/{kind}`" in text


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_says_what_it_means_in_both_languages(name: str) -> None:
    meaning = meaning_of(name)
    assert CHINESE.search(meaning.zh)
    assert not CHINESE.search(meaning.en)


def test_every_command_of_the_issue_is_there() -> None:
    wanted = "init import undo ask behind metrics report simulate rebuild backup restore settings doctor serve"
    assert set(wanted.split()) <= set(COMMANDS)


def test_every_room_stands_in_where_things_go() -> None:
    text = (DOCS / "where-things-go.md").read_text(encoding="utf-8")
    rooms = [path.name for path in (ROOT / "src/huasuan").iterdir() if (path / "__init__.py").exists()]
    assert "store" in rooms
    assert [room for room in rooms if f"`{room}`" not in text] == []


def test_every_link_leads_somewhere() -> None:
    broken = []
    for page in [ROOT / "README.md", ROOT / "README.zh.md", *DOCS.rglob("*.md")]:
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)} → {target}")
    assert broken == []


def test_every_decision_has_its_four_parts() -> None:
    decisions = sorted((DOCS / "decisions").glob("*.md"))
    assert len(decisions) >= 4
    for page in decisions:
        text = page.read_text(encoding="utf-8")
        for part in ("**Context.**", "**Decision.**", "**Consequences.**", "**Alternatives.**"):
            assert part in text, f"{page.name} lacks {part}"


def test_the_two_readmes_show_the_same_commands() -> None:
    def commands(name: str) -> list[str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        return [line.split("#")[0].split()[1] for line in text.splitlines() if line.startswith(("huasuan ", "make "))]

    assert commands("README.md") == commands("README.zh.md") != []
