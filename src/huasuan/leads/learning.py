"""The learnt score: trained on the business's own leads and sales, kept as text, used where leads are given (S3-34).

With too little to learn from there is none, and rules score instead. Whoever refused decisions by a machine gets a
neutral score from either (PIPL 24).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection, and_, bindparam, insert, select, update

from huasuan import methods
from huasuan.consent import decided_by_people
from huasuan.contacts import first_named_by, persons_of
from huasuan.kernel.time import from_micros, to_micros, zone
from huasuan.leads.arriving import Arrival, Judge
from huasuan.leads.cases import OPEN, TRAITS, by_source, settings_of
from huasuan.leads.desk_tables import CASE, LEARNT
from huasuan.leads.fairness import neutral
from huasuan.leads.features import NAMES, Candidate, Vocabulary, features, shown, vocabulary
from huasuan.leads.priority import by_rules
from huasuan.leads.settings import DeskSettings
from huasuan.leads.tables import LEAD
from huasuan.leads.types import Judged, Parts, Traits
from huasuan.leads.what_came_before import Behaviour, Look, PastLead
from huasuan.people import settings_of as business_settings
from huasuan.store import Store, select_many

# So many leads are scored in one transaction: memory stays the same however many there are.
CHUNK = 1_000
_REASONS = 4
_SAMPLE = 1_000
# Of a case scored anew nobody asks which delivery was the first to name the person.
_BEFORE = -1
_KEPT = 5


Past = Callable[[datetime, timedelta], Sequence[PastLead]]
"""Tells the leads that came before a moment and whether each was won within a time; see ``past_leads``."""
Train = Callable[["methods.Features", NDArray[np.float64], int], "methods.Scorer | None"]
"""Learns from features and outcomes with a seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """A learnt score as it is used. ``sample``: scores it gave the leads it learnt from, to see the world move."""

    number: int
    at: datetime
    leads: int
    scorer: "methods.Scorer"
    words: Vocabulary
    sample: tuple[float, ...]
    shares: dict[str, dict[str, float]]

    @property
    def name(self) -> str:
        """As cases remember who scored them."""
        return f"{self.scorer.kind} {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What came of learning: how many leads and sales there were, and the model if they were enough."""

    leads: int
    won: int
    number: int | None
    kind: str | None
    held_back: "methods.Quality | None"
    scored: int = 0


def train_here(features: "methods.Features", outcomes: NDArray[np.float64], seed: int) -> "methods.Scorer | None":
    """Train in this very thread."""
    return methods.train(features, outcomes, seed=seed, threads=1)


def learn(
    store: Store, past_of: Past, *, workspace: int, at: datetime, train: Train = train_here, seed: int = 0
) -> Training:
    """Learn a score from leads old enough to have bought, and keep it; ``number`` is None if they were too few.

    The warehouse is asked once, before the learning that may take long. Traits are those a lead first came with: what
    was corrected later was not known when it had to be scored.
    """
    with store.read() as connection:
        settings = settings_of(connection, workspace=workspace)
        space = zone(business_settings(connection, workspace).zone)
        within = timedelta(days=settings.outcome_days)
        past = past_of(at - within, within)
        leads = candidates(connection, workspace, past)
    won = np.array([lead.won for lead in past], float)
    words = vocabulary(leads)
    table = features(leads, words, space)
    scorer = train(table, won, seed) if past else None
    if scorer is None:
        return Training(leads=len(past), won=int(won.sum()), number=None, kind=None, held_back=None)
    places = np.linspace(0, len(past) - 1, min(len(past), _SAMPLE)).astype(int)
    said = {
        "scorer": orjson.loads(methods.scorer_to_json(scorer)),
        "words": words,
        "sample": [round(float(score), 4) for score in scorer.scores(table)[places]],
        "shares": _shares(leads, words),
    }
    number = _keep(store, workspace, at, len(past), orjson.dumps(said).decode())
    return Training(leads=len(past), won=int(won.sum()), number=number, kind=scorer.kind, held_back=scorer.held_back)


def learnt_of(connection: Connection, *, workspace: int) -> Learnt | None:
    """The score in use."""
    row = connection.execute(
        select(LEARNT).where(LEARNT.c.workspace == workspace).order_by(LEARNT.c.id.desc()).limit(1)
    ).first()
    if row is None:
        return None
    said = orjson.loads(row.content)
    return Learnt(
        number=row.id,
        at=from_micros(row.at),
        leads=row.leads,
        scorer=methods.scorer_from_json(orjson.dumps(said["scorer"])),
        words=said["words"],
        sample=tuple(said["sample"]),
        shares=said["shares"],
    )


