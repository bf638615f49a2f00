"""The one door: every fact comes in here, is checked once, and is known by its source key."""

from huasuan.intake.batches import BatchRecord, list_batches
from huasuan.intake.connected import Connected, KeyedFact, deliver_facts, with_canonical_numbers
from huasuan.intake.door import Delivery, deliver, deliver_stream
from huasuan.intake.file_kinds import file_kind_named
from huasuan.intake.file_preview import FilePreview, likely_kinds, preview_file
from huasuan.intake.files import FieldMapping, FieldSpec, FileRefused, Mapping, mapping_from_toml
from huasuan.intake.import_types import ImportProgress, ImportReport, RowFault
from huasuan.intake.importing import import_file
from huasuan.intake.kinds import KINDS, kind_named
from huasuan.intake.types import Outcome, Tally
from huasuan.intake.undo import UndoConflict, UndoReport, undo_batch
from huasuan.intake.wire import phone_number, wire_model

__all__ = [
    "KINDS",
    "BatchRecord",
    "Connected",
    "Delivery",
    "FieldMapping",
    "FieldSpec",
    "FilePreview",
    "FileRefused",
    "ImportProgress",
    "ImportReport",
    "KeyedFact",
    "Mapping",
    "Outcome",
    "RowFault",
    "Tally",
    "UndoConflict",
    "UndoReport",
    "deliver",
    "deliver_facts",
    "deliver_stream",
    "file_kind_named",
    "import_file",
    "kind_named",
    "likely_kinds",
    "list_batches",
    "mapping_from_toml",
    "phone_number",
    "preview_file",
    "undo_batch",
    "wire_model",
    "with_canonical_numbers",
]
