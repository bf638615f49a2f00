"""Cells as business files hold them, and what they must be read as."""

import contextlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan.intake.files import CellRefused, Money
from huasuan.intake.files.values import (
    parse_bool,
    parse_currency,
    parse_date,
    parse_decimal,
    parse_duration,
    parse_int,
    parse_money,
    parse_phone,
    parse_text,
    parse_time,
)

CHINA = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")


def fault_of(call, *args, **named) -> str:
    with pytest.raises(CellRefused) as caught:
        call(*args, **named)
    fault = caught.value.fault
    assert all([fault.zh, fault.en, fault.remedy_zh, fault.remedy_en])
    return fault.code


@pytest.mark.parametrize(
    ("cell", "minor", "currency"),
    [
        ("¥1,234.50", 123450, "CNY"),
        ("￥１，２３４．５０", 123450, "CNY"),
        ("1234.5元", 123450, "CNY"),
        ("1.2万", 1_200_000, "CNY"),
        ("3 万元", 3_000_000, "CNY"),
        ("1.5亿", 15_000_000_000, "CNY"),
        ("2百万", 200_000_000, "CNY"),
        ("12元整", 1200, "CNY"),
        ("RMB 12", 1200, "CNY"),
        ("100美元", 10000, "USD"),
        ("$(5.00)", -500, "USD"),
        ("(1,234.50)", -123450, "CNY"),
        ("-¥5", -500, "CNY"),
        ("¥-5", -500, "CNY"),
        ("−5", -500, "CNY"),
        ("HK$ 8", 800, "HKD"),
        ("€0.01", 1, "EUR"),
        ("100 JPY", 100, "JPY"),
        ("1.000", 100, "CNY"),
        ("'12.30", 1230, "CNY"),
        (33.1, 3310, "CNY"),
        (0.1 + 0.2, 30, "CNY"),
        (7, 700, "CNY"),
    ],
)
def test_money_is_exact(cell, minor, currency):
    assert parse_money(cell, default_currency="CNY") == Money(minor, currency)


@pytest.mark.parametrize("cell", ["", " ", "-", "--", "—", "N/A", "空", "无", "null", None])
def test_money_without_a_value(cell):
    assert parse_money(cell, default_currency="CNY") is None


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1.38E+10", "number_ruined"),
        ("1.005", "too_many_decimals"),
        ("1.234,50", "not_a_number"),
        ("12,5", "not_a_number"),
        ("1,2345", "not_a_number"),
        ("abc", "not_a_number"),
        ("--5", "not_a_number"),
        ("(5", "not_a_number"),
        ("$100元", "two_currencies"),
        ("100 foo", "unknown_currency"),
        ("9" * 40, "amount_too_large"),
        ("9" * 400, "not_a_number"),
        (datetime.fromisoformat("2026-03-05"), "not_a_number"),
    ],
)
def test_money_that_cannot_be_exact_is_refused(cell, code):
    assert fault_of(parse_money, cell, default_currency="CNY") == code


def test_money_signs_follow_the_default_currency():
    assert parse_money("¥100", default_currency="JPY") == Money(100, "JPY")
    assert parse_money("$1", default_currency="HKD") == Money(100, "HKD")
    assert parse_money("1元", default_currency="USD") == Money(100, "CNY")


def test_money_columns_in_other_units():
    assert parse_money("12.3456", default_currency="CNY", rounding=True) == Money(1235, "CNY")
    assert parse_money("1234", default_currency="CNY", scale=Decimal("0.01")) == Money(1234, "CNY")
    assert parse_money("1.2", default_currency="CNY", scale=Decimal(10_000)) == Money(1_200_000, "CNY")


@given(st.integers(-(10**12), 10**12), st.sampled_from(["{:,.2f}", "{:.2f}", "¥{:,.2f}", "{:.2f}元", " {:,.2f} "]))
def test_money_survives_being_written(minor, shape):
    assert parse_money(shape.format(Decimal(minor) / 100), default_currency="CNY") == Money(minor, "CNY")


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_but_never_breaks(text):
    for parse in (
        parse_text,
        parse_int,
        parse_decimal,
        parse_bool,
        parse_duration,
        parse_phone,
        parse_date,
        parse_currency,
        lambda cell: parse_money(cell, default_currency="CNY"),
        lambda cell: parse_time(cell, CHINA),
        lambda cell: parse_time(cell, NEW_YORK, order="mdy", epoch="ms"),
    ):
        with contextlib.suppress(CellRefused):
            parse(text)


