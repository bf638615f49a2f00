"""What came before and after each call of a contact, whether it was allowed, and what our number was called by apps."""

from huasuan.metrics.derived.scope import Scope
from huasuan.metrics.derived.types import Rules
from huasuan.warehouse import Cursor

# Consent to be called and its withdrawal say something about calls of the same contact.
TELLING = ("consent",)
_WORDS = ("consent", "opt_out")
# Consent to be written to is no consent to be called.
_WRITTEN = "('sms', 'message', 'email', 'wechat', 'mail')"
_REFUSED = "('wrong_number', 'instant_refusal', 'voicemail')"
_ORDER = "PARTITION BY contact_id ORDER BY started_at, key"
_COLUMNS = (
    "next_inbound_seconds",
    "next_answered_seconds",
    "next_meaningful_seconds",
    "next_dial_seconds",
    "call_number",
    "call_number_in_cycle",
    "first_meaningful",
)


def prepare_sequel(writer: Cursor) -> None:
    """``consent_span``: from when until when somebody may be called; ``tag_span``: while a number of ours is tagged."""
    writer.execute(
        "CREATE TABLE IF NOT EXISTS consent_span (contact_id BIGINT, since TIMESTAMP, until TIMESTAMP, given BOOLEAN)"
    )
    writer.execute("CREATE TABLE IF NOT EXISTS tag_span (number VARCHAR, since TIMESTAMP, until TIMESTAMP)")


def derive_spans(writer: Cursor, scope: Scope, kinds: frozenset[str], *, known: frozenset[str]) -> None:
    """Both tables, before the calls that are laid against them."""
    if not known.isdisjoint(_WORDS):
        writer.execute(f"DELETE FROM consent_span WHERE {scope.contacts}")
        writer.execute(_consent_sql(scope))
    if "number_tag" in known and (scope.everything or "number_tag" in kinds):
        writer.execute("DELETE FROM tag_span")
        writer.execute(_tag_sql())


def _consent_sql(scope: Scope) -> str:
    """The last word counts, whether it was a consent, its withdrawal or an opt-out; a consent may also run out."""
    mine = f"f.party IS NOT NULL AND {scope.party('f.party')}"
    said = (
        f'SELECT f.party, f."at", f.given, f.expires_at, f.key FROM fact_consent f WHERE {mine} '
        f"AND lower(f.purpose) NOT IN {_WRITTEN} UNION ALL "
        f"SELECT f.party, f.received_at, FALSE, NULL, f.key FROM fact_opt_out f WHERE {mine}"
    )
    return (
        "INSERT INTO consent_span BY NAME SELECT contact_id, since, least(until, coalesce(expires_at, until)) AS "
        'until, given FROM (SELECT coalesce(co.contact_id, s.party) AS contact_id, s."at" AS since, s.given, '
        "s.expires_at, "
        'coalesce(lead(s."at") OVER (PARTITION BY coalesce(co.contact_id, s.party) ORDER BY s."at", s.given DESC, '
        f"s.key), TIMESTAMP 'infinity') AS until FROM ({said}) s LEFT JOIN contact_of co USING (party))"
    )


def _tag_sql() -> str:
    """Several apps may tag a number at once: their times are run together."""
    until = "coalesce(cleared_at, TIMESTAMP 'infinity')"
    reached = (
        f"max({until}) OVER (PARTITION BY own_number ORDER BY tagged_at, fact_id "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )
    return (
        "INSERT INTO tag_span SELECT own_number, min(tagged_at), max(until) FROM (SELECT *, sum(starts) OVER "
        "(PARTITION BY own_number ORDER BY tagged_at, fact_id) AS island FROM (SELECT own_number, tagged_at, fact_id, "
        f"{until} AS until, CASE WHEN tagged_at <= {reached} THEN 0 ELSE 1 END AS starts FROM fact_number_tag)) "
        "GROUP BY own_number, island"
    )


def retag(writer: Cursor, kinds: frozenset[str]) -> None:
    """Calls shown from numbers whose tags changed in this round."""
    if "number_tag" not in kinds:
        return
    changed = "SELECT own_number FROM stage_number_tag UNION SELECT own_number FROM gone_number_tag"
    writer.execute(
        "UPDATE call SET number_tagged = EXISTS (SELECT 1 FROM tag_span t WHERE t.number = caller_number AND "
        f"started_at >= t.since AND started_at < t.until) WHERE caller_number IN ({changed})"
    )


