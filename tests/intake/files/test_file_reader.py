"""Whole files: encodings, delimiters, headers, totals, and what is refused before anything is read."""

import csv
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan.intake.files import FileRefused, open_table
from huasuan.intake.files.delimited import detect_delimiter

HEADER = ["开始时间", "主叫号码", "通话时长"]
FIRST = ["2026-03-05 09:07:00", "13800138000", "80"]
TEXT = "\n".join([",".join(HEADER), ",".join(FIRST), "2026-03-05 09:08:00,13900139000,张三说“好”\n"])


def write(folder, data, name="file.csv"):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def refusal(path, **options):
    with pytest.raises(FileRefused) as caught:
        list(open_table(path, **options).rows())
    error = caught.value
    assert error.remedy is not None
    assert error.text.zh != error.text.en
    assert error.remedy.zh != error.remedy.en
    return error.code


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_encodings_are_detected(tmp_path, encoding, found):
    table = open_table(write(tmp_path, TEXT.encode(encoding)))
    assert table.encoding == found
    assert table.columns == tuple(HEADER)
    assert list(table.rows()) == [(2, FIRST), (3, ["2026-03-05 09:08:00", "13900139000", "张三说“好”"])]


def test_an_asked_encoding_is_used_or_refused(tmp_path):
    path = write(tmp_path, TEXT.encode("gbk"))
    assert open_table(path, encoding="gb2312").encoding == "gb18030"
    assert refusal(path, encoding="utf-8") == "encoding_wrong"
    assert refusal(path, encoding="klingon") == "encoding_unknown"
    assert refusal(path, encoding="rot13") == "encoding_unknown"


def test_chinese_far_behind_ascii_is_still_found(tmp_path):
    rows = "a,b,c\n" + "1,2,3\n" * 200_000 + "1,2,张三\n"
    table = open_table(write(tmp_path, rows.encode("gb18030")))
    assert table.encoding == "gb18030"
    assert [cells for _, cells in table.rows()][-1] == ["1", "2", "张三"]


def test_a_damaged_or_foreign_encoding_is_refused(tmp_path):
    assert refusal(write(tmp_path, TEXT.encode() * 3 + b"\xff\xfe\n")) == "encoding_broken"
    assert refusal(write(tmp_path, "name,city\nJosé,Málaga\n".encode("latin-1"))) == "encoding_unknown"
    assert refusal(write(tmp_path, TEXT.encode("utf-16") + b"a")) == "encoding_broken"


@pytest.mark.parametrize("sign", [",", "\t", ";", "|"])
def test_delimiters_are_detected(tmp_path, sign):
    rows = [HEADER, FIRST, ["2026-03-05 09:08:00", "13900139000", '"1,5;2|3\t4"']]
    table = open_table(write(tmp_path, "\n".join(sign.join(row) for row in rows)))
    assert table.delimiter == sign
    assert table.format == ("tsv" if sign == "\t" else "csv")
    assert [cells for _, cells in table.rows()] == [FIRST, ["2026-03-05 09:08:00", "13900139000", "1,5;2|3\t4"]]


@given(
    st.lists(
        st.lists(st.from_regex(r"[a-z0-9]{1,6}", fullmatch=True), min_size=3, max_size=3), min_size=1, max_size=20
    ),
    st.sampled_from([",", "\t", ";", "|"]),
)
def test_a_regular_table_shows_its_delimiter(rows, sign):
    assert detect_delimiter("\n".join(sign.join(row) for row in rows)) == sign


def test_the_separator_line_of_spreadsheets(tmp_path):
    table = open_table(write(tmp_path, "sep=;\n主叫;被叫;备注\n1;2;a,b\n"))
    assert (table.delimiter, table.columns) == (";", ("主叫", "被叫", "备注"))
    assert list(table.rows()) == [(3, ["1", "2", "a,b"])]
    assert refusal(write(tmp_path, "a;b\n1;2\n"), delimiter=";;") == "delimiter_wrong"


