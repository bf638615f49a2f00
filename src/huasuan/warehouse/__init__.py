"""The rebuildable columnar copy of the facts: one DuckDB file a workspace, owned by one process."""

from huasuan.warehouse.copying import BATCH_ROWS, Copied, copy_changes, marks, prepare_copies
from huasuan.warehouse.duck import DuckFile, first_row
from huasuan.warehouse.runner import DuckRunner, Runner

__all__ = [
    "BATCH_ROWS",
    "Copied",
    "DuckFile",
    "DuckRunner",
    "Runner",
    "copy_changes",
    "first_row",
    "marks",
    "prepare_copies",
]
