"""One physical line at a time: bytes in, cells out. Asterisk writes one record per line."""

import csv
from collections.abc import Iterator
from pathlib import Path

from huasuan.connectors.asterisk import texts

LONGEST_LINE = 65_536
BOM = b"\xef\xbb\xbf"


def physical_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Number (from 1) and bytes of each non-empty line; a longer one than LONGEST_LINE comes cut, to be refused."""
    number = 0
    with path.open("rb") as handle:
        while raw := handle.readline(LONGEST_LINE + 1):
            number += 1
            rest = raw
            while not rest.endswith(b"\n") and len(rest) > LONGEST_LINE:
                rest = handle.readline(LONGEST_LINE + 1)
            line = raw.removeprefix(BOM).rstrip(b"\r\n") if number == 1 else raw.rstrip(b"\r\n")
            if line.strip():
                yield number, line


def decoded(raw: bytes) -> str:
    """The line as text; caller names come as UTF-8 or, from Chinese carriers, GB 18030."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")


def csv_cells(raw: bytes) -> list[str]:
    """The cells of one CSV line; raises LineError when it is none."""
    text = decoded(raw)
    if len(raw) > LONGEST_LINE:
        raise texts.unreadable(text[:80])
    try:
        rows = list(csv.reader([text], strict=True))
    except csv.Error:
        raise texts.unreadable(text[:200]) from None
    return rows[0] if rows else []
