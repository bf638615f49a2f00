"""What an import tells: how far it is, and what it did or would do."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from huasuan.intake.files import Mapping
from huasuan.intake.types import Tally
from huasuan.kernel.text import Text

MappingOrigin = Literal["given", "remembered", "guessed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgress:
    """How far an import has come; ``bytes_read`` of ``total_bytes`` moves evenly."""

    rows: int
    bytes_read: int
    total_bytes: int
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """Why a row of the file was refused; the error file holds all of them."""

    line: int
    column: str | None
    value: str
    code: str
    text: Text
    remedy: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or with ``checked`` would do.

    batch: its number, for undo; None for a check. tally: facts created, corrected, unchanged; rows or facts refused.
    errors: the file of refused rows, None if there were none. resumed: it went on where a stopped import had ended; the
    tally then covers both. existing: facts whose keys were there before. skipped: lines of totals passed over.
    unused: columns that feed no field.
    """

    batch: int | None
    kind: str
    source: str
    checked: bool
    rows: int
    tally: Tally
    existing: int
    skipped: int
    errors: Path | None
    first_faults: tuple[RowFault, ...]
    mapping: Mapping
    mapping_origin: MappingOrigin
    unused: tuple[str, ...]
    resumed: bool
