"""Messy business files (CSV, TSV, XLSX) read into exact values, without a store and without side effects."""

from huasuan.intake.files.binding import RowConverter, bind
from huasuan.intake.files.cells import Cell
from huasuan.intake.files.error_rows import ErrorRows, write_error_rows
from huasuan.intake.files.errors import CellFault, CellRefused, FileRefused
from huasuan.intake.files.fields import call_side_specs, field_specs, with_sides
from huasuan.intake.files.guess import guess_mapping
from huasuan.intake.files.mapping import FieldMapping, FieldSpec, Mapping, load_mapping, mapping_from_toml
from huasuan.intake.files.numbers import Money
from huasuan.intake.files.reader import open_table
from huasuan.intake.files.tables import SkippedRow, Table

__all__ = [
    "Cell",
    "CellFault",
    "CellRefused",
    "ErrorRows",
    "FieldMapping",
    "FieldSpec",
    "FileRefused",
    "Mapping",
    "Money",
    "RowConverter",
    "SkippedRow",
    "Table",
    "bind",
    "call_side_specs",
    "field_specs",
    "guess_mapping",
    "load_mapping",
    "mapping_from_toml",
    "open_table",
    "with_sides",
    "write_error_rows",
]
