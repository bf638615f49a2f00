"""The star tables of calls, leads and touches."""

from huasuan.metrics.derived import classes, clock, matching, sequel
from huasuan.metrics.derived.classes import FROM_LEAD, given
from huasuan.metrics.derived.scope import Scope
from huasuan.metrics.derived.types import Rules
from huasuan.warehouse import Cursor, first_row

_WHO = "w.contact_id, w.customer_id, w.industry, w.age_band, w.segment, w.province, w.city, w.region"
# What was known of the agent at that moment. Not an ASOF join: on few rows that one costs more than all the others.
_MEMBER = "LEFT JOIN agent_span a ON f.agent = a.agent AND {0} >= a.since AND {0} < a.until"
_ANSWERED = "('human', 'machine', 'answered_unverified', 'abandoned', 'answered')"
# What people and other products write, and what our own reading of a visit says (numbers/sources.py).
_ORGANIC = "('organic', 'organic_search', 'seo', '自然搜索', '自然流量')"
_PAID = "('cpc', 'ppc', 'cpa', 'ocpc', 'paid', 'paidsearch', 'paid_search', 'paid-search', 'sem', '竞价')"
_BILLED = (
    f"CASE WHEN f.answered_at IS NOT NULL AND f.ended_at IS NOT NULL THEN {{answered_to_end}} "
    f"WHEN f.result IN {_ANSWERED} THEN coalesce(f.talk_seconds, 0) ELSE 0 END"
)


def seconds_between(start: str, end: str) -> str:
    """Whole seconds between two timestamps, rounded half up, never negative."""
    return f"greatest(0, (epoch_us({end}) - epoch_us({start}) + 500000) // 1000000)"


def local(moment: str, zone: str) -> str:
    """A UTC timestamp as the workspace's wall clock."""
    return f"timezone('{zone}', timezone('UTC', {moment}))"


def when(moment: str, zone: str) -> str:
    """The columns day, hour and weekday of a UTC timestamp."""
    clock = local(moment, zone)
    return (
        f"CAST({clock} AS DATE) AS day, CAST(hour({clock}) AS TINYINT) AS hour, "
        f"CAST(isodow({clock}) AS TINYINT) AS weekday"
    )


def who(contact: str, places: tuple[str, ...] = ("p",)) -> str:
    """The columns about a person; ``ct`` is its contact, ``p`` the place of its own number.

    The place is the customer's address, else that of the first of ``places`` that has one; after its own number comes
    another number of the same contact.
    """
    sources = [("ct.province", "ct.city")]
    for table in places:
        sources.append((f"{table}.province", f"{table}.city"))
        if table == "p":
            sources.append(("ct.number_province", "ct.number_city"))
    columns = {
        name: "CASE "
        + " ".join(
            f"WHEN {province} IS NOT NULL OR {city} IS NOT NULL THEN {expression.format(province, city)}"
            for province, city in sources
        )
        + f" END AS {name}"
        for name, expression in (
            ("province", "{0}"),
            ("city", "{1}"),
            ("region", "coalesce({0}, {1})"),
        )
    }
    return (
        f"{contact} AS contact_id, coalesce(ct.customer_id, {contact}::HUGEINT) AS customer_id, ct.industry, "
        f"ct.age_band, ct.segment, {', '.join(columns.values())}"
    )


def derive_contacts(writer: Cursor, scope: Scope) -> None:
    """Attributes of contacts, from their customers and companies; the customer with the smallest key speaks first.

    The temp table ``person`` then says of every identity node in scope who it is (the columns of ``who``).
    """
    writer.execute(f"DELETE FROM contact WHERE {scope.contacts}")
    if scope.everything or _has_attributes(writer, scope):
        company = "coalesce(c.{0}, m.{0})"
        columns = ", ".join(
            f"arg_min({company.format(name)}, c.key) FILTER ({company.format(name)} IS NOT NULL) AS {name}"
            for name in ("industry", "segment")
        )
        writer.execute(_contact_sql(columns, scope))
    contact = "coalesce(co.contact_id, n.party)"
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE person AS SELECT n.party, p.zone, {who(contact)} FROM {scope.parties} n "
        "LEFT JOIN contact_of co ON n.party = co.party LEFT JOIN party p ON n.party = p.party "
        f"LEFT JOIN contact ct ON ct.contact_id = {contact}"
    )


