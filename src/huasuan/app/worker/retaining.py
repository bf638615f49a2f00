"""What is past its time goes: raw deliveries, uploads, recordings, people nothing was heard of (R02, R09, R13).

Nothing goes unless the business set a number of days, and never what or whom a legal hold covers.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from huasuan.app.recordings import MEDIA_TYPES
from huasuan.app.settings import Settings
from huasuan.app.worker.erasing import encoded, holds_one, needles_of, uploads_of
from huasuan.consent import Proofs, held_persons, holds_any, least_recording_days, most_recording_days, proofs
from huasuan.contacts import identities_of, persons_after
from huasuan.facts.marks import Identity
from huasuan.intake import Kept, items_about, known_texts, nodes_heard_of, raw_before
from huasuan.kernel.time import start_of_day, to_micros, zone
from huasuan.people import Workspace
from huasuan.store import ERASED

# That somebody was not to be called is nothing heard of them.
_NO_NEWS = frozenset({"decision"})
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """Before which local days things go, as of ``at``; None: that kind stays for ever."""

    at: datetime
    zone: str
    raw: date | None
    recordings: date | None
    persons: date | None

    def moment(self, day: date) -> datetime:
        """When that day begins."""
        return start_of_day(day, self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What legal holds keep: lines of payloads, files with one of the needles, recordings by their reference."""

    kept: Kept = field(default_factory=Kept)
    needles: tuple[bytes, ...] = ()
    recordings: frozenset[str] = frozenset()
    people: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WouldGo:
    """What the next round deletes: payloads, uploaded files, recordings, persons; ``held``: numbers and keys of people
    under legal hold, of whom nothing goes. A payload in which only lines of theirs are left counts until the hold ends.
    ``proofs``: persons who stay because a consent of theirs may have to be proven.
    """

    until: Until
    raw: int
    uploads: int
    recordings: int
    persons: int
    held: int
    proofs: int


def until_of(connection: Connection, workspace: Workspace, at: datetime) -> Until:
    """The days in force: of recordings no fewer than the rules of calling demand, and no more than they allow."""
    wanted = workspace.settings
    today = at.astimezone(zone(wanted.zone)).date()
    least = least_recording_days(connection, workspace=workspace.id, day=today)

    def before(days: int) -> date | None:
        return today - timedelta(days=days) if days else None

    most = most_recording_days(connection, workspace=workspace.id, day=today) or wanted.keep_recording_days
    recordings = max(min(wanted.keep_recording_days, most), least) if wanted.keep_recording_days else 0
    return Until(
        at=at,
        zone=wanted.zone,
        raw=before(wanted.keep_raw_days),
        recordings=before(recordings),
        persons=before(wanted.keep_person_days),
    )


def held_things(connection: Connection, workspace: int) -> Held:
    """Everything that must stay because of legal holds."""
    people = held_persons(connection, workspace=workspace)
    if not people:
        return Held()
    needles = needles_of(people.values())
    calls = known_texts(connection, workspace=workspace, nodes=people).get("call", [])
    return Held(
        kept=Kept(needles=needles, items=items_about(connection, workspace=workspace, nodes=people)),
        needles=tuple(encoded(needles)),
        recordings=frozenset(str(call["recording"]) for call in calls if call.get("recording")),
        people=len(people),
    )


def idle_to_go(
    connection: Connection, workspace: int, people: Sequence[dict[int, Identity]], held: Held, proven: Proofs
) -> list[dict[int, Identity]]:
    """Of idle persons those whom no hold covers: neither themselves, nor through a fact that also names somebody held.

    Taking them out would take the words of such a fact, which are the held one's too. Nor do they go while a consent of
    theirs may have to be proven (R02).
    """
    free = [
        nodes
        for nodes in people
        if not proven.needed(nodes) and not holds_any(connection, workspace=workspace, identities=nodes)
    ]
    kept = held.kept.items
    everybody = {node for nodes in free for node in nodes}
    if kept.isdisjoint(items_about(connection, workspace=workspace, nodes=everybody) if kept else ()):
        return free
    return [nodes for nodes in free if kept.isdisjoint(items_about(connection, workspace=workspace, nodes=nodes))]