def test_an_ad_report_with_titles_and_totals(tmp_path):
    report = "\n".join(
        [
            "百度营销 账户报告",
            "时间范围：2026-03-01 至 2026-03-05",
            "",
            "日期,推广计划,展现,点击,消费",
            "2026-03-01,品牌,100,10,12.50",
            "小计,,100,10,12.50",
            "2026-03-02,品牌,100,10,12.50",
            ",,,,",
            "合计：,,200,20,25.00",
            "共2条记录",
        ]
    )
    table = open_table(write(tmp_path, report.encode("gbk")))
    assert table.columns == ("日期", "推广计划", "展现", "点击", "消费")
    assert table.header_line == 4
    assert [line for line, _ in table.rows()] == [5, 7]
    assert [skip.line for skip in table.skipped] == [6, 9, 10]
    assert table.skipped_count == 3


def test_a_customer_named_like_a_total_stays(tmp_path):
    table = open_table(write(tmp_path, "客户名称,电话\nTotal Energies,13800138000\n总部基地,13900139000\n"))
    assert len(list(table.rows())) == 2


def test_headers_that_nobody_knows_and_no_header(tmp_path):
    table = open_table(write(tmp_path, "alpha,beta,beta,\n1,2,3,4\n"))
    assert table.columns == ("alpha", "beta", "beta (2)", "D")
    bare = write(tmp_path, "13800138000,80,2026-03-05\n13900139000,90,2026-03-06\n", "bare.csv")
    table = open_table(bare)
    assert (table.columns, table.header_line) == (("A", "B", "C"), None)
    assert [line for line, _ in table.rows()] == [1, 2]
    assert len(list(open_table(bare, header=True).rows())) == 1
    assert len(list(open_table(write(tmp_path, TEXT), header=False).rows())) == 3


def test_lines_are_counted_as_people_see_them(tmp_path):
    table = open_table(write(tmp_path, '备注,电话\r\n"第一行\r\n第二行",1\r\n\r\n短\r\n长,2,,\r\n过长,2,3\r\n'))
    assert list(table.rows()) == [
        (2, ["第一行\r\n第二行", "1"]),
        (5, ["短"]),
        (6, ["长", "2"]),
        (7, ["过长", "2", "3"]),
    ]


def test_rows_may_be_read_again_and_progress_grows(tmp_path):
    table = open_table(write(tmp_path, "电话,备注\n" + "13800138000,x\n" * 5000))
    assert list(table.rows()) == list(table.rows())
    reading = table.rows()
    next(reading)
    early = table.bytes_read()
    assert 0 < early < table.total_bytes
    assert sum(1 for _ in reading) == 4999
    assert table.bytes_read() == table.total_bytes


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"\xef\xbb\xbf \r\n \r\n", "file_empty"),
        (b"%PDF-1.7 ...", "file_binary"),
        (b"\x89PNG\r\n\x1a\n", "file_binary"),
        (b"a,b\n1,\x00\x01\x02\n" + bytes(range(256)), "file_binary"),
        (b"a,b\n" + b"1,2\n" * 2000 + b"3,\x00\n", "file_binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "file_old_xls"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "file_encrypted"),
        (b"  <html><table>", "file_html"),
        (b"a,b\n" + b"x" * (1 << 20) + b"y\n", "line_too_long"),
        (b"x" * (3 << 20), "line_too_long"),
        (b'a,b\n"never closed,2\n' + b"1,2\n" * 2000, "quote_open"),
        (b'a,b\n1,"' + (b"y" * 1000 + b"\n") * 1000 + b"z" * 60_000, "quote_open"),
    ],
)
def test_files_that_are_no_tables_are_refused(tmp_path, data, code):
    assert refusal(write(tmp_path, data)) == code


def test_a_missing_file_is_refused(tmp_path):
    assert refusal(tmp_path / "none.csv") == "file_missing"
    assert refusal(tmp_path) == "file_missing"


def test_an_endless_line_is_not_read_into_memory(tmp_path):
    path = write(tmp_path, b"a,b\n" + b"x" * (32 << 20))
    tracemalloc.start()
    try:
        assert refusal(path) == "line_too_long"
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    holes = tmp_path / "holes.csv"
    with holes.open("wb") as file:
        file.write(b"a,b\n")
        file.seek(2 << 30)
        file.write(b"x")
    assert refusal(holes) == "file_binary"


CELLS = st.text(st.characters(exclude_characters="\0\ufeff", exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=8), st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
def test_what_a_csv_writer_wrote_comes_back(tmp_path_factory, rows, encoding):
    rows = [["k" + first, second] for first, second in rows]
    path = tmp_path_factory.mktemp("back") / "file.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["电话", "姓名"], *rows])
    assert [cells for _, cells in open_table(path, delimiter=",").rows()] == rows
