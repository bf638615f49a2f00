"""Every cell parser in one place: text to text, numbers, money, moments, days, durations, telephone numbers, yes/no."""

from huasuan.intake.files.cells import Cell, Memo, parse_text
from huasuan.intake.files.durations import SECONDS_PER, parse_duration
from huasuan.intake.files.numbers import (
    Money,
    parse_bool,
    parse_currency,
    parse_decimal,
    parse_float,
    parse_int,
    parse_money,
)
from huasuan.intake.files.phones import parse_phone, phone_parser
from huasuan.intake.files.times import DateOrder, Epoch, parse_date, parse_time, time_parser

__all__ = [
    "SECONDS_PER",
    "Cell",
    "DateOrder",
    "Epoch",
    "Memo",
    "Money",
    "parse_bool",
    "parse_currency",
    "parse_date",
    "parse_decimal",
    "parse_duration",
    "parse_float",
    "parse_int",
    "parse_money",
    "parse_phone",
    "parse_text",
    "parse_time",
    "phone_parser",
    "time_parser",
]