def what_would_go(connection: Connection, settings: Settings, workspace: Workspace, at: datetime) -> WouldGo:
    """A look without touching anything."""
    until, held = until_of(connection, workspace, at), held_things(connection, workspace.id)
    raw = uploads = recordings = persons = kept = 0
    if until.raw is not None:
        moment = until.moment(until.raw)
        raw = raw_before(connection, workspace=workspace.id, until=to_micros(moment))
        uploads = sum(1 for _ in old_uploads(uploads_of(settings, workspace.id), moment, held))
    if until.recordings is not None:
        recordings = sum(1 for _ in old_recordings(settings, workspace.id, until.moment(until.recordings), held))
    if until.persons is not None:
        heard = heard_of(connection, workspace.id, until.moment(until.persons))
        proven = proofs(connection, workspace=workspace.id, at=at)
        for _, idle in idle_persons(connection, workspace.id, heard):
            persons += len(idle_to_go(connection, workspace.id, idle, held, proven))
            kept += sum(1 for nodes in idle if proven.needed(nodes))
    return WouldGo(
        until=until, raw=raw, uploads=uploads, recordings=recordings, persons=persons, held=held.people, proofs=kept
    )


def old_uploads(folder: Path, before: datetime, held: Held) -> Iterator[Path]:
    """Folders of uploads that were brought before a moment and hold nobody who must stay."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        files = [one for one in path.rglob("*") if one.is_file()]
        if not files or max(one.stat().st_mtime for one in files) >= before.timestamp():
            continue
        # What is packed in a spreadsheet cannot be looked through, so with any hold it stays.
        if held.needles and any(one.suffix.lower() == ".xlsx" or holds_one(one, held.needles) for one in files):
            continue
        yield path


def old_recordings(settings: Settings, workspace: int, before: datetime, held: Held) -> Iterator[Path]:
    """Recordings written before a moment that no call of anybody under hold names."""
    if settings.recordings is None:
        return
    base = (settings.recordings / str(workspace)).resolve()
    names = {(base / reference.replace("\\", "/")).resolve() for reference in held.recordings}
    for path in sorted(base.rglob("*")) if base.is_dir() else ():
        if path.suffix.lower() not in MEDIA_TYPES or path.is_symlink() or not path.is_file():
            continue
        if path.stat().st_mtime >= before.timestamp() or path.resolve() in names:
            continue
        if not any(text in str(path.relative_to(base)).encode() for text in held.needles):
            yield path


def forget_folder(path: Path) -> None:
    """Remove an upload."""
    shutil.rmtree(path, ignore_errors=True)


def heard_of(connection: Connection, workspace: int, since: datetime) -> set[int]:
    """The nodes of whoever anything was heard of since a moment; a fact about them sent since then is enough."""
    return nodes_heard_of(connection, workspace=workspace, since=to_micros(since), without=_NO_NEWS)


def idle_persons(
    connection: Connection, workspace: int, heard: set[int], *, after: int = 0
) -> Iterator[tuple[int, list[dict[int, Identity]]]]:
    """Page by page: the last person looked at, and of each person nothing was heard of all nodes.

    Whoever was erased is nobody any more.
    """
    while page := persons_after(connection, workspace=workspace, after=after, limit=_PAGE):
        silent = {person: nodes for person, nodes in page.items() if heard.isdisjoint(nodes)}
        wanted = [node for nodes in silent.values() for node in nodes]
        known = identities_of(connection, workspace=workspace, nodes=wanted)
        people = ({node: known[node] for node in nodes if node in known} for nodes in silent.values())
        after = max(page)
        yield after, [one for one in people if any(not value.startswith(f"{ERASED}:") for _, value in one.values())]
