"""The star tables of events (``metrics.events``), and what follows from them for calls."""

from huasuan.metrics.derived.calls import local, seconds_between, when, who
from huasuan.metrics.derived.scope import Scope
from huasuan.metrics.derived.types import Rules
from huasuan.metrics.events import EVENTS, EventKind
from huasuan.metrics.stars import INHERITED, STARS
from huasuan.warehouse import Cursor, first_row

# Their contacts are derived again: a reply is a response, and a number heard of for the first time has a place.
TELLING = tuple(EVENTS)
_BEARERS = ("message",)
_REFUSED = "('wrong_number', 'instant_refusal', 'voicemail')"


def known_kinds(writer: Cursor, kinds: frozenset[str]) -> frozenset[str]:
    """The kinds that ever came, with ``deal_stage`` where deals have stages; what never came costs a round nothing."""
    staged = " OR EXISTS (FROM stage_deal_event WHERE stage IS NOT NULL)" if "deal_event" in kinds else ""
    row = first_row(writer, f"SELECT list(kind), EXISTS (FROM deal_stage){staged} FROM mark")
    if row is None:
        return kinds
    return kinds | frozenset(row[0] or ()) | ({"deal_stage"} if row[1] else set())


def derive_events(writer: Cursor, rules: Rules, scope: Scope, kinds: frozenset[str], *, known: frozenset[str]) -> None:
    """The star rows of the ``known`` events in scope, after calls and leads."""
    present = [event for event in EVENTS.values() if event.kind in known]
    if not scope.everything and (present or "deal_stage" in known):
        _changed_keys(writer, kinds)
    for event in present:
        if scope.everything or _pick(writer, event, kinds):
            _derive(writer, rules, scope, event)
    if "meeting" in known:
        _mark_meetings(writer, scope)
    if "planned_state" in known and (scope.everything or kinds & {"planned_state", "agent_state"}):
        _derive_plans(writer, rules, scope, kinds)


def _changed_keys(writer: Cursor, kinds: frozenset[str]) -> None:
    """The keys of calls and leads that are derived in this round, and of those that went."""
    for kind in ("call", "lead"):
        gone = f" UNION SELECT key FROM gone_{kind} UNION SELECT key FROM stage_{kind}" if kind in kinds else ""
        writer.execute(
            f"CREATE OR REPLACE TEMP TABLE changed_{kind} AS SELECT key FROM fact_{kind} JOIN picked_{kind} "
            f"USING (fact_id){gone}"
        )
    writer.execute("CREATE OR REPLACE TEMP TABLE met (contact_id BIGINT)")


def _pick(writer: Cursor, event: EventKind, kinds: frozenset[str]) -> bool:
    kind = event.kind
    found = [f"SELECT fact_id FROM fact_{kind} WHERE party IN (SELECT party FROM touched_party)"]
    if kind in kinds:
        found.append(f"SELECT fact_id FROM stage_{kind}")
    found += [
        f"SELECT fact_id FROM fact_{kind} WHERE {named} IN (SELECT key FROM changed_{named})"
        for named in ("call", "lead")
        if event.says(named)
    ]
    row = first_row(writer, f"CREATE OR REPLACE TEMP TABLE picked_{kind} AS {' UNION '.join(found)}")
    return row is not None and row[0] > 0


def _derive(writer: Cursor, rules: Rules, scope: Scope, event: EventKind) -> None:
    kind = event.kind
    _collect(writer, event, scope)
    _note(writer, scope, kind)
    writer.execute(f"DELETE FROM {kind} WHERE {scope.replaced(kind)}")
    writer.execute(insert_event(event, rules))
    _note(writer, scope, kind)
    scope.forget(writer, "event")


def _note(writer: Cursor, scope: Scope, kind: str) -> None:
    """What differs elsewhere because of these rows; called before and after they change."""
    if scope.everything:
        return
    if kind == "meeting":
        writer.execute(f"INSERT INTO met SELECT contact_id FROM meeting WHERE {scope.replaced(kind)}")
    if kind in _BEARERS:
        writer.execute(f"INSERT INTO touched_day SELECT day FROM {kind} WHERE {scope.replaced(kind)}")


