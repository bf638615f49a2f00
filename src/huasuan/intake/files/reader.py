"""Open a business file of whatever make as a table."""

from pathlib import Path

from huasuan.intake.files.delimited import DelimitedTable
from huasuan.intake.files.encoding import binary
from huasuan.intake.files.errors import FileRefused
from huasuan.intake.files.tables import Table
from huasuan.intake.files.xlsx import XlsxTable

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY = (
    b"%PDF-", b"\x1f\x8b", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"MZ\x90",
    b"\x7fELF", b"SQLite format 3\x00", b"PAR1", b"BZh9", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"{\\rtf", b"OggS",
)  # fmt: skip


def open_table(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header: bool | None = None,
) -> Table:
    """Open a CSV, TSV or XLSX file; what is not stated is detected.

    A text file is read through once before this returns, so a wrong byte or an endless line anywhere in it is refused
    here and not after half of the rows.

    Parameters
    ----------
    encoding
        A codec name such as gb18030; detected among UTF-8, GB18030 and UTF-16.
    delimiter
        One character, or "tab"; detected among comma, tab, semicolon and bar.
    sheet
        The sheet of a workbook; the first visible one that holds data.
    header
        Whether there is a header row; detected, also below title lines.

    Raises
    ------
    FileRefused
        ``file_missing``, ``file_empty``, ``file_binary``, ``file_old_xls``, ``file_encrypted``, ``file_html``,
        ``file_not_xlsx``, ``xlsx_bomb``, ``xlsx_too_wide``, ``xlsx_damaged``, ``sheet_unknown``, ``encoding_unknown``,
        ``encoding_wrong``, ``encoding_broken``, ``delimiter_wrong``, ``line_too_long``, ``quote_open``.
    """
    try:
        with path.open("rb") as file:
            head = file.read(1 << 16)
    except OSError as error:
        raise FileRefused(
            "file_missing",
            f"无法读取文件：{path.name}",
            f"cannot read the file: {path.name}",
            "请检查路径和权限。",
            "Check the path and the permissions.",
        ) from error
    if head.startswith(_ZIP):
        return XlsxTable(path, sheet=sheet, header=header)
    _refuse_other_kinds(head)
    return DelimitedTable(path, encoding=encoding, delimiter=delimiter, header=header)


def _refuse_other_kinds(head: bytes) -> None:
    if head.startswith(_OLE):
        raise _old_or_encrypted(head)
    if head.startswith(_BINARY):
        raise binary()
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
        raise FileRefused(
            "file_html",
            "这是网页或 XML，只是扩展名像表格",
            "this is a web page or XML that only bears a spreadsheet's name",
            "请用表格软件打开后另存为 XLSX 或 CSV。",
            "Open it in a spreadsheet program and save it as XLSX or CSV.",
        )


def _old_or_encrypted(head: bytes) -> FileRefused:
    if "EncryptedPackage".encode("utf-16-le") in head or "EncryptionInfo".encode("utf-16-le") in head:
        return FileRefused(
            "file_encrypted",
            "文件设有密码",
            "the file is protected by a password",
            "请在表格软件中取消密码后另存。",
            "Remove the password in the spreadsheet program and save it again.",
        )
    return FileRefused(
        "file_old_xls",
        "这是旧版 XLS（或加密）文件",
        "this is an old XLS (or encrypted) file",
        "请在表格软件中另存为 XLSX（不设密码）。",
        "Save it as XLSX without a password in a spreadsheet program.",
    )
