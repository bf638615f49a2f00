"""Where the header of a table is, and which rows are totals rather than facts."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from huasuan.intake.files.cells import Cell
from huasuan.intake.files.synonyms import known_words, plain

SAMPLED_ROWS = 60
_KNOWN_WORDS_OF_A_HEADER = 2
_TOTALS = frozenset(
    ["合计", "总计", "小计", "汇总", "共计", "累计", "总和", "total", "totals", "grandtotal", "subtotal", "sum"]
)
# "Total: Account", "总计：帐号": the total of something named behind it.
_TOTAL_OF = re.compile(r"(?:合计|总计|小计|汇总|(?:grand |sub)?totals?)\s*[-–—:：].*", re.IGNORECASE)
_COUNT = re.compile(r"(?:共|总共|共计|合计)\d+(?:条|行|笔|个|通)(?:记录|数据)?")
# What a first cell may begin with if ``is_total`` needs to be asked; blanks may stand before the word.
TOTAL_STARTS = frozenset("合总小汇共累TtGgSs 　\t(（")
_DATA = re.compile(r"[+\-¥$€£(]*[\d０-９][\d０-９.,:/\-年月日时分秒 TZ+%元万]*\)?")


def header_at(rows: Sequence[Sequence[Cell]]) -> int | None:
    """The index of the header row among the first rows of a file; None if the rows start with data.

    The row with the most known column names wins (at least two). Without any, it is the first row about as wide as most
    rows whose cells are all text, none of them a number, date or amount.
    """
    known = known_words()
    scores = [sum(plain(cell) in known for cell in row if isinstance(cell, str)) for row in rows]
    best = max(scores, default=0)
    if best >= _KNOWN_WORDS_OF_A_HEADER:
        return scores.index(best)
    first = first_full_row(rows)
    if first is None:
        return None
    cells = [cell for cell in rows[first] if not is_blank(cell)]
    words = all(isinstance(cell, str) and not _DATA.fullmatch(cell.strip()) for cell in cells)
    return first if words and 2 * len(set(cells)) > len(cells) else None


def first_full_row(rows: Sequence[Sequence[Cell]]) -> int | None:
    """The index of the first row about as wide as most rows: what stands above it is a title."""
    widths = [sum(not is_blank(cell) for cell in row) for row in rows]
    common = Counter(width for width in widths if width)
    if not common:
        return None
    usual = max(common, key=lambda width: (common[width], width))
    return next(at for at, width in enumerate(widths) if width >= max(1, usual * 0.6))


def unique_names(cells: Sequence[Cell]) -> tuple[str, ...]:
    """Column names as in the file; a repeated one gets " (2)", an empty one its spreadsheet letter."""
    taken: set[str] = set()
    names = []
    for at, cell in enumerate(cells):
        name = shown_name(cell) or letters(at)
        number, candidate = 1, name
        while candidate in taken:
            number += 1
            candidate = f"{name} ({number})"
        taken.add(candidate)
        names.append(candidate)
    return tuple(names)


def shown_name(cell: Cell) -> str:
    """A header cell on one line, without byte order mark or outer blanks."""
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    name = " ".join(str("" if cell is None else cell).replace("\ufeff", "").split())
    # The apostrophe that guards a cell against being run as a formula is not part of the name.
    return name[1:] if name[:1] == "'" and name[1:2] in "=+-@" else name


def letters(index: int) -> str:
    """The spreadsheet's name of a column: 0 → A, 26 → AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def is_blank(cell: Cell) -> bool:
    """Whether the cell holds nothing a person would see."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def is_total(row: Sequence[Cell]) -> bool:
    """Whether the first filled cell says 合计, 总计, 小计, total … and nothing else."""
    first = next((cell for cell in row if not is_blank(cell)), None)
    if not isinstance(first, str) or len(first) > 40:
        return False
    if _TOTAL_OF.fullmatch(first.strip()):
        return True
    word = re.sub(r"[\s:()\[\]_\-—]+", "", unicodedata.normalize("NFKC", first)).lower()
    return word in _TOTALS or _COUNT.fullmatch(word) is not None
