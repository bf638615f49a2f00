"""One round of derivation: everything, or what the staged changes touched. Both run the same statements."""

from collections.abc import Iterable

from huasuan.metrics.derived import (
    calls,
    churn,
    clock,
    deals,
    events,
    identity,
    matching,
    pools,
    selling_on,
    sequel,
    stages,
)
from huasuan.metrics.derived.scope import EVERYTHING, TAGGED, TOUCHED, pick
from huasuan.metrics.derived.types import Rules
from huasuan.metrics.stars import create_stars
from huasuan.warehouse import Cursor, first_row

_EVERYTHING = frozenset({"agent", "company", "product", "fx_rate"})


def prepare_stars(writer: Cursor) -> None:
    """Make the tables of a new warehouse file."""
    for statement in create_stars():
        writer.execute(statement)
    writer.execute(
        "CREATE TABLE IF NOT EXISTS contact (contact_id BIGINT, customer_id HUGEINT, industry VARCHAR, segment "
        "VARCHAR, "
        "age_band VARCHAR, province VARCHAR, city VARCHAR, number_province VARCHAR, number_city VARCHAR)"
    )
    writer.execute(
        "CREATE TABLE IF NOT EXISTS agent_span (agent VARCHAR, team VARCHAR, city VARCHAR, since TIMESTAMP, until "
        "TIMESTAMP)"
    )
    identity.prepare_identity(writer)
    sequel.prepare_sequel(writer)
    matching.prepare_matching(writer)
    clock.prepare_clock(writer)
    deals.prepare_deals(writer)
    pools.prepare_pools(writer)


def reaches_everything(staged: Iterable[str]) -> bool:
    """Whether changes of these kinds derive all star tables anew."""
    return not _EVERYTHING.isdisjoint(staged)


def derive(writer: Cursor, rules: Rules, staged: Iterable[str], *, everything: bool) -> None:
    """Bring the star tables up to the copied facts, inside the caller's transaction.

    ``staged`` are the kinds with changes in ``stage_<kind>``. Master data (agents, companies, products, rates) reach so
    far that a change of them derives everything.
    """
    kinds = frozenset(staged)
    if everything or reaches_everything(kinds):
        derive_everything(writer, rules)
    elif kinds:
        _derive_touched(writer, rules, kinds)


def derive_everything(writer: Cursor, rules: Rules) -> None:
    """All star tables anew."""
    matching.prepare_led(writer, rules.linked_percent)
    clock.derive_clock(writer, rules)
    clock.derive_number_hours(writer)
    identity.resolve_all(writer)
    calls.derive_agents(writer)
    calls.derive_contacts(writer, EVERYTHING)
    known = events.known_kinds(writer, frozenset())
    sequel.derive_spans(writer, EVERYTHING, frozenset(), known=known)
    calls.derive_calls(writer, rules, EVERYTHING)
    calls.derive_leads(writer, rules, EVERYTHING)
    calls.derive_touches(writer, rules, EVERYTHING)
    calls.derive_people(writer, rules, staged_shift="TRUE", staged_state="TRUE")
    events.derive_events(writer, rules, EVERYTHING, frozenset(), known=known)
    stages.derive_stages(writer, rules, EVERYTHING, frozenset())
    deals.fold_deals(writer, rules, which="TRUE")
    deals.derive_sales(writer, rules, which="TRUE", sale="sale", back="sale_back")
    deals.mark_customers(writer, sale="sale", which="TRUE")
    selling_on.mark_selling_on(writer, sale="sale", which="TRUE")
    churn.derive_churn(writer, rules, which="TRUE")
    deals.mark_outcomes(writer, EVERYTHING)
    pools.derive_cost_lines(writer, rules, which="TRUE")
    writer.execute("DELETE FROM cost_pool")
    pools.derive_pools(writer, days=_all_cost_days("TRUE"))
    EVERYTHING.forget(
        writer, "pot", "pool_day", "weighed", "seated", "parted", "day_call", "day_lead", "day_touch", "person"
    )


def _all_cost_days(which: str) -> str:
    return (
        "SELECT DISTINCT unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))::DATE AS day FROM cost_line "
        f"WHERE {which}"
    )


