"""XLSX workbooks: checked for bombs before anything opens them, then read row by row."""

import copy
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import orjson
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from huasuan.intake.files.cells import Cell
from huasuan.intake.files.errors import FileRefused
from huasuan.intake.files.headers import SAMPLED_ROWS, TOTAL_STARTS, is_blank, is_total
from huasuan.intake.files.tables import Table, head_of

MOST_UNPACKED = 512 << 20
MOST_RATIO = 200
RATIO_COUNTS_FROM = 50 << 20
MOST_MEMBERS = 10_000
# The reading library keeps a sheet as a full rectangle of 32-byte cells: one stray cell far out would take gigabytes.
MOST_CELLS = 20_000_000

_PIECE = 1 << 20
_OVERLAP = 256
_COLUMN = re.compile(rb' r="([A-Z]{1,3})[0-9]{1,7}"')
_ROW = re.compile(rb'<(?:\w+:)?row [^>]{0,200}?r="([0-9]{1,7})"')
_DATE1904 = re.compile(rb'date1904="(?:1|true|on)"')
_EXACT = 10**15


class XlsxTable(Table):
    """One sheet of a workbook. Reading it takes memory for the whole sheet, at most about a gigabyte."""

    format = "xlsx"

    def __init__(self, path: Path, *, sheet: str | None = None, header: bool | None = None) -> None:
        super().__init__()
        self.path = path
        self.total_bytes = path.stat().st_size
        self.date1904 = _check_workbook(path)
        self._sheet = _opened(path, sheet)
        self.sheet = self._sheet.name
        self._done = 0
        self._raw: list[list[Cell]] = []
        self._raw_from = 1
        self._height = 1 + (self._sheet.end or (0, 0))[0]
        self._read_head(header)

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """See ``Table.rows``. Dates are naive local ``datetime``; whole numbers are ``int``."""
        self._start()
        self._raw, self._raw_from = [], 1
        for number, cells in enumerate(self._records(), start=1):
            self._raw.append(cells)
            if number <= self._above:
                continue
            first = cells[0] if cells else None
            if not first or (isinstance(first, str) and first[0] in TOTAL_STARTS):
                if all(is_blank(cell) for cell in cells):
                    continue
                if is_total(cells):
                    self._skip(number, cells)
                    continue
            yield number, cells

    def raw_lines(self, start: int = 0) -> tuple[int, list[bytes]]:
        """See ``Table.raw_lines``."""
        raw, first = self._raw, max(self._raw_from, start)
        lines = [orjson.dumps(cells) for cells in raw[first - self._raw_from :]]
        self._raw_from += len(raw)
        raw.clear()
        return first, lines

    def check_whole(self) -> None:
        """See ``Table.check_whole``; a workbook was unpacked and checked when it was opened."""

    def bytes_read(self) -> int:
        """See ``Table.bytes_read``; the share of rows done, as the file is unpacked before."""
        return self.total_bytes * self._done // self._height

    def _records(self) -> Iterator[list[Cell]]:
        read = _READ.get
        for done, row in enumerate(self._sheet.iter_rows(), start=1):
            self._done = done
            yield [cell if cell.__class__ is str else read(cell.__class__, str)(cell) for cell in row]

    def _read_head(self, header: bool | None) -> None:
        sample: list[list[Cell]] = []
        for cells in self._records():
            sample.append(cells)
            if len(sample) > SAMPLED_ROWS:
                break
        self._done = 0
        head = head_of(sample, header=header)
        self.columns, self._above = head.columns, head.above
        self.header_line = head.above if head.has_header else None
        self.sample = tuple(tuple(cells) for cells in sample[head.above :])


def _number(cell: float) -> int | float:
    return int(cell) if cell.is_integer() and -_EXACT < cell < _EXACT else cell


def _span(cell: timedelta) -> str:
    seconds = cell // timedelta(seconds=1)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


_READ: dict[type, Callable[..., Cell]] = {
    float: _number,
    int: int,
    bool: lambda cell: "TRUE" if cell else "FALSE",
    datetime: lambda cell: cell,
    date: lambda cell: datetime(cell.year, cell.month, cell.day),  # noqa: DTZ001  local by meaning
    time: lambda cell: cell.strftime("%H:%M:%S"),
    timedelta: _span,
}


def _opened(path: Path, asked: str | None) -> CalamineSheet:
    try:
        book = CalamineWorkbook.from_path(path)
        names = [item.name for item in book.sheets_metadata if item.typ == SheetTypeEnum.WorkSheet]
        if asked is not None:
            if asked not in names:
                raise _no_sheet(asked, names)
            return _filled(book.get_sheet_by_name(asked))
        visible = {item.name for item in book.sheets_metadata if item.visible == SheetVisibleEnum.Visible}
        for name in [name for name in names if name in visible] or names:
            sheet = book.get_sheet_by_name(name)
            if sheet.height:
                return sheet
    except (CalamineError, OSError, ValueError) as error:
        raise _damaged() from error
    raise _empty()


