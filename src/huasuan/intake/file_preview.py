"""A look at a file before it is imported: its columns, its first rows, and how they would be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from huasuan.intake.file_kinds import file_kind_named
from huasuan.intake.files import Cell, FieldSpec, Mapping, Table, guess_mapping, open_table
from huasuan.intake.import_types import MappingOrigin
from huasuan.intake.plans import plan_import
from huasuan.people import Workspace
from huasuan.store import Store

# What people have files of; the other kinds are asked for by their name.
_USUAL = ("call", "deal", "customer", "lead", "cost", "touch", "shift", "company", "agent", "product", "fx_rate")
_SHOWN_ROWS = 8
# Words of headers that name the kind of the file itself: 线索来源, Lead ID.
_NAMED_BY: dict[str, tuple[str, ...]] = {
    "lead": ("线索", "留资", "lead"),
    "customer": ("客户编号", "客户号", "客户id", "会员号", "customer id", "customer_id", "customerid"),
    "company": ("公司编号", "企业编号", "company id", "company_id", "companyid"),
}
# A person's row that says where they came from, what they want or how far they are is of a lead.
_TOLD_OF_LEADS = frozenset(
    {"channel", "source", "medium", "campaign", "keyword", "creative", "interest", "origin", "stage", "supplier"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePreview:
    """How a file would be read.

    rows: the first ones as text, None for an empty cell. fields: all that columns may feed. unused: columns that feed
    none.
    """

    kind: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    fields: tuple[FieldSpec, ...]
    mapping: Mapping
    origin: MappingOrigin
    unused: tuple[str, ...]


def preview_file(
    store: Store,
    workspace: Workspace,
    kind_name: str,
    path: Path,
    *,
    mapping: Mapping | None = None,
    usual: Mapping | None = None,
) -> FilePreview:
    """How a file would be read as one kind; ``usual``: by what mapping, where none is given or remembered.

    Raises
    ------
    FileRefused
        The file as a whole cannot be read, or holds none of the columns of that kind.
    """
    kind = file_kind_named(kind_name)
    plan = plan_import(store, workspace, kind, path, mapping=mapping, usual=usual, source="file")
    used = {source.column for source in plan.mapping.fields.values()}
    return FilePreview(
        kind=kind.name,
        columns=plan.table.columns,
        rows=_first_rows(plan.table),
        fields=kind.specs,
        mapping=plan.mapping,
        origin=plan.origin,
        unused=tuple(name for name in plan.table.columns if name not in used and not name.startswith("#")),
    )


def columns_of(path: Path) -> tuple[str, ...]:
    """The columns of a file.

    Raises
    ------
    FileRefused
        No table can be found in the file.
    """
    return open_table(path).columns


def likely_kinds(path: Path) -> tuple[str, ...]:
    """The kinds whose fields the columns of a file fit, the best first; empty where none does.

    Raises
    ------
    FileRefused
        No table can be found in the file.
    """
    columns = open_table(path).columns
    fits = {name: _fit(name, columns) for name in _USUAL}
    return tuple(sorted((name for name in _USUAL if fits[name]), key=lambda name: -fits[name]))


def _fit(name: str, columns: Sequence[str]) -> float:
    """How many columns find a field; a kind whose telling fields find none is out of the question."""
    kind = file_kind_named(name)
    fields = guess_mapping(columns, kind.specs, kind=name).fields
    required = {spec.name for spec in kind.specs if spec.required}
    if kind.telling and fields.keys().isdisjoint(kind.telling):
        return 0.0
    # Each required field that is missing weighs as much as a column that fits.
    fit = len(fields) - len(required - fields.keys())
    if fit <= 0:
        return 0.0
    headers = [column.lower() for column in columns]
    named = any(word in header for word in _NAMED_BY.get(name, ()) for header in headers)
    told = name == "lead" and not fields.keys().isdisjoint(_TOLD_OF_LEADS)
    return fit + named + told / 2


def _first_rows(table: Table) -> tuple[tuple[str | None, ...], ...]:
    return tuple(tuple(map(_as_text, row)) for row in table.sample[:_SHOWN_ROWS])


def _as_text(cell: Cell) -> str | None:
    return cell.isoformat(sep=" ") if isinstance(cell, datetime) else None if cell is None else str(cell)