class Scores:
    """Scores of leads in every workspace; a learnt score is read anew only when there is a newer one."""

    def __init__(self) -> None:
        self._read: dict[int, Learnt] = {}

    def judge(self, workspace: int, look: Look | None = None) -> Judge:
        """A judge of arrivals; ``look`` tells what people did before."""

        def judge(connection: Connection, arrivals: Sequence[Arrival]) -> Judged:
            leads = _seen(connection, workspace, arrivals, look)
            settings = settings_of(connection, workspace=workspace)
            parts = [_by_rules(lead, settings) for lead in leads]
            learnt = self._newest(connection, workspace)
            if learnt is not None:
                space = zone(business_settings(connection, workspace).zone)
                parts = _learnt_parts(learnt, leads, parts, features(leads, learnt.words, space))
            return Judged(parts=parts, neutral=neutral(None if learnt is None else learnt.scorer.held_back.rate))

        return judge

    def _newest(self, connection: Connection, workspace: int) -> Learnt | None:
        number = connection.execute(
            select(LEARNT.c.id).where(LEARNT.c.workspace == workspace).order_by(LEARNT.c.id.desc()).limit(1)
        ).scalar()
        if number is None:
            return None
        if workspace not in self._read or self._read[workspace].number != number:
            found = learnt_of(connection, workspace=workspace)
            if found is None:
                return None
            self._read[workspace] = found
        return self._read[workspace]


def score_again(store: Store, *, workspace: int, judge: Judge, only: Collection[int] | None = None) -> int:
    """Score open cases anew as of their arrival, all or ``only`` some, a thousand a transaction; how many."""
    after, scored = 0, 0
    whose = CASE.c.workspace == workspace if only is None else and_(CASE.c.workspace == workspace, CASE.c.id.in_(only))
    while True:
        with store.read() as connection:
            rows = connection.execute(
                select(CASE).where(whose, CASE.c.state.in_(OPEN), CASE.c.id > after).order_by(CASE.c.id).limit(CHUNK)
            ).fetchall()
            if not rows:
                return scored
            wanted = _wanted(connection, workspace, [(row.source_system, row.source_key) for row in rows])
            arrivals = [_as_arrival(row, wanted.get((row.source_system, row.source_key))) for row in rows]
            judged = judge(connection, arrivals)
        with store.write() as connection:
            _keep_scores(connection, workspace, [row.id for row in rows], arrivals, judged)
        after, scored = rows[-1].id, scored + len(rows)


def _keep_scores(
    connection: Connection, workspace: int, cases: Sequence[int], arrivals: Sequence[Arrival], judged: Judged
) -> None:
    nodes = {node for one in arrivals for node in one.nodes}
    refused = decided_by_people(connection, workspace=workspace, nodes=nodes)
    said = [
        {"lead": case, **_columns(judged.neutral if refused.intersection(one.nodes) else parts)}
        for case, one, parts in zip(cases, arrivals, judged.parts, strict=True)
    ]
    connection.execute(update(CASE).where(CASE.c.id == bindparam("lead")), said)


def _columns(parts: Parts) -> dict[str, object]:
    return {
        "score": parts.score,
        "intent": parts.intent,
        "urgency": parts.urgency,
        "fit": parts.fit,
        "reasons": orjson.dumps(parts.reasons).decode(),
        "model": parts.model,
    }


def _wanted(connection: Connection, workspace: int, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], date]:
    """Until when leads are wanted, as they said at first."""
    found = {}
    for source, wanted in by_source(keys).items():
        here = (("workspace", workspace), ("source_system", source), ("version", 1))
        rows = select_many(
            connection, LEAD.table.name, ("source_key", "wanted_by"), where=here, key="source_key", keys=wanted
        )
        found.update({(source, key): date.fromisoformat(day) for key, day in rows if day})
    return found


def _as_arrival(row: Any, wanted_by: date | None) -> Arrival:  # noqa: ANN401  row of the cases
    return Arrival(
        key=(row.source_system, row.source_key),
        traits=Traits(**{name: getattr(row, name) for name in TRAITS}),
        nodes=() if row.party is None else (row.party,),
        created_at=from_micros(row.created_at),
        arrived_at=from_micros(row.arrived_at),
        company="",
        wanted_by=wanted_by,
        owner=None,
        team=None,
        given_at=None,
        duplicate=False,
        batch=_BEFORE,
    )


