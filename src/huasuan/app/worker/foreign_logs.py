"""Files of other call trackers: recognised before anything is guessed."""

from pathlib import Path

from huasuan.connectors.call_logs import known_log
from huasuan.intake import Mapping, columns_of, file_kind_named


def known_mapping(path: Path, kind_name: str) -> Mapping | None:
    """How a call log of another tracker is read; None where the file is none.

    Raises
    ------
    FileRefused, UnknownName
        No table can be found in the file; there is no such kind.
    """
    if file_kind_named(kind_name).name != "call":
        return None
    found = known_log(columns_of(path))
    return None if found is None else found[1]
