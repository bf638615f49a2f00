"""A table in a file: its columns, its rows one by one, how far reading has come, and what was passed over."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from huasuan.intake.files.cells import Cell
from huasuan.intake.files.headers import SAMPLED_ROWS, first_full_row, header_at, letters, unique_names

Format = Literal["csv", "tsv", "xlsx"]
_SKIPS_KEPT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedRow:
    """A row that is no fact: a line of totals."""

    line: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How a table begins: its column names and the number of the last row above the data (0: there is none)."""

    columns: tuple[str, ...]
    above: int
    has_header: bool


class Table(ABC):
    """An opened table. ``rows()`` may be called again and starts anew each time.

    ``columns`` are the names in the file, made unique; without a header, spreadsheet letters. ``header_line`` is None
    without a header. ``sample`` holds the first rows of data. ``skipped`` fills while rows are read and
    keeps at most a thousand; ``skipped_count`` counts them all.
    """

    format: Format
    path: Path
    columns: tuple[str, ...]
    header_line: int | None
    sample: tuple[tuple[Cell, ...], ...]
    total_bytes: int
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    date1904: bool = False

    def __init__(self) -> None:
        self.skipped: list[SkippedRow] = []
        self.skipped_count = 0

    @abstractmethod
    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Each row of data with its line (or spreadsheet row) number; blank and total rows are passed over.

        A row of another length than the header comes as it is; the bound converter turns it into a fault.
        """

    @abstractmethod
    def raw_lines(self, start: int = 0) -> tuple[int, list[bytes]]:
        """What ``rows()`` has read since this was asked last: (first line, its lines as they stand there).

        Lines before ``start`` are forgotten. Text is in UTF-8 whatever the file has; a spreadsheet row is a JSON
        list of its cells.
        """

    @abstractmethod
    def check_whole(self) -> None:
        """Refuse what makes the file as a whole unreadable, before a row of it is taken in.

        Raises
        ------
        FileRefused
            ``quote_open``
        """

    @abstractmethod
    def bytes_read(self) -> int:
        """How much of ``total_bytes`` has been read by the running ``rows()``."""

    def _start(self) -> None:
        self.skipped, self.skipped_count = [], 0

    def _skip(self, line: int, cells: Sequence[Cell]) -> None:
        self.skipped_count += 1
        if len(self.skipped) < _SKIPS_KEPT:
            self.skipped.append(SkippedRow(line=line, cells=tuple(cells)))


def head_of(sample: Sequence[Sequence[Cell]], *, header: bool | None) -> Head:
    """Find the header among the first rows; ``header`` True or False overrules the detection."""
    rows = sample[:SAMPLED_ROWS]
    at = None if header is False else header_at(rows)
    if header and at is None:
        at = first_full_row(rows)
    if at is not None:
        return Head(columns=unique_names(rows[at]), above=at + 1, has_header=True)
    width = max((len(row) for row in rows), default=0)
    above = first_full_row(rows) or 0
    return Head(columns=tuple(letters(index) for index in range(width)), above=above, has_header=False)
