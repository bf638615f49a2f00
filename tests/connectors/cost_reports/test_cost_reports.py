"""Cost reports of six platforms, Chinese and English: recognised, read to the fen, and restated by a later file."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from golden.small import Small, small_business
from huasuan.app.worker.foreign_logs import known_mapping
from huasuan.connectors.cost_reports import REPORTS, known_report
from huasuan.intake import ImportReport, columns_of, door, import_file, importing

FIXTURES = {
    (name, language): Path(str(files("huasuan.connectors").joinpath(name, "fixtures", f"costs.{language}.csv")))
    for name in REPORTS
    for language in ("zh", "en")
}
HEAD = "日期,账户,推广计划,推广单元,关键词,展现,点击,消费\n"


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        business.give("fx_rate", {"key": "u", "day": "2026-01-01", "currency": "USD", "into": "CNY", "rate": "7"})
        yield business


def take(small: Small, path: Path, source: str = "file") -> ImportReport:
    return import_file(small.store, small.workspace, "costs", path, usual=known_mapping(path, "costs"), source=source)


def said(small: Small, folder: Path, *rows: str, name: str = "later") -> ImportReport:
    path = folder / f"{name}.csv"
    path.write_bytes((HEAD + "".join(f"{row}\n" for row in rows)).encode("gb18030"))
    return take(small, path)


def cost(small: Small, **more: object) -> Decimal:
    fen = small.value("total_cost", date_from=date(2026, 6, 1), date_to=date(2026, 7, 1), **more)
    return Decimal(fen or 0) / 100


@pytest.mark.parametrize(("name", "language"), sorted(FIXTURES))
def test_a_report_is_recognised_and_sums_to_the_fen(small: Small, tmp_path: Path, name: str, language: str) -> None:
    """GB18030, UTF-16 and UTF-8; titles, totals and thousands; dollars at seven yuan."""
    path = tmp_path / "report.csv"
    path.write_bytes(FIXTURES[name, language].read_bytes())
    found = known_report(columns_of(path))
    assert found is not None
    assert found[0] == name
    report = take(small, path)
    assert (report.tally.refused, report.tally.created) == (0, 3 if (name, language) == ("google_ads", "en") else 2)
    dollars = (name, language) in {("google_ads", "en"), ("meta", "en")}
    assert cost(small) == Decimal(1400) * (7 if dollars else 1)
    channel = "paid_search" if name in {"google_ads", "baidu", "qihoo360"} else "paid_social"
    assert list(small.cut("total_cost", "channel", date_from=date(2026, 6, 1), date_to=date(2026, 7, 1))) == [channel]
    assert take(small, path).tally.created == 0, "the same file again changes nothing"
    assert cost(small) == Decimal(1400) * (7 if dollars else 1)


def test_a_later_file_replaces_its_days_and_the_earlier_figure_stays_askable(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "now", lambda: datetime(2026, 6, 3, 4, tzinfo=UTC))
    said(
        small, tmp_path,
        "2026-06-01,bd,品牌,台灯,台灯,100,10,100.00",
        "2026-06-01,bd,品牌,台灯,灯泡,100,10,50.00",
        "2026-06-01,bd,通用,台灯,台灯,100,10,30.00",
        "2026-06-02,bd,品牌,台灯,台灯,100,10,20.00",
        "2026-06-01,other,品牌,台灯,台灯,100,10,7.00",
        name="first",
    )  # fmt: skip
    assert cost(small) == 207
    monkeypatch.setattr(door, "now", lambda: datetime(2026, 6, 10, 4, tzinfo=UTC))
    # Restated: one keyword costs less, the other has gone; other campaigns, days and accounts are not in the file.
    report = said(small, tmp_path, "2026-06-01,bd,品牌,台灯,台灯,90,9,80.00")
    assert (report.tally.created, report.tally.corrected) == (0, 2)
    assert cost(small) == 207 - 20 - 50
    assert cost(small, as_of=date(2026, 6, 10)) == 207
    assert cost(small, as_of=date(2026, 6, 3)) == 0
    assert cost(small, as_of=date(2026, 6, 11)) == 207 - 20 - 50
    again = said(small, tmp_path, "2026-06-01,bd,品牌,台灯,台灯,90,9,80.00", name="again")
    assert (again.tally.created, again.tally.corrected) == (0, 0)


def test_the_same_money_by_campaign_and_then_by_keyword_counts_once(small: Small, tmp_path: Path) -> None:
    said(small, tmp_path, "2026-06-01,bd,品牌,,,100,10,100.00", name="coarse")
    said(
        small, tmp_path,
        "2026-06-01,bd,品牌,台灯,台灯,60,6,60.00",
        "2026-06-01,bd,品牌,台灯,灯泡,40,4,40.00",
    )  # fmt: skip
    assert cost(small) == 100


def test_platforms_with_a_campaign_of_one_name_keep_their_spend(small: Small, tmp_path: Path) -> None:
    """Neither file has an account, both come as "file": the second must not zero the first."""
    google, meta = tmp_path / "google.csv", tmp_path / "meta.csv"
    google.write_text("Day,Campaign,Cost,Impr.,Currency code\n2026-06-01,brand,100.00,10,CNY\n", encoding="utf-8")
    meta.write_text(
        "Day,Campaign name,Amount spent,Impressions,Currency\n2026-06-01,brand,40.00,10,CNY\n", encoding="utf-8"
    )
    take(small, google)
    take(small, meta)
    assert cost(small) == 140
    google.write_text("Day,Campaign,Cost,Impr.,Currency code\n2026-06-01,brand,90.00,10,CNY\n", encoding="utf-8")
    take(small, google)
    assert cost(small) == 130


def test_lines_by_device_and_region_are_lines_of_their_own(small: Small, tmp_path: Path) -> None:
    """Domain canon, section 4: region and device are columns of a cost report (S2-39)."""
    path = tmp_path / "devices.csv"
    rows = "2026-06-01,bd,品牌,计算机,北京,10,1,30.00\n2026-06-01,bd,品牌,移动,北京,10,1,20.00\n"
    more = "2026-06-01,bd,品牌,移动,上海,10,1,5.00\n"
    path.write_text("日期,账户,推广计划,设备,地域,展现,点击,消费\n" + rows + more, encoding="utf-8")
    report = take(small, path)
    assert (report.tally.created, report.tally.corrected) == (3, 0)
    assert cost(small) == 55


def test_a_line_that_stands_twice_is_refused_not_lost(small: Small, tmp_path: Path) -> None:
    path = tmp_path / "hours.csv"
    rows = "2026-06-01,bd,品牌,9,10,1,30.00\n2026-06-01,bd,品牌,10,10,1,20.00\n"
    path.write_text("日期,账户,推广计划,小时,展现,点击,消费\n" + rows, encoding="utf-8")
    report = take(small, path)
    assert (report.tally.created, report.tally.refused) == (1, 1)
    assert [(one.line, one.code) for one in report.first_faults] == [(3, "line_twice")]
    assert cost(small) == 30


def test_a_report_that_is_not_by_day_is_not_taken_for_one() -> None:
    assert known_report(("Campaign name", "Reporting starts", "Reporting ends", "Amount spent (USD)")) is None
    assert known_report(("日期", "金额")) is None


def test_refused_rows_are_mended_and_imported_alone(small: Small, tmp_path: Path) -> None:
    """The file of refused rows is no report of the whole day: what was taken of the day stays."""
    report = said(small, tmp_path, "2026-06-01,bd,品牌,u,a,10,1,30.00", "2026-06-01,bd,品牌,u,b,10,1,2x")
    assert (report.tally.created, report.tally.refused) == (1, 1)
    assert report.errors is not None
    mended = report.errors.read_text(encoding="utf-8-sig").replace(",2x,", ",20.00,", 1)
    report.errors.write_text(mended, encoding="utf-8-sig")
    again = take(small, report.errors)
    assert (again.tally.created, again.tally.corrected) == (1, 0)
    assert cost(small) == 50


def test_a_refused_row_of_a_later_report_keeps_what_it_was(small: Small, tmp_path: Path) -> None:
    """It cannot be read, so it is not gone; once it is mended it is corrected."""
    said(small, tmp_path, "2026-06-01,bd,品牌,u,a,10,1,30.00", "2026-06-01,bd,品牌,u,b,10,1,20.00")
    report = said(small, tmp_path, "2026-06-01,bd,品牌,u,a,10,1,31.00", "2026-06-01,bd,品牌,u,b,10,1,2x", name="again")
    assert (report.tally.corrected, report.tally.refused) == (1, 1)
    assert cost(small) == 51


def test_a_stopped_report_knows_the_lines_of_its_beginning(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that stands twice is refused, also where a stop lay between the two."""
    monkeypatch.setattr(importing, "CHUNK_ROWS", 1)
    path = tmp_path / "hours.csv"
    rows = "2026-06-01,bd,品牌,9,10,1,30.00\n2026-06-01,bd,品牌,10,10,1,30.00\n"
    path.write_text("日期,账户,推广计划,小时,展现,点击,消费\n" + rows, encoding="utf-8")

    class Stopped(Exception):
        pass

    def stop(_progress: object) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        import_file(small.store, small.workspace, "costs", path, progress=stop)
    report = import_file(small.store, small.workspace, "costs", path)
    assert report.resumed
    assert (report.tally.created, report.tally.corrected, report.tally.refused) == (1, 0, 1)
    assert report.tally.unchanged == 0
    assert cost(small) == 30
