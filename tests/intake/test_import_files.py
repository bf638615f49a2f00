"""Messy files from end to end, on both databases."""

import csv
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
import xlsxwriter
from sqlalchemy import func, select

from huasuan.contacts import PARTY
from huasuan.intake import KINDS, FileRefused, import_file, undo_batch
from huasuan.intake.tables import RAW
from huasuan.kernel.errors import InvalidInput, UnknownName
from huasuan.kernel.time import from_micros
from huasuan.people import Workspace, WorkspaceSettings, create_workspace
from huasuan.store import METADATA, Store

CALLS = """通话ID,呼叫方向,开始时间,接通时间,结束时间,客户号码,坐席工号,通话结果,通话时长
c1,呼出,2026/3/5 9:00:00,2026/3/5 9:00:08,2026/3/5 9:01:08,138 0013 8000,A1,已接,60
c2,呼入,2026-03-05 09:10:00,,2026-03-05 09:10:20,+86-139-0013-9000,,未接,0
c3,呼出,2026年3月5日 9:20,,,'13800138001,A2,用户正忙了,
"""


def write(tmp_path: Path, text: str, *, name: str = "calls.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def facts(store: Store, kind: str, *columns: str) -> list[tuple[object, ...]]:
    table = KINDS[kind].table
    with store.read() as connection:
        rows = connection.execute(select(*[table.c[name] for name in columns]).order_by(table.c.seq))
        return [tuple(row) for row in rows]


def counts(store: Store) -> dict[str, int]:
    """How many rows every table holds."""
    with store.read() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in METADATA.tables.items()
        }


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_calls_as_a_chinese_exchange_exports_them(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    report = import_file(store, workspace, "calls", write(tmp_path, CALLS))

    assert (report.rows, report.tally.created, report.tally.refused, report.errors) == (3, 3, 0, None)
    assert report.mapping_origin == "guessed"
    assert facts(store, "call", "source_key", "direction", "result", "raw_cause", "talk_seconds", "agent", "item") == [
        ("c1", "out", "human", None, 60, "A1", 2),
        ("c2", "in", "missed", None, 0, None, 3),
        ("c3", "out", "unknown", "用户正忙了", 0, "A2", 4),
    ]
    (dialed,) = facts(store, "call", "dialed_at")[0]
    assert from_micros(int(str(dialed))).isoformat() == "2026-03-05T01:00:00+00:00"
    with store.read() as connection:
        found = connection.execute(select(PARTY.c.value).order_by(PARTY.c.value)).scalars().all()
    assert list(found) == ["+8613800138000", "+8613800138001", "+8613900139000"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_brings_the_same_facts(
    store: Store, workspace: Workspace, tmp_path: Path, encoding: str
) -> None:
    import_file(store, workspace, "call", write(tmp_path, CALLS, encoding=encoding))
    again = import_file(store, workspace, "call", write(tmp_path, CALLS.replace(",", "\t"), name="calls.tsv"))
    assert (again.tally.created, again.tally.unchanged) == (0, 3)


def test_the_same_file_again_is_all_unchanged_and_a_changed_one_corrects(
    store: Store, workspace: Workspace, tmp_path: Path
) -> None:
    path = write(tmp_path, CALLS)
    import_file(store, workspace, "call", path)
    again = import_file(store, workspace, "call", path)
    assert (again.tally.unchanged, again.tally.created, again.tally.corrected, again.resumed) == (3, 0, 0, False)
    assert again.mapping_origin == "remembered"

    third = import_file(store, workspace, "call", write(tmp_path, CALLS.replace(",60\n", ",59\n")))
    assert (third.tally.unchanged, third.tally.corrected, third.existing) == (2, 1, 3)
    assert facts(store, "call", "source_key", "version", "talk_seconds")[-1] == ("c1", 2, 59)


def test_a_workbook_with_dates_and_numbers(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "leads.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.write_row(0, 0, ["2026年3月线索导出"])
    sheet.write_row(1, 0, ["线索编号", "创建时间", "手机号", "渠道", "是否重复"])
    sheet.write_row(2, 0, ["L1"])
    sheet.write_datetime(2, 1, datetime.fromisoformat("2026-03-05 09:30"), moment)
    sheet.write_row(2, 2, [13800138000, "百度", "否"])
    sheet.write_row(3, 0, ["L2", "2026-03-06", 1.38e10, "抖音", "是"])
    book.close()

    report = import_file(store, workspace, "线索", path)

    assert (report.tally.created, report.tally.refused) == (1, 1)
    assert facts(store, "lead", "source_key", "channel", "duplicate") == [("L1", "百度", False)]
    (fault,) = report.first_faults
    assert (fault.line, fault.column, fault.code) == (4, "手机号", "number_ruined")
    assert report.errors == tmp_path / "leads.errors.csv"


def test_bad_rows_come_back_and_can_be_mended(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    text = CALLS + (
        "c4,呼出,昨天,,,13800138002,A1,忙,0\n"
        "c5,呼出,2026-03-05 10:00,2026-03-05 09:00,,13800138003,A1,已接,0\n"
        "c6,呼出,2026-03-05 10:00,,,13800138004,A1,忙,-5\n"
        "c1,呼出,2026-03-05 10:00,,,13800138004,A1,忙,0\n"
    )
    report = import_file(store, workspace, "call", write(tmp_path, text))

    assert (report.tally.created, report.tally.refused) == (3, 4)
    assert [fault.code for fault in report.first_faults] == [
        "not_a_time",
        "times_out_of_order",
        "negative_duration",
        "key_with_two_contents",
    ]
    assert report.errors is not None
    refused = rows_of(report.errors)
    assert [row["#行 line"] for row in refused] == ["5", "6", "7", "8"]
    assert [row["#列 column"] for row in refused] == ["开始时间", "开始时间; 接通时间", "通话时长", "通话ID"]
    assert [row["#值 value"] for row in refused[:3]] == ["昨天", "2026-03-05 10:00; 2026-03-05 09:00", "'-5"]
    assert all(row["#remedy"] and row["#怎么改"] for row in refused)

    mended = report.errors.read_text(encoding="utf-8-sig").replace("昨天,", "2026-03-04,")
    path = write(tmp_path, mended.replace("2026-03-05 09:00", "2026-03-05 10:01", 1), name="mended.csv")
    again = import_file(store, workspace, "call", path)
    assert (again.tally.created, again.tally.corrected) == (2, 1)
    assert again.mapping_origin == "guessed"


def test_a_check_writes_nothing_and_foretells_the_import(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    import_file(store, workspace, "call", write(tmp_path, CALLS))
    more = (
        CALLS.replace(",60\n", ",59\n")
        + "c9,呼出,2026-03-06,,,13700137000,A1,忙,0\nc10,呼出,x,,,,,忙,0\nc9,呼出,2026-03-07,,,,,忙,\n"
    )
    path = write(tmp_path, more, name="more.csv")
    before = counts(store)

    told = import_file(store, workspace, "call", path, check=True)

    assert counts(store) == before
    assert not (tmp_path / "more.errors.csv").exists()
    assert (told.batch, told.checked, told.existing) == (None, True, 3)
    done = import_file(store, workspace, "call", path)
    assert told.tally == done.tally
    assert told.first_faults == done.first_faults
    assert (done.tally.created, done.tally.corrected, done.tally.unchanged, done.tally.refused) == (1, 1, 2, 2)


DEALS = """订单编号,成交时间,签收时间,取消时间,退货时间,订单金额,退货金额,退货原因,产品,数量,成本,手机号,坐席,订单状态
D1,2026-03-05 10:00,2026-03-08,,,"¥1,000.00",,,净水器,2,400,13800138000,A1,已签收
D2,2026-03-05 11:00,,,2026-03-20,800元,200,不想要,滤芯,,,13800138001,A1,部分退款
D3,2026-03-05 12:00,,,2026-03-21,0.05万,,坏了,,,,13800138002,A2,已退货
D4,2026-03-05 13:00,,2026-03-06,,300,,改主意,,,,13800138003,A2,已取消
D5,2026-03-05 14:00,,,,300,,,,,,13800138004,A2,已退货
"""


def test_a_row_a_deal_becomes_its_events(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    report = import_file(store, workspace, "deals", write(tmp_path, DEALS, name="deals.csv"))

    assert facts(store, "deal_event", "source_key", "kind", "amount_minor", "reason", "agent") == [
        ("D1/won", "won", 100000, None, "A1"),
        ("D1/received", "received", None, None, "A1"),
        ("D2/won", "won", 80000, None, "A1"),
        ("D2/returned", "part_returned", 20000, "不想要", "A1"),
        ("D3/won", "won", 50000, None, "A2"),
        ("D3/returned", "returned", None, "坏了", "A2"),
        ("D4/won", "won", 30000, None, "A2"),
        ("D4/cancelled", "cancelled", None, "改主意", "A2"),
    ]
    (lines,) = facts(store, "deal_event", "lines")[0]
    assert '"product":"净水器"' in str(lines)
    assert '"quantity":2' in str(lines)
    assert '"cost_minor":40000' in str(lines)
    (fault,) = report.first_faults
    assert (fault.line, fault.code) == (6, "no_moment_of_status")
    assert (report.rows, report.tally.created, report.tally.refused) == (5, 8, 1)

    later = DEALS.replace("800元,200", "800元,800")
    again = import_file(store, workspace, "deal", write(tmp_path, later, name="later.csv"))
    assert (again.tally.corrected, again.tally.unchanged) == (1, 7)
    assert facts(store, "deal_event", "source_key", "kind", "version")[-1] == ("D2/returned", "returned", 2)


def test_a_report_of_advertising_is_cost_of_ads_and_its_revision_corrects(
    store: Store, workspace: Workspace, tmp_path: Path
) -> None:
    text = (
        "日期,推广计划,关键词,展现,点击,消费（元）\n2026-03-05,品牌,净水器,1000,50,123.45\n"
        "2026-03-05,品牌,滤芯,10,5,6\n合计,,,1010,55,129.45\n"
    )
    first = import_file(store, workspace, "costs", write(tmp_path, text, name="ads.csv"))
    assert (first.tally.created, first.skipped) == (2, 1)
    revised = text.replace("123.45", "120.00").replace(",50,", ",48,")
    again = import_file(store, workspace, "cost", write(tmp_path, revised, name="revised.csv"))
    assert (again.tally.corrected, again.tally.unchanged) == (1, 1)
    kinds = facts(store, "cost", "cost_kind", "driver", "amount_minor", "keyword", "version")
    assert kinds == [
        ("ads", "response", 12345, "净水器", 1),
        ("ads", "response", 600, "滤芯", 1),
        ("ads", "response", 12000, "净水器", 2),
    ]


def test_customers_touches_shifts_and_events(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    customers = "客户编号,姓名,电话,行业\nC1,王五,13800138000;13900139000,零售\n"
    touches = "时间,类型,手机号,条数\n2026-03-05 08:00,sms,13800138000,2\n"
    shifts = "工号,上班时间,下班时间\nA1,2026-03-05 09:00,2026-03-05 18:00\n"
    events = "订单号,事件,时间,金额\nD1,成交,2026-03-05 10:00,100\nD1,退货,2026-03-09,\n"
    for kind, text in (("客户", customers), ("touches", touches), ("班次", shifts), ("deal_events", events)):
        report = import_file(store, workspace, kind, write(tmp_path, text, name=f"{kind}.csv"))
        assert report.tally.refused == 0, report.first_faults
    assert facts(store, "customer", "source_key", "industry") == [("C1", "零售")]
    assert facts(store, "touch", "kind", "segments") == [("sms", 2)]
    assert facts(store, "deal_event", "deal", "kind", "amount_minor") == [
        ("D1", "won", 10000),
        ("D1", "returned", None),
    ]
    ((start, end),) = facts(store, "shift", "started_at", "ended_at")
    assert int(str(end)) - int(str(start)) == 9 * 3600 * 1_000_000


def test_a_row_without_a_key_is_known_by_its_content(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    text = "工号,上班时间,下班时间\nA1,2026-03-05 09:00,2026-03-05 18:00\nA1,2026-03-05 09:00:00,2026-03-05 18:00\n"
    report = import_file(store, workspace, "shift", write(tmp_path, text, name="s.csv"))
    assert (report.tally.created, report.tally.unchanged) == (1, 1)


def test_a_mapping_is_given_remembered_and_refused(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    text = "x,y,z\n2026-03-05 09:00,13800138000,k1\n"
    path = write(tmp_path, text, name="odd.csv")
    mapping = write(
        tmp_path,
        'kind = "calls"\n[fields.key]\ncolumn = "z"\n[fields.dialed_at]\ncolumn = "x"\n[fields.called]\ncolumn = "y"\n'
        '[fields.direction]\nconstant = "out"\n',
        name="m.toml",
    )
    with pytest.raises(FileRefused) as caught:
        import_file(store, workspace, "call", path)
    assert caught.value.code == "columns_missing"

    report = import_file(store, workspace, "call", path, mapping=mapping)
    assert (report.mapping_origin, report.tally.created) == ("given", 1)
    swapped = write(tmp_path, "z,x,y\nk2,2026-03-05 09:00,13800138000\n", name="swapped.csv")
    again = import_file(store, workspace, "call", swapped)
    assert (again.mapping_origin, again.tally.created) == ("remembered", 1)
    with pytest.raises(FileRefused) as caught:
        import_file(store, workspace, "lead", path, mapping=mapping)
    assert caught.value.code == "mapping_invalid"


def test_sources_keep_their_keys_apart(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, CALLS)
    import_file(store, workspace, "call", path, source="exchange one")
    other = import_file(store, workspace, "call", path, source="exchange two")
    assert (other.tally.created, other.source) == (3, "exchange two")


def test_an_import_can_be_undone_and_run_again(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, CALLS)
    first = import_file(store, workspace, "call", path)
    assert first.batch is not None
    report = undo_batch(store, workspace.id, first.batch)
    assert (report.removed, report.contacts_removed) == (3, 3)
    again = import_file(store, workspace, "call", path)
    assert (again.tally.created, again.resumed) == (3, False)


def test_an_unknown_kind_names_the_nearest(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UnknownName) as caught:
        import_file(store, workspace, "callz", write(tmp_path, CALLS))
    assert caught.value.remedy is not None
    assert "call" in caught.value.remedy.en


def test_a_workspace_of_another_currency_and_zone(store: Store, tmp_path: Path) -> None:
    settings = WorkspaceSettings(zone="America/New_York", currency="USD")
    with store.write() as connection:
        abroad = create_workspace(connection, name="us", settings=settings)
    text = "order id,order date,amount\nD1,2026-03-05 10:00,12.50\n"
    import_file(store, abroad, "deals", write(tmp_path, text, name="d.csv"))
    ((at, amount, currency),) = facts(store, "deal_event", "at", "amount_minor", "currency")
    assert (from_micros(int(str(at))).isoformat(), amount, currency) == ("2026-03-05T15:00:00+00:00", 1250, "USD")


def _bomb(path: Path) -> Path:
    """A workbook of a few kilobytes that unpacks to a gigabyte."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member:
            for _ in range(640):
                member.write(b"0" * (1 << 20))
    return path


def _bad_files(folder: Path) -> Sequence[tuple[Path, str]]:
    header = CALLS.splitlines()[0]
    files = [
        ("empty.csv", b"", "file_empty"),
        ("blank.csv", b"\n \n", "file_empty"),
        ("columns.csv", "姓名,年龄\n王五,30\n".encode(), "columns_missing"),
        ("binary.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "file_binary"),
        ("nul.csv", (header + "\nc1,\0\0\0\n").encode(), "file_binary"),
        ("long.csv", (header + "\n" + "9" * (3 << 20)).encode(), "line_too_long"),
        ("broken.csv", (CALLS * 20).encode() + b"c9,\xff\xfe\xff\n", "encoding_broken"),
        ("quote.csv", (CALLS * 800 + 'c9,"呼出,2026-03-05\n' + CALLS * 800).encode(), "quote_open"),
        ("quote_at_end.csv", (CALLS + 'c9,呼出,"2026-03-05' + "x" * (2 << 20)).encode(), "line_too_long"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "file_old_xls"),
    ]
    for name, content, _ in files:
        (folder / name).write_bytes(content)
    return [*[(folder / name, code) for name, _, code in files], (_bomb(folder / "bomb.xlsx"), "xlsx_bomb")]


def test_a_file_that_cannot_be_read_changes_nothing(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    import_file(store, workspace, "call", write(tmp_path, CALLS))
    before = counts(store)
    for path, code in [*_bad_files(tmp_path), (tmp_path / "missing.csv", "file_missing")]:
        with pytest.raises(InvalidInput) as caught:
            import_file(store, workspace, "call", path)
        assert caught.value.code == code, path.name
        assert caught.value.remedy is not None
        assert counts(store) == before, path.name
    assert not list(tmp_path.glob("*.errors.csv"))


Case = tuple[str, str, str, str]


@pytest.mark.parametrize(
    "case",
    [
        ("call", "通话ID,方向,开始时间,通话时长\nc1,呼出,2026-03-05,-5\n", "negative_duration", "通话时长"),
        (
            "call",
            "通话ID,方向,振铃时间,接通时间\nc1,呼入,2026-03-05 09:00:30,2026-03-05 09:00:10\n",
            "times_out_of_order",
            "振铃时间; 接通时间",
        ),
        ("deal", "订单号,成交时间,金额,币种\nD1,2026-03-05,10,XQZ\n", "unknown_currency", "币种"),
        ("deal", "订单号,成交时间,金额\nD1,2026-03-05,10 XQZ\n", "unknown_currency", "金额"),
        ("deal", "订单号,成交时间,金额\nD1,2026-03-05,1.005\n", "too_many_decimals", "金额"),
        ("deal", "订单号,成交时间,金额\nD1,2026-03-05,-5\n", "negative_amount", "金额"),
        ("cost", "费用类型,日期,金额\n广告,2026-03-05,\n", "row_says_nothing", "金额"),
        (
            "shift",
            "工号,上班时间,下班时间\nA1,2026-03-05 18:00,2026-03-05 09:00\n",
            "times_out_of_order",
            "上班时间; 下班时间",
        ),
    ],
)
def test_an_impossible_row_is_refused_by_column_and_changes_nothing(
    store: Store, workspace: Workspace, tmp_path: Path, case: Case
) -> None:
    kind, text, code, column = case
    report = import_file(store, workspace, kind, write(tmp_path, text, name="bad.csv"))
    (fault,) = report.first_faults
    assert (fault.code, report.tally.created, report.tally.refused) == (code, 0, 1)
    assert fault.column == column
    assert fault.remedy is not None
    fact = KINDS["deal_event" if kind == "deal" else kind].kind
    assert facts(store, fact, "seq") == []


def test_raw_rows_are_kept_under_their_line(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    text = CALLS.replace("c2,", "\n\nc2,").replace("c3", '"c\n3"')
    import_file(store, workspace, "call", write(tmp_path, text))
    with store.read() as connection:
        (raw,) = connection.execute(select(RAW.c.first_item, RAW.c.last_item, RAW.c.payload)).all()
    assert (raw.first_item, raw.last_item) == (1, 7)
    kept = pa.CompressedInputStream(pa.BufferReader(raw.payload), "zstd").read()
    assert kept.decode() == text.rstrip("\n")
    assert facts(store, "call", "item") == [(2,), (5,), (6,)]