def spoken(rules: Rules) -> str:
    """Two more columns of ``narrow``: whether a person and an agent or bot spoke, and whether it had any meaning."""
    spoke = "(f.result = 'human' OR (f.direction = 'in' AND f.agent_joined_at IS NOT NULL))"
    return (
        f"coalesce({spoke}, FALSE) AS spoken, coalesce({spoke} AND f.talk_seconds >= {rules.conversation_seconds} "
        f"AND coalesce(f.disposition NOT IN {_REFUSED}, TRUE), FALSE) AS meaningful"
    )


def columns() -> str:
    """What a call gets from the tables of ``joins``, and from its own times."""
    from_others = ", ".join(f"q.{name}" for name in _COLUMNS)
    clock = "epoch_ms(coalesce(f.greeting_ended_at, f.answered_at))"
    return (
        f"{from_others}, epoch_ms(f.agent_joined_at) - {clock} AS join_millis, "
        f"epoch_ms(f.ended_at) - {clock} AS open_millis, "
        "CASE WHEN f.direction = 'out' THEN coalesce(sp.given, FALSE) END AS consented, "
        "CASE WHEN f.direction = 'out' THEN tg.number IS NOT NULL END AS number_tagged"
    )


def joins() -> str:
    """The calls of each contact in their order, its consent at that moment, the number's tag at that moment."""
    during = "n.started_at >= {0}.since AND n.started_at < {0}.until"
    return (
        f"LEFT JOIN ({_sequel()}) q USING (fact_id) "
        f"LEFT JOIN consent_span sp ON n.contact_id = sp.contact_id AND {during.format('sp')} "
        f"LEFT JOIN tag_span tg ON f.own_number = tg.number AND f.direction = 'out' AND {during.format('tg')}"
    )


def _sequel() -> str:
    following = f"OVER ({_ORDER} ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"
    until_here = f"OVER ({_ORDER} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"

    def seconds_to(condition: str) -> str:
        moment = f"min(CASE WHEN {condition} THEN started_at END) {following}"
        return f"(epoch_us({moment}) - epoch_us(started_at)) // 1000000"

    inner = (
        f"SELECT fact_id, contact_id, started_at, key, {seconds_to(_INBOUND)} AS next_inbound_seconds, "
        f"{seconds_to('spoken')} AS next_answered_seconds, {seconds_to('meaningful')} AS next_meaningful_seconds, "
        f"{seconds_to(_DIAL)} AS next_dial_seconds, "
        "{'channel': channel, 'campaign': campaign} AS origin, "
        f"CASE WHEN {_INBOUND} THEN count(*) FILTER ({_INBOUND}) {until_here} END AS call_number, "
        f"meaningful AND count(*) FILTER (meaningful) {until_here} = 1 AS first_meaningful, "
        "fact_id IN (SELECT fact_id FROM u_call WHERE NOT target) AS opens "
        "FROM narrow WHERE contact_id IS NOT NULL AND NOT excluded"
    )
    opened = f"max(CASE WHEN opens THEN call_number END) {until_here}"
    chains = ", ".join(
        f"last_value(CASE WHEN {condition} THEN origin END IGNORE NULLS) {until_here} AS {name}"
        for name, condition in (("first_origin", "call_number = 1"), ("cycle_origin", "opens"))
    )
    return f"SELECT *, call_number - {opened} + 1 AS call_number_in_cycle, {chains} FROM ({inner})"


def chain() -> str:
    """Where the contact's chain of calls began, ever and in this sales cycle; a caller nobody knows begins his own."""
    own = "q.fact_id IS NULL AND f.direction = 'in'"
    return ", ".join(
        f"CASE WHEN {own} THEN n.{name} ELSE q.{began}_origin.{name} END AS {began}_{name}"
        for began in ("first", "cycle")
        for name in ("channel", "campaign")
    )


_INBOUND, _DIAL = "direction = 'in'", "direction = 'out'"


def waited(until: str) -> str:
    """Whole seconds from a lead's creation to a moment; unknown where it has not come."""
    return (
        f"CASE WHEN {until} IS NOT NULL THEN greatest(0, (epoch_us({until}) - epoch_us(f.created_at)) // 1000000) END"
    )


def first_dials(scope: Scope) -> str:
    """When each lead's contact was first dialled after the lead arose (fact_id, dialled_at)."""
    return (
        f"SELECT f.fact_id, min(c.started_at) AS dialled_at FROM {scope.rows('lead')} JOIN person w USING (party) "
        "JOIN call c ON c.contact_id = w.contact_id AND c.direction = 'out' AND NOT c.excluded "
        "AND c.started_at >= f.created_at GROUP BY f.fact_id"
    )