def _collect(writer: Cursor, event: EventKind, scope: Scope) -> None:
    """The facts with their contact, their moment and the call and lead they are put down to, as ``event``."""
    joins, call_id, lead_id, contact = "", "NULL::BIGINT", "NULL::BIGINT", "coalesce(co.contact_id, f.party"
    for named, letter, since in (("call", "c", "started_at"), ("lead", "l", "created_at")):
        if not event.says(named):
            continue
        wanted = f'SELECT "{named}" FROM {scope.rows(event.kind)}'
        # Two systems may use one key: the earliest counts.
        joins += (
            f" LEFT JOIN (SELECT DISTINCT ON (key) * FROM {named} WHERE key IN ({wanted}) "
            f"ORDER BY key, {since}, fact_id) {letter} ON {letter}.key = f.{named}"
        )
        contact += f", {letter}.contact_id"
        call_id, lead_id = ("c.fact_id", lead_id) if named == "call" else (call_id, "l.fact_id")
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE event AS SELECT f.*, {contact}) AS contact, {event.moment} AS moment, "
        f"{call_id} AS call_id, {lead_id} AS lead_id FROM {scope.rows(event.kind)} "
        f"LEFT JOIN contact_of co USING (party){joins}"
    )
    if event.nearest:
        writer.execute(
            "CREATE OR REPLACE TEMP TABLE event AS SELECT e.* REPLACE (coalesce(e.call_id, n.last) AS call_id) "
            "FROM event e LEFT JOIN (SELECT e.fact_id, arg_max(c.fact_id, (c.started_at, c.key)) AS last "
            "FROM event e JOIN call c ON c.contact_id = e.contact AND c.started_at <= e.moment AND NOT c.excluded "
            "WHERE e.call_id IS NULL GROUP BY e.fact_id) n USING (fact_id)"
        )


def insert_event(event: EventKind, rules: Rules) -> str:
    """The statement that fills a star from the temp table ``event``."""
    agent = _inherited(event, "agent")
    cuts = [f'{_inherited(event, name)} AS "{name}"' for name in INHERITED if name not in event.own and name != "team"]
    # The call's own team is that of its agent at that moment already.
    stated = "e.team, " if event.says("team") else ""
    of_call = "CASE WHEN e.agent IS NULL THEN c.team END" if event.says("agent") else "c.team"
    team = f"coalesce({stated}{of_call}, a.team, l.team) AS team"
    own = [f'{_own(sql, rules)} AS "{name}"' for name, (_, sql) in event.own.items()]
    return (
        f"INSERT INTO {event.kind} BY NAME SELECT e.fact_id, {who('e.contact', places=('p', 'c', 'l'))}, "
        f'e.moment AS "at", {when("e.moment", rules.zone)}, {", ".join([*cuts, team, *own])} FROM event e '
        "LEFT JOIN call c ON c.fact_id = e.call_id LEFT JOIN lead l ON l.fact_id = e.lead_id "
        "LEFT JOIN contact ct ON ct.contact_id = e.contact LEFT JOIN party p ON p.party = e.party "
        f"LEFT JOIN agent_span a ON a.agent = {agent} AND e.moment >= a.since AND e.moment < a.until"
    )


def _inherited(event: EventKind, name: str) -> str:
    """What the fact says itself, else its call, else its lead."""
    said = [f'e."{name}"'] if event.says(name) else []
    said += [f'{letter}."{name}"' for letter, star in (("c", "call"), ("l", "lead")) if name in STARS[star]]
    return f"coalesce({', '.join(said)})" if said else "NULL"


def _own(sql: str, rules: Rules) -> str:
    if sql == "{responded}":
        return _responded(rules)
    if sql == "{class}":
        return _worth(rules)
    if sql.startswith("{day:"):
        return f"CAST({local(sql[5:-1], rules.zone)} AS DATE)"
    return sql


