"""From columns to fields: guessing, keeping, converting, and the file of refused rows."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan.facts.calls import Call
from huasuan.facts.contacts import Customer
from huasuan.facts.costs import Cost
from huasuan.facts.deals import DealEvent
from huasuan.facts.journeys import Lead, Touch
from huasuan.facts.people import Shift
from huasuan.facts.shape import shape_of
from huasuan.intake.files import (
    FieldMapping,
    FieldSpec,
    FileRefused,
    Mapping,
    Money,
    bind,
    call_side_specs,
    field_specs,
    guess_mapping,
    load_mapping,
    mapping_from_toml,
    open_table,
    with_sides,
    write_error_rows,
)
from huasuan.intake.files.synonyms import synonyms_of

CHINA = ZoneInfo("Asia/Shanghai")
RECORDS = {
    "call": Call, "customer": Customer, "lead": Lead, "touch": Touch, "deal_event": DealEvent, "cost": Cost,
    "shift": Shift,
}  # fmt: skip


def table_of(folder, *lines, name="file.csv"):
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return open_table(path)


def bound(table, mapping, specs, currency="CNY"):
    return bind(mapping, specs, table, zone=CHINA, currency=currency)


def sources(mapping):
    return {name: source.column for name, source in mapping.fields.items()}


@pytest.mark.parametrize(("kind", "record"), RECORDS.items())
def test_every_word_names_a_field_and_every_choice_a_value(kind, record):
    specs = {spec.name: spec for spec in field_specs(kind, record)}
    own = synonyms_of(kind)
    assert set(specs) - {"key"} <= {item.wire_name for item in shape_of(record)}
    for spec in specs.values():
        canonical = {item.wire_name: item.choices for item in shape_of(record)}.get(spec.name, ())
        assert not canonical or set(own.choices.get(spec.name, {})) <= set(canonical)


def test_a_chinese_call_record():
    columns = [
        "通话ID",
        "呼叫方向",
        "开始时间",
        "接通时间",
        "挂机时间",
        "通话时长(分钟)",
        "主叫号码",
        "被叫号码",
        "坐席工号",
        "其他",
    ]
    mapping = guess_mapping(columns, field_specs("call", Call), kind="call")
    assert sources(mapping) == {
        "key": "通话ID",
        "direction": "呼叫方向",
        "dialed_at": "开始时间",
        "answered_at": "接通时间",
        "ended_at": "挂机时间",
        "talk_seconds": "通话时长(分钟)",
        "caller": "主叫号码",
        "called": "被叫号码",
        "agent": "坐席工号",
    }
    assert mapping.fields["talk_seconds"].unit == "minutes"


def test_an_english_call_record_and_an_ad_report():
    english = guess_mapping(["Call ID", "Start Time", "From", "To", "Duration (sec)"], field_specs("calls", Call))
    assert sources(english) == {
        "key": "Call ID", "dialed_at": "Start Time", "talk_seconds": "Duration (sec)", "caller": "From", "called": "To",
    }  # fmt: skip
    report = ["日期", "账户", "推广计划", "推广单元", "关键词", "展现", "点击", "消费（元）"]
    cost = guess_mapping(report, field_specs("cost", Cost))
    assert sources(cost) == {
        "service_from": "日期", "supplier": "账户", "campaign": "推广计划", "ad_group": "推广单元", "keyword": "关键词",
        "impressions": "展现", "clicks": "点击", "amount": "消费（元）",
    }  # fmt: skip


@given(
    st.lists(
        st.sampled_from(["电话", "客户电话", "手机号", "姓名", "时间", "创建时间", "来源", "渠道", "编号", "#reason"]),
        unique=True,
    )
)
def test_no_column_feeds_two_fields(columns):
    mapping = guess_mapping(columns, field_specs("lead", Lead))
    used = [source.column for source in mapping.fields.values()]
    assert len(used) == len(set(used))
    assert "#reason" not in used


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


SOURCES = st.builds(
    FieldMapping,
    column=WORDS,
    order=st.sampled_from([None, "dmy"]),
    currency=st.none() | WORDS,
    rounding=st.booleans(),
    values=st.dictionaries(WORDS, WORDS, max_size=3),
)


@given(st.dictionaries(WORDS, SOURCES, max_size=4), st.none() | st.booleans())
def test_a_mapping_survives_being_kept(fields, header):
    mapping = Mapping(kind="call", fields=fields, header=header, delimiter="\t", sheet='表\x7f"1')
    assert mapping_from_toml(mapping.to_toml()) == mapping


def test_a_mapping_file(tmp_path):
    mapping = Mapping(
        kind="call", fields={"caller": FieldMapping(column="主叫"), "direction": FieldMapping(constant="in")}
    )
    mapping.save(tmp_path / "map.toml")
    kept = load_mapping(tmp_path / "map.toml")
    assert kept == mapping
    assert kept.fits(["主叫", "被叫"])
    assert not kept.fits(["被叫"])


@pytest.mark.parametrize(
    "text",
    [
        "kind = ",
        "fields = 1\nkind = 'call'",
        "version = 9\nkind = 'call'",
        "kind = 'call'\n[fields.a]\n",
        "kind = 'call'\n[fields.a]\ncolumn = 'x'\nconstant = 'y'",
        "kind = 'call'\n[fields.a]\ncolumn = 'x'\norder = 'xyz'",
        "kind = 'call'\n[fields.a]\ncolumn = 'x'\ncolour = 'red'",
        "kind = 'call'\n[fields.a]\ncolumn = 'x'\nvalues = { a = 1 }",
    ],
)
def test_a_wrong_mapping_is_refused(text):
    with pytest.raises(FileRefused) as caught:
        mapping_from_toml(text)
    assert caught.value.code == "mapping_invalid"


def test_rows_become_records_or_faults(tmp_path):
    table = table_of(
        tmp_path,
        "通话ID,方向,开始时间,客户电话,通话时长,结果",
        "c1,呼入,2026-03-05 09:07:00,13800138000,1分20秒,接通",
        "c2,呼出,2026/3/5 9:08,138****8000,很久,没听说过",
        "c3,呼出",
    )
    specs = field_specs("call", Call)
    mapping = guess_mapping(table.columns, specs, kind="call").with_field("caller", FieldMapping(column="客户电话"))
    rows = [bound(table, mapping, specs)(cells) for _, cells in table.rows()]
    assert rows[0] == {
        "key": "c1",
        "direction": "in",
        "dialed_at": datetime(2026, 3, 5, 1, 7, tzinfo=UTC),
        "caller": "+8613800138000",
        "talk_seconds": 80,
        "result": "answered",
    }
    assert {(fault.code, fault.column, fault.field) for fault in rows[1]} == {
        ("phone_masked", "客户电话", "caller"),
        ("not_a_duration", "通话时长", "talk_seconds"),
    }
    assert [fault.code for fault in rows[2]] == ["row_length"]


def test_the_customers_number_is_put_on_its_side(tmp_path):
    table = table_of(tmp_path, "呼叫方向,客户号码,外显号码", "呼入,13800138000,95588", "呼出,13800138000,95588")
    specs = (*field_specs("call", Call), *call_side_specs())
    convert = bound(table, guess_mapping(table.columns, specs), specs)
    incoming, outgoing = [with_sides(convert(cells)) for _, cells in table.rows()]
    assert incoming == {"direction": "in", "caller": "+8613800138000", "called": "95588"}
    assert outgoing == {"direction": "out", "caller": "95588", "called": "+8613800138000"}
    assert with_sides({"customer_phone": "95588"}) == {}


@pytest.mark.parametrize(
    ("columns", "row", "called", "extension"),
    [
        ("呼叫方向,主叫,被叫", "呼入,13800138000,4008001234转8001", "4008001234", "8001"),
        ("呼叫方向,主叫,被叫", '呼入,13800138000,"400-800-1234,8001"', "4008001234", "8001"),
        ("呼叫方向,主叫,被叫", "呼入,13800138000,400-800-1234-8001", "4008001234", "8001"),
        ("呼叫方向,主叫,被叫", "呼入,13800138000,010-62345678转801", "+861062345678", "801"),
        ("呼叫方向,客户号码,外显号码", "呼入,13800138000,4008001234#8001", "4008001234", "8001"),
        ("呼叫方向,主叫,被叫,分机码", "呼入,13800138000,4008001234转8001,8002", "4008001234", "8002"),
        ("呼叫方向,主叫,被叫,分机码", "呼入,13800138000,4008001234转8001,", "4008001234", "8001"),
        ("呼叫方向,主叫,被叫", "呼入,13800138000,400-800-1234", "4008001234", None),
        ("呼叫方向,主叫,被叫", "呼出,4008001234,021-62000001转6", "+862162000001", None),
    ],
)
def test_the_code_dialled_after_our_number_is_the_calls_extension(tmp_path, columns, row, called, extension):
    """A 400 number with extension codes tells its channels apart in imported call logs too (S0-19)."""
    table = table_of(tmp_path, columns, row)
    specs = (*field_specs("call", Call), *call_side_specs())
    convert = bound(table, guess_mapping(table.columns, specs), specs)
    (found,) = [with_sides(convert(cells)) for _, cells in table.rows()]
    assert (found["called"], found.get("extension")) == (called, extension)
    assert not {"called_extension", "our_phone_extension"} & set(found)


def test_the_better_of_two_columns_is_taken():
    mapping = guess_mapping(["duration", "billsec"], field_specs("call", Call))
    assert sources(mapping) == {"talk_seconds": "billsec"}


def test_constants_value_maps_and_required_cells(tmp_path):
    table = table_of(
        tmp_path, "订单号,状态,时间,金额", "d1,已付清,2026-03-05,100", "d2,随便,2026-03-05,", ",成交,2026-03-05,1"
    )
    specs = field_specs("deal_event", DealEvent)
    mapping = Mapping(
        kind="deal_event",
        fields={
            "deal": FieldMapping(column="订单号"),
            "kind": FieldMapping(column="状态", values={"已付清": "paid"}),
            "at": FieldMapping(column="时间"),
            "amount": FieldMapping(column="金额"),
            "currency": FieldMapping(constant="美元"),
        },
    )
    convert = bound(table, mapping, specs)
    first, second, third = [convert(cells) for _, cells in table.rows()]
    assert (first["kind"], first["amount"], first["currency"]) == ("paid", Money(10000, "CNY"), "USD")
    assert [fault.code for fault in second] == ["not_a_choice"]
    assert [(fault.code, fault.field) for fault in third] == [("required", "deal")]
    others = mapping.with_field("kind", FieldMapping(column="状态", values={"*": "opened"}))
    assert bound(table, others, specs)(["d2", "随便", "2026-03-05", ""])["kind"] == "opened"


def test_amounts_follow_the_currency_column(tmp_path):
    table = table_of(
        tmp_path, "日期,金额,币种,类型", "2026-03-05,100,日元,x", "2026-03-05,1.5,,x", "2026-03-05,$1,CNY,x"
    )
    specs = field_specs("cost", Cost)
    convert = bound(table, guess_mapping(table.columns, specs), specs)
    yen, own, torn = [convert(cells) for _, cells in table.rows()]
    assert (yen["amount"], yen["currency"], yen["service_from"]) == (Money(100, "JPY"), "JPY", date(2026, 3, 5))
    assert own["amount"] == Money(150, "CNY")
    assert [(fault.code, fault.field) for fault in torn] == [("two_currencies", "amount")]


def test_units_of_amount_columns(tmp_path):
    table = table_of(tmp_path, "日期,类型,消费(万元)", "2026-03-05,x,1.2")
    specs = field_specs("cost", Cost)
    ((_, cells),) = table.rows()
    assert bound(table, guess_mapping(table.columns, specs), specs)(cells)["amount"] == Money(1_200_000, "CNY")


def test_several_numbers_of_a_customer(tmp_path):
    table = table_of(tmp_path, "客户编号,电话", "k1,13800138000；010-62345678", "k2,匿名")
    specs = field_specs("customer", Customer)
    first, second = [bound(table, guess_mapping(table.columns, specs), specs)(cells) for _, cells in table.rows()]
    assert first["phones"] == ("+8613800138000", "+861062345678")
    assert second["phones"] == ()


def test_missing_columns_are_named_with_the_nearest(tmp_path):
    table = table_of(tmp_path, "订单编,金额", "d1,1")
    specs = field_specs("deal_event", DealEvent)
    with pytest.raises(FileRefused) as caught:
        bound(table, guess_mapping(table.columns, specs), specs)
    assert caught.value.code == "columns_missing"
    assert "订单编" in caught.value.text.zh
    assert "missing columns: deal, kind, at" in caught.value.text.en
    with pytest.raises(FileRefused) as caught:
        bound(table, Mapping(kind="", fields={"dael": FieldMapping(column="金额")}), specs)
    assert caught.value.remedy is not None
    assert "deal" in caught.value.remedy.en
    with pytest.raises(FileRefused):
        bound(table, Mapping(kind="", fields={"lead": FieldMapping(column="不在")}), [FieldSpec(name="lead")])


def test_refused_rows_come_back_as_a_file_that_can_be_mended_and_read_again(tmp_path):
    table = table_of(
        tmp_path,
        "编号,姓名,电话,备注",
        'k1,=cmd|calc,138****8000,"说：""好"", 再见"',
        "0042,-x,13800000000000,@evil",
    )
    specs = [FieldSpec(name="key", synonyms=("编号",)), FieldSpec(name="name", synonyms=("姓名",)),
             FieldSpec(name="phone", kind="phone", synonyms=("电话",)),
             FieldSpec(name="note", synonyms=("备注",))]  # fmt: skip
    mapping = guess_mapping(table.columns, specs)
    convert = bound(table, mapping, specs)
    faults = [(line, cells, found) for line, cells in table.rows() if isinstance(found := convert(cells), list)]
    errors = tmp_path / "errors.csv"
    assert write_error_rows(errors, table, faults) == 2
    raw = errors.read_text(encoding="utf-8-sig")
    assert errors.read_bytes().startswith(b"\xef\xbb\xbf")
    assert all(part in raw for part in ("'=cmd", "'@evil", "'0042", "号码被打码", "masked"))
    errors.write_text(
        raw.replace("138****8000", "13800138000").replace("'13800000000000", "95588"), encoding="utf-8-sig"
    )
    again = open_table(errors)
    assert mapping.fits(again.columns)
    read = [bound(again, mapping, specs)(cells) for _, cells in again.rows()]
    assert read == [
        {"key": "k1", "name": "=cmd|calc", "phone": "+8613800138000", "note": '说："好", 再见'},
        {"key": "0042", "name": "-x", "phone": "95588", "note": "@evil"},
    ]
