"""The rebuildable columnar copy of the facts: one DuckDB file a workspace, owned by one process; and the lake."""

from huasuan.warehouse.copying import BATCH_ROWS, Copied, copy_changes, marks, prepare_copies
from huasuan.warehouse.duck import Cursor, DuckFile, first_row
from huasuan.warehouse.far import FarEngine, FarName, open_engine
from huasuan.warehouse.lake import (
    Exported,
    LakeManifest,
    LakePart,
    LakeTable,
    export_lake,
    read_manifest,
    workspace_folder,
)
from huasuan.warehouse.runner import DuckRunner, Runner

__all__ = [
    "BATCH_ROWS",
    "Copied",
    "Cursor",
    "DuckFile",
    "DuckRunner",
    "Exported",
    "FarEngine",
    "FarName",
    "LakeManifest",
    "LakePart",
    "LakeTable",
    "Runner",
    "copy_changes",
    "export_lake",
    "first_row",
    "marks",
    "open_engine",
    "prepare_copies",
    "read_manifest",
    "workspace_folder",
]