def _has_attributes(writer: Cursor, scope: Scope) -> bool:
    """Whether any contact in scope has a customer or a second number; most callers are only a number."""
    row = first_row(
        writer,
        f"SELECT EXISTS (FROM fact_customer WHERE {scope.party('party')}) "
        f"OR EXISTS (FROM contact_of WHERE {scope.party('party')})",
    )
    return row is not None and bool(row[0])


def _contact_sql(columns: str, scope: Scope) -> str:
    # A company's hash is put above every node number, so a company never looks like a person.
    own_place = "c.province IS NULL AND c.city IS NULL"
    some_place = "coalesce(c.province, c.city, m.province, m.city) IS NOT NULL"
    named = (
        "SELECT coalesce(co.contact_id, c.party) AS contact_id, "
        "arg_min(c.company::HUGEINT + 18446744073709551616, c.key) FILTER (c.company IS NOT NULL) AS company_id, "
        f"{columns}, arg_min(c.age_band, c.key) FILTER (c.age_band IS NOT NULL) AS age_band, "
        f"arg_min(CASE WHEN {own_place} THEN m.province ELSE c.province END, c.key) FILTER ({some_place}) AS province, "
        f"arg_min(CASE WHEN {own_place} THEN m.city ELSE c.city END, c.key) FILTER ({some_place}) AS city "
        "FROM fact_customer c LEFT JOIN contact_of co USING (party) LEFT JOIN "
        "(SELECT * FROM fact_company QUALIFY row_number() OVER (PARTITION BY key ORDER BY fact_id DESC) = 1) m "
        f"ON c.company = m.key WHERE {scope.party('c.party')} GROUP BY coalesce(co.contact_id, c.party)"
    )
    order = "coalesce(p.province, '') || ' ' || coalesce(p.city, '')"
    numbered = (
        f"SELECT n.contact_id, arg_min(p.province, {order}) AS number_province, arg_min(p.city, {order}) AS "
        "number_city "
        "FROM (SELECT party, contact_id FROM contact_of UNION ALL SELECT DISTINCT contact_id, contact_id FROM "
        "contact_of) n "
        f"JOIN party p USING (party) WHERE coalesce(p.province, p.city) IS NOT NULL AND {scope.party('n.party')} "
        "GROUP BY n.contact_id"
    )
    return (
        "INSERT INTO contact BY NAME SELECT * EXCLUDE (company_id), coalesce(company_id, contact_id::HUGEINT) AS "
        f"customer_id FROM ({named}) FULL JOIN ({numbered}) USING (contact_id)"
    )


def derive_calls(writer: Cursor, rules: Rules, scope: Scope) -> None:
    """The star rows of the calls in scope."""
    matching.derive_matches(writer, rules, scope)
    classes.narrow(writer, rules, scope)
    classes.flags(writer, rules)
    own_hours = clock.derive_own_open(writer, rules, local("n.started_at", rules.zone))
    writer.execute(f"DELETE FROM call WHERE {scope.replaced('call')}")
    writer.execute(_call_sql(rules, scope, own_hours=own_hours))
    scope.forget(writer, "narrow", "u_call", "flag", "wanted_lead", "stretch", "said", "own_open")