def _worth(rules: Rules) -> str:
    """What a callback that was joined became: by the class of its call, a call of ours by what was said of it or talk.

    Unknown where nobody knows the call. Dials have no class of their own, since nobody asked for most of them.
    """
    said = ", ".join(
        f'(SELECT arg_max_null(t.call_class, (t."at", t.key)) FROM fact_call_tag t WHERE t.call = c.key '
        f"AND t.\"by\" = '{by}')"
        for by in ("person", "speech")
    )
    by_talk = (
        f"CASE WHEN c.talk_seconds <= {rules.junk_seconds} THEN 'junk' "
        f"WHEN c.talk_seconds >= {rules.target_seconds} THEN 'target' ELSE 'grey' END"
    )
    known = "e.joined_at IS NOT NULL AND c.fact_id IS NOT NULL"
    return f"CASE WHEN {known} THEN coalesce(c.call_class, {said}, {by_talk}) END"


def _responded(rules: Rules) -> str:
    """A conversation, a call of theirs that was answered, or a reply, from the start of the campaign on."""
    spoke = f"coalesce(k.disposition NOT IN {_REFUSED}, TRUE)"
    back = "(k.direction = 'in' AND k.joined AND coalesce(k.campaign, e.campaign) = e.campaign)"
    return (
        "(EXISTS (SELECT 1 FROM call k WHERE k.contact_id = e.contact AND NOT k.excluded AND k.started_at >= e.moment "
        f"AND {spoke} AND ({back} OR (k.campaign = e.campaign AND k.result = 'human' "
        f"AND k.talk_seconds >= {rules.conversation_seconds}))) OR EXISTS (SELECT 1 FROM message m "
        'WHERE m.contact_id = e.contact AND m.campaign = e.campaign AND m.replied AND m."at" >= e.moment))'
    )


def _mark_meetings(writer: Cursor, scope: Scope) -> None:
    """Which calls were followed by the booking of a meeting."""
    mine = "TRUE"
    if not scope.everything:
        writer.execute("INSERT INTO met SELECT contact_id FROM touched")
        mine = "contact_id IN (SELECT contact_id FROM met)"
        writer.execute(f"UPDATE call SET met_after = NULL WHERE met_after AND {mine}")
    writer.execute(
        'UPDATE call SET met_after = TRUE FROM (SELECT contact_id AS met, max("at") AS last FROM meeting '
        f"WHERE by_phone AND contact_id IS NOT NULL AND {mine} GROUP BY contact_id) m "
        "WHERE call.contact_id = m.met AND call.started_at <= m.last"
    )


_AT_WORK = "('ready', 'talk', 'hold', 'wrap', 'ring', 'dialing')"


def _derive_plans(writer: Cursor, rules: Rules, scope: Scope, kinds: frozenset[str]) -> None:
    """Planned times with how much of them was kept: overlaps with the states the agent was really in."""
    which = "TRUE"
    if not scope.everything:
        changed = [
            f"SELECT agent FROM stage_{kind} UNION SELECT agent FROM gone_{kind}"
            for kind in ("planned_state", "agent_state")
            if kind in kinds
        ]
        which = f"agent IN ({' UNION '.join(changed)})"
    writer.execute(f"DELETE FROM planned_state WHERE {which}")
    meets = "s.started_at < f.ended_at AND s.ended_at > f.started_at"
    same = f"CASE WHEN f.state = 'work' THEN s.state IN {_AT_WORK} ELSE s.state = f.state END"
    kept = seconds_between("greatest(s.started_at, f.started_at)", "least(s.ended_at, f.ended_at)")
    writer.execute(
        "INSERT INTO planned_state BY NAME WITH kept AS (SELECT f.fact_id, "
        f"sum({kept}) AS kept_seconds FROM fact_planned_state f JOIN fact_agent_state s ON s.agent = f.agent "
        f"AND {meets} AND {same} WHERE {which.replace('agent', 'f.agent', 1)} GROUP BY f.fact_id) "
        f"SELECT f.fact_id, {when('f.started_at', rules.zone)}, f.agent, coalesce(f.team, a.team) AS team, f.queue, "
        f"f.state, {seconds_between('f.started_at', 'f.ended_at')} AS seconds, "
        f"least(coalesce(k.kept_seconds, 0), {seconds_between('f.started_at', 'f.ended_at')})::BIGINT AS kept_seconds "
        "FROM fact_planned_state f LEFT JOIN kept k USING (fact_id) LEFT JOIN agent_span a ON a.agent = f.agent "
        f"AND f.started_at >= a.since AND f.started_at < a.until WHERE {which.replace('agent', 'f.agent', 1)}"
    )
