"""The rows that were refused, as a file to mend and import again."""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from huasuan.intake.files.cells import Cell
from huasuan.intake.files.errors import CellFault
from huasuan.intake.files.tables import Table

REMARKS = ("#行 line", "#列 column", "#值 value", "#原因", "#reason", "#怎么改", "#remedy")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_LONG_NUMBER = 11


def write_error_rows(
    path: Path, table: Table, faults: Iterable[tuple[int, Sequence[Cell], Sequence[CellFault]]]
) -> int:
    """Write refused rows (line, cells, faults) with their reasons and remedies as CSV; how many were written.

    The file is UTF-8 with a byte order mark, so spreadsheets show Chinese. The original columns keep their names and
    order; the remarks stand behind them under names that begin with # and are passed over when the mended file is
    imported. Cells that a spreadsheet would take for a formula or would round get a leading apostrophe, which the
    import removes again.
    """
    written = 0
    width = len(table.columns)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        kept = [place for place, name in enumerate(table.columns) if name not in REMARKS]
        writer.writerow([*(guarded(table.columns[place]) for place in kept), *REMARKS])
        for line, cells, found in faults:
            row = [*cells, *[None] * (width - len(cells))]
            writer.writerow([*(guarded(_text(row[place])) for place in kept), *_remarks(line, found, cells, width)])
            written += 1
    return written


def guarded(text: str) -> str:
    """Text that a spreadsheet shows as it stands: no formula runs and no long number is rounded."""
    digits = text.isascii() and text.isdigit()
    if text.startswith(_FORMULA) or (digits and (len(text) >= _LONG_NUMBER or (len(text) > 1 and text[0] == "0"))):
        return "'" + text
    return text


def _remarks(line: int, found: Sequence[CellFault], cells: Sequence[Cell], width: int) -> list[str]:
    surplus = " | ".join(_text(cell) for cell in cells[width:])
    values = [fault.value for fault in found] + ([surplus] if surplus else [])
    columns = [
        str(line),
        _joined([fault.column or "" for fault in found]),
        _joined(values),
        _joined([fault.zh for fault in found]),
        _joined([fault.en for fault in found]),
        _joined([fault.remedy_zh for fault in found]),
        _joined([fault.remedy_en for fault in found]),
    ]
    return [columns[0], *(guarded(column) for column in columns[1:])]


def _joined(parts: list[str]) -> str:
    return "; ".join(part for part in dict.fromkeys(parts) if part)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return format(Decimal(repr(cell)), "f") if isinstance(cell, float) else str(cell)
