"""Telephone numbers: E.164 for subscribers, bare digits for service codes, None for a withheld number.

The kind is decided before any library is asked, because libphonenumber calls 95588 or 12345 invalid (domain canon,
section 12). Mainland mobiles and fixed lines are judged by their shape: metadata of libraries lags behind new blocks.
"""

import re
from collections.abc import Callable
from datetime import datetime

from huasuan.intake.files.cells import Cell, Memo, is_null, refuse_ruined, ruined, tidy
from huasuan.intake.files.errors import CellRefused, refused

_WITHHELD = frozenset(
    ["anonymous", "unknown", "private", "withheld", "restricted", "unavailable", "blocked", "noid", "nocallerid"]
) | frozenset(
    ["私人号码", "匿名", "未知", "未知号码", "未显示", "隐藏号码", "无号码", "无主叫", "保密", "未知来电", "私密号码"]
)
_SEPARATORS = re.compile(r"[\s\-‐-―−.()\[\]·]+")
_EXTENSION = re.compile(r"(?:转|分机|EXT\.?|#|X|,)\s*:?\s*(\d{1,6})$", re.IGNORECASE)
_DASHED_EXTENSION = re.compile(r"^((?:\+?86[- ]?)?0\d{2,3}-?\d{7,8})-(\d{1,5})$")
# 400-800-1234 is the number itself; what follows its ten digits is the code.
_SERVICE_EXTENSION = re.compile(r"^([48]00[- ]?(?:\d{3}[- ]?\d{4}|\d{4}[- ]?\d{3}))-(\d{1,6})$")
_SEVERAL = re.compile(r"\d{7,}\s*[/;、,|\n]\s*\+?\d{7,}|\d{11}\s+1\d{10}$")
_SERVICE = re.compile(
    r"95\d{3,6}|96\d{3,4}|1010\d{4}|[48]00\d{7}|100\d{2}|12[0-9]{3}|11[0-9]|12[0-2]|11[0-9]114|106\d{8,17}", re.ASCII
)
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_FIXED = re.compile(r"0?((?:10|2\d)[2-9]\d{7}|[3-9]\d{2}[2-9]\d{6,7})", re.ASCII)
_LONGEST = 64
_ROUNDED = 10**7


def parse_phone(cell: Cell, region: str = "CN") -> str | None:
    """The canonical number of a cell; see ``phone_parser``."""
    return phone_parser(region)(cell)


def phone_parser(region: str = "CN") -> Callable[[Cell], str | None]:
    """A fast reader of one column of numbers, made once per column.

    ``138 0013 8000``, ``+86-138…``, ``0086…``, ``'138…``, ``１３８…`` become ``+8613800138000``; ``010-62345678转801``
    becomes ``+861062345678``; 95588, 10010, 400-123-4567 stay digits without a plus; 匿名, anonymous and empty cells
    are None.

    Parameters
    ----------
    region
        ISO 3166 code of the country of numbers written without a country code.

    Raises
    ------
    CellRefused
        (by the parser) ``number_ruined``, ``phone_masked``, ``several_phones``, ``not_a_phone``
    """
    slow = Memo(lambda cell: _phone(cell, region)).__getitem__
    if region != "CN":
        return slow

    def parse(cell: Cell) -> str | None:
        # Most cells of a Chinese file are exactly this; the comparison is on text and needs ASCII digits only.
        if cell.__class__ is str and len(cell) == 11 and "13" <= cell < "2" and cell.isdecimal() and cell.isascii():
            return "+86" + cell
        return slow(cell)

    return parse


def _phone(cell: Cell, region: str) -> str | None:
    if cell is None:
        return None
    text = _digits_of_number(cell) if isinstance(cell, (int, float)) else _tidied(cell)
    if is_null(text) or text.lower().replace(" ", "").replace("_", "") in _WITHHELD:
        return None
    refuse_ruined(text)
    if len(text) > _LONGEST:
        raise _not_a_phone(cell)
    if "*" in text and any(sign.isdigit() for sign in text):
        raise _masked(cell)
    if _SEVERAL.search(text):
        raise _several(cell)
    number = _canonical(_without_extension(text), region)
    if number is None:
        raise _not_a_phone(cell)
    return number