def test_other_numbers():
    assert parse_int("1,234") == 1234
    assert parse_int("１２") == 12
    assert parse_int("1.2万") == 12000
    assert parse_int("5次") == 5
    assert parse_int("12.0") == 12
    assert fault_of(parse_int, "12.5") == "not_whole"
    assert parse_decimal("12.5%") == Decimal("0.125")
    assert parse_decimal("(5)") == -5
    assert fault_of(parse_decimal, "5元") == "not_a_number"
    assert [parse_currency(cell) for cell in ("人民币", "元", "usd", "HK$", "")] == ["CNY", "CNY", "USD", "HKD", None]
    assert [parse_bool(cell) for cell in ("是", "否", "Y", 0, "√", "")] == [True, False, True, False, True, None]
    assert fault_of(parse_bool, "也许") == "not_yes_or_no"


def test_text_keeps_what_people_wrote():
    assert parse_text(" 张三 ") == "张三"
    assert parse_text("无") == "无"
    assert parse_text("N/A") is None
    assert parse_text("'0571") == "0571"
    assert parse_text("'=SUM(A1)") == "=SUM(A1)"
    assert parse_text("'s-Hertogenbosch") == "'s-Hertogenbosch"
    assert parse_text(1001) == "1001"
    assert parse_text(1234.56) == "1234.56"
    assert fault_of(parse_text, "2.02603E+17") == "number_ruined"
    assert fault_of(parse_text, 2.02603e17) == "number_ruined"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-03-05 09:07:30", utc(2026, 3, 5, 1, 7, 30)),
        ("2026-03-05T09:07:30Z", utc(2026, 3, 5, 9, 7, 30)),
        ("2026-03-05T09:07:30+05:30", utc(2026, 3, 5, 3, 37, 30)),
        ("2026-03-05 09:07:30 +0800", utc(2026, 3, 5, 1, 7, 30)),
        ("2026-03-05 09:07:30.250", utc(2026, 3, 5, 1, 7, 30, 250_000)),
        ("2026-03-05", utc(2026, 3, 4, 16)),
        ("2026/3/5 9:07", utc(2026, 3, 5, 1, 7)),
        ("2026/3/5  9:07", utc(2026, 3, 5, 1, 7)),
        ("２０２６／３／５ ９：０７", utc(2026, 3, 5, 1, 7)),
        ("2026.3.5 9:07:01", utc(2026, 3, 5, 1, 7, 1)),
        ("2026年3月5日 上午9点07分30秒", utc(2026, 3, 5, 1, 7, 30)),
        ("2026年3月5日（周四）下午3点半", utc(2026, 3, 5, 7, 30)),
        ("2026-03-05 星期四 晚上8时", utc(2026, 3, 5, 12)),
        ("2026年3月5日 中午1:05", utc(2026, 3, 5, 5, 5)),
        ("2026/3/5 上午12:10:00", utc(2026, 3, 4, 16, 10)),
        ("2026/3/5 12:10 PM", utc(2026, 3, 5, 4, 10)),
        ("20260305 090730", utc(2026, 3, 5, 1, 7, 30)),
        ("20260305090730", utc(2026, 3, 5, 1, 7, 30)),
        ("20260305", utc(2026, 3, 4, 16)),
        (20260305, utc(2026, 3, 4, 16)),
        ("5 Mar 2026 9:07 PM", utc(2026, 3, 5, 13, 7)),
        ("Thu, March 5th, 2026", utc(2026, 3, 4, 16)),
        ("2026-03-05 24:00", utc(2026, 3, 5, 16)),
        (46086, utc(2026, 3, 4, 16)),
        (46086.5, utc(2026, 3, 5, 4)),
        (46086.38020833334, utc(2026, 3, 5, 1, 7, 30)),
        (datetime.fromisoformat("2026-03-05 09:07"), utc(2026, 3, 5, 1, 7)),
        ("0000-00-00 00:00:00", None),
        ("0001-01-01T00:00:00", None),
        ("--", None),
        (None, None),
    ],
)
def test_moments(cell, moment):
    # 46086 days after 1899-12-30 is 2026-03-05; China keeps UTC+8.
    read = parse_time(cell, CHINA)
    assert read == moment
    assert read is None or read.tzinfo is UTC


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("03/05/2026", "date_ambiguous"),
        ("13/05/2026", "date_ambiguous"),
        ("26-3-5", "date_ambiguous"),
        ("2026-13-01", "not_a_time"),
        ("2026-02-30 10:00:00", "not_a_time"),
        ("2026-03-05 25:00:00", "not_a_time"),
        ("2026-03-05 下午", "not_a_time"),
        ("上午15:00", "not_a_time"),
        ("3月5日", "not_a_time"),
        ("1772672850", "not_a_time"),
        (0.38, "not_a_time"),
        (1772672850, "not_a_time"),
        ("3026-03-05 10:00:00", "time_out_of_range"),
        ("hello", "not_a_time"),
    ],
)
def test_moments_that_are_unclear_are_refused(cell, code):
    assert fault_of(parse_time, cell, CHINA) == code


