"""Who is one person: what ties their numbers together, what may be the same, and the merges that people made."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import Connection, select

from huasuan import leads
from huasuan.app.http.access import FactsReader
from huasuan.app.http.entrance import read
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.wiring import KINDS
from huasuan.contacts import LINKING, facts_naming, identities_of, nodes_of_bearer
from huasuan.intake import list_batches, phone_number
from huasuan.kernel.errors import NotFound
from huasuan.kernel.masking import masked
from huasuan.kernel.text import Text
from huasuan.people import audit_entries
from huasuan.store import present

router = APIRouter(prefix="/contacts", tags=["consent"])
_MERGE_SOURCE = "huasuan merge"
_MOST = 100


class MergeRow(BaseModel):
    """A merge that somebody made; ``numbers`` are masked, ``undone`` once it was taken back."""

    merge: int
    at: AwareDatetime
    by: str | None
    reason: str
    numbers: list[str]
    undone: bool


class PossiblySame(BaseModel):
    """Two leads that may be one person or one company, and why that is thought."""

    lead: int
    other: int
    names: list[str]
    numbers: list[str]
    why: str


class Duplicates(BaseModel):
    """What may be the same, and what was merged, the newest first."""

    possible: list[PossiblySame]
    merges: list[MergeRow]


class Tie(BaseModel):
    """A fact that says: these are one person."""

    kind: str
    source: str
    key: str
    names: list[str]


class OnePerson(BaseModel):
    """Everything a person is known by, masked, and the facts that tie it together."""

    known_by: list[str]
    ties: list[Tie]


@router.get("/duplicates", summary="What may be the same, and the merges made")
async def get_duplicates(runtime: RuntimeOf, caller: FactsReader) -> Duplicates:
    """Leads of the same person or of nearly the same company, and merges to be taken back."""

    def step(connection: Connection) -> Duplicates:
        return Duplicates(
            possible=_possible(connection, caller.workspace), merges=_merges(connection, caller.workspace)
        )

    return await read(runtime, step)


@router.get("/person", summary="Why numbers are one person")
async def get_person(
    runtime: RuntimeOf, caller: FactsReader, number: Annotated[str, Query(min_length=3, max_length=60)]
) -> OnePerson:
    """Every number and address of the person, and each fact that ties some of them together."""
    identity = ("phone", phone_number(number))

    def step(connection: Connection) -> OnePerson:
        nodes = nodes_of_bearer(connection, workspace=caller.workspace, identity=identity)
        if not nodes:
            raise NotFound("no_person", Text(zh="没有此人的记录", en="nothing is known of that person"))
        return OnePerson(
            known_by=[masked(kind, value) for kind, value in nodes.values()],
            ties=_ties(connection, caller.workspace, set(nodes)),
        )

    return await read(runtime, step)


def _ties(connection: Any, workspace: int, nodes: set[int]) -> list[Tie]:  # noqa: ANN401
    found = []
    for kind in sorted(LINKING):
        for source, key in facts_naming(connection, workspace=workspace, nodes=nodes, kind=kind):
            named = _named(connection, workspace, kind, source, key)
            if len(named) > 1:
                # The key of a merge of ours says when; a key of others may hold a number.
                shown = key if source == _MERGE_SOURCE else masked("customer", key)
                found.append(Tie(kind=kind, source=source, key=shown, names=named))
    return found


def _named(connection: Any, workspace: int, kind: str, source: str, key: str) -> list[str]:  # noqa: ANN401
    """What the present version of a fact names, masked; nothing once it is gone."""
    named = ("gone", "party", "parties")
    row = present(connection, KINDS[kind].table, workspace=workspace, source=source, key=key, columns=named)
    if row is None or row.gone:
        return []
    nodes = orjson.loads(row.parties) if row.parties else [row.party]
    known = identities_of(connection, workspace=workspace, nodes=nodes)
    return [masked(kind_, value) for kind_, value in known.values()]


def _merges(connection: Any, workspace: int) -> list[MergeRow]:  # noqa: ANN401
    said = {
        entry.target: entry
        for entry in audit_entries(connection, workspace=workspace, limit=1000, action="contact.merged")
    }
    table = KINDS["customer"].table
    found = []
    for batch in list_batches(connection, workspace=workspace, limit=1000, origin="merge"):
        parties = connection.execute(
            select(table.c.parties).where(
                table.c.workspace == workspace, table.c.batch == batch.id, table.c.gone.is_(False)
            )
        ).scalar()
        known = identities_of(connection, workspace=workspace, nodes=orjson.loads(parties) if parties else [])
        entry = said.get(str(batch.id))
        found.append(
            MergeRow(
                merge=batch.id,
                at=batch.started_at,
                by=None if entry is None else entry.actor.name,
                reason="" if entry is None else str(entry.detail.get("reason", "")),
                numbers=[masked(kind, value) for kind, value in known.values() if kind == "phone"],
                undone=batch.status == "undone",
            )
        )
    return found[:_MOST]


def _possible(connection: Any, workspace: int) -> list[PossiblySame]:  # noqa: ANN401
    found = []
    for case in leads.list_alike(connection, workspace=workspace, limit=_MOST):
        other = case.same_as or case.similar_to
        if other is None:
            continue
        both = [case, leads.case_of(connection, workspace=workspace, lead=other)]
        people = [leads.person_of_case(connection, workspace=workspace, case=one) for one in both]
        found.append(
            PossiblySame(
                lead=case.id,
                other=other,
                names=[" ".join(part for part in (one.name, one.company) if part) for one in people],
                numbers=["" if one.number is None else masked("phone", one.number) for one in people],
                why="same_person" if case.same_as else "same_company",
            )
        )
    return found
