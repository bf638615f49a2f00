"""Call logs exported from other call trackers: known by their columns, read by the mapping in the tracker's folder."""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

from huasuan.intake import Mapping, mapping_from_toml

TRACKERS = ("callrail", "calltrackingmetrics", "ringostat")


def known_log(columns: Sequence[str]) -> tuple[str, Mapping] | None:
    """Whose log has these columns, and how it is read; columns the file lacks are left out. None: nobody's."""
    present = set(columns)
    for name in TRACKERS:
        tells, mapping = _tracker(name)
        if tells <= present:
            fields = {key: source for key, source in mapping.fields.items() if source.column in (None, *present)}
            return name, replace(mapping, fields=fields)
    return None


@cache
def _tracker(name: str) -> tuple[frozenset[str], Mapping]:
    folder = files("huasuan.connectors").joinpath(name)
    manifest = tomllib.loads(folder.joinpath("manifest.toml").read_text(encoding="utf-8"))
    mapping = mapping_from_toml(folder.joinpath("mapping.toml").read_text(encoding="utf-8"))
    return frozenset(manifest["tells"]), mapping