def _derive_touched(writer: Cursor, rules: Rules, kinds: frozenset[str]) -> None:
    writer.execute("CREATE OR REPLACE TEMP TABLE touched (contact_id BIGINT)")
    writer.execute("CREATE OR REPLACE TEMP TABLE touched_day (day DATE)")
    if "deal_event" in kinds:
        # A corrected event may have named another deal before.
        writer.execute(
            "CREATE OR REPLACE TEMP TABLE staged_deal AS SELECT DISTINCT deal FROM fact_deal_event "
            "WHERE fact_id IN (SELECT fact_id FROM stage_deal_event)"
        )
    _touch(writer, kinds)
    if identity.resolve_touched(writer, kinds):
        _touch(writer, kinds)
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT contact_id FROM touched WHERE contact_id IS NOT NULL"
    )
    picked = pick(writer, kinds, called=matching.touched_calls(kinds))
    _widen_to_customers(writer, kinds)
    _remember(writer, kinds, picked)
    writer.execute(f"CREATE OR REPLACE TEMP TABLE touched_buyer AS FROM touched UNION {_BUYERS}")
    writer.execute(f"CREATE OR REPLACE TEMP TABLE touched_deal_lead AS {_DEAL_LEADS}")
    calls.derive_contacts(writer, TOUCHED)
    known = events.known_kinds(writer, kinds)
    sequel.derive_spans(writer, TOUCHED, kinds, known=known)
    if "tracked_number" in kinds:
        clock.derive_number_hours(writer)
    for star, derive_star in _DERIVED.items():
        if star in picked:
            derive_star(writer, rules, TOUCHED)
    if kinds & {"shift", "agent_state"}:
        calls.derive_people(
            writer, rules, staged_shift=_staged("shift", kinds), staged_state=_staged("agent_state", kinds)
        )
    sequel.retag(writer, kinds)
    events.derive_events(writer, rules, TOUCHED, kinds, known=known)
    if "deal_stage" in known:
        stages.derive_stages(writer, rules, TOUCHED, kinds)
    _derive_deals(writer, rules, kinds)
    deals.mark_outcomes(writer, TOUCHED)
    _derive_costs(writer, rules, kinds, picked)


_DERIVED = {"call": calls.derive_calls, "lead": calls.derive_leads, "touch": calls.derive_touches}


def _staged(kind: str, kinds: frozenset[str]) -> str:
    return f"fact_id IN (SELECT fact_id FROM stage_{kind})" if kind in kinds else "FALSE"


def _changed(kind: str, columns: str) -> str:
    """Old and new rows of the facts that changed."""
    return f"(SELECT {columns} FROM stage_{kind} UNION ALL SELECT {columns} FROM gone_{kind})"


def _touch(writer: Cursor, kinds: frozenset[str]) -> None:
    """The contacts whose facts changed, under the identities known at this moment."""
    found = [
        f"SELECT coalesce(co.contact_id, f.party) AS contact_id FROM {_changed(kind, 'party')} f "
        "LEFT JOIN contact_of co USING (party)"
        for kind in ("call", "lead", "touch", "customer", *events.TELLING, *sequel.TELLING)
        if kind in kinds
    ]
    if "call_tag" in kinds:
        found.append(f"SELECT contact_id FROM call WHERE key IN ({TAGGED})")
    if called := matching.touched_calls(kinds):
        found.append(f"SELECT contact_id FROM ({called})")
    of_deals = "SELECT s.contact_id FROM sale s JOIN deal_line d USING (deal_id, line) WHERE"
    if "lead" in kinds:
        keys = f"(SELECT key FROM {_changed('lead', 'key')})"
        found.append(f"SELECT contact_id FROM call WHERE lead IN {keys}")
        found.append(f"{of_deals} d.lead IN {keys}")
    if "call" in kinds:
        found.append(f"{of_deals} d.origin_call IN (SELECT key FROM {_changed('call', 'key')})")
    if "deal_event" in kinds:
        found.extend(_touched_by_deals())
    if found:
        writer.execute(f"INSERT INTO touched SELECT DISTINCT contact_id FROM ({' UNION ALL '.join(found)})")


def _touched_by_deals() -> list[str]:
    return [
        "SELECT coalesce(co.contact_id, e.party) AS contact_id FROM stage_deal_event e "
        "LEFT JOIN contact_of co USING (party)",
        f"SELECT contact_id FROM sale WHERE deal_id IN ({_STAGED_DEALS})",
        "SELECT contact_id FROM call WHERE key IN (SELECT origin_call FROM stage_deal_event)",
        "SELECT contact_id FROM lead WHERE key IN (SELECT lead FROM stage_deal_event)",
    ]


_STAGED_DEALS = "SELECT deal FROM staged_deal"


