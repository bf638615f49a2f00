"""What a cell may be, when it counts as empty, and how its text is tidied before it is read."""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

from huasuan.intake.files.errors import CellRefused, refused

Cell = str | int | float | datetime | None
Value = TypeVar("Value")

# Text fields keep 无 and 空: they may be names. Every other kind reads them as "no value".
TEXT_NULLS = frozenset(
    ["", "-", "--", "---", "—", "——", "N/A", "n/a", "NULL", "null", "Null", "(null)", "(NULL)", "\\N", "#N/A", "(空白)"]
)
NULLS = frozenset(
    ["", "-", "--", "---", "—", "——", "–", "n/a", "na", "null", "(null)", "none", "nil", "nan", "\\n", "#n/a", "#null!"]
) | frozenset(["空", "无", "(空)", "(空白)", "暂无", "未填写", "/"])

# Zero-width marks and direction overrides come along when numbers are copied from address books and chat windows.
_INVISIBLE = dict.fromkeys(
    [0xFEFF, 0x00AD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)], None
)
_RUINED = re.compile(r"[+-]?\d(?:\.\d+)?[Ee]\+\d{1,3}")
_NULLS_ARE_SHORTER = 1 + max(len(word) for word in TEXT_NULLS)
_RUINED_IS_SHORTER = 26  # a sign, 17 digits with a point, E+308
_EXACT_NUMBER = 10**15
_REMEMBERED = 16_384
_LONGEST_REMEMBERED = 256


def tidy(text: str) -> str:
    """Half-width, without invisible marks, outer blanks and Excel's leading apostrophe."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_INVISIBLE)
    text = text.strip()
    if text[:1] in ("'", "’", "‘", "`"):
        text = text[1:].lstrip()
    return text


def is_null(tidied: str) -> bool:
    """Whether tidied text stands for "no value"."""
    return tidied.lower() in NULLS


def refuse_ruined(text: str) -> None:
    """Refuse digits that Excel turned into 1.38E+10: what was rounded away cannot be brought back."""
    if _RUINED.fullmatch(text):
        raise ruined(text)


def ruined(value: object) -> CellRefused:
    """The fault of a long number that lost digits in a spreadsheet."""
    return refused(
        "number_ruined",
        value,
        "长数字被表格软件改成了科学计数或被舍入，原来的数字已丢失",
        "a spreadsheet turned the long number into scientific notation or rounded it; digits are lost",
        "请从原系统重新导出，并在打开前把该列设为“文本”。",
        "Export it again from the source and set the column to Text before opening it in a spreadsheet.",
    )


def number_text(number: int | float) -> str:
    """A number cell as digits, at the 15 digits a spreadsheet keeps.

    Raises
    ------
    CellRefused
        ``number_ruined`` beyond 15 digits.
    """
    if abs(number) >= _EXACT_NUMBER:
        raise ruined(number)
    return str(number) if isinstance(number, int) else format(Decimal(format(number, ".15g")), "f")


def parse_text(cell: Cell) -> str | None:
    """The text of a cell without outer blanks; None for an empty one.

    A leading apostrophe goes when it only guards digits or a formula sign, as spreadsheets write it.
    """
    if cell.__class__ is not str:
        return _other_text(cell)
    text: str = cell.strip()
    if len(text) < _NULLS_ARE_SHORTER and text in TEXT_NULLS:
        return None
    if text[0] in "'\ufeff\u200b":
        text = text.strip("\ufeff\u200b")
        if len(text) > 1 and text[0] == "'" and (text[1].isdigit() or text[1] in "=+-@"):
            text = text[1:]
    if len(text) < _RUINED_IS_SHORTER and "E+" in text:
        refuse_ruined(text)
    return text


def _other_text(cell: Cell) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return number_text(cell) if isinstance(cell, (int, float)) else str(cell)


class Memo(dict[Cell, Value], Generic[Value]):
    """Remembers what repeated cells mean; ``memo[cell]`` costs one look-up when the cell was seen before.

    Bounded in entries and in the length of a remembered cell, so a file cannot fill the memory through it.
    """

    __slots__ = ("_parse",)

    def __init__(self, parse: Callable[[Cell], Value]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, cell: Cell) -> Value:
        value = self._parse(cell)
        if len(self) >= _REMEMBERED:
            self.clear()  # a sorted file moves on to other values, so start afresh instead of freezing the old ones
        if cell.__class__ is not str or len(cell) <= _LONGEST_REMEMBERED:
            self[cell] = value
        return value
