"""Numbers, money, yes/no: exact, with Chinese units and full-width digits, never through a binary fraction."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from huasuan.intake.files.cells import Cell, is_null, number_text, refuse_ruined, tidy
from huasuan.intake.files.errors import CellRefused, refused
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.money import minor_digits, to_minor

_LONGEST = 64
_NUMBER = re.compile(
    r"(?P<open>\()?(?P<lead>[^\d().,]*)"
    r"(?P<digits>(?:\d{1,3}(?:[, ]\d{3})+(?!\d)|\d+)(?:\.\d*)?|\.\d+)"
    r"(?P<tail>[^\d().,]*)(?P<close>\))?"
)
_UNITS = {
    "百": 2,
    "千": 3,
    "k": 3,
    "万": 4,
    "w": 4,
    "萬": 4,
    "十万": 5,
    "百万": 6,
    "千万": 7,
    "亿": 8,
    "億": 8,
    "万亿": 12,
}
_UNIT = re.compile("万亿|千万|百万|十万|[百千万萬亿億]|[kw](?![a-z])", re.IGNORECASE)
_COUNTERS = frozenset(["次", "个", "人", "条", "通", "件", "位", "天", "单"])
_MINUS = str.maketrans({"−": "-", "–": "-", "—": "-", "－": "-"})
_LARGEST = 2**63

_YUAN = frozenset(["CNY", "TWD", "HKD", "MOP"])
_DOLLARS = frozenset(["USD", "HKD", "TWD", "AUD", "CAD", "SGD", "NZD", "MXN"])
_CURRENCIES = {
    "rmb": "CNY", "cn¥": "CNY", "人民币": "CNY", "人民币元": "CNY",
    "us$": "USD", "美元": "USD", "美金": "USD", "hk$": "HKD", "港币": "HKD", "港元": "HKD",
    "nt$": "TWD", "新台币": "TWD",
    "s$": "SGD", "a$": "AUD", "c$": "CAD", "€": "EUR", "欧元": "EUR", "£": "GBP", "英镑": "GBP",
    "日元": "JPY", "日圆": "JPY", "jp¥": "JPY", "₩": "KRW", "韩元": "KRW", "₽": "RUB", "卢布": "RUB", "₹": "INR",
}  # fmt: skip
_TRUE = frozenset(["是", "true", "t", "yes", "y", "1", "有", "对", "√", "✓", "✔", "已", "on"])
_FALSE = frozenset(["否", "false", "f", "no", "n", "0", "无", "没有", "错", "×", "✗", "✘", "未", "off", "不是"])


class Money(NamedTuple):
    """An exact amount: whole minor units (fen, cents) of an ISO 4217 currency."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """A written number taken apart: the exact value with sign and unit, and what else stood around it."""

    value: Decimal
    before: str
    after: str


def parse_decimal(cell: Cell) -> Decimal | None:
    """The exact number: ``1,234.5``, ``１２３``, ``1.2万``, ``(5)`` for −5, ``12.5%`` for 0.125.

    A point is always the decimal point; a comma only groups thousands.
    """
    text = _written(cell)
    if text is None:
        return None
    percent = text.endswith("%")
    parts = _take_apart(text[:-1] if percent else text, cell)
    if parts.before or (parts.after and parts.after not in _COUNTERS):
        raise _not_a_number(cell)
    return parts.value / 100 if percent else parts.value


def parse_float(cell: Cell) -> float | None:
    """A number for which a binary fraction will do, such as a probability."""
    value = parse_decimal(cell)
    return None if value is None else float(value)


def parse_int(cell: Cell) -> int | None:
    """A whole number; ``12.0`` and ``1.2万`` are whole, ``12.5`` is refused."""
    if isinstance(cell, int):
        return cell
    if isinstance(cell, str) and len(cell) < 10 and cell.isascii() and cell.isdigit():
        return int(cell)
    value = parse_decimal(cell)
    if value is None:
        return None
    if value != value.to_integral_value():
        raise refused(
            "not_whole", cell, "需要整数", "a whole number is needed", "请去掉小数部分。", "Remove the decimals."
        )
    if abs(value) >= _LARGEST:
        raise refused(
            "number_too_large", cell, "数字过大", "the number is too large", "请检查该值。", "Check the value."
        )
    return int(value)


def parse_money(
    cell: Cell, *, default_currency: str, scale: Decimal | None = None, rounding: bool = False
) -> Money | None:
    """An exact amount: ``¥1,234.50``, ``1234.5元``, ``1.2万``, ``$(5.00)``, ``HK$ 8``, ``100 USD``.

    A bare ¥ or $ means the default currency if that is written so, else CNY or USD; 元 likewise, else CNY.

    Parameters
    ----------
    scale
        What one unit of the column is worth in the currency, for columns in 万元 (10000) or 分 (0.01).
    rounding
        Round (half up) what is finer than the currency instead of refusing it.

    Raises
    ------
    CellRefused
        ``not_a_number``, ``two_currencies``, ``too_many_decimals``, ``amount_too_large``, ``number_ruined`` …
    """
    text = _written(cell)
    if text is None:
        return None
    parts = _take_apart(text.removesuffix("整").removesuffix("正"), cell)
    named = {_currency(name, default_currency, cell) for name in (parts.before, parts.after) if name}
    if len(named) > 1:
        raise refused(
            "two_currencies",
            cell,
            "金额里写了两种货币",
            "the amount names two currencies",
            "请只保留一种货币。",
            "Keep one of them.",
        )
    currency = named.pop() if named else default_currency
    amount = parts.value if scale is None else parts.value * scale
    if rounding:
        amount = amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), rounding=ROUND_HALF_UP)
    return Money(_minor(amount, currency, cell), currency)


def parse_currency(cell: Cell) -> str | None:
    """The ISO 4217 code of a currency cell: ``CNY``, ``人民币``, ``US$``, ``元``."""
    text = _written(cell)
    return None if text is None else _currency(text, "CNY", cell)


def parse_bool(cell: Cell) -> bool | None:
    """Yes or no in Chinese, English, 1/0 or a tick; None for an empty cell.

    无 means no here, unlike in every other kind of column.
    """
    if isinstance(cell, (int, float)) and cell in (0, 1):
        return bool(cell)
    text = tidy(str(cell)).lower() if cell is not None else ""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if is_null(text):
        return None
    raise refused(
        "not_yes_or_no",
        cell,
        "需要“是”或“否”",
        "yes or no is needed",
        "请写 是/否、yes/no 或 1/0，或在映射中加入对应关系。",
        "Write yes/no, 是/否 or 1/0, or add the word to the mapping.",
    )


def _written(cell: Cell) -> str | None:
    """The tidied writing of a number cell; None if it is empty."""
    if cell is None:
        return None
    if isinstance(cell, datetime):
        raise _not_a_number(cell)
    if isinstance(cell, (int, float)):
        return number_text(cell)
    text = tidy(cell)
    if is_null(text):
        return None
    if len(text) > _LONGEST:
        raise _not_a_number(cell)
    refuse_ruined(text)
    return text.translate(_MINUS)


def _take_apart(text: str, cell: Cell) -> _Parts:
    match = _NUMBER.fullmatch(text)
    if match is None or bool(match["open"]) != bool(match["close"]):
        # An accounting bracket may also stand behind the currency sign: $(5.00)
        match = _NUMBER.fullmatch(re.sub(r"^([^\d(),.]*)\((.*)\)$", r"(\1\2)", text))
        if match is None or bool(match["open"]) != bool(match["close"]):
            raise _not_a_number(cell)
    before, after = match["lead"].strip(), match["tail"].strip()
    signs = before.count("-") + after.count("-") + (match["open"] is not None)
    if signs > 1 or before.count("+") > 1:
        raise _not_a_number(cell)
    before, after = before.replace("-", "").replace("+", "").strip(), after.replace("-", "").strip()
    unit = _UNIT.match(after)
    value = Decimal(match["digits"].replace(",", "").replace(" ", ""))
    if unit:
        value = value.scaleb(_UNITS[unit[0].lower()])
        after = after[unit.end() :].strip()
    return _Parts(value=-value if signs else value, before=before, after=after)


def _currency(name: str, default: str, cell: Cell) -> str:
    """The currency behind a sign, word or code."""
    low = name.lower()
    if low in ("¥", "円"):
        return default if default in ("CNY", "JPY") else "CNY"
    if low == "$":
        return default if default in _DOLLARS else "USD"
    if low in ("元", "圆", "块", "块钱"):
        return default if default in _YUAN else "CNY"
    code = _CURRENCIES.get(low) or name.upper()
    try:
        minor_digits(code)
    except InvalidInput:
        raise refused(
            "unknown_currency",
            cell,
            f"不认识的货币或单位：{name}",
            f"unknown currency or unit: {name}",
            "请使用 CNY、USD 等代码，或在映射中写明货币和单位。",
            "Use a code such as CNY or USD, or state currency and unit in the mapping.",
        ) from None
    return code


def _minor(amount: Decimal, currency: str, cell: Cell) -> int:
    try:
        return to_minor(amount, currency)
    except InvalidInput as error:
        remedy = error.remedy
        raise refused(
            error.code,
            cell,
            error.text.zh,
            error.text.en,
            remedy.zh if remedy else "请检查该值。",
            remedy.en if remedy else "Check the value.",
        ) from None


def _not_a_number(cell: Cell) -> CellRefused:
    return refused(
        "not_a_number",
        cell,
        "不是数字",
        "not a number",
        "请写成 1234.50：小数点用“.”，千位可用“,”。",
        "Write it like 1234.50: a point for decimals, commas only between thousands.",
    )