def test_moments_with_what_the_mapping_says():
    assert parse_time("03/05/2026 1:02", UTC, order="dmy") == utc(2026, 5, 3, 1, 2)
    assert parse_time("03/05/2026 1:02", UTC, order="mdy") == utc(2026, 3, 5, 1, 2)
    assert parse_time("26-3-5", UTC, order="ymd") == utc(2026, 3, 5)
    assert parse_time("1772672850", CHINA, epoch="s") == utc(2026, 3, 5, 1, 7, 30)
    assert parse_time(1772672850123, CHINA, epoch="ms") == utc(2026, 3, 5, 1, 7, 30, 123_000)
    assert parse_time("1772672850123456", CHINA, epoch="us") == utc(2026, 3, 5, 1, 7, 30, 123_456)
    assert fault_of(parse_time, "1772672850123", CHINA, epoch="s") in ("time_out_of_range", "not_a_time")
    assert parse_time("46086.5", CHINA, epoch="excel") == utc(2026, 3, 5, 4)
    # The 1904 system begins 1462 days later.
    assert parse_time(46086 - 1462, CHINA, date1904=True) == utc(2026, 3, 4, 16)


@pytest.mark.parametrize("separator", ["-", "/"])
def test_summer_time_follows_fold_0(separator):
    spring, autumn = separator.join(["2026", "03", "08"]), separator.join(["2026", "11", "01"])
    # 02:30 does not exist on 8 March: read with the winter offset UTC-5.
    assert parse_time(f"{spring} 02:30:00", NEW_YORK) == utc(2026, 3, 8, 7, 30)
    # 01:30 occurs twice on 1 November: the first pass is still UTC-4.
    assert parse_time(f"{autumn} 01:30:00", NEW_YORK) == utc(2026, 11, 1, 5, 30)
    assert parse_time(f"{autumn} 12:00:00", NEW_YORK) == utc(2026, 11, 1, 17)
    # 1991 was the last year of summer time in China.
    assert parse_time("1991-07-01 12:00:00", CHINA) == utc(1991, 7, 1, 3)


@given(
    st.datetimes(min_value=datetime.fromisoformat("1901-01-02"), max_value=datetime.fromisoformat("2198-12-30")),
    st.sampled_from([CHINA, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Europe/London")]),
)
def test_every_writing_of_a_moment_means_the_same(local, zone):
    local = local.replace(microsecond=0)
    wanted = local.replace(tzinfo=zone).astimezone(UTC)
    for text in (
        local.isoformat(" "),
        local.isoformat(),
        f"{local.year}/{local.month}/{local.day} {local.hour}:{local:%M:%S}",
        f"{local.year}年{local.month}月{local.day}日 {local.hour}时{local.minute}分{local.second}秒",
        f"{local.year:04}{local:%m%d%H%M%S}",
    ):
        assert parse_time(text, zone) == wanted


@given(st.integers(61, 100_000), st.integers(0, 86_399))
def test_spreadsheet_days_are_exact_to_the_second(day, second):
    wanted = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(days=day, seconds=second)
    assert parse_time(day + second / 86_400, UTC) == wanted


def test_days():
    assert parse_date("2026年3月5日") == date(2026, 3, 5)
    assert parse_date("2026-03-05 23:59:59") == date(2026, 3, 5)
    assert parse_date(46086) == date(2026, 3, 5)
    assert parse_date("") is None
    assert fault_of(parse_date, "2026年3月") == "not_a_time"
    assert fault_of(parse_date, "1772672850", epoch="s") == "not_a_date"


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("80", 80),
        (80, 80),
        ("01:20", 80),
        ("90:00", 5400),
        ("00:01:20", 80),
        ("100:00:00", 360_000),
        ("1分20秒", 80),
        ("80秒", 80),
        ("80s", 80),
        ("1h2m3s", 3723),
        ("1小时2分", 3720),
        ("2分钟", 120),
        ("5 min", 300),
        ("80.5", 81),
        ("", None),
        ("--", None),
    ],
)
def test_durations(cell, seconds):
    assert parse_duration(cell) == seconds


