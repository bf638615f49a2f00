"""One round of derivation: everything, or what the staged changes touched. Both run the same statements."""

from collections.abc import Iterable

import duckdb

from huasuan.metrics.derived import calls, deals, identity, pools
from huasuan.metrics.derived.types import Rules
from huasuan.metrics.stars import SCOPE, create_stars
from huasuan.warehouse import first_row

_EVERYTHING = frozenset({"agent", "company", "product", "fx_rate"})
_POOL_STARS = ("call", "lead", "touch")


def prepare_stars(writer: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of a new warehouse file."""
    for statement in create_stars():
        writer.execute(statement)
    writer.execute(
        "CREATE TABLE IF NOT EXISTS contact (contact_id BIGINT, customer_id HUGEINT, industry VARCHAR, segment "
        "VARCHAR, "
        "age_band VARCHAR, province VARCHAR, city VARCHAR, number_province VARCHAR, number_city VARCHAR)"
    )
    identity.prepare_identity(writer)
    deals.prepare_deals(writer)
    pools.prepare_pools(writer)


def derive(writer: duckdb.DuckDBPyConnection, rules: Rules, staged: Iterable[str], *, everything: bool) -> None:
    """Bring the star tables up to the copied facts, inside the caller's transaction.

    ``staged`` are the kinds with changes in ``stage_<kind>``. Master data (agents, companies, products, rates) reach so
    far that a change of them derives everything.
    """
    kinds = frozenset(staged)
    if everything or kinds & _EVERYTHING:
        derive_everything(writer, rules)
    elif kinds:
        _derive_touched(writer, rules, kinds)


def derive_everything(writer: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    """All star tables anew."""
    identity.resolve_all(writer)
    calls.derive_contacts(writer, "TRUE")
    calls.derive_calls(writer, rules, touched="TRUE", staged="TRUE")
    calls.derive_leads(writer, rules, touched="TRUE", staged="TRUE")
    calls.derive_touches(writer, rules, touched="TRUE", staged="TRUE")
    calls.derive_people(writer, rules, staged_shift="TRUE", staged_state="TRUE")
    deals.fold_deals(writer, rules, which="TRUE")
    deals.derive_sales(writer, rules, which="TRUE", sale="sale", back="sale_back")
    deals.mark_customers(writer, sale="sale", which="TRUE")
    deals.mark_outcomes(writer, call="TRUE", lead="TRUE")
    pools.derive_cost_lines(writer, rules, which="TRUE")
    writer.execute("DELETE FROM cost_pool")
    pools.derive_pools(writer, days=_all_cost_days("TRUE"))


def _all_cost_days(which: str) -> str:
    return (
        "SELECT DISTINCT unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))::DATE AS day FROM cost_line "
        f"WHERE {which}"
    )


def _derive_touched(writer: duckdb.DuckDBPyConnection, rules: Rules, kinds: frozenset[str]) -> None:
    writer.execute("CREATE OR REPLACE TEMP TABLE touched (contact_id BIGINT)")
    writer.execute("CREATE OR REPLACE TEMP TABLE touched_day (day DATE)")
    _touch(writer, kinds)
    identity.resolve_touched(writer, kinds)
    _touch(writer, kinds)
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT contact_id FROM touched WHERE contact_id IS NOT NULL"
    )
    _widen_to_customers(writer, kinds)
    touched = "contact_id IN (SELECT contact_id FROM touched)"
    _remember(writer, touched, kinds)
    calls.derive_contacts(writer, touched)
    calls.derive_calls(writer, rules, touched=touched, staged=_staged("call", kinds))
    calls.derive_leads(writer, rules, touched=touched, staged=_staged("lead", kinds))
    calls.derive_touches(writer, rules, touched=touched, staged=_staged("touch", kinds))
    calls.derive_people(writer, rules, staged_shift=_staged("shift", kinds), staged_state=_staged("agent_state", kinds))
    _derive_deals(writer, rules, kinds)
    deals.mark_outcomes(writer, call=touched, lead=touched)
    _derive_costs(writer, rules, kinds, touched)
    writer.execute("DROP TABLE touched")
    writer.execute("DROP TABLE touched_day")


def _staged(kind: str, kinds: frozenset[str]) -> str:
    return f"fact_id IN (SELECT fact_id FROM stage_{kind})" if kind in kinds else "FALSE"


def _changed(kind: str, columns: str) -> str:
    """Old and new rows of the facts that changed."""
    return f"(SELECT {columns} FROM stage_{kind} UNION ALL SELECT {columns} FROM gone_{kind})"


def _touch(writer: duckdb.DuckDBPyConnection, kinds: frozenset[str]) -> None:
    """The contacts whose facts changed, under the identities known at this moment."""
    for kind in ("call", "lead", "touch", "customer"):
        if kind in kinds:
            writer.execute(
                "INSERT INTO touched SELECT DISTINCT coalesce(co.contact_id, f.party) FROM "
                f"{_changed(kind, 'party')} f LEFT JOIN contact_of co USING (party)"
            )
    if "lead" in kinds:
        keys = f"(SELECT key FROM {_changed('lead', 'key')})"
        writer.execute(f"INSERT INTO touched SELECT contact_id FROM call WHERE lead IN {keys}")
        writer.execute(
            "INSERT INTO touched SELECT s.contact_id FROM sale s JOIN deal_line d USING (deal_id, line) "
            f"WHERE d.lead IN {keys}"
        )
    if "call" in kinds:
        keys = f"(SELECT key FROM {_changed('call', 'key')})"
        writer.execute(
            "INSERT INTO touched SELECT s.contact_id FROM sale s JOIN deal_line d USING (deal_id, line) "
            f"WHERE d.origin_call IN {keys}"
        )
    if "deal_event" in kinds:
        _touch_deals(writer)


def _touch_deals(writer: duckdb.DuckDBPyConnection) -> None:
    writer.execute(
        "INSERT INTO touched SELECT coalesce(co.contact_id, e.party) FROM stage_deal_event e "
        "LEFT JOIN contact_of co USING (party) "
        "UNION ALL SELECT contact_id FROM sale WHERE deal_id IN (SELECT deal FROM stage_deal_event) "
        "UNION ALL SELECT contact_id FROM call WHERE key IN (SELECT origin_call FROM stage_deal_event) "
        "UNION ALL SELECT contact_id FROM lead WHERE key IN (SELECT lead FROM stage_deal_event)"
    )


def _widen_to_customers(writer: duckdb.DuckDBPyConnection, kinds: frozenset[str]) -> None:
    """Deals to derive again: of touched contacts, of their companies, and those that name what changed."""
    named = ["SELECT deal_id FROM sale WHERE contact_id IN (SELECT contact_id FROM touched)"]
    named.append(
        "SELECT d.deal_id FROM deal_line d LEFT JOIN contact_of co USING (party) "
        "WHERE coalesce(co.contact_id, d.party) IN (SELECT contact_id FROM touched)"
    )
    if "deal_event" in kinds:
        named.append("SELECT deal FROM stage_deal_event")
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


def _remember(writer: duckdb.DuckDBPyConnection, touched: str, kinds: frozenset[str]) -> None:
    """What pools are weighed from, before it changes; the days that differ afterwards get new pools."""
    for star in _POOL_STARS:
        writer.execute(
            f"CREATE OR REPLACE TEMP TABLE old_{star} AS SELECT {_weighed(star)} FROM {star} "
            f"WHERE {touched} OR {_staged(star, kinds)}"
        )
    if "shift" in kinds:
        writer.execute(f"INSERT INTO touched_day SELECT day FROM shift WHERE {_staged('shift', kinds)}")


def _weighed(star: str) -> str:
    extra = {
        "call": ("excluded", "billed_seconds", "handle_seconds", "first_dial"),
        "lead": ("duplicate", "from_call"),
        "touch": ("kind", "segments"),
    }[star]
    from huasuan.metrics.stars import STARS  # noqa: PLC0415

    return ", ".join(f'"{name}"' for name in ("fact_id", "day", *(n for n in SCOPE if n in STARS[star]), *extra))


def _derive_deals(writer: duckdb.DuckDBPyConnection, rules: Rules, kinds: frozenset[str]) -> None:
    row = first_row(writer, "SELECT count(*) FROM touched_deal")
    if row is None or not row[0]:
        return
    if "deal_event" in kinds:
        deals.fold_deals(writer, rules, which="deal IN (SELECT deal FROM stage_deal_event)")
    which = "deal_id IN (SELECT deal_id FROM touched_deal)"
    deals.derive_sales(writer, rules, which=which, sale="sale", back="sale_back")
    writer.execute(f"INSERT INTO touched_customer SELECT DISTINCT customer_id FROM sale WHERE {which}")
    deals.mark_customers(writer, sale="sale", which="customer_id IN (SELECT customer_id FROM touched_customer)")


def _derive_costs(writer: duckdb.DuckDBPyConnection, rules: Rules, kinds: frozenset[str], touched: str) -> None:
    for star in _POOL_STARS:
        now = f"SELECT {_weighed(star)} FROM {star} WHERE {touched} OR {_staged(star, kinds)}"
        writer.execute(
            f"INSERT INTO touched_day SELECT day FROM (SELECT * FROM old_{star} EXCEPT ({now})) "
            f"UNION ALL SELECT day FROM ({now} EXCEPT SELECT * FROM old_{star})"
        )
        writer.execute(f"DROP TABLE old_{star}")
    if "shift" in kinds:
        writer.execute(f"INSERT INTO touched_day SELECT day FROM shift WHERE {_staged('shift', kinds)}")
    if "cost" in kinds:
        staged = "entry IN (SELECT fact_id FROM stage_cost)"
        writer.execute(f"INSERT INTO touched_day {_all_cost_days(staged)}")
        pools.derive_cost_lines(writer, rules, which="fact_id IN (SELECT fact_id FROM stage_cost)")
        writer.execute(f"INSERT INTO touched_day {_all_cost_days(staged)}")
    writer.execute(f"INSERT INTO touched_day {_all_cost_days(_DEAL_COSTS)}")
    pools.derive_pools(writer, days="SELECT day FROM touched_day")


# Costs that follow deals whatever their day: those of touched deals, and those that name no deal.
_DEAL_COSTS = (
    "driver = 'deal' AND EXISTS (SELECT 1 FROM touched_deal) "
    "AND (deal_id IS NULL OR deal_id IN (SELECT deal_id FROM touched_deal))"
)
