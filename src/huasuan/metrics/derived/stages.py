"""Which stages each deal went through, won or not, and whether it went on from there (S0-23, S3-24, S4-6)."""

from huasuan.facts.deals import DealEvent
from huasuan.metrics.derived.deals import present
from huasuan.metrics.derived.events import insert_event
from huasuan.metrics.derived.scope import Scope
from huasuan.metrics.derived.types import Rules
from huasuan.metrics.events import EventKind
from huasuan.metrics.stars import DEAL_STAGE
from huasuan.warehouse import Cursor, first_row

_KIND = EventKind(kind="deal_stage", record=DealEvent, moment="", own=DEAL_STAGE)
# Losing or giving back is no step forward, whatever stage it names.
_STEPS = "('opened', 'stage', 'changed', 'won', 'paid', 'received')"
_ORDER = 'ORDER BY "at", key'


def derive_stages(writer: Cursor, rules: Rules, scope: Scope, kinds: frozenset[str]) -> None:
    """The star rows of the deals in scope, after calls and leads and their changed keys."""
    if not scope.everything and not _pick(writer, kinds):
        return
    which = "TRUE" if scope.everything else "deal IN (SELECT deal FROM staged_step)"
    _steps(writer, rules, which)
    writer.execute(_collected(rules))
    writer.execute(f"DELETE FROM deal_stage WHERE {which.replace('deal', 'deal_id', 1)}")
    writer.execute(insert_event(_KIND, rules))
    scope.forget(writer, "event", "step")


def _pick(writer: Cursor, kinds: frozenset[str]) -> bool:
    """The deals to derive again."""
    staged = " UNION SELECT deal FROM staged_deal" if "deal_event" in kinds else ""
    row = first_row(
        writer,
        "CREATE OR REPLACE TEMP TABLE staged_step AS SELECT deal FROM fact_deal_event WHERE "
        "party IN (SELECT party FROM touched_party) OR origin_call IN (SELECT key FROM changed_call) "
        f"OR lead IN (SELECT key FROM changed_lead){staged}",
    )
    return row is not None and row[0] > 0


def _steps(writer: Cursor, rules: Rules, which: str) -> None:
    """The first entry of each deal into each stage, the sale last; what a deal names is what it named last."""
    facts = "TRUE" if which == "TRUE" else f"fact_id IN (SELECT fact_id FROM fact_deal_event WHERE {which})"
    known = f"SELECT * FROM {present('fact_deal_event', rules, facts)} WHERE {which}"
    named = ", ".join(
        f'arg_max({name}, ("at", key)) FILTER ({name} IS NOT NULL) AS {name}'
        for name in ("origin_call", "lead", "party", "agent")
    )
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE step AS WITH known AS ({known}), "
        f'entry AS (SELECT deal, stage, "at", key, fact_id FROM known WHERE stage IS NOT NULL AND kind IN {_STEPS} '
        "UNION ALL SELECT deal, NULL, \"at\", key, fact_id FROM known WHERE kind = 'won'), "
        f"named AS (SELECT deal, {named} FROM known GROUP BY deal) "
        'SELECT e.deal, e.stage, min(e."at") AS "at", arg_min(e.key, (e."at", e.key)) AS key, '
        'arg_min(e.fact_id, (e."at", e.key)) AS fact_id, any_value(n.origin_call) AS origin_call, '
        "any_value(n.lead) AS lead, any_value(n.party) AS party, any_value(n.agent) AS agent "
        "FROM entry e JOIN named n USING (deal) GROUP BY e.deal, e.stage"
    )


def _collected(rules: Rules) -> str:
    """``event`` for ``insert_event``: entries with where they led, and stages that were skipped on the way."""
    entered = _in_any_order() if not rules.deal_stages else _in_their_order(rules)
    first = "(SELECT DISTINCT ON (key) * FROM {0} WHERE key IN (SELECT {1} FROM step) ORDER BY key, {2}, fact_id)"
    return (
        f"CREATE OR REPLACE TEMP TABLE event AS SELECT f.*, f.deal AS deal_id, coalesce(co.contact_id, f.party, "
        'c.contact_id, l.contact_id) AS contact, f."at" AS moment, c.fact_id AS call_id, l.fact_id AS lead_id '
        f"FROM ({entered}) f LEFT JOIN contact_of co USING (party) "
        f"LEFT JOIN {first.format('call', 'origin_call', 'started_at')} c ON c.key = f.origin_call "
        f"LEFT JOIN {first.format('lead', 'lead', 'created_at')} l ON l.key = f.lead"
    )


def _in_any_order() -> str:
    """Nobody said in which order stages follow: whoever enters another one, or buys, has gone on."""
    following = f'lead("at") OVER (PARTITION BY deal {_ORDER}, stage IS NULL, stage)'
    return (
        "SELECT * REPLACE (passed IS NOT NULL AS passed) FROM (SELECT *, passed AS left_at FROM "
        f"(SELECT *, {following} AS passed FROM step)) WHERE stage IS NOT NULL"
    )


def _in_their_order(rules: Rules) -> str:
    """Every stage of the stated order from a deal's first to its furthest; a later one passes all before it."""
    stages = ", ".join(
        f"({rank}, '{name.replace(chr(39), chr(39) * 2)}')" for rank, name in enumerate(rules.deal_stages)
    )
    last = len(rules.deal_stages)
    # Without a stage it is the sale, behind all of them.
    ranked = f"SELECT s.*, coalesce(o.rank, {last}) AS rank FROM step s LEFT JOIN ordered o ON s.stage = o.name "
    reached = 'arg_min({0}, (r."at", r.rank, r.key)) FILTER (r.rank >= o.rank)'
    return (
        f"WITH ordered(rank, name) AS (VALUES {stages}), ranked AS ({ranked}"
        "WHERE s.stage IS NULL OR o.rank IS NOT NULL) "
        f'SELECT r.deal, o.name AS stage, min(r."at") FILTER (r.rank >= o.rank) AS "at", {reached.format("r.key")} '
        f"AS key, {reached.format('r.fact_id')} AS fact_id, any_value(r.origin_call) AS origin_call, "
        "any_value(r.lead) AS lead, any_value(r.party) AS party, any_value(r.agent) AS agent, "
        "max(r.rank) > o.rank AS passed, "
        'min(r."at") FILTER (r.rank > o.rank) AS left_at FROM ranked r, ordered o GROUP BY r.deal, o.rank, o.name '
        "HAVING min(r.rank) <= o.rank AND max(r.rank) >= o.rank"
    )
