"""How one file will be imported: its table, the mapping of its columns, and what it is recognised by."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from huasuan.intake import queries
from huasuan.intake.file_kinds import FileKind, file_kind_named
from huasuan.intake.files import FileRefused, Mapping, Table, guess_mapping, load_mapping, mapping_from_toml, open_table
from huasuan.intake.import_types import MappingOrigin
from huasuan.people import Workspace
from huasuan.store import Store

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything decided before the first row is read.

    ``fingerprint`` says that it is the same file read in the same way, so that a stopped import goes on.
    """

    workspace: Workspace
    kind: FileKind
    source: str
    table: Table
    mapping: Mapping
    origin: MappingOrigin
    fingerprint: str


def plan_import(
    store: Store,
    workspace: Workspace,
    kind: FileKind,
    path: Path,
    *,
    mapping: Path | Mapping | None,
    usual: Mapping | None,
    source: str,
) -> Plan:
    """Open the file and decide how it is read; ``usual`` is taken before a guess.

    Raises
    ------
    FileRefused
        For a file or mapping that cannot be used.
    """
    given = None if mapping is None else _given(mapping, kind)
    table = _opened(path, given)
    table.check_whole()
    origin: MappingOrigin
    chosen, origin = (given, "given") if given is not None else _chosen(store, workspace, kind, table, usual)
    _refuse_other_kind(kind, chosen, table.columns)
    settings = workspace.settings
    reading = "\n".join((kind.name, source, settings.zone, settings.currency, chosen.to_toml()))
    return Plan(
        workspace=workspace,
        kind=kind,
        source=source,
        table=table,
        mapping=chosen,
        origin=origin,
        fingerprint=_fingerprint(path, reading),
    )


def remember(connection: Connection, plan: Plan, *, used_at: int) -> None:
    """Keep the mapping for the next file with these columns."""
    queries.remember_mapping(
        connection,
        workspace=plan.workspace.id,
        kind=plan.kind.name,
        columns=_digest_of(plan.table.columns),
        mapping=plan.mapping.to_toml(),
        used_at=used_at,
    )


def _given(said: Path | Mapping, kind: FileKind) -> Mapping:
    mapping = load_mapping(said) if isinstance(said, Path) else said
    if file_kind_named(mapping.kind).name != kind.name:
        raise FileRefused(
            "mapping_invalid",
            f"映射是为 {mapping.kind} 写的，不是 {kind.name}",
            f"the mapping was written for {mapping.kind}, not for {kind.name}",
            "请使用对应种类的映射文件。",
            "Use the mapping of that kind of file.",
        )
    return mapping


def _opened(path: Path, mapping: Mapping | None) -> Table:
    if mapping is None:
        return open_table(path)
    return open_table(
        path, encoding=mapping.encoding, delimiter=mapping.delimiter, sheet=mapping.sheet, header=mapping.header
    )


def _chosen(
    store: Store, workspace: Workspace, kind: FileKind, table: Table, usual: Mapping | None
) -> tuple[Mapping, MappingOrigin]:
    """The mapping used last time for these columns, else the usual one of such files, else a guess."""
    with store.read() as connection:
        kept = queries.remembered_mapping(
            connection, workspace=workspace.id, kind=kind.name, columns=_digest_of(table.columns)
        )
    if kept is not None:
        return mapping_from_toml(kept), "remembered"
    if usual is not None:
        return usual, "guessed"
    return kind.completed(guess_mapping(table.columns, kind.specs, kind=kind.name)), "guessed"


def _refuse_other_kind(kind: FileKind, mapping: Mapping, columns: Sequence[str]) -> None:
    """A file without any telling column is of another kind, or its columns bear names nobody knows."""
    if kind.telling and mapping.fields.keys().isdisjoint(kind.telling):
        names, found = ", ".join(kind.telling), ", ".join(columns[:30])
        raise FileRefused(
            "columns_missing",
            f"没有一列对应 {names}；文件中的列：{found}",
            f"no column feeds any of {names}; the file has: {found}",
            "请确认选对了文件和种类，或用映射文件指定列。",
            "Make sure file and kind are the right ones, or name the columns in a mapping.",
        )


def _digest_of(columns: Sequence[str]) -> str:
    """The set of columns, whatever their order."""
    return hashlib.blake2b("\0".join(sorted(columns)).encode(), digest_size=_DIGEST_BYTES).hexdigest()


def _fingerprint(path: Path, reading: str) -> str:
    with path.open("rb") as file:
        content = hashlib.file_digest(file, hashlib.blake2b).digest()
    return hashlib.blake2b(content + reading.encode(), digest_size=_DIGEST_BYTES).hexdigest()
