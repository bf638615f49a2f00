"""The rows that were refused, as a file to mend and import again."""

import csv
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TextIO

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
    with ErrorRows(path, table) as rows:
        for line, cells, found in faults:
            rows.add(line, cells, found)
        rows.flush()
        return rows.count


class ErrorRows:
    """A file of refused rows that grows while an import runs; see ``write_error_rows`` for its form.

    It comes into being with the first refused row, readable by its owner alone since it names customers.

    Parameters
    ----------
    keep_below
        Of a file that a stopped import left behind, keep the rows of lines below this one.
    """

    def __init__(self, path: Path, table: Table, *, keep_below: int = 0) -> None:
        self.path, self.count = path, 0
        self._table = table
        self._kept = [place for place, name in enumerate(table.columns) if name not in REMARKS]
        self._head = [*(guarded(table.columns[place]) for place in self._kept), *REMARKS]
        self._file: TextIO | None = None
        if keep_below:
            self._keep(keep_below)

    def __enter__(self) -> "ErrorRows":
        """Nothing is opened before the first row."""
        return self

    def __exit__(self, *_unused: object) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def add(self, line: int, cells: Sequence[Cell], found: Sequence[CellFault]) -> None:
        """One refused row."""
        width = len(self._table.columns)
        row = [*cells, *[None] * (width - len(cells))]
        self._write([*(guarded(_text(row[place])) for place in self._kept), *_remarks(line, found, cells, width)])

    def flush(self) -> None:
        """Bring what was added to disk."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())

    def _keep(self, below: int) -> None:
        """Start with the rows of the file that stands there, as far as it is ours and they lie below ``below``."""
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                head, *rows = list(csv.reader(file)) or [[]]
        except (OSError, UnicodeDecodeError, csv.Error):
            return
        at = len(self._kept)
        # A row that was being written when the import was killed may be cut.
        kept = [row for row in rows if len(row) == len(self._head) and row[at].isdigit() and int(row[at]) < below]
        if head != self._head or not kept:
            return
        # Written aside and then put in its place: being killed here must not lose what the first run found.
        aside = self.path.with_name(self.path.name + ".partial")
        self._file = _opened(aside)
        csv.writer(self._file).writerow(self._head)
        csv.writer(self._file).writerows(kept)
        self.count = len(kept)
        self.flush()
        aside.replace(self.path)

    def _write(self, row: Sequence[str]) -> None:
        if self._file is None:
            self._file = _opened(self.path)
            csv.writer(self._file).writerow(self._head)
        csv.writer(self._file).writerow(row)
        self.count += 1


def _opened(path: Path) -> TextIO:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return open(handle, "w", encoding="utf-8-sig", newline="")


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
