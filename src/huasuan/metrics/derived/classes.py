"""What inbound calls are worth: excluded, target, grey or junk, unique, repeat (S2-5 … S2-8, S2-27, S2-31, C11).

Everything is told from two narrow temp tables, so that other rules can be tried on all of history without a change.
"""

from huasuan.metrics.derived import sequel
from huasuan.metrics.derived.anchors import anchors
from huasuan.metrics.derived.scope import Scope
from huasuan.metrics.derived.types import Rules
from huasuan.warehouse import Cursor

STARTED = "coalesce(CASE WHEN f.direction = 'out' THEN f.dialed_at ELSE f.ringing_at END, f.ringing_at, f.dialed_at)"
FROM_LEAD = ("channel", "source", "medium", "campaign", "keyword", "creative", "list", "promotion")
# What the visit a call came from tells of it.
MATCHED = frozenset(FROM_LEAD) - {"list", "promotion"}
_TALK = "coalesce(f.talk_seconds, 0)"
_JOINED = "f.direction = 'in' AND f.agent_joined_at IS NOT NULL"
_SAID = ("call_class", "junk_reason", "excluded")
# Without an end nobody knows how long it rang; such a call is no ghost.
_LASTED = (
    "coalesce((epoch_us(f.ended_at) - epoch_us(f.ringing_at)) // 1000000, "
    "f.ring_seconds + coalesce(f.ivr_seconds, 0) + coalesce(f.queue_seconds, 0))"
)


def narrow(writer: Cursor, rules: Rules, scope: Scope) -> None:
    """The few columns that flags are worked out from, one row for each call in scope."""
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE wanted_lead AS SELECT key, {', '.join(FROM_LEAD)} FROM fact_lead WHERE key IN "
        f"(SELECT f.lead FROM {scope.rows('call')} WHERE f.lead IS NOT NULL) "
        "QUALIFY row_number() OVER (PARTITION BY key ORDER BY fact_id DESC) = 1"
    )
    writer.execute(f"CREATE OR REPLACE TEMP TABLE said AS {_said(scope)}")
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE narrow AS SELECT f.fact_id, f.key, w.contact_id, "
        f"{STARTED} AS started_at, f.direction, coalesce(f.list, l.list) AS list, "
        f"{given('channel')} AS channel, {given('campaign')} AS campaign, "
        f"{judged(rules)}, "
        f"{sequel.spoken(rules)} FROM {scope.rows('call')} LEFT JOIN person w USING (party) "
        "LEFT JOIN wanted_lead l ON f.lead = l.key LEFT JOIN said s ON f.key = s.call "
        "LEFT JOIN matched m ON f.fact_id = m.fact_id"
    )


def given(name: str) -> str:
    """A source column of a call ``f``: that of its match ``m``, else what it or its lead ``l`` says."""
    own = f"coalesce(f.{name}, l.{name})"
    return f"CASE WHEN m.fact_id IS NOT NULL THEN m.{name} ELSE {own} END" if name in MATCHED else own


def judged(rules: Rules) -> str:
    """Columns of a call ``f`` and what listeners said of it (``s``): left out and why, its class and who told it."""
    by_talk = (
        f"CASE WHEN {_TALK} <= {rules.junk_seconds} THEN 'junk' "
        f"WHEN {_TALK} >= {rules.target_seconds} THEN 'target' ELSE 'grey' END"
    )
    told = " ".join(
        f"WHEN {source} IS NOT NULL THEN '{name}'"
        for name, source in (
            ("person", "s.person_call_class"),
            ("source", "f.call_class"),
            ("speech", "s.speech_call_class"),
        )
    )
    stated = "coalesce(s.person_call_class, f.call_class, s.speech_call_class)"
    left_out = f"coalesce(s.person_excluded, f.excluded, {_by_rule(rules)})"
    return (
        f"{left_out} AS excluded_by, {left_out} IS NOT NULL AS excluded, "
        f"CASE WHEN {_JOINED} THEN coalesce({stated}, {by_talk}) END AS call_class, "
        f"CASE WHEN {_JOINED} THEN CASE {told} ELSE 'duration' END END AS classed_by, "
        "coalesce(s.person_junk_reason, f.junk_reason, s.speech_junk_reason) AS junk_reason"
    )