def _tidied(cell: str | datetime) -> str:
    if isinstance(cell, datetime):
        raise _not_a_phone(cell)
    text = tidy(cell)
    for scheme in ("tel:", "sip:", "sips:"):
        if text.lower().startswith(scheme):
            text = text[len(scheme) :].split("@", 1)[0].split(";", 1)[0]
    return text


def _digits_of_number(number: int | float) -> str:
    """A number cell as digits; refused where a spreadsheet has rounded it.

    A whole number below 10^15 is exact in a spreadsheet, so an ordinary mobile typed as a number is fine; one that ends
    in seven zeros is what is left of 1.38E+10.
    """
    if isinstance(number, float) or (number >= 10**9 and number % _ROUNDED == 0):
        raise ruined(number)
    return str(number)


def extension_of(cell: Cell) -> str | None:
    """The code dialled after a number: 8001 of ``400-800-1234转8001``; None without one."""
    text = tidy(cell) if isinstance(cell, str) else ""
    dashed = _dashed(text)
    found = _EXTENSION.search(text)
    return dashed[2] if dashed else found[1] if found and found.start() else None


def _dashed(text: str) -> re.Match[str] | None:
    return _DASHED_EXTENSION.match(text) or _SERVICE_EXTENSION.match(text)


def _without_extension(text: str) -> str:
    dashed = _dashed(text)
    return dashed[1] if dashed else _EXTENSION.sub("", text)


def _canonical(text: str, region: str) -> str | None:
    # "+44 (0)20 …" carries a trunk zero for callers inside the country.
    digits = _SEPARATORS.sub("", re.sub(r"^(\+\d{1,3}\s*)\(0\)", r"\1", text))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if not re.fullmatch(r"\+?\d+", digits, re.ASCII):
        return None
    chinese = _chinese(digits, region)
    return chinese or _foreign(digits, region)


def _chinese(digits: str, region: str) -> str | None:
    """The canonical mainland number, or None if it is not of mainland shape."""
    if digits.startswith("+86"):
        local = digits[3:]
    elif region != "CN" or digits.startswith("+"):
        return None
    elif len(digits) == 13 and digits.startswith("86"):
        local = digits[2:]
    else:
        local = digits
    if _MOBILE.fullmatch(local.removeprefix("0") if len(local) == 12 else local):
        return "+86" + local[-11:]
    if _SERVICE.fullmatch(local):
        return local
    # Without the leading zero an area code is only believable behind a country code.
    fixed = _FIXED.fullmatch(local) if digits.startswith("+86") or local.startswith("0") else None
    return "+86" + fixed[1] if fixed else None


def _foreign(digits: str, region: str) -> str | None:
    # Its metadata takes a tenth of a second to load, which Chinese files never need.
    import phonenumbers  # noqa: PLC0415

    if digits.startswith("+86") or (region == "CN" and not digits.startswith("+")):
        return None
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    # Length alone decides: validity tables lag behind newly opened number blocks.
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if possible else None


def _not_a_phone(cell: Cell) -> CellRefused:
    return refused(
        "not_a_phone",
        cell,
        "不是有效的电话号码",
        "not a telephone number",
        "固定电话请带区号（010-62345678），国外号码请带 + 和国家代码；若开头的 0 丢失，请把该列设为“文本”重新导出。",
        "Give the area code (010-62345678), or + and the country code; if a leading 0 is lost, export it as Text.",
    )


def _masked(cell: Cell) -> CellRefused:
    return refused(
        "phone_masked",
        cell,
        "号码被打码，无法识别客户",
        "the number is masked and identifies nobody",
        "请导出完整号码，或把该列留空。",
        "Export full numbers or leave the column empty.",
    )


def _several(cell: Cell) -> CellRefused:
    return refused(
        "several_phones",
        cell,
        "一个单元格里有多个号码",
        "several numbers in one cell",
        "请每个单元格只写一个号码。",
        "Write one number per cell.",
    )
