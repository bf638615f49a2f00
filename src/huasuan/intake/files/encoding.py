"""Which encoding a text file has, decided on the whole file before a single row is read.

Reading everything first costs about a fifth of a microsecond per row and means that a wrong byte, a NUL or an endless
line at the very end is refused before anything was taken in.
"""

import codecs
from dataclasses import dataclass
from pathlib import Path

from huasuan.intake.files.errors import FileRefused

LONGEST_LINE = 1 << 20
_CHUNK = 1 << 18
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
# GBK text seldom survives more than a few characters as UTF-8; a file with more of them is UTF-8 with a broken byte.
_CLEARLY_UTF8 = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """Where decoding stopped: the byte offset, and how much Chinese had been read before it."""

    offset: int
    chinese: int


def detect_encoding(path: Path, *, asked: str | None = None) -> str:
    """The Python codec that reads the whole file: utf-8, utf-8-sig, gb18030, utf-16, utf-16-le or utf-16-be.

    Raises
    ------
    FileRefused
        ``file_empty``, ``file_binary``, ``line_too_long``, ``encoding_unknown``, ``encoding_wrong``,
        ``encoding_broken`` (UTF-8 with a damaged byte).
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        _refuse_if_blank(path)
    if asked is not None:
        return _asked(path, asked, head)
    for bom, name in _BOMS:
        if head.startswith(bom):
            _must_decode(path, name)
            return name
    if b"\0" in head:
        name = _utf16_without_bom(head)
        if _scan(path, name) is not None:
            raise binary()
        return name
    return _utf8_or_gb18030(path)


def _refuse_if_blank(path: Path) -> None:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if b"\0" in chunk[4:]:
                return
            if chunk.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
                return
    raise FileRefused(
        "file_empty",
        "文件是空的",
        "the file is empty",
        "请确认导出已完成，再重新选择文件。",
        "Make sure the export has finished, then choose the file again.",
    )


def _asked(path: Path, asked: str, head: bytes) -> str:
    try:
        name = codecs.lookup(asked).name
        "".encode(name)  # codecs such as "rot13" or "zip" are no text encodings
    except LookupError:
        raise FileRefused(
            "encoding_unknown",
            f"不认识的编码：{asked}",
            f"unknown encoding: {asked}",
            "请使用 utf-8、gb18030 或 utf-16。",
            "Use utf-8, gb18030 or utf-16.",
        ) from None
    if name in ("gb2312", "gbk"):
        name = "gb18030"  # the superset: exports labelled GB2312 hold characters beyond it
    if name == "utf-8" and head.startswith(codecs.BOM_UTF8):
        name = "utf-8-sig"
    fault = _scan(path, name)
    if fault is not None:
        raise FileRefused(
            "encoding_wrong",
            f"文件不是 {asked} 编码（第 {fault.offset} 字节处出错）",
            f"the file is not {asked} (wrong at byte {fault.offset})",
            "请去掉编码选项让系统自动识别，或选择正确的编码。",
            "Leave the encoding out to have it detected, or name the right one.",
        )
    return name


def _utf16_without_bom(head: bytes) -> str:
    """UTF-16 has a zero byte beside nearly every ASCII character, always on the same side."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 4 * even and odd >= 2:
        return "utf-16-le"
    if even > 4 * odd and even >= 2:
        return "utf-16-be"
    raise binary()


def _must_decode(path: Path, name: str) -> None:
    fault = _scan(path, name)
    if fault is not None:
        raise _broken(name, fault)


def _utf8_or_gb18030(path: Path) -> str:
    utf8 = _scan(path, "utf-8")
    if utf8 is None:
        return "utf-8"
    if utf8.chinese >= _CLEARLY_UTF8:
        raise _broken("UTF-8", utf8)
    if _scan(path, "gb18030") is None:
        return "gb18030"
    raise FileRefused(
        "encoding_unknown",
        f"无法识别文件编码（既不是 UTF-8 也不是 GB18030{_guess(path, zh=True)}）",
        f"the encoding is neither UTF-8 nor GB18030{_guess(path, zh=False)}",
        "请另存为“CSV UTF-8”，或用编码选项写明编码。",
        "Save it as “CSV UTF-8”, or name the encoding.",
    )


def _guess(path: Path, *, zh: bool) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415  only needed to word this one message

    with path.open("rb") as file:
        best = from_bytes(file.read(65536)).best()
    if best is None:
        return ""
    return f"，可能是 {best.encoding}" if zh else f", perhaps {best.encoding}"


def _scan(path: Path, name: str) -> _Fault | None:
    """Decode the whole file; None if it is sound.

    Raises
    ------
    FileRefused
        ``file_binary`` at a NUL character, ``line_too_long``.
    """
    decoder = codecs.getincrementaldecoder(name)("strict")
    line = _LineLength()
    seen = chinese = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                good = error.object[: error.start].decode(name, "ignore")
                return _Fault(offset=seen + error.start, chinese=chinese + _count_chinese(good))
            if "\0" in text:
                raise binary()
            line.feed(text)
            if chinese < _CLEARLY_UTF8 and not text.isascii():
                chinese += _count_chinese(text)
            seen += len(chunk)
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return _Fault(offset=seen, chinese=chinese)
    return None


def _count_chinese(text: str) -> int:
    return sum("\u4e00" <= sign <= "\u9fff" for sign in text[:65536])


class _LineLength:
    """Watches the length of the line in progress without keeping it."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open = 0

    def feed(self, text: str) -> None:
        # Pieces are far shorter than the limit, so only a line that spans pieces can exceed it.
        ends = [at for at in (text.find("\n"), text.find("\r")) if at >= 0]
        if not ends:
            self._open += len(text)
        else:
            self._check(min(ends))
            self._open = len(text) - max(text.rfind("\n"), text.rfind("\r")) - 1
        self._check(0)

    def _check(self, more: int) -> None:
        if self._open + more > LONGEST_LINE:
            raise FileRefused(
                "line_too_long",
                "有一行超过 1 MiB，这不像一个表格",
                "a line is longer than 1 MiB; this does not look like a table",
                "请确认文件是每行一条记录的 CSV，再重新导出。",
                "Make sure the file is a CSV with one record per line and export it again.",
            )


def binary() -> FileRefused:
    """The fault of a file that is no text."""
    return FileRefused(
        "file_binary",
        "这是二进制文件，不是文本表格",
        "this is a binary file, not a text table",
        "请导出为 CSV、TSV 或 XLSX。",
        "Export it as CSV, TSV or XLSX.",
    )


def _broken(name: str, fault: _Fault) -> FileRefused:
    return FileRefused(
        "encoding_broken",
        f"文件是 {name} 编码，但第 {fault.offset} 字节处已损坏",
        f"the file is {name} but damaged at byte {fault.offset}",
        "请重新导出；文件可能在传输中被截断，或混用了两种编码。",
        "Export it again: it may have been cut off, or two encodings were mixed.",
    )
