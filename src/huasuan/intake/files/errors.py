"""What can be wrong with a file: the whole of it (``FileRefused``) or one cell (``CellFault``)."""

from dataclasses import dataclass

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

_SHOWN = 120


class FileRefused(InvalidInput):
    """The file as a whole cannot be imported; nothing of it may be kept."""

    def __init__(self, code: str, zh: str, en: str, remedy_zh: str, remedy_en: str) -> None:
        super().__init__(code, Text(zh=zh, en=en), Text(zh=remedy_zh, en=remedy_en))


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFault:
    """Why one cell (or, with ``column`` None, one whole row) cannot be taken, and what would mend it.

    ``value`` is the cell as found, shortened; ``field`` the canonical field the cell was meant for.
    """

    code: str
    value: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str
    column: str | None = None
    field: str | None = None


class CellRefused(Exception):
    """Raised by the cell parsers; carries the fault."""

    def __init__(self, fault: CellFault) -> None:
        super().__init__(f"{fault.code}: {fault.en}")
        self.fault = fault


def refused(  # noqa: PLR0917  always the same six, in the order a person reads them
    code: str, value: object, zh: str, en: str, remedy_zh: str, remedy_en: str
) -> CellRefused:
    """The exception for a cell that cannot be read."""
    return CellRefused(CellFault(code=code, value=shown(value), zh=zh, en=en, remedy_zh=remedy_zh, remedy_en=remedy_en))


def shown(value: object) -> str:
    """A cell as it may stand in a message: one line, not endless."""
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
