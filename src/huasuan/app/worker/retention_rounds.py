"""The thread that once a day deletes what is past its time, in steps that each may be the last before a kill."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from huasuan.app.settings import Settings
from huasuan.app.worker.erasing import (
    clean_up,
    forget_uploads,
    lasting_digests,
    needles_of,
    take_out,
    uploads_of,
)
from huasuan.app.worker.repeating import Repeating
from huasuan.app.worker.retaining import (
    Held,
    Until,
    forget_folder,
    heard_of,
    held_things,
    idle_persons,
    idle_to_go,
    old_recordings,
    old_uploads,
    until_of,
)
from huasuan.app.worker.warehouses import Warehouses
from huasuan.consent import Proofs, digests_of, hold_mark, note_retained, proofs, retained, said_no, suppress
from huasuan.contacts import alone_with_parties
from huasuan.facts.marks import Identity
from huasuan.intake import forget_raw
from huasuan.kernel.time import now, to_micros, zone
from huasuan.people import BY_ITSELF, Workspace, record, workspaces
from huasuan.store import Store

_LOOK_SECONDS, _FIRST_SECONDS = 3_600.0, 120.0
# Other writers wait for one step.
_PAYLOADS, _PEOPLE, _FILES = 20, 20, 100


class Retention(Repeating):
    """Looks once an hour whether a workspace's day was done; a failed or killed round goes on where it stopped."""

    def __init__(
        self, store: Store, settings: Settings, answers: Warehouses | None, *, first_seconds: float = _FIRST_SECONDS
    ) -> None:
        super().__init__("retention", seconds=_LOOK_SECONDS, first_seconds=first_seconds)
        self._store = store
        self._settings = settings
        self._answers = answers

    def look(self) -> int:
        """One look as of now."""
        return self.round(now())

    def round(self, at: datetime) -> int:
        """One look at all workspaces; how many steps deleted something."""
        with self._store.read() as connection:
            spaces = workspaces(connection)
        return sum(self._day_of(space, at) for space in spaces)

    def _day_of(self, space: Workspace, at: datetime) -> int:
        today = at.astimezone(zone(space.settings.zone)).date()
        with self._store.read() as connection:
            state, until = retained(connection, workspace=space.id), until_of(connection, space, at)
        wanted = any(day is not None for day in (until.raw, until.recordings, until.persons))
        if not state.unclean and (state.day == today or not wanted):
            return 0
        steps = 0
        for _ in self._steps(space, until) if wanted and state.day != today else ():
            steps += 1
            if self._stop.is_set():
                return steps
        self._finish(space.id)
        with self._store.write() as connection:
            note_retained(
                connection,
                workspace=space.id,
                state=replace(retained(connection, workspace=space.id), day=today, unclean=False, copied=False),
            )
        return steps

    def _finish(self, workspace: int) -> None:
        with self._store.read() as connection:
            state = retained(connection, workspace=workspace)
        if state.unclean:
            clean_up(self._store, self._settings, self._answers, workspace=workspace, copied=state.copied)

    def _steps(self, space: Workspace, until: Until) -> Iterator[None]:
        """Each is one transaction with its line in the audit log."""
        if until.raw is not None:
            yield from self._payloads(space.id, until)
            yield from self._uploads(space.id, until)
        if until.recordings is not None:
            yield from self._recordings(space.id, until)
        if until.persons is not None:
            yield from self._people(space.id, until)

    def _payloads(self, workspace: int, until: Until) -> Iterator[None]:
        assert until.raw is not None  # noqa: S101  asked for
        moment, last, held, mark = to_micros(until.moment(until.raw)), 0, Held(), None
        while True:
            with self._store.write() as connection:
                # Somebody may have been put under hold since the last step.
                present = hold_mark(connection, workspace=workspace)
                if present != mark:
                    held, mark = held_things(connection, workspace), present
                changed, reached = forget_raw(
                    connection, workspace=workspace, until=moment, after=last, limit=_PAYLOADS, kept=held.kept
                )
                if reached is None:
                    return
                if changed:
                    self._note(connection, workspace, "raw", changed, until.raw)
                last = reached
            if changed:
                yield

    def _uploads(self, workspace: int, until: Until) -> Iterator[None]:
        assert until.raw is not None  # noqa: S101  asked for
        with self._store.write() as connection:
            held = held_things(connection, workspace)
            found = list(old_uploads(uploads_of(self._settings, workspace), until.moment(until.raw), held))
            for path in found:
                forget_folder(path)
            if found:
                self._note(connection, workspace, "uploads", len(found), until.raw, unclean=False)
        if found:
            yield

    def _recordings(self, workspace: int, until: Until) -> Iterator[None]:
        assert until.recordings is not None  # noqa: S101  asked for
        while True:
            with self._store.write() as connection:
                held = held_things(connection, workspace)
                found = old_recordings(self._settings, workspace, until.moment(until.recordings), held)
                gone = [path for path, _ in zip(found, range(_FILES), strict=False)]
                for path in gone:
                    path.unlink()
                if not gone:
                    return
                self._note(connection, workspace, "recordings", len(gone), until.recordings, unclean=False)
            yield

    def _people(self, workspace: int, until: Until) -> Iterator[None]:
        assert until.persons is not None  # noqa: S101  asked for
        since, after = until.moment(until.persons), 0
        with self._store.read() as connection:
            heard = heard_of(connection, workspace, since)
            # Who agrees or is called later is heard of.
            proven = proofs(connection, workspace=workspace, at=until.at)
        while True:
            with self._store.read() as connection:
                page = next(idle_persons(connection, workspace, heard, after=after), None)
            if page is None:
                return
            after, idle = page
            for start in range(0, len(idle), _PEOPLE):
                if self._erase(workspace, until, since, idle[start : start + _PEOPLE], proven):
                    yield

    def _erase(
        self, workspace: int, until: Until, since: datetime, people: list[dict[int, Identity]], proven: Proofs
    ) -> bool:
        assert until.persons is not None  # noqa: S101  asked for
        with self._store.write() as connection:
            alone_with_parties(connection, workspace=workspace)
            # Looked at again: meanwhile somebody may have called, or have been put under hold.
            heard = heard_of(connection, workspace, since)
            idle = [nodes for nodes in people if heard.isdisjoint(nodes)]
            going = idle_to_go(connection, workspace, idle, held_things(connection, workspace), proven)
            if not going:
                return False
            everybody = {node: identity for nodes in going for node, identity in nodes.items()}
            digests = digests_of(connection, workspace=workspace, identities=everybody)
            for nodes in going:
                if said_no(connection, workspace=workspace, nodes=nodes):
                    suppress(connection, workspace=workspace, digests=lasting_digests(nodes, digests))
            erased, _ = take_out(connection, workspace=workspace, nodes=everybody, digests=digests)
            texts = [*needles_of(everybody.values()), *erased.texts]
            forget_uploads(uploads_of(self._settings, workspace), texts)
            self._note(connection, workspace, "persons", len(going), until.persons, copied=erased.copied)
        return True

    def _note(
        self,
        connection: Connection,
        workspace: int,
        kind: str,
        count: int,
        until: object,
        *,
        unclean: bool = True,
        copied: bool = False,
    ) -> None:
        """How many of which kind from before which day; whose they were is nowhere."""
        detail = {"kind": kind, "count": count, "before": str(until)}
        record(connection, actor=BY_ITSELF, action="retention.deleted", workspace=workspace, detail=detail)
        state = retained(connection, workspace=workspace)
        note_retained(
            connection,
            workspace=workspace,
            state=replace(state, unclean=state.unclean or unclean, copied=state.copied or copied),
        )
