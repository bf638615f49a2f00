"""Files of other systems, call logs of trackers and cost reports of ad platforms: recognised before it is guessed."""

from pathlib import Path

from huasuan.connectors.call_logs import known_log
from huasuan.connectors.cost_reports import known_report
from huasuan.intake import Mapping, columns_of, file_kind_named

_KNOWN = {"call": known_log, "cost": known_report}


def known_mapping(path: Path, kind_name: str) -> Mapping | None:
    """How a file of another system is read; None where it is none that we know.

    Raises
    ------
    FileRefused, UnknownName
        No table can be found in the file; there is no such kind.
    """
    known = _KNOWN.get(file_kind_named(kind_name).name)
    found = None if known is None else known(columns_of(path))
    return None if found is None else found[1]