def test_durations_in_other_units_and_wrong_ones():
    assert parse_duration("1.5", unit="minutes") == 90
    assert parse_duration("80400", unit="milliseconds") == 80
    assert fault_of(parse_duration, "-5") == fault_of(parse_duration, "-00:01:20") == "negative_duration"
    for cell in ("--5", "1:75", "1:75:00", "abc", "1.38E+10", datetime.fromisoformat("2026-03-05")):
        assert fault_of(parse_duration, cell) == "not_a_duration"


@given(st.integers(0, 10**6))
def test_durations_survive_being_written(seconds):
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    assert parse_duration(f"{hours}:{minutes:02}:{rest:02}") == seconds
    assert parse_duration(f"{hours}小时{minutes}分{rest}秒") == seconds


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("13800138000", "+8613800138000"),
        ("+86 138-0013-8000", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("013800138000", "+8613800138000"),
        ("'13800138000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("\u202d138 0013 8000\u202c", "+8613800138000"),
        (13800138000, "+8613800138000"),
        ("19912345678", "+8619912345678"),
        ("010-62345678", "+861062345678"),
        ("（010）62345678", "+861062345678"),
        ("010-62345678转801", "+861062345678"),
        ("010-62345678-801", "+861062345678"),
        ("0571-87654321", "+8657187654321"),
        ("+86 571 87654321", "+8657187654321"),
        ("95588", "95588"),
        ("+8695588", "95588"),
        ("10010", "10010"),
        ("12345", "12345"),
        ("110", "110"),
        ("400-123-4567", "4001234567"),
        ("1010 8888", "10108888"),
        ("+1 650-253-0000", "+16502530000"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("tel:+8613800138000", "+8613800138000"),
        ("sip:13800138000@pbx.example.com", "+8613800138000"),
        ("匿名", None),
        ("私人号码", None),
        ("Anonymous", None),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_phones(cell, number):
    assert parse_phone(cell) == number


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1.38E+10", "number_ruined"),
        (1.38e10, "number_ruined"),
        (13800000000, "number_ruined"),
        ("138****8000", "phone_masked"),
        ("13800138000/13900139000", "several_phones"),
        ("13800138000 13900139000", "several_phones"),
        ("62345678", "not_a_phone"),
        (1062345678, "not_a_phone"),
        ("1380013800", "not_a_phone"),
        ("138001380001", "not_a_phone"),
        ("12800138000", "not_a_phone"),
        ("8001", "not_a_phone"),
        ("张三", "not_a_phone"),
        ("+86", "not_a_phone"),
        (datetime.fromisoformat("2026-03-05"), "not_a_phone"),
    ],
)
def test_phones_that_identify_nobody_are_refused(cell, code):
    assert fault_of(parse_phone, cell) == code


def test_phones_of_another_region():
    assert parse_phone("(650) 253-0000", "US") == "+16502530000"
    assert parse_phone("+86 13800138000", "US") == "+8613800138000"


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["{}", "+86{}", "+86 {}", "0086{}", "'{}", "{}　"]),
)
def test_a_mobile_is_one_number_however_written(mobile, shape):
    assert parse_phone(shape.format(mobile)) == "+86" + mobile
    assert parse_phone(parse_phone(mobile)) == "+86" + mobile
