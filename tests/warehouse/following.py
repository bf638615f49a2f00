"""A warehouse that follows a store in rounds as small as wanted, through the functions the analysis itself uses."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from huasuan.app.analysis import rules_of
from huasuan.intake import KINDS
from huasuan.methods.call_matching import MatchModel
from huasuan.metrics.derived import derive, prepare_stars
from huasuan.metrics.events import EVENTS
from huasuan.people import Workspace
from huasuan.store import Store
from huasuan.warehouse import Cursor, DuckFile, copy_changes, prepare_copies

_KINDS = tuple(KINDS.values())
TABLES = (
    "contact",
    "contact_of",
    "call",
    "lead",
    "touch",
    "deal_line",
    "deal_back",
    "sale",
    "sale_back",
    "deal_open",
    "shift",
    "agent_state",
    "cost_line",
    "cost_pool",
    "planned_state",
    "deal_stage",
    "customer_month",
    "consent_span",
    "tag_span",
    "candidate",
    "matched",
    *EVENTS,
)


class Follower:
    """One warehouse in memory."""

    def __init__(self, store: Store, workspace: Workspace) -> None:
        self._store = store
        self._workspace = workspace.id
        self._rules = rules_of(workspace.settings)
        self._file = DuckFile(None, threads=1)
        prepare_copies(self._file.writer, _KINDS)
        prepare_stars(self._file.writer)

    def follow(self, limits: Sequence[int]) -> int:
        """Rounds of at most ``limits`` rows of each kind, in turn, deriving what each touched; how many there were."""
        rounds = 0
        while self.round(limits[rounds % len(limits)]):
            rounds += 1
        return rounds

    def round(self, limit: int, *, everything: bool = False) -> bool:
        """One round; False if nothing was new."""
        writer = self._file.writer
        writer.begin()
        with self._store.read() as connection:
            copied = copy_changes(connection, writer, _KINDS, workspace=self._workspace, limit=limit)
        if copied:
            derive(writer, self._rules, copied.rows, everything=everything)
        writer.commit()
        return bool(copied)

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything derived, sorted."""
        reader = self._file.reader()
        return {table: reader.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall() for table in TABLES}

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns."""
        return [row[0] for row in self._file.reader().execute(f"DESCRIBE {table}").fetchall()]

    def learn(self, model: MatchModel) -> None:
        """Match calls by this model from now on."""
        self._rules = replace(self._rules, matching=model)
        derive(self._file.writer, self._rules, (), everything=True)

    @property
    def writer(self) -> Cursor:
        """The cursor that follows."""
        return self._file.writer

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a query of the warehouse gives."""
        return self._file.writer.execute(sql).fetchall()

    def close(self) -> None:
        """Let go of it."""
        self._file.close()


def differences(one: Follower, other: Follower) -> list[str]:
    """Where two warehouses differ, row by row, short enough to read."""
    found = []
    mine, theirs = one.tables(), other.tables()
    for table in TABLES:
        if mine[table] == theirs[table]:
            continue
        names = one.columns(table)
        only = [row for row in mine[table] if row not in theirs[table]]
        missing = [row for row in theirs[table] if row not in mine[table]]
        found.append(f"{table}: {_said(names, only, missing)} | {len(only)} only here, {len(missing)} only there")
    return found


def _said(names: Sequence[str], only: Sequence[tuple[Any, ...]], missing: Sequence[tuple[Any, ...]]) -> str:
    if only and missing:
        apart = zip(names, only[0], missing[0], strict=True)
        return "; ".join(f"{name} {a!r} / {b!r}" for name, a, b in apart if a != b)
    return str(dict(zip(names, (*only, *missing)[0], strict=True)))