def _call_sql(rules: Rules, scope: Scope, *, own_hours: bool) -> str:
    billed = _BILLED.format(answered_to_end=seconds_between("f.answered_at", "f.ended_at"))
    dialled = (
        f"CASE WHEN f.ended_at IS NOT NULL THEN {seconds_between('n.started_at', 'f.ended_at')} "
        "ELSE coalesce(f.ring_seconds, 0) + coalesce(f.talk_seconds, 0) END"
    )
    wrap = "coalesce(f.wrap_seconds, 0)"
    handled = f"coalesce(f.talk_seconds, 0) + coalesce(f.hold_seconds, 0) + {wrap}"
    handle = (
        f"CASE WHEN f.agent IS NULL THEN 0 WHEN f.direction = 'out' THEN greatest(1, {dialled} + {wrap}) "
        f"WHEN f.agent_joined_at IS NOT NULL THEN greatest(1, {handled}) ELSE 0 END"
    )
    source = ", ".join(f"{given(name)} AS {name}" for name in FROM_LEAD)
    inbound = "f.direction = 'in'"
    return (
        f"INSERT INTO call BY NAME SELECT f.fact_id, f.key, {_WHO}, n.started_at, "
        f"{when('n.started_at', rules.zone)}, {_of_callee(rules)}, f.direction, "
        "f.voice, f.result, f.agent, coalesce(f.team, a.team) AS team, "
        f"f.queue, f.own_number, CASE WHEN {inbound} THEN f.own_number END AS tracking_number, "
        f"CASE WHEN NOT ({inbound}) THEN f.own_number END AS caller_number, "
        f"CASE WHEN {inbound} AND f.agent_joined_at IS NOT NULL THEN f.agent END AS answered_by, "
        f"f.script_version, coalesce(f.insertion, m.insertion) AS insertion, {source}, f.lead, f.cause, f.disposition, "
        f"{_in_hours(rules, own_hours=own_hours)} AS in_hours, n.excluded, n.excluded_by, "
        f"NOT ({inbound}) AND (f.answered_at IS NOT NULL OR f.result IN {_ANSWERED}) AS answered, "
        "f.agent_joined_at IS NOT NULL AS joined, coalesce(f.right_party, FALSE) AS right_party, "
        "f.ring_seconds, f.queue_seconds, coalesce(f.hold_seconds, 0) AS hold_seconds, "
        "coalesce(f.talk_seconds, 0) AS talk_seconds, coalesce(f.wrap_seconds, 0) AS wrap_seconds, "
        f"{billed} AS billed_seconds, {handle} AS handle_seconds, "
        "coalesce(f.match_probability, m.match_probability) AS match_probability, n.call_class, n.classed_by, "
        "CASE WHEN coalesce(n.call_class, 'junk') = 'junk' THEN n.junk_reason END AS junk_reason, "
        "coalesce(g.is_unique, FALSE) AS is_unique, coalesce(g.is_unique_target, FALSE) AS is_unique_target, "
        "coalesce(g.is_repeat, FALSE) AS is_repeat, coalesce(g.first_dial, FALSE) AS first_dial, "
        f"FALSE AS bought_after, n.meaningful, {_traffic()}, {sequel.chain()}, {sequel.columns()} "
        "FROM fact_call f JOIN narrow n USING (fact_id) "
        "LEFT JOIN flag g USING (fact_id) LEFT JOIN person w ON f.party = w.party "
        "LEFT JOIN wanted_lead l ON f.lead = l.key LEFT JOIN matched m ON f.fact_id = m.fact_id "
        f"{sequel.joins()} {_MEMBER.format('n.started_at')} {_opening(rules, own_hours=own_hours)} "
        f"{'ORDER BY n.started_at' if scope.everything else ''}"
    )


def _traffic() -> str:
    """Keyword traffic, organic traffic or other, of calls whose source is known at all, said or matched (S2-20)."""
    keyword, medium, channel, source = (given(name) for name in ("keyword", "medium", "channel", "source"))
    organic = f"coalesce(lower({medium}) IN {_ORGANIC} OR lower({channel}) IN {_ORGANIC}, FALSE)"
    # An advertisement in a social feed is paid too, but nobody searched for a word.
    searched = f"lower({channel}) IS DISTINCT FROM 'paid_social' AND lower({medium}) IN {_PAID}"
    paid = f"({keyword} IS NOT NULL OR coalesce({searched} OR lower({channel}) = 'paid_search', FALSE))"
    unknown = f"coalesce({medium}, nullif({channel}, '{matching.UNATTRIBUTED}'), {source}) IS NULL"
    return (
        f"CASE WHEN f.direction <> 'in' THEN NULL WHEN {organic} THEN 'organic' WHEN {paid} THEN 'keyword' "
        f"WHEN {unknown} THEN NULL ELSE 'other' END AS traffic"
    )


def _of_callee(rules: Rules) -> str:
    """Hour and weekday where an outbound call rang; unknown where the number does not tell its zone."""
    there = "timezone(w.zone, timezone('UTC', n.started_at))"
    # Nearly all of them ring in the workspace's own zone.
    wall = f"CASE WHEN w.zone = '{rules.zone}' THEN {local('n.started_at', rules.zone)} ELSE {there} END"
    return ", ".join(
        f"CASE WHEN f.direction = 'out' AND w.zone IS NOT NULL THEN CAST({part}({wall}) AS TINYINT) END AS {name}"
        for part, name in (("hour", "callee_hour"), ("isodow", "callee_weekday"))
    )


def _in_hours(rules: Rules, *, own_hours: bool) -> str:
    """What the source said, else what the number's own hours say, else those of the business, by its calendar."""
    said = ["f.in_hours", *(["o.inside"] if own_hours else [])]
    if rules.business_hours:
        said += [clock.is_open("k", local("n.started_at", rules.zone)), "FALSE"]
    return f"coalesce({', '.join(said)})"


