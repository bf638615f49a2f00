"""Which visit each call to a tracking number came from (S0-20, S2-48): every candidate with its probability.

``candidate`` keeps the likeliest visits of each call to a lent number, ``matched`` what is counted where nobody states
a source: the one with the largest sum of probabilities, or "unattributed" where it is likelier that no visit of ours
led to the call.
"""

from huasuan.methods.call_matching import REACH_SECONDS, SMALLEST_PART, TAPPED_SECONDS, MatchModel, cell_bounds
from huasuan.metrics.derived.classes import STARTED
from huasuan.metrics.derived.scope import Scope
from huasuan.metrics.derived.types import Rules
from huasuan.warehouse import Cursor, first_row

UNATTRIBUTED = "unattributed"
TELLING = ("lease", "tracked_number")
SOURCE = ("channel", "source", "medium", "campaign", "keyword", "creative")
_VALID = "c.started_at >= t.valid_from AND (t.valid_until IS NULL OR c.started_at < t.valid_until)"
# Which records of a number (``t``) speak of a call ``c`` to it, and which of them first.
TOLD = f"{_VALID} AND (t.extension IS NULL OR t.extension = c.extension)"
BY_EXTENSION = "t.extension IS NULL, t.fact_id"
_GROUP = "channel, source, medium, campaign"
# More are kept of no call; the chances of the others are counted all the same.
_KEPT = 20
# A sum of fractions depends on their order in its last digits, which must make no difference.
_DIGITS = 9


def prepare_matching(writer: Cursor) -> None:
    """Make the tables of a new warehouse file."""
    writer.execute(
        "CREATE TABLE IF NOT EXISTS candidate (fact_id BIGINT, lease_id BIGINT, visit UBIGINT, probability DOUBLE, "
        "place INTEGER, state VARCHAR, seconds BIGINT, same_region BOOLEAN)"
    )
    columns = ", ".join(f"{name} VARCHAR" for name in SOURCE)
    writer.execute(
        f"CREATE TABLE IF NOT EXISTS matched (fact_id BIGINT, insertion VARCHAR, match_probability DOUBLE, {columns})"
    )


def prepare_led(writer: Cursor, percent: int) -> None:
    """``led``: visitors nobody knew otherwise, and the customer who surely called from one of their visits.

    A view, so it follows whatever the matches, merges and calls say now: nothing is kept and nothing need be undone. A
    browser two customers called from is nobody's; one that is tied to a person by a form or a customer stays that
    person's. percent: how sure the match must be, over all leases of the visitor; 0: none is.
    """
    sure = f"HAVING sum(x.probability) >= {percent / 100!r}" if percent else "HAVING FALSE"
    writer.execute(
        "CREATE OR REPLACE VIEW led AS SELECT p.party::HUGEINT AS visitor_id, any_value(c.customer_id) AS customer_id "
        "FROM (SELECT x.fact_id, l.party FROM candidate x JOIN fact_lease l ON l.fact_id = x.lease_id "
        f"WHERE l.party IS NOT NULL GROUP BY x.fact_id, l.party {sure}) p JOIN call c USING (fact_id) "
        "WHERE c.customer_id IS NOT NULL AND NOT c.excluded AND p.party NOT IN (SELECT party FROM contact_of) "
        "AND p.party NOT IN (SELECT contact_id FROM contact_of) GROUP BY p.party "
        "HAVING count(DISTINCT c.customer_id) = 1"
    )


def touched_calls(kinds: frozenset[str]) -> str | None:
    """The calls, as they stand, to numbers whose leases or meaning changed in this round; None where none did."""
    found = []
    if "lease" in kinds:
        changed = "(SELECT own_number, leased_at FROM stage_lease UNION SELECT own_number, leased_at FROM gone_lease)"
        found.append(
            f"SELECT c.fact_id, c.contact_id FROM call c JOIN {changed} x ON c.own_number = x.own_number "
            f"AND c.direction = 'in' AND c.started_at >= x.leased_at"
        )
    if "tracked_number" in kinds:
        changed = "(SELECT own_number FROM stage_tracked_number UNION SELECT own_number FROM gone_tracked_number)"
        found.append(f"SELECT fact_id, contact_id FROM call WHERE direction = 'in' AND own_number IN {changed}")
    return " UNION ".join(found) if found else None


