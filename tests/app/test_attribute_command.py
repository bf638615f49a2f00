"""``huasuan attribute``: an analyst's file of paths, without a workspace (S2-37, S2-65 to S2-68)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter

from huasuan.app.cli.main import run

ROWS = [("A > B", 30, 70, 300), ("A", 10, 90, 100), ("B>A>B", 20, 30, 200), ("B", 5, 95, 50), ("C → A", 8, 42, 80)]
FIRST = [("A", 40.0, 400.0), ("B", 25.0, 250.0), ("C", 8.0, 80.0)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "paths.csv"
    lines = ["path,conversions,nulls,value", *(",".join(map(str, row)) for row in ROWS)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _json(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict:
    assert run(["attribute", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def _rows(answer: dict) -> list[tuple[object, ...]]:
    return [(row["channel"], row["conversions"], row["value"]) for row in answer["rows"]]


def test_one_model_is_one_object(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = _json(capsys, file, "--model", "first")
    assert set(answer) == {"model", "rows"}
    assert answer["model"] == "first"
    assert _rows(answer) == FIRST
    removal = _json(capsys, file, "--model", "markov")["rows"][0]
    assert removal["channel"] == "B"
    assert removal["conversions"] == pytest.approx(37.88044, abs=1e-5)


def test_several_models_are_a_list_and_their_parameters_are_free(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = _json(capsys, file, "--model", "position", "--model", "last", "--first-share", "1", "--last-share", "0")
    assert [answer["model"] for answer in answers] == ["position", "last"]
    assert _rows(answers[0]) == FIRST
    assert len(_json(capsys, file)) == 8


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_files_as_chinese_spreadsheets_write_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    path = tmp_path / "路径.csv"
    path.write_text('路径,转化数,未转化数,金额\n百度 > 直接访问,"1,200",3,5\n抖音,4,0,0\n', encoding=encoding)
    assert _rows(_json(capsys, path, "--model", "last-non-direct")) == [
        ("百度", 1200.0, 5.0),
        ("抖音", 4.0, 0.0),
        ("直接访问", 0.0, 0.0),
    ]


def test_a_workbook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "paths.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for place, row in enumerate([("path", "conversions", "nulls", "value"), *ROWS]):
        sheet.write_row(place, 0, row)
    book.close()
    assert _rows(_json(capsys, path, "--model", "first")) == FIRST


def test_ages_are_read_where_they_are_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.csv"
    path.write_text("path,conversions,days\na > b,3,7 > 0\n")
    answer = _json(capsys, path, "--model", "time-decay", "--half-life", "7")
    assert _rows(answer) == [("b", 2.0, None), ("a", 1.0, None)]


def test_a_function_of_ones_own(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _json(capsys, file, "--model", "huasuan.methods:first_touch")["rows"][0]["conversions"] == 40


@pytest.mark.parametrize(
    ("text", "arguments", "words"),
    [
        ("path,conversions\na > > b,1\n", (), "line 2 path"),
        ("path,conversions\na,1\nb,-1\n", (), "line 3 conversions"),
        ("path,conversions\na,x\n", (), "not a number"),
        ("way,deals\na,1\n", (), "no column path"),
        ("path,conversions\n", (), "no paths"),
        ("path,conversions\na,1\n", ("--model", "markow"), "The nearest is markov"),
        ("path,conversions\na,1\n", ("--model", "no.such:thing"), "no function"),
        ("path,conversions\na,1\n", ("--model", "position", "--first-share", "2"), "parameter"),
        ("path,conversions,days\na > b,1,3\n", (), "1 ages for 2 touches"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, arguments: tuple[str, ...], words: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(text)
    ended = _program("attribute", str(path), *arguments, "--lang", "en")
    assert ended.returncode == 2
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_missing_file_and_the_table(file: Path, tmp_path: Path) -> None:
    assert _program("attribute", str(tmp_path / "none.csv"), "--lang", "zh").returncode == 2
    shown = _program("attribute", str(file), "--lang", "zh")
    assert "移除效应" in shown.stdout
    assert "集合博弈" in shown.stderr


def test_it_needs_neither_store_nor_warehouse(file: Path) -> None:
    program = (
        "import sys; from huasuan.app.cli.main import run; "
        f"run(['attribute', {str(file)!r}, '--model', 'linear', '--json']); "
        "sys.exit(int(bool({'sqlalchemy', 'duckdb', 'fastapi'} & set(sys.modules))))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def _program(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "huasuan.app.cli", *arguments], capture_output=True, text=True, check=False
    )