def _widen_to_customers(writer: Cursor, kinds: frozenset[str]) -> None:
    """Deals to derive again: of touched contacts, of their companies, and those that name what changed.

    A deal may come from a call or lead of somebody else, whose address or later calls it depends on as well.
    """
    named = []
    for star in ("sale", "deal_open"):
        named.append(f"SELECT deal_id FROM {star} WHERE contact_id IN (SELECT contact_id FROM touched)")
        named.append(f"SELECT deal_id FROM {star} WHERE origin_fact_id IN (SELECT fact_id FROM picked_call)")
    named.append(
        "SELECT deal_id FROM deal_line WHERE lead IN (SELECT key FROM fact_lead JOIN picked_lead USING (fact_id))"
    )
    named.append(
        "SELECT d.deal_id FROM deal_line d LEFT JOIN contact_of co USING (party) "
        "WHERE coalesce(co.contact_id, d.party) IN (SELECT contact_id FROM touched)"
    )
    if "deal_event" in kinds:
        named.append(_STAGED_DEALS)
    if "call" in kinds:
        named.append(f"SELECT deal_id FROM deal_line WHERE origin_call IN (SELECT key FROM {_changed('call', 'key')})")
        named.append(f"SELECT deal_id FROM deal_line WHERE lead IN (SELECT lead FROM {_changed('call', 'lead')})")
    if "lead" in kinds:
        named.append(f"SELECT deal_id FROM deal_line WHERE lead IN (SELECT key FROM {_changed('lead', 'key')})")
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE touched_deal AS SELECT DISTINCT deal_id FROM ({' UNION ALL '.join(named)})"
    )
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE touched_customer AS SELECT DISTINCT customer_id FROM sale "
        "WHERE deal_id IN (SELECT deal_id FROM touched_deal) AND customer_id IS NOT NULL"
    )


# Whose the touched deals are and which leads they name; asked before and after the deals change.
_OF_DEALS = "WHERE deal_id IN (SELECT deal_id FROM touched_deal)"
_BUYERS = f"SELECT contact_id FROM sale {_OF_DEALS}"
_DEAL_LEADS = f"SELECT lead FROM deal_line {_OF_DEALS}"


def _remember(writer: Cursor, kinds: frozenset[str], picked: frozenset[str]) -> None:
    """What pools are weighed from, before it changes; the days that differ afterwards get new pools."""
    if picked:
        writer.execute(f"CREATE OR REPLACE TEMP TABLE weighed_before AS {_weighed(picked)}")
    if "shift" in kinds:
        writer.execute(f"INSERT INTO touched_day SELECT day FROM shift WHERE {_staged('shift', kinds)}")


def _weighed(picked: frozenset[str]) -> str:
    """Every picked star row with its day and a hash of all that pools read of it."""
    return " UNION ALL ".join(
        f"SELECT '{star}' AS star, fact_id, day, hash({', '.join(pools.weighed_columns(star))}) AS weighed FROM {star} "
        f"WHERE {TOUCHED.replaced(star)}"
        for star in sorted(picked)
    )


def _derive_deals(writer: Cursor, rules: Rules, kinds: frozenset[str]) -> None:
    row = first_row(writer, "SELECT count(*) FROM touched_deal")
    if row is None or not row[0]:
        return
    if "deal_event" in kinds:
        deals.fold_deals(writer, rules, which=f"deal IN ({_STAGED_DEALS})")
    which = "deal_id IN (SELECT deal_id FROM touched_deal)"
    deals.derive_sales(writer, rules, which=which, sale="sale", back="sale_back")
    writer.execute(f"INSERT INTO touched_customer SELECT DISTINCT customer_id FROM sale WHERE {which}")
    customers = "customer_id IN (SELECT customer_id FROM touched_customer)"
    deals.mark_customers(writer, sale="sale", which=customers)
    selling_on.mark_selling_on(writer, sale="sale", which=customers)
    churn.derive_churn(writer, rules, which=customers)
    writer.execute(f"INSERT INTO touched_buyer {_BUYERS}")
    writer.execute(f"INSERT INTO touched_deal_lead {_DEAL_LEADS}")


def _derive_costs(writer: Cursor, rules: Rules, kinds: frozenset[str], picked: frozenset[str]) -> None:
    if picked:
        writer.execute(
            f"INSERT INTO touched_day SELECT day FROM (FROM weighed_before UNION ALL {_weighed(picked)}) "
            "GROUP BY star, fact_id, day, weighed HAVING count(*) = 1"
        )
    if "shift" in kinds:
        writer.execute(f"INSERT INTO touched_day SELECT day FROM shift WHERE {_staged('shift', kinds)}")
    if "cost" in kinds:
        staged = "entry IN (SELECT fact_id FROM stage_cost)"
        writer.execute(f"INSERT INTO touched_day {_all_cost_days(staged)}")
        pools.derive_cost_lines(writer, rules, which="fact_id IN (SELECT fact_id FROM stage_cost)")
        writer.execute(f"INSERT INTO touched_day {_all_cost_days(staged)}")
    pools.derive_pools(writer, days="SELECT day FROM touched_day")
    if first_row(writer, f"SELECT EXISTS (FROM cost_line WHERE {_DEAL_COSTS})") == (True,):
        # Of their days, which may be all there are, the other pools bear nothing else than before.
        pools.derive_pools(writer, days=_all_cost_days(_DEAL_COSTS), only="driver = 'deal'")


# Costs that follow deals whatever their day: those of touched deals, and those that name no deal.
_DEAL_COSTS = (
    "driver = 'deal' AND EXISTS (SELECT 1 FROM touched_deal) "
    "AND (deal_id IS NULL OR deal_id IN (SELECT deal_id FROM touched_deal))"
)