def derive_matches(writer: Cursor, rules: Rules, scope: Scope) -> None:
    """Candidates and match of the calls in scope."""
    for table in ("candidate", "matched"):
        writer.execute(f"DELETE FROM {table} WHERE {scope.replaced('call')}")
    tracked = first_row(writer, "SELECT EXISTS (FROM fact_lease) OR EXISTS (FROM fact_tracked_number)")
    if tracked != (True,):
        return
    # What the exchange or another product says of a call's source stands.
    silent = " AND ".join(f"f.{name} IS NULL" for name in ("channel", "source", "campaign"))
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE unsaid AS SELECT f.fact_id, f.own_number, f.extension, "
        f"{STARTED} AS started_at, p.province, {silent} AS silent FROM {scope.rows('call')} "
        "LEFT JOIN party p ON f.party = p.party WHERE f.direction = 'in' AND f.own_number IS NOT NULL "
        # Of a call whose source is stated the visits are kept too: they tell whether the statement is likely.
        f"AND ({silent} OR f.own_number IN (SELECT own_number FROM fact_lease))"
    )
    writer.execute(f"CREATE OR REPLACE TEMP TABLE rival AS {rivals_sql(rules.matching)}")
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE vied AS SELECT *, round(pull / (sum(pull) OVER (PARTITION BY fact_id) + "
        f"{rules.matching.background!r}), {_DIGITS}) AS probability FROM rival"
    )
    writer.execute(
        "INSERT INTO candidate BY NAME SELECT fact_id, lease_id, visit, probability, state, seconds, same_region, "
        "row_number() OVER (PARTITION BY fact_id ORDER BY probability DESC, lease_id) AS place FROM vied "
        f"QUALIFY place <= {_KEPT}"
    )
    writer.execute(f"INSERT INTO matched BY NAME {_matched()}")
    scope.forget(writer, "unsaid", "rival", "vied")


def rivals_sql(model: MatchModel) -> str:
    """Everybody who saw the number of each call in ``unsaid``, with the rate at which he would call just then."""
    opened, left, pressed = (
        f"(epoch_us(c.started_at) - epoch_us(l.{name})) / 1e6" for name in ("leased_at", "seen_at", "tapped_at")
    )
    tapped = f"l.tapped_at IS NOT NULL AND {pressed} >= 0 AND {pressed} < {TAPPED_SECONDS}"
    still_open = "l.seen_at IS NULL OR c.started_at <= l.seen_at"
    state = f"CASE WHEN {tapped} THEN 'tapped' WHEN {still_open} THEN 'open' ELSE 'left' END"
    seconds = f"CASE {state} WHEN 'tapped' THEN {pressed} WHEN 'left' THEN {left} ELSE {opened} END"
    cells = list(zip(cell_bounds(), model.rates, strict=True))
    rate = " ".join(f"WHEN state = '{name}' AND waited < {high} THEN {value!r}" for (name, _, high), value in cells)
    number = " ".join(
        f"WHEN state = '{name}' AND waited < {high} THEN {place}" for place, ((name, _, high), _) in enumerate(cells)
    )
    own = model.own_region
    part = "greatest(coalesce(part, 0), " + f"{SMALLEST_PART!r})"
    agree = f"({own!r} + {1 - own!r} * {part}) / {part}"
    region = f"CASE WHEN same_region IS NULL THEN 1.0 WHEN same_region THEN {agree} ELSE {1 - own!r} END"
    return (
        f"SELECT *, (CASE {rate} END) * {region} AS pull, CASE {number} END AS cell, CAST(waited AS BIGINT) AS seconds "
        f"FROM (SELECT c.fact_id, l.fact_id AS lease_id, l.visit, {', '.join(f'l.{name}' for name in SOURCE)}, "
        f"c.province = l.region AS same_region, {_part(model)} AS part, {state} AS state, {seconds} AS waited "
        "FROM unsaid c JOIN fact_lease l ON c.own_number = l.own_number AND c.started_at >= l.leased_at "
        f"AND c.started_at < coalesce(l.seen_at, l.leased_at) + to_seconds({REACH_SECONDS})) "
        f"WHERE waited < {REACH_SECONDS}"
    )


def _part(model: MatchModel) -> str:
    """What part of all calls is from the caller's region."""
    cases = " ".join(f"WHEN '{name.replace(chr(39), chr(39) * 2)}' THEN {part!r}" for name, part in model.regions)
    return f"CASE c.province {cases} END" if cases else "NULL::DOUBLE"


def _matched() -> str:
    """The likeliest source of each call, or none; static numbers know theirs."""
    best = ", ".join(f"arg_max({name}, (probability, -lease_id)) AS {name}" for name in ("keyword", "creative"))
    named = ", ".join(f"CASE WHEN sure THEN g.{name} END AS {name}" for name in SOURCE if name != "channel")
    told = ", ".join(f"t.{name}" for name in SOURCE)
    static = (
        f"SELECT c.fact_id, {told} FROM unsaid c JOIN fact_tracked_number t ON c.own_number = t.own_number AND {TOLD} "
        "WHERE c.silent AND t.kind IN ('static', 'extension', 'axb') "
        f"QUALIFY row_number() OVER (PARTITION BY c.fact_id ORDER BY {BY_EXTENSION}) = 1"
    )
    lent = (
        "SELECT DISTINCT c.fact_id FROM unsaid c JOIN fact_tracked_number t ON c.own_number = t.own_number "
        f"AND {_VALID} WHERE c.silent AND t.kind IN ('pool', 'overflow') UNION SELECT c.fact_id FROM unsaid c JOIN "
        "(SELECT own_number, min(leased_at) AS since FROM fact_lease GROUP BY own_number) l "
        "ON c.silent AND c.own_number = l.own_number AND c.started_at >= l.since"
    )
    groups = (
        f"SELECT fact_id, {_GROUP}, sum(probability) AS probability, {best} FROM vied GROUP BY fact_id, {_GROUP} "
        f"QUALIFY row_number() OVER (PARTITION BY fact_id ORDER BY sum(probability) DESC, {_GROUP}) = 1"
    )
    return (
        f"WITH s AS ({static}), g AS ({groups}), n AS (SELECT fact_id, 1 - sum(probability) AS nobody FROM vied "
        "GROUP BY fact_id), "
        f"d AS (SELECT x.fact_id, coalesce(n.nobody, 1.0) AS nobody FROM ({lent}) x LEFT JOIN n USING (fact_id)) "
        f"SELECT fact_id, 'static' AS insertion, 1.0 AS match_probability, {', '.join(SOURCE)} FROM s "
        "UNION ALL BY NAME "
        "SELECT d.fact_id, 'dynamic' AS insertion, round(CASE WHEN sure THEN g.probability ELSE d.nobody END, 8) AS "
        f"match_probability, CASE WHEN sure THEN g.channel ELSE '{UNATTRIBUTED}' END AS channel, {named} "
        "FROM (SELECT *, fact_id AS id FROM d) d LEFT JOIN g USING (fact_id) "
        "CROSS JOIN LATERAL (SELECT coalesce(g.probability > d.nobody, FALSE) AS sure) "
        "WHERE d.fact_id NOT IN (SELECT fact_id FROM s)"
    )