def _by_rule(rules: Rules) -> str:
    """Why a call counts nowhere by the rules of the business; NULL where it does count (C11)."""
    cases = [
        f"WHEN f.party IN ({', '.join(map(str, parties))}) THEN '{name}'"
        for name, parties in (("internal", rules.internal_parties), ("test", rules.test_parties))
        if parties
    ]
    if rules.ghost_seconds:
        cases.append(
            f"WHEN f.direction = 'in' AND f.agent_joined_at IS NULL AND {_LASTED} < {rules.ghost_seconds} THEN 'ghost'"
        )
    return f"CASE {' '.join(cases)} END" if cases else "NULL"


def _said(scope: Scope) -> str:
    """What each kind of listener said last of a call; a tag without a class takes the one before it back."""
    columns = ", ".join(
        f'arg_max_null({name}, ("at", key)) FILTER ("by" = \'{by}\') AS {by}_{name}'
        for by in ("person", "speech")
        for name in _SAID
    )
    mine = "" if scope.everything else f" WHERE call IN (SELECT f.key FROM {scope.rows('call')})"
    return f"SELECT call, {columns} FROM fact_call_tag{mine} GROUP BY call"


def flags(writer: Cursor, rules: Rules) -> None:
    """``u_call``: the calls that open a cycle, of all and of target calls; ``flag``: what follows for each call."""
    inbound = "direction = 'in' AND NOT excluded AND contact_id IS NOT NULL"
    columns = "contact_id, fact_id, started_at, key"
    anchors(
        writer,
        source=f"SELECT {columns}, FALSE AS target FROM narrow WHERE {inbound} UNION ALL "
        f"SELECT {columns}, TRUE FROM narrow WHERE {inbound} AND call_class = 'target'",
        into="u_call",
        cycle_days=rules.cycle_days,
        rolling=rules.cycle_start == "last_call",
    )
    unique = "u.fact_id IS NOT NULL"
    first_target = "coalesce(t.fact_id = n.fact_id, FALSE)"
    # The other reading: the first call of the cycle, if it is a target call (Calltouch).
    of_first = f"({unique} AND coalesce(n.call_class = 'target', FALSE))"
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE flag AS SELECT n.fact_id, {unique} AS is_unique, "
        f"{of_first if rules.unique_target == 'first_call' else first_target} AS is_unique_target, "
        f"{_repeat(rules)} AS is_repeat, d.fact_id IS NOT NULL AS first_dial FROM narrow n "
        "LEFT JOIN (SELECT fact_id FROM u_call WHERE NOT target) u ON n.fact_id = u.fact_id "
        f"{_target_before(rules)} "
        "LEFT JOIN (SELECT arg_min(fact_id, (started_at, key)) AS fact_id FROM narrow WHERE direction = 'out' "
        "AND NOT excluded AND contact_id IS NOT NULL AND list IS NOT NULL GROUP BY contact_id, list) d "
        "ON n.fact_id = d.fact_id WHERE n.contact_id IS NOT NULL"
    )


def _repeat(rules: Rules) -> str:
    if rules.cycle_start == "last_call":
        return "coalesce(t.fact_id IS NULL AND b.fact_id IS NOT NULL, FALSE)"
    return "coalesce(t.fact_id <> n.fact_id, FALSE)"


def _target_before(rules: Rules) -> str:
    """``t``: the target call that opened the cycle a call is in; where cycles roll on, ``b``: a target call before."""
    targets = "(SELECT * FROM u_call WHERE target) t ON n.contact_id = t.contact_id AND n.direction = 'in' "
    if rules.cycle_start == "last_call":
        cycle = f"INTERVAL {rules.cycle_days} DAY"
        before = (
            "SELECT fact_id FROM (SELECT fact_id, started_at, max(CASE WHEN call_class = 'target' THEN started_at END) "
            "OVER (PARTITION BY contact_id ORDER BY started_at, key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) "
            "AS since FROM narrow WHERE direction = 'in' AND NOT excluded AND contact_id IS NOT NULL) "
            f"WHERE started_at < since + {cycle}"
        )
        return (
            f"LEFT JOIN {targets} AND NOT n.excluded AND n.fact_id = t.fact_id "
            f"LEFT JOIN ({before}) b ON n.fact_id = b.fact_id"
        )
    # Anchors of a contact lie a cycle apart or more, so a call follows one of them at most that closely.
    return (
        f"LEFT JOIN {targets}"
        "AND NOT n.excluded AND (n.fact_id = t.fact_id OR (n.started_at, n.key) > (t.started_at, t.key) "
        f"AND n.started_at < t.started_at + to_days({rules.cycle_days}))"
    )