def _opening(rules: Rules, *, own_hours: bool) -> str:
    joins = ["LEFT JOIN own_open o ON f.fact_id = o.fact_id"] if own_hours else []
    if rules.business_hours:
        joins.append(clock.on_clock("k", local("n.started_at", rules.zone)))
    return " ".join(joins)


def derive_leads(writer: Cursor, rules: Rules, scope: Scope) -> None:
    """The star rows of leads; whether one was won is filled in after the deals."""
    given = ", ".join(f"f.{name}" for name in (*FROM_LEAD, "ad_group", "supplier", "agent", "stage"))
    writer.execute(f"DELETE FROM lead WHERE {scope.replaced('lead')}")
    writer.execute(
        f"INSERT INTO lead BY NAME SELECT f.fact_id, f.key, {_WHO}, f.created_at, "
        f"{when('f.created_at', rules.zone)}, {given}, coalesce(f.team, a.team) AS team, f.duplicate, "
        "f.call IS NOT NULL AS from_call, f.mql_at, f.sql_at, FALSE AS converted, "
        f"{sequel.waited('f.assigned_at')} AS assign_seconds, {sequel.waited('d.dialled_at')} AS first_dial_seconds"
        f"{_open_waits(rules)} "
        f"FROM {scope.rows('lead')} LEFT JOIN ({sequel.first_dials(scope)}) d ON d.fact_id = f.fact_id "
        f"LEFT JOIN person w USING (party) {_MEMBER.format('f.created_at')} {_open_days(rules)}"
    )


_WAITED = {"created": "f.created_at", "assign": "f.assigned_at", "first_dial": "d.dialled_at"}


def _open_waits(rules: Rules) -> str:
    """How long leads waited while the business was open; unknown where it said no hours."""
    if not rules.business_hours:
        return ""
    wall = {name: local(moment, rules.zone) for name, moment in _WAITED.items()}
    since = clock.open_until("k_created", wall["created"])
    waits = (
        f", greatest(0, {clock.open_until(f'k_{name}', wall[name])} - {since}) AS {name}_open_seconds"
        for name in _WAITED
    )
    return "".join(wait for wait in waits if "created_open" not in wait)


def _open_days(rules: Rules) -> str:
    if not rules.business_hours:
        return ""
    return " ".join(clock.on_clock(f"k_{name}", local(moment, rules.zone)) for name, moment in _WAITED.items())


def derive_touches(writer: Cursor, rules: Rules, scope: Scope) -> None:
    """The star rows of touches."""
    names = [name for name in FROM_LEAD if name != "list"]
    given = ", ".join(f"f.{name}" for name in (*names, "ad_group", "landing_page", "kind"))
    writer.execute(f"DELETE FROM touch WHERE {scope.replaced('touch')}")
    moment = 'f."at"'
    writer.execute(
        f"INSERT INTO touch BY NAME SELECT f.fact_id, {_WHO}, {moment}, {when(moment, rules.zone)}, {given}, "
        f"coalesce(f.segments, 1) AS segments FROM {scope.rows('touch')} LEFT JOIN person w USING (party)"
    )


def derive_agents(writer: Cursor) -> None:
    """From when until when each version of an agent holds: up to the next one of the same agent."""
    writer.execute("DELETE FROM agent_span")
    writer.execute(
        "INSERT INTO agent_span BY NAME SELECT agent, team, city, since, coalesce(lead(since) OVER (PARTITION BY agent "
        "ORDER BY since, fact_id), TIMESTAMP 'infinity') AS until FROM fact_agent"
    )


def derive_people(writer: Cursor, rules: Rules, *, staged_shift: str, staged_state: str) -> None:
    """The star rows of shifts and agent states."""
    for star, staged, extra in (
        (
            "shift",
            staged_shift,
            f"coalesce(f.city, a.city) AS agent_city, coalesce(f.paid_seconds, "
            f"{seconds_between('f.started_at', 'f.ended_at')}) AS paid_seconds",
        ),
        (
            "agent_state",
            staged_state,
            f"f.queue, f.state, f.pause_code, {seconds_between('f.started_at', 'f.ended_at')} AS seconds",
        ),
    ):
        team = "coalesce(f.team, a.team)" if star == "shift" else "a.team"
        writer.execute(f"DELETE FROM {star} WHERE {staged}")
        writer.execute(
            f"INSERT INTO {star} BY NAME SELECT f.fact_id, {when('f.started_at', rules.zone)}, f.agent, "
            f"{team} AS team, {extra} FROM fact_{star} f "
            f"{_MEMBER.format('f.started_at')} WHERE {staged.replace('fact_id', 'f.fact_id', 1)}"
        )
