"""CSV and TSV: which sign separates the cells, and the rows as a stream."""

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from huasuan.intake.files.cells import Cell
from huasuan.intake.files.encoding import LONGEST_LINE, detect_encoding
from huasuan.intake.files.errors import FileRefused
from huasuan.intake.files.headers import SAMPLED_ROWS, TOTAL_STARTS, is_blank, is_total
from huasuan.intake.files.tables import Table, head_of

if TYPE_CHECKING:
    from _csv import Reader as _Reader  # the type of csv.reader has no public name before Python 3.13

_DELIMITERS = (",", "\t", ";", "|")
_SAMPLE = 1 << 16
_PIECE = 1 << 20
# A quoted cell with more line breaks than this is an opening quote that was never closed.
_MOST_LINES_OF_A_ROW = 1000
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


class DelimitedTable(Table):
    """A CSV or TSV file, streamed: memory does not grow with the file."""

    def __init__(
        self, path: Path, *, encoding: str | None = None, delimiter: str | None = None, header: bool | None = None
    ) -> None:
        super().__init__()
        csv.field_size_limit(LONGEST_LINE)
        self.path = path
        self.encoding = detect_encoding(path, asked=encoding)
        self.total_bytes = path.stat().st_size
        sample = _sample(path, self.encoding)
        self.delimiter = _checked(delimiter) if delimiter else detect_delimiter(sample, hint=path.suffix)
        self.format = "tsv" if self.delimiter == "\t" else "csv"
        self._file: BinaryIO | None = None
        self._position = 0
        self._text: list[str] = []
        self._text_from = 1
        self._read_head(header)

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """See ``Table.rows``.

        Raises
        ------
        FileRefused
            ``quote_open`` at a quotation mark that is never closed.
        """
        self._start()
        self._text, self._text_from = [], 1
        width, starts = len(self.columns), TOTAL_STARTS
        with self._reader(keep=True) as reader:
            for _ in range(self._above):
                next(reader)
            ended = reader.line_num
            for cells in reader:
                line = ended + 1
                ended = reader.line_num
                if ended - line > _MOST_LINES_OF_A_ROW:
                    raise _quote_open(line)
                if len(cells) != width and not _fit(cells, width):
                    continue
                first = cells[0]
                if (not first or first[0] in starts) and self._passed_over(line, cells):
                    continue
                yield line, cells  # type: ignore[misc]  # a list of str that nobody appends other cells to

    def raw_lines(self, start: int = 0) -> tuple[int, list[bytes]]:
        """See ``Table.raw_lines``."""
        text, first = self._text, max(self._text_from, start)
        lines = [line.rstrip("\r\n").encode() for line in text[first - self._text_from :]]
        self._text_from += len(text)
        text.clear()
        return first, lines

    def check_whole(self) -> None:
        """See ``Table.check_whole``. A file without any quotation mark is not read."""
        if not self._holds_quotes():
            return
        with self._reader() as reader:
            ended = 0
            for _ in reader:
                line, ended = ended + 1, reader.line_num
                if ended - line > _MOST_LINES_OF_A_ROW:
                    raise _quote_open(line)

    def bytes_read(self) -> int:
        """See ``Table.bytes_read``."""
        return self._file.tell() if self._file is not None and not self._file.closed else self._position

    def _kept(self, lines: Iterable[str]) -> Iterator[str]:
        """Lines on their way to the reader, remembered for ``raw_lines``."""
        keep = self._text.append
        for line in lines:
            keep(line)
            yield line

    def _holds_quotes(self) -> bool:
        with self.path.open("rb") as file:
            return any(b'"' in piece for piece in iter(lambda: file.read(_PIECE), b""))

    def _passed_over(self, line: int, cells: list[str]) -> bool:
        """Whether a row is blank or a total; totals are noted."""
        if all(is_blank(cell) for cell in cells):
            return True
        total = is_total(cells)
        if total:
            self._skip(line, cells)
        return total

    def _read_head(self, header: bool | None) -> None:
        sample: list[list[str]] = []
        lines = [0]
        with self._reader() as reader:
            for cells in itertools.islice(reader, SAMPLED_ROWS):
                sample.append(cells)
                lines.append(reader.line_num)
        head = head_of(sample, header=header)
        self.columns, self._above = head.columns, head.above
        self.header_line = lines[head.above - 1] + 1 if head.has_header else None
        self.sample = tuple(tuple(cells) for cells in sample[head.above :] if len(cells) == len(head.columns))

    @contextmanager
    def _reader(self, *, keep: bool = False) -> Iterator["_Reader"]:
        """The records of the file from its beginning, blank lines included as empty lists."""
        with self.path.open("rb") as raw, io.TextIOWrapper(raw, encoding=self.encoding, newline="") as text:
            self._file = raw
            reader = csv.reader(self._kept(text) if keep else text, delimiter=self.delimiter or ",")
            try:
                yield reader
            except csv.Error:
                raise _quote_open(reader.line_num) from None
            finally:
                self._position = raw.tell()


def _fit(cells: list[str], width: int) -> bool:
    """Take surplus empty cells off the end; False for a blank line."""
    while len(cells) > width and is_blank(cells[-1]):
        cells.pop()
    return not all(is_blank(cell) for cell in cells)


def _sample(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, newline="") as file:
        text = file.read(_SAMPLE)
    cut = max(text.rfind("\n"), text.rfind("\r"))
    return text[: cut + 1] if len(text) == _SAMPLE and cut > 0 else text


def detect_delimiter(sample: str, *, hint: str = "") -> str:
    """The sign that cuts most records of the sample into one and the same number of cells, two at least.

    Parameters
    ----------
    hint
        The file's suffix; .tsv and .tab prefer the tabulator where the sample does not decide.
    """
    stated = _SEPARATOR_LINE.match(sample)
    if stated:
        return stated[1]
    preferred = "\t" if hint.lower() in (".tsv", ".tab") else ","
    scores = {sign: _agreement(sample, sign) for sign in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda sign: (*scores[sign], sign == preferred))
    return best if scores[best][0] else preferred


def _agreement(sample: str, sign: str) -> tuple[float, int]:
    """(records agreeing on the usual number of cells, that number); zeros if the sign cuts nothing."""
    try:
        widths = [len(cells) for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=sign) if cells]
    except csv.Error:
        return 0.0, 0
    cut = Counter(width for width in widths if width > 1)
    if not cut:
        return 0.0, 0
    width, count = max(cut.items(), key=lambda item: (item[1], item[0]))
    return round(count / len(widths), 1), width


def _checked(delimiter: str) -> str:
    named = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}.get(delimiter.lower(), delimiter)
    if len(named) != 1 or named in '\r\n"':
        raise FileRefused(
            "delimiter_wrong",
            f"分隔符必须是一个字符：{delimiter!r}",
            f"the delimiter must be one character: {delimiter!r}",
            "请使用 , ; | 或 tab，或不填以自动识别。",
            "Use , ; | or tab, or leave it out to have it detected.",
        )
    return named


def _quote_open(line: int) -> FileRefused:
    return FileRefused(
        "quote_open",
        f"第 {line} 行的引号没有闭合，或单元格超过 1 MiB",
        f"a quotation mark on line {line} is never closed, or a cell is longer than 1 MiB",
        '请在该行补上或删去多余的引号 "，再重新导入。',
        'Close or remove the stray " on that line and import again.',
    )
