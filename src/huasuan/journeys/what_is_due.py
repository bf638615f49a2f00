"""How conversions stand now, found in the facts: calls at hang-up, sales, and what is left of them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from huasuan.journeys.conversions import CallSaid, Conversion, Goal, goals_of
from huasuan.warehouse import Cursor

_CLICKS = (
    "gclid", "gbraid", "wbraid", "bd_vid", "landing_page", "clickid", "qz_gdt", "yclid", "ga_client", "ga_session",
    "ym_client",
)  # fmt: skip
_JUNK = "junk call"
# The visit a call most likely came from, where that is likelier than all others together.
_LIKELY = 0.5
_VISITS = (
    f"visits AS (SELECT c.fact_id, v.started_at AS clicked_at, {', '.join(f'v.{name}' for name in _CLICKS)} "
    "FROM candidate c JOIN fact_visit v ON v.key = c.visit "
    # A source that somebody stated stands: of such a call no click is told.
    f"WHERE c.probability > {_LIKELY} AND c.fact_id IN (SELECT fact_id FROM matched) "
    "QUALIFY row_number() OVER (PARTITION BY c.fact_id ORDER BY c.probability DESC, "
    "v.fact_id) = 1)"
)
# Whoever is not on the line any more: the exchange said when it ended, or how long they talked. Of a call that only
# rings nobody knows whether it will be taken, until it is sure that it rings no more; nor does anybody talk so long.
_RINGS, _TALKS = timedelta(hours=1), timedelta(hours=12)
_ENDED = (
    "(f.ended_at IS NOT NULL OR (f.agent_joined_at IS NOT NULL AND f.talk_seconds IS NOT NULL) "
    "OR (f.agent_joined_at IS NULL AND c.started_at < ?) OR c.started_at < ?)"
)
# Nobody said what such a call was worth, and seconds that are not known cannot.
_SILENT = "f.agent_joined_at IS NOT NULL AND f.ended_at IS NULL AND f.talk_seconds IS NULL"
_HUNG_UP = (
    "coalesce(f.ended_at, c.started_at + to_seconds(coalesce(c.ring_seconds, 0) + coalesce(f.ivr_seconds, 0) + "
    "coalesce(c.queue_seconds, 0) + coalesce(c.talk_seconds, 0) + coalesce(c.hold_seconds, 0)))"
)
# Sales that no call of the customer's brought: forms, callbacks, our own dials. The person's last visit with a click
# stands for them; which platform still takes a click that old is for its own limits to say.
_FARTHEST_DAYS = 90
_ADS = [name for name in _CLICKS if name not in {"landing_page", "ga_client", "ga_session", "ym_client"}]
_WALKED = (
    # Whose a visit is, is worked out first: joined by the person, not every sale with every visit of three months.
    "visited AS (SELECT coalesce(co.contact_id, v.party) AS who, v.* FROM fact_visit v "
    "LEFT JOIN contact_of co ON co.party = v.party WHERE v.party IS NOT NULL), "
    f"walked AS (SELECT s.deal_id, v.started_at AS clicked_at, {', '.join(f'v.{name}' for name in _CLICKS)} "
    "FROM sold s LEFT JOIN call c ON c.fact_id = s.call_fact "
    "JOIN visited v ON v.who = s.contact_id AND v.started_at <= s.won_at "
    f"AND v.started_at >= s.won_at - to_days({_FARTHEST_DAYS}) "
    "WHERE coalesce(c.direction, 'out') <> 'in' QUALIFY row_number() OVER (PARTITION BY s.deal_id ORDER BY "
    f"coalesce({', '.join(f'v.{name}' for name in _ADS)}) IS NULL, v.started_at DESC, v.fact_id) = 1)"
)
_CLICKED = "v.clicked_at, " + ", ".join(f"v.{name}" for name in _CLICKS)


def due(
    cursor: Cursor,
    *,
    since: datetime,
    at: datetime,
    currency: str,
    values: Mapping[Goal, int] = MappingProxyType({}),
    told: Collection[str] = (),
) -> Iterator[Conversion]:
    """Every conversion from ``since`` on as it stands now, under the same key in every round (S2-17, S2-46).

    at: now; a call that is not over yet is no conversion. values: what a call of a goal is worth. told: keys of
    conversions that are looked for whenever they happened, since somebody may have moved them.
    A key names the first version of the fact, so corrections, merges and a new warehouse change none. A sale of which
    nothing is left has the step ``retraction``; its value is what was not taken back, None where nobody knows it.
    """
    moment = since.astimezone(UTC).replace(tzinfo=None)
    for one in _calls(cursor, moment, at.astimezone(UTC).replace(tzinfo=None), _facts(told, "call")):
        yield replace(one, value_minor=values.get(one.goal), currency=currency)
    yield from _sales(cursor, moment, _facts(told, "sale"), currency)


def _facts(keys: Collection[str], kind: Literal["call", "sale"]) -> list[int]:
    """The facts that keys of a kind name (see ``key`` below)."""
    return sorted({int(fact) for name, fact, *_ in (key.split("-") for key in keys) if name == kind})


def _calls(cursor: Cursor, since: datetime, at: datetime, told: list[int]) -> Iterator[Conversion]:
    rows = cursor.execute(
        f"WITH {_VISITS} SELECT c.fact_id, c.started_at, {_HUNG_UP}, c.excluded, c.call_class, c.is_unique, "
        f"c.is_unique_target, c.is_repeat, CASE WHEN {_SILENT} THEN NULL ELSE c.talk_seconds END, c.joined, "
        f"{_SILENT} AND c.classed_by = 'duration', {_CLICKED} FROM call c "
        "JOIN fact_call f USING (fact_id) LEFT JOIN visits v USING (fact_id) "
        f"WHERE c.direction = 'in' AND {_ENDED} AND (c.started_at >= ? OR c.fact_id IN (SELECT unnest(?::BIGINT[]))) "
        "ORDER BY c.started_at, c.fact_id",
        [at - _RINGS, at - _TALKS, since, told],
    ).fetchall()
    for fact, started, ended, excluded, known, unique, unique_target, repeat, talked, joined, unsure, *click in rows:
        # Every goal it may have reached is named, so that whoever waits for it learns why it is not told.
        said = CallSaid(
            excluded=bool(excluded), call_class="target" if unsure else known, is_unique=bool(unique),
            is_unique_target=not repeat if unsure else bool(unique_target), is_repeat=bool(repeat),
        )  # fmt: skip
        for goal in goals_of(said):
            yield Conversion(
                key=f"call-{fact}-{goal}",
                goal=goal,
                happened_at=ended.replace(tzinfo=UTC),
                called_at=started.replace(tzinfo=UTC),
                person=fact,
                talk_seconds=talked,
                missed=not joined,
                junk_reason=_JUNK if known == "junk" and not unsure else None,
                unsure=bool(unsure),
                **_click(click),
            )


def _sales(cursor: Cursor, since: datetime, told: list[int], currency: str) -> Iterator[Conversion]:
    rows = cursor.execute(
        # The events of a deal keep their undone versions, so its first fact stays what it was.
        f'WITH {_VISITS}, named AS (SELECT deal AS deal_id, min(fact_id) AS fact, max("at") AS changed FROM '
        "fact_deal_event GROUP BY deal), sold AS (SELECT deal_id, min(won_at) AS won_at, min(origin_fact_id) "
        "AS call_fact, any_value(contact_id) AS contact_id, CASE WHEN count(value_minor) = count(*) THEN "
        "CAST(sum(value_minor) AS BIGINT) END "
        "AS value, CAST(sum(returned_minor + "
        f"cancelled_minor) AS BIGINT) AS back FROM sale GROUP BY deal_id), {_WALKED}, "
        "brought AS (SELECT s.deal_id, v.* EXCLUDE (fact_id) FROM sold s JOIN visits v ON v.fact_id = s.call_fact "
        "UNION ALL BY NAME FROM walked) "
        f"SELECT n.fact, s.won_at, n.changed, s.value, s.back, s.call_fact, c.started_at, {_CLICKED} FROM sold s "
        "JOIN named n USING (deal_id) "
        "LEFT JOIN brought v USING (deal_id) LEFT JOIN call c ON c.fact_id = s.call_fact "
        "WHERE s.won_at >= ? OR n.fact IN (SELECT unnest(?::BIGINT[])) ORDER BY s.won_at, n.fact",
        [since, told],
    ).fetchall()
    for fact, won, changed, value, back, call, called, *click in rows:
        gone = value is not None and back > 0 and back >= value
        yield Conversion(
            key=f"sale-{fact}",
            goal="sale",
            step="retraction" if gone else "conversion",
            value_minor=None if gone or value is None else value - back,
            happened_at=won.replace(tzinfo=UTC),
            changed_at=changed.replace(tzinfo=UTC),
            currency=currency,
            person=call,
            called_at=None if called is None else called.replace(tzinfo=UTC),
            **_click(click),
        )


def _click(found: list[Any]) -> dict[str, Any]:
    clicked, gclid, gbraid, wbraid, bd_vid, landing, clickid, qz_gdt, yclid, client, session, ym_client = found
    if bd_vid and "bd_vid=" not in (landing or ""):
        landing = f"{landing or ''}{'&' if '?' in (landing or '') else '?'}bd_vid={bd_vid}"
    return {
        "clicked_at": None if clicked is None else clicked.replace(tzinfo=UTC),
        "gclid": gclid,
        "gbraid": gbraid,
        "wbraid": wbraid,
        "clickid": clickid,
        "qz_gdt": qz_gdt,
        "yclid": yclid,
        "client_id": client,
        "session_id": session,
        "ym_client": ym_client,
        "landing_url": landing,
    }
