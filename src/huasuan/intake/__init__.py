"""The one door: every fact comes in here, is checked once, and is known by its source key.

A name is loaded when it is first used: reading a file needs neither the store nor the shapes of the API.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huasuan.intake.batches import BatchRecord, list_batches
    from huasuan.intake.connected import Connected, KeyedFact, deliver_facts, with_canonical_numbers
    from huasuan.intake.door import Delivery, deliver, deliver_stream, deliver_within
    from huasuan.intake.erasing import (
        Erased,
        Kept,
        erase_facts,
        erase_raw,
        forget_raw,
        forget_shared,
        items_about,
        known_texts,
        nodes_heard_of,
        raw_before,
    )
    from huasuan.intake.file_kinds import file_kind_named
    from huasuan.intake.file_preview import FilePreview, columns_of, likely_kinds, preview_file
    from huasuan.intake.files import FieldMapping, FieldSpec, FileRefused, Mapping, mapping_from_toml
    from huasuan.intake.import_types import ImportProgress, ImportReport, RowFault
    from huasuan.intake.importing import import_file
    from huasuan.intake.kinds import KINDS, kind_named
    from huasuan.intake.path_file import PathRows, read_paths
    from huasuan.intake.types import Outcome, Tally
    from huasuan.intake.undo import UndoConflict, UndoReport, undo_batch
    from huasuan.intake.wire import phone_number, wire_model

_HOMES = {
    "batches": ("BatchRecord", "list_batches"),
    "connected": ("Connected", "KeyedFact", "deliver_facts", "with_canonical_numbers"),
    "door": ("Delivery", "deliver", "deliver_stream", "deliver_within"),
    "erasing": (
        "Erased",
        "Kept",
        "erase_facts",
        "erase_raw",
        "forget_raw",
        "forget_shared",
        "forget_shared",
        "items_about",
        "known_texts",
        "nodes_heard_of",
        "raw_before",
    ),
    "file_kinds": ("file_kind_named",),
    "file_preview": ("FilePreview", "columns_of", "likely_kinds", "preview_file"),
    "files": ("FieldMapping", "FieldSpec", "FileRefused", "Mapping", "mapping_from_toml"),
    "import_types": ("ImportProgress", "ImportReport", "RowFault"),
    "importing": ("import_file",),
    "kinds": ("KINDS", "kind_named"),
    "path_file": ("PathRows", "read_paths"),
    "types": ("Outcome", "Tally"),
    "undo": ("UndoConflict", "UndoReport", "undo_batch"),
    "wire": ("phone_number", "wire_model"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "KINDS",
    "BatchRecord",
    "Connected",
    "Delivery",
    "Erased",
    "FieldMapping",
    "FieldSpec",
    "FilePreview",
    "FileRefused",
    "ImportProgress",
    "ImportReport",
    "Kept",
    "KeyedFact",
    "Mapping",
    "Outcome",
    "PathRows",
    "RowFault",
    "Tally",
    "UndoConflict",
    "UndoReport",
    "columns_of",
    "deliver",
    "deliver_facts",
    "deliver_stream",
    "deliver_within",
    "erase_facts",
    "erase_raw",
    "file_kind_named",
    "forget_raw",
    "forget_shared",
    "import_file",
    "items_about",
    "kind_named",
    "known_texts",
    "likely_kinds",
    "list_batches",
    "mapping_from_toml",
    "nodes_heard_of",
    "phone_number",
    "preview_file",
    "raw_before",
    "read_paths",
    "undo_batch",
    "wire_model",
    "with_canonical_numbers",
]


def __getattr__(name: str) -> object:
    """Load the submodule that holds ``name`` on first use."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"huasuan.intake.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value
