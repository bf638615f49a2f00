"""A person's data deleted so that no file of the data folder holds them any more (R13)."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from huasuan.app.settings import Settings
from huasuan.app.worker.seeing import nodes_of_person
from huasuan.app.worker.warehouses import Warehouses
from huasuan.consent import check_answers, check_not_held, close_request, digests_of, suppress
from huasuan.contacts import alone_with_parties, erase_nodes
from huasuan.facts.marks import Identity
from huasuan.intake import Erased, erase_facts, erase_raw, forget_shared
from huasuan.kernel.needles import spellings, squeezed
from huasuan.people import Actor, record
from huasuan.store import Store, erase_declared, scrub, stand_ins
from huasuan.warehouse import workspace_folder

_BLOCK = 2**20
_OVERLAP = 1024
_SHORTEST_NAME, _SHORTEST_WORD = 2, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReport:
    """What was deleted: facts and raw lines changed, rows of other tables, uploads removed; ``left``: files of the data
    folder in which something still stands (backups made before, which are kept by policy)."""

    numbers: int
    facts: int
    lines: int
    rows: int
    uploads: int
    left: tuple[str, ...]


def erase_person(
    store: Store,
    settings: Settings,
    answers: Warehouses | None,
    *,
    workspace: int,
    identity: Identity,
    actor: Actor,
    request: int | None = None,
) -> ErasureReport:
    """Delete a person; what stays is a keyed digest of each number, so that nobody contacts them again.

    Figures stay: calls, deals and costs without anything that names or reaches the person.

    Raises
    ------
    NotFound
        ``no_person``, ``no_request``
    Conflict
        ``legal_hold``
    InvalidInput
        ``other_person``, ``other_request``: the request does not ask for this person's deletion
    Broken
        ``store_busy``
    """
    with store.write() as connection:
        # Whoever read the number before must have written it by now.
        alone_with_parties(connection, workspace=workspace)
        nodes = nodes_of_person(connection, workspace=workspace, identity=identity)
        digests = digests_of(connection, workspace=workspace, identities=nodes)
        about_them = list(digests.values())
        if request is not None:
            check_answers(connection, workspace=workspace, request=request, kind="delete", digests=about_them)
        check_not_held(connection, workspace=workspace, digests=about_them)
        needles = needles_of(nodes.values())
        erased, rows = take_out(connection, workspace=workspace, nodes=nodes, digests=digests)
        lasting = lasting_digests(nodes, digests)
        suppress(connection, workspace=workspace, digests=lasting)
        detail = {"facts": erased.facts, "lines": erased.lines}
        about = lasting[0] if lasting else next(iter(digests.values()))
        record(connection, actor=actor, action="person.erased", workspace=workspace, target=about, detail=detail)
        if request is not None:
            outcome = f"facts={erased.facts} lines={erased.lines}"
            close_request(connection, workspace=workspace, request=request, by=actor.name, outcome=outcome)
    texts = [*needles, *erased.texts]
    uploads = forget_uploads(uploads_of(settings, workspace), texts)
    clean_up(store, settings, answers, workspace=workspace, copied=erased.copied)
    return _report(settings, nodes, erased, rows, uploads, texts)


def take_out(
    connection: Connection, *, workspace: int, nodes: dict[int, Identity], digests: dict[int, str]
) -> tuple[Erased, int]:
    """Take the bearers of some nodes out of the store, within the caller's transaction; and in how many other rows."""
    needles = needles_of(nodes.values())
    instead = stand_ins(needles)
    erased = erase_facts(connection, workspace=workspace, nodes=nodes, needles=instead)
    erase_raw(connection, workspace=workspace, needles=needles, erased=erased)
    rows = erase_declared(connection, workspace=workspace, nodes=nodes, texts=instead)
    forget_shared(connection, workspace=workspace, erased=erased)
    erase_nodes(connection, workspace=workspace, digests=digests)
    return erased, sum(rows.values())


def lasting_digests(nodes: dict[int, Identity], digests: dict[int, str]) -> list[str]:
    """The digests by which a person is known again when somebody sends them anew."""
    return [digests[node] for node, (kind, _) in nodes.items() if kind in {"phone", "email"}]


def clean_up(store: Store, settings: Settings, answers: Warehouses | None, *, workspace: int, copied: bool) -> None:
    """What was taken out of the store goes from warehouse, lake and free pages too.

    Raises
    ------
    Broken
        ``store_busy``
    """
    if copied and answers is not None:
        shutil.rmtree(workspace_folder(settings.lake_folder, workspace), ignore_errors=True)
        answers.rebuild(workspace)
    scrub(store)


def uploads_of(settings: Settings, workspace: int) -> Path:
    """Where files wait that somebody brought."""
    return settings.home / "uploads" / str(workspace)


def _report(  # noqa: PLR0917  the parts of one report
    settings: Settings, nodes: dict[int, Identity], erased: Erased, rows: int, uploads: int, texts: Sequence[str]
) -> ErasureReport:
    return ErasureReport(
        numbers=sum(kind == "phone" for kind, _ in nodes.values()),
        facts=erased.facts,
        lines=erased.lines,
        rows=rows,
        uploads=uploads,
        left=tuple(sorted(str(path.relative_to(settings.home)) for path in files_holding(settings.home, texts))),
    )


def files_holding(folder: Path, texts: Sequence[str]) -> Iterator[Path]:
    """The files below a folder in which one of the texts stands, byte by byte, however its digits are set apart."""
    wanted = encoded(texts)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and holds_one(path, wanted):
            yield path


def encoded(texts: Sequence[str]) -> list[bytes]:
    """Files keep the encoding in which they came. Short words stand in any file by chance."""
    long = [text for text in texts if len(text) >= (_SHORTEST_WORD if text.isascii() else _SHORTEST_NAME)]
    return list(dict.fromkeys(text.encode(name) for text in long for name in ("utf-8", "gb18030", "utf-16-le")))


def holds_one(path: Path, wanted: Sequence[bytes]) -> bool:
    """Whether one of the texts stands in a file, however its digits are set apart."""
    tail = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            whole = tail + block
            tight = squeezed(whole)
            if any(text in whole or text in tight for text in wanted):
                return True
            tail = whole[-_OVERLAP:]
    return False


def needles_of(identities: Sequence[Identity] | Any) -> list[str]:  # noqa: ANN401  the values of a mapping
    """Numbers and addresses as they may be written in texts and keys."""
    found: list[str] = []
    for kind, value in identities:
        if kind == "phone":
            found.extend(spellings(value))
        elif kind in {"email", "visitor"}:
            found.append(value)
    return list(dict.fromkeys(found))


def forget_uploads(folder: Path, texts: Sequence[str]) -> int:
    """Remove uploads that hold the person, and spreadsheets, whose packed insides cannot be looked through by line."""
    removed = 0
    wanted = encoded(texts)
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.exists() and path.is_file() and (path.suffix.lower() == ".xlsx" or holds_one(path, wanted)):
            shutil.rmtree(path.parent)
            removed += 1
    return removed
