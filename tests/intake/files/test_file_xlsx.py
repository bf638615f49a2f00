"""Workbooks: typed cells, sheets, and bombs that must not go off."""

import io
import zipfile
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter

from huasuan.intake.files import FileRefused, open_table
from huasuan.intake.files.values import parse_duration, parse_phone, parse_time

CHINA = ZoneInfo("Asia/Shanghai")


def code_of(path, **options):
    with pytest.raises(FileRefused) as caught:
        open_table(path, **options)
    assert caught.value.remedy is not None
    return caught.value.code


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("空表")
        sheet = book.add_worksheet("通话")
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        day = book.add_format({"num_format": "yyyy/m/d"})
        span = book.add_format({"num_format": "[h]:mm:ss"})
        sheet.write(0, 0, "三月通话")
        sheet.write_row(2, 0, ["开始时间", "客户电话", "通话时长", "日期", "是否接通", "备注"])
        sheet.write_datetime(3, 0, datetime.fromisoformat("2026-03-05 09:07:30"), moment)
        sheet.write_number(3, 1, 13800138000)
        sheet.write_datetime(3, 2, timedelta(seconds=80), span)
        sheet.write_datetime(3, 3, date(2026, 3, 5), day)
        sheet.write_boolean(3, 4, True)
        sheet.write_number(3, 5, 1.5)
        sheet.write_row(4, 0, ["合计", "", 80])
        sheet.write_row(6, 0, ["2026-03-06 10:00:00", "'13900139000", "01:20"])
    return path


def test_a_workbook_of_typed_cells(report):
    table = open_table(report)
    assert (table.format, table.sheet, table.header_line) == ("xlsx", "通话", 3)
    assert table.columns == ("开始时间", "客户电话", "通话时长", "日期", "是否接通", "备注")
    rows = list(table.rows())
    moment = datetime.fromisoformat("2026-03-05 09:07:30")
    assert rows[0] == (4, [moment, 13800138000, "0:01:20", datetime.fromisoformat("2026-03-05"), "TRUE", 1.5])
    assert rows[1][0] == 7
    assert [skip.line for skip in table.skipped] == [5]
    assert table.bytes_read() == table.total_bytes
    for _, cells in rows:
        assert parse_time(cells[0], CHINA) is not None
        assert parse_phone(cells[1]) in ("+8613800138000", "+8613900139000")
        assert parse_duration(cells[2]) == 80


def test_sheets_are_chosen_by_name(report):
    assert open_table(report, sheet="通话").sheet == "通话"
    assert code_of(report, sheet="空表") == "file_empty"
    assert code_of(report, sheet="没有") == "sheet_unknown"


def test_a_workbook_counting_from_1904(tmp_path):
    path = tmp_path / "mac.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": True}) as book:
        book.add_worksheet().write_column(0, 0, ["开始时间", 44624])
    table = open_table(path, header=True)
    ((_, cells),) = table.rows()
    assert table.date1904
    assert parse_time(cells[0], CHINA, date1904=table.date1904) == parse_time("2026-03-05", CHINA)


def rezip(path, *, replace=None, encrypted=False):
    """The workbook with some members exchanged, as an attacker would build it."""
    source = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            with target.open(name, "w") as member:
                for piece in (replace or {}).get(name, [source.read(name)]):
                    member.write(piece)
    return path


def test_a_bomb_is_not_opened(report):
    zeros = [b"<x>" + b"0" * (1 << 20)] * 60
    assert code_of(rezip(report, replace={"xl/worksheets/sheet2.xml": zeros})) == "xlsx_bomb"


def test_a_bomb_that_lies_about_its_size_is_not_opened(report):
    rezip(report, replace={"xl/theme/theme1.xml": [*[b"0" * (1 << 20)] * 513, b"odd"]})
    data = bytearray(report.read_bytes())
    size = ((513 << 20) + 3).to_bytes(4, "little")
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = (1000).to_bytes(4, "little")
    report.write_bytes(data)
    assert code_of(report) == "xlsx_bomb"


def test_one_cell_far_out_is_refused_before_it_takes_the_memory(report):
    sheet = zipfile.ZipFile(report).read("xl/worksheets/sheet2.xml")
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    rezip(report, replace={"xl/worksheets/sheet2.xml": [sheet.replace(b"</sheetData>", far)]})
    assert code_of(report) == "xlsx_too_wide"


def test_archives_of_another_kind(tmp_path):
    path = tmp_path / "a.xlsx"
    for name in ("a.csv", "xl/workbook.bin", "mimetype", "Index/Document.iwa"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, "x")
        assert code_of(path) == "file_not_xlsx"


def test_damaged_workbooks(report):
    whole = report.read_bytes()
    report.write_bytes(whole[: len(whole) // 2])
    assert code_of(report) == "xlsx_damaged"
    report.write_bytes(whole)
    assert code_of(rezip(report, replace={"xl/workbook.xml": [b"<not-xml"]})) == "xlsx_damaged"