def _seen(connection: Connection, workspace: int, arrivals: Sequence[Arrival], look: Look | None) -> list[Candidate]:
    """The arrivals with what their people did before."""
    begun = first_named_by(connection, workspace=workspace, nodes={node for one in arrivals for node in one.nodes})
    # Whom nobody named before this very delivery did nothing before, and need not be looked for.
    known = [one for one in arrivals if any(begun.get(node) != one.batch for node in one.nodes)]
    persons = persons_of(connection, workspace=workspace, nodes={one.nodes[0] for one in known})
    told = None if look is None else look([(persons[one.nodes[0]], one.created_at) for one in known]) if known else []
    before = {} if told is None else {one.key: seen for one, seen in zip(known, told, strict=True)}
    # Of somebody without any number nothing was before; where it cannot be looked up it is unknown instead.
    nothing = None if told is None else Behaviour()
    return [
        Candidate(traits=one.traits, at=one.created_at, wanted_by=one.wanted_by, before=before.get(one.key, nothing))
        for one in arrivals
    ]


def _by_rules(lead: Candidate, settings: DeskSettings) -> Parts:
    visits = 0 if lead.before is None else lead.before.touches + lead.before.calls_in
    return by_rules(lead.traits, settings, wanted_by=lead.wanted_by, visits=visits, at=lead.at)


def _learnt_parts(
    learnt: Learnt, leads: Sequence[Candidate], rules: Sequence[Parts], table: "methods.Features"
) -> list[Parts]:
    """The chance as learnt, its reasons, and the parts by rules beside it."""
    scores, added = learnt.scorer.scores(table), learnt.scorer.reasons(table)
    found = []
    for place, (lead, parts) in enumerate(zip(leads, rules, strict=True)):
        most = np.argsort(-np.abs(added[place]), kind="stable")[:_REASONS]
        reasons = tuple(
            (NAMES[at], shown(lead, NAMES[at], table.values[place, at]), round(float(added[place, at]), 3))
            for at in most
            if added[place, at]
        )
        found.append(
            Parts(
                score=float(scores[place]),
                intent=parts.intent,
                urgency=parts.urgency,
                fit=parts.fit,
                reasons=reasons,
                model=learnt.name,
            )
        )
    return found


def candidates(connection: Connection, workspace: int, past: Sequence[PastLead]) -> list[Candidate]:
    """The leads with the traits of their first version, whose number names the fact."""
    columns = ("seq", "wanted_by", *TRAITS)
    found = {
        row[0]: row
        for row in select_many(
            connection, LEAD.table.name, columns, where=(("workspace", workspace),), key="seq",
            keys=[lead.fact for lead in past],
        )
    }  # fmt: skip
    leads = []
    for lead in past:
        said = found.get(lead.fact, (lead.fact, *[None] * (len(columns) - 1)))
        leads.append(
            Candidate(
                traits=Traits(**dict(zip(TRAITS, said[2:], strict=True))),
                at=lead.created_at,
                wanted_by=date.fromisoformat(said[1]) if said[1] else None,
                before=lead.before,
            )
        )
    return leads


def _shares(leads: Sequence[Candidate], words: Vocabulary) -> dict[str, dict[str, float]]:
    """How often each learnt value of a category came, to see later whether other leads come now."""
    return {
        name: {value: sum(getattr(lead.traits, name) == value for lead in leads) / len(leads) for value in values}
        for name, values in words.items()
        if values
    }


def _keep(store: Store, workspace: int, at: datetime, leads: int, content: str) -> int:
    with store.write() as connection:
        made = connection.execute(
            insert(LEARNT).values(workspace=workspace, at=to_micros(at), leads=leads, content=content)
        )
        number: int = made.inserted_primary_key[0]  # type: ignore[index]
        kept = connection.execute(
            select(LEARNT.c.id).where(LEARNT.c.workspace == workspace).order_by(LEARNT.c.id.desc()).limit(_KEPT)
        ).scalars()
        connection.execute(LEARNT.delete().where(LEARNT.c.workspace == workspace, LEARNT.c.id < min(kept)))
    return number