def _filled(sheet: CalamineSheet) -> CalamineSheet:
    if not sheet.height:
        raise _empty()
    return sheet


def _check_workbook(path: Path) -> bool:
    """Refuse what is no sound workbook of bearable size; whether its days count from 1904."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_kind({member.filename for member in members})
            _check_stated_sizes(members)
            left = MOST_UNPACKED
            for member in members:
                left -= _check_member(archive, member, left)
            with archive.open("xl/workbook.xml") as file:
                return _DATE1904.search(file.read(_PIECE)) is not None
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise _damaged() from error
    except zipfile.zlib.error as error:  # type: ignore[attr-defined]
        raise _damaged() from error


def _check_kind(names: set[str]) -> None:
    if "xl/workbook.xml" in names:
        return
    if "xl/workbook.bin" in names:
        what_zh, what_en = "XLSB 工作簿", "an XLSB workbook"
    elif "mimetype" in names or any(name.startswith("Index/") for name in names):
        what_zh, what_en = "其他软件的表格（ODS、Numbers）", "a spreadsheet of another program (ODS, Numbers)"
    else:
        what_zh, what_en = "压缩包", "a zip archive"
    raise FileRefused(
        "file_not_xlsx",
        f"这是{what_zh}，不是 XLSX",
        f"this is {what_en}, not XLSX",
        "请另存为 XLSX 或 CSV；压缩包请先解压。",
        "Save it as XLSX or CSV; unpack an archive first.",
    )


def _check_stated_sizes(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise _bomb()
    for member in members:
        if member.file_size > RATIO_COUNTS_FROM and member.file_size > MOST_RATIO * max(1, member.compress_size):
            raise _bomb()


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int) -> int:
    """Unpack one member piece by piece without keeping it; its true size.

    The directory of an archive may state any size, so the stated one is replaced by the limit before unpacking.
    """
    if member.flag_bits & 1:
        raise _encrypted()
    unbound = copy.copy(member)
    unbound.file_size = left + 2 * _PIECE  # the excess is seen before the checksum is
    is_sheet = member.filename.startswith("xl/worksheets/")
    extent = _Extent()
    size = 0
    with archive.open(unbound) as file:
        while piece := file.read(_PIECE):
            size += len(piece)
            if size > left:
                raise _bomb()
            if is_sheet:
                extent.feed(piece)
    return size


class _Extent:
    """The rectangle that a sheet's cells span, seen while its XML passes by."""

    __slots__ = ("_columns", "_height", "_rest")

    def __init__(self) -> None:
        self._columns: set[bytes] = set()
        self._height = 0
        self._rest = b""

    def feed(self, piece: bytes) -> None:
        text = self._rest + piece
        self._columns.update(_COLUMN.findall(text))
        self._height = max([self._height, *map(int, _ROW.findall(text))])
        self._rest = text[-_OVERLAP:]
        width = max((_column_number(letters) for letters in self._columns), default=0)
        if width * self._height > MOST_CELLS:
            raise FileRefused(
                "xlsx_too_wide",
                f"工作表占 {self._height} 行 × {width} 列，超过 {MOST_CELLS:,} 个单元格",
                f"a sheet spans {self._height} rows × {width} columns, more than {MOST_CELLS:,} cells",
                "请删除数据区以外的空行空列，或另存为 CSV。",
                "Delete empty rows and columns beyond the data, or save it as CSV.",
            )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _bomb() -> FileRefused:
    return FileRefused(
        "xlsx_bomb",
        "工作簿解压后过大，已拒绝打开",
        "the workbook would unpack to far too much and was not opened",
        "请只保留需要的工作表并另存为 CSV。",
        "Keep only the sheet you need and save it as CSV.",
    )


def _encrypted() -> FileRefused:
    return FileRefused(
        "file_encrypted",
        "文件设有密码",
        "the file is protected by a password",
        "请在表格软件中取消密码后另存。",
        "Remove the password in the spreadsheet program and save it again.",
    )


def _damaged() -> FileRefused:
    return FileRefused(
        "xlsx_damaged",
        "工作簿已损坏，无法打开",
        "the workbook is damaged and cannot be opened",
        "请重新导出，或在表格软件中修复后另存。",
        "Export it again, or repair and save it in a spreadsheet program.",
    )


def _empty() -> FileRefused:
    return FileRefused(
        "file_empty",
        "工作簿里没有数据",
        "the workbook holds no data",
        "请确认导出已完成，或选择有数据的工作表。",
        "Make sure the export has finished, or choose a sheet with data.",
    )


def _no_sheet(asked: str, names: list[str]) -> FileRefused:
    return FileRefused(
        "sheet_unknown",
        f"没有名为“{asked}”的工作表",
        f"there is no sheet “{asked}”",
        f"可选的工作表：{'、'.join(names)}",
        f"Sheets of this workbook: {', '.join(names)}",
    )
