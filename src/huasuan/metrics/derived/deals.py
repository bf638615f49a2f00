"""The star tables of sales and of what came back of them."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Any

import orjson
import pyarrow as pa

from huasuan.kernel.money import convert_minor
from huasuan.kernel.time import zone
from huasuan.metrics.derived.calls import local, who
from huasuan.metrics.derived.fold import Convert, Deal, Event, EventLine, Margin, fold
from huasuan.metrics.derived.scope import Scope
from huasuan.metrics.derived.types import Rules
from huasuan.metrics.stars import STARS
from huasuan.warehouse import Cursor, first_row

_ATTRIBUTES = ("channel", "source", "medium", "campaign", "keyword", "creative", "list")
_CALL_ONLY = (
    "direction",
    "voice",
    "result",
    "queue",
    "own_number",
    "tracking_number",
    "caller_number",
    "answered_by",
    "script_version",
    "insertion",
    "hour",
    "weekday",
)


class Rates:
    """Exchange rates into the reporting currency: the one of the day or the last before it."""

    def __init__(self, read: Callable[[], Sequence[tuple[str, date, Decimal]]], into: str) -> None:
        self._into = into
        self._read = read

    @cached_property
    def _known(self) -> dict[str, tuple[list[date], list[Decimal]]]:
        """Days and rates of every currency; read when the first foreign amount comes, which is never for most."""
        known: dict[str, tuple[list[date], list[Decimal]]] = {}
        for currency, day, rate in sorted(self._read()):
            days, rates = known.setdefault(currency, ([], []))
            days.append(day)
            rates.append(rate)
        return known

    def rate(self, currency: str, day: date) -> Decimal | None:
        """Units of the reporting currency for one unit of ``currency``."""
        if currency == self._into:
            return Decimal(1)
        days, rates = self._known.get(currency, ([], []))
        at = bisect_right(days, day)
        return rates[at - 1] if at else None

    def minor(self, minor: int, currency: str, day: date) -> int | None:
        """Minor units of the reporting currency."""
        if currency == self._into:
            return minor
        rate = self.rate(currency, day)
        return None if rate is None else convert_minor(minor, currency=currency, rate=rate, into=self._into)


def read_rates(writer: Cursor, rules: Rules) -> Rates:
    """The rates known now (or at ``as_of``); a restated day replaces."""
    known = present("fact_fx_rate", rules)
    sql = f'SELECT currency, day, rate FROM {known} WHERE "into" = ?'
    return Rates(lambda: writer.execute(sql, [rules.currency]).fetchall(), rules.currency)


def present(table: str, rules: Rules, facts: str = "TRUE") -> str:
    """The versions in force of a kind that keeps its history: the last known one of each of the ``facts``."""
    known = f"WHERE ({facts})"
    if rules.as_of is not None:
        known += f" AND known_at < TIMESTAMP '{rules.as_of:%Y-%m-%d %H:%M:%S.%f}'"
    return (
        f"(SELECT * FROM (SELECT * FROM {table} {known} QUALIFY row_number() OVER "
        "(PARTITION BY fact_id ORDER BY known_at DESC, version DESC) = 1) WHERE NOT gone)"
    )


def fold_deals(writer: Cursor, rules: Rules, *, which: str) -> None:
    """Fold the events of the deals ``which`` (a condition on ``deal``) into ``deal_line`` and ``deal_back``."""
    writer.execute(f"DELETE FROM deal_line WHERE {which.replace('deal', 'deal_id', 1)}")
    writer.execute(f"DELETE FROM deal_back WHERE {which.replace('deal', 'deal_id', 1)}")
    rates = read_rates(writer, rules)
    products = _read_products(writer)
    lines: list[tuple[Any, ...]] = []
    backs: list[tuple[Any, ...]] = []
    rows = writer.execute(_events_sql(rules, which)).fetchall()
    wall = zone(rules.zone)

    def convert(minor: int, currency: str, at: datetime) -> int | None:
        return rates.minor(minor, currency, at.replace(tzinfo=UTC).astimezone(wall).date())

    for deal_id, refs, deal in _folded(rows, products, convert):
        _line_rows(deal_id, refs, deal, rules, lines)
        _back_rows(deal_id, deal, backs)
    _load(writer, "deal_line", lines)
    _load(writer, "deal_back", backs)


def _events_sql(rules: Rules, which: str) -> str:
    # Only facts that ever named one of these deals need their versions compared.
    facts = "TRUE" if which == "TRUE" else f"fact_id IN (SELECT fact_id FROM fact_deal_event WHERE {which})"
    return (
        'SELECT deal, fact_id, key, kind, "at", stage, amount_minor, tax_minor, currency, lines, reason, '
        "handling_cost_minor, goods_lost, return_window_days, origin_call, lead, party, agent, "
        "contract_until "
        f"FROM {present('fact_deal_event', rules, facts)} WHERE {which} ORDER BY deal"
    )


def _folded(
    rows: Sequence[tuple[Any, ...]], products: Mapping[str, Margin], convert: Convert
) -> Iterator[tuple[int, dict[str, Any], Deal]]:
    for deal_id, group in groupby(rows, key=lambda row: row[0]):
        mine = sorted(group, key=lambda row: (row[4], row[2]))
        refs = {
            name: next((row[at] for row in reversed(mine) if row[at] is not None), None)
            for name, at in (("origin_call", 14), ("lead", 15), ("party", 16), ("agent", 17))
        }
        yield deal_id, refs, fold([_event(row) for row in mine], products=products, convert=convert)


def _event(row: tuple[Any, ...]) -> Event:
    return Event(
        fact_id=row[1],
        key=row[2],
        kind=row[3],
        at=row[4],
        stage=row[5],
        amount=row[6],
        tax=row[7],
        currency=row[8],
        lines=_event_lines(row[9]),
        reason=row[10],
        handling=row[11],
        goods_lost=bool(row[12]),
        return_window_days=row[13],
        contract_until=row[18],
    )


def _event_lines(text: str | None) -> list[EventLine]:
    if text is None:
        return []
    return [
        EventLine(
            product=line["product"],
            product_group=line["product_group"],
            promotion=line["promotion"],
            value=line["value_minor"],
            tax=line["tax_minor"],
            cost=line["cost_minor"],
        )
        for line in orjson.loads(text)
    ]


def _read_products(writer: Cursor) -> dict[str, Margin]:
    rows = writer.execute(
        "SELECT product, arg_min(product_group, key), arg_min(margin_percent, key) FROM fact_product GROUP BY product"
    ).fetchall()
    return {product: Margin(product_group=group, margin_percent=margin) for product, group, margin in rows}


_LINE_COLUMNS: dict[str, tuple[pa.DataType, str]] = {
    "deal_id": (pa.uint64(), "UBIGINT"),
    "line": (pa.int32(), "INTEGER"),
    "won_at": (pa.timestamp("us"), "TIMESTAMP"),
    "lost_at": (pa.timestamp("us"), "TIMESTAMP"),
    "contract_until": (pa.date32(), "DATE"),
    "first_at": (pa.timestamp("us"), "TIMESTAMP"),
    "firm_at": (pa.timestamp("us"), "TIMESTAMP"),
    "stage": (pa.string(), "VARCHAR"),
    "origin_call": (pa.uint64(), "UBIGINT"),
    "lead": (pa.uint64(), "UBIGINT"),
    "party": (pa.int64(), "BIGINT"),
    "agent": (pa.string(), "VARCHAR"),
    "product": (pa.string(), "VARCHAR"),
    "product_group": (pa.string(), "VARCHAR"),
    "promotion": (pa.string(), "VARCHAR"),
    "value_minor": (pa.int64(), "BIGINT"),
    "tax_minor": (pa.int64(), "BIGINT"),
    "cost_minor": (pa.int64(), "BIGINT"),
    "returned_minor": (pa.int64(), "BIGINT"),
    "cancelled_minor": (pa.int64(), "BIGINT"),
    "kept": (pa.bool_(), "BOOLEAN"),
    "fully_returned": (pa.bool_(), "BOOLEAN"),
}
_BACK_COLUMNS: dict[str, tuple[pa.DataType, str]] = {
    "deal_id": (pa.uint64(), "UBIGINT"),
    "line": (pa.int32(), "INTEGER"),
    "event": (pa.int64(), "BIGINT"),
    "back_kind": (pa.string(), "VARCHAR"),
    "reason": (pa.string(), "VARCHAR"),
    "back_at": (pa.timestamp("us"), "TIMESTAMP"),
    "value_minor": (pa.int64(), "BIGINT"),
    "tax_minor": (pa.int64(), "BIGINT"),
    "cost_minor": (pa.int64(), "BIGINT"),
    "handling_minor": (pa.int64(), "BIGINT"),
}
_TABLES = {"deal_line": _LINE_COLUMNS, "deal_back": _BACK_COLUMNS}


def prepare_deals(writer: Cursor, *, temporary: bool = False) -> None:
    """Make the tables of folded deals."""
    for table, columns in _TABLES.items():
        names = ", ".join(f"{name} {duck}" for name, (_, duck) in columns.items())
        kind = "TEMP TABLE" if temporary else "TABLE"
        writer.execute(f"CREATE {kind} IF NOT EXISTS {table} ({names})")


def _line_rows(deal_id: int, refs: dict[str, Any], deal: Deal, rules: Rules, into: list[tuple[Any, ...]]) -> None:
    window = deal.return_window_days if deal.return_window_days is not None else rules.return_window_days
    firm = None if deal.received_at is None else deal.received_at + timedelta(days=window)
    for number, line in enumerate(deal.lines):
        into.append(
            (
                deal_id,
                number,
                deal.won_at,
                deal.lost_at,
                _contract_end(deal, rules),
                deal.first_at,
                firm,
                deal.stage,
                refs["origin_call"],
                refs["lead"],
                refs["party"],
                refs["agent"],
                line.product,
                line.product_group,
                line.promotion,
                line.value if deal.rated else None,
                line.tax if deal.rated else None,
                line.cost if deal.rated else None,
                line.returned,
                line.cancelled,
                deal.kept,
                bool(deal.backs) and deal.left == 0,
            )
        )


def _contract_end(deal: Deal, rules: Rules) -> date | None:
    """The last day of the contract; one that was cancelled ends that day."""
    if deal.contract_until is None or deal.cancelled_at is None:
        return deal.contract_until
    return min(deal.contract_until, deal.cancelled_at.replace(tzinfo=UTC).astimezone(zone(rules.zone)).date())


def _back_rows(deal_id: int, deal: Deal, into: list[tuple[Any, ...]]) -> None:
    for back in deal.backs:
        into.append(
            (
                deal_id,
                back.line,
                back.event,
                back.kind,
                back.reason,
                back.at,
                *((back.value, back.tax, back.cost, back.handling) if deal.rated else (None,) * 4),
            )
        )


def _load(writer: Cursor, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    columns = _TABLES[table]
    arrays = [
        pa.array(values, type=arrow)
        for values, (arrow, _) in zip(zip(*rows, strict=True), columns.values(), strict=True)
    ]
    writer.register("folded", pa.Table.from_arrays(arrays, names=list(columns)))
    writer.execute(f"INSERT INTO {table} BY NAME SELECT * FROM folded")
    writer.unregister("folded")


def derive_sales(writer: Cursor, rules: Rules, *, which: str, sale: str, back: str) -> None:
    """Join folded deals with their origin and their contact; ``which`` is a condition on ``deal_id``."""
    _origins(writer, which)
    _first_contacts(writer)
    writer.execute(f"DELETE FROM {sale} WHERE {which}")
    writer.execute(f"DELETE FROM {back} WHERE {which}")
    writer.execute(f"DELETE FROM deal_open WHERE {which}")
    writer.execute(_sale_sql(sale, rules))
    row = first_row(writer, f"SELECT EXISTS (FROM deal_line WHERE won_at IS NULL AND {which})")
    if row is not None and row[0]:
        writer.execute(_open_sql(rules))
    row = first_row(writer, "SELECT EXISTS (FROM deal_back WHERE deal_id IN (SELECT deal_id FROM origin))")
    if row is not None and row[0]:
        writer.execute(_back_sql(sale, back, rules))


def _origins(writer: Cursor, which: str) -> None:
    """The call each deal came from: stated, else the first of its lead; and the contact it is about."""
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE wanted_deal AS SELECT DISTINCT ON (d.deal_id) d.deal_id, d.origin_call, d.lead, "
        "coalesce(co.contact_id, d.party) AS own_contact, d.party, l.fact_id AS lead_fact, l.contact_id AS "
        "lead_contact, "
        "l.created_at, fl.call AS lead_call FROM deal_line d LEFT JOIN contact_of co ON d.party = co.party "
        "LEFT JOIN lead l ON d.lead = l.key LEFT JOIN fact_lead fl ON fl.fact_id = l.fact_id "
        f"WHERE {which.replace('deal_id', 'd.deal_id', 1)} ORDER BY d.deal_id, l.fact_id DESC"
    )
    first = "arg_min(c.fact_id, (c.started_at, c.key))"
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE origin AS WITH "
        f"stated AS (SELECT w.deal_id, {first} AS call_id FROM wanted_deal w JOIN call c ON c.key = w.origin_call "
        "AND NOT c.excluded GROUP BY ALL), "
        f"naming AS (SELECT w.deal_id, {first} AS call_id FROM wanted_deal w JOIN call c ON c.lead = w.lead AND "
        "NOT c.excluded GROUP BY ALL), "
        f"named AS (SELECT w.deal_id, {first} AS call_id FROM wanted_deal w JOIN call c ON c.key = w.lead_call AND "
        "NOT c.excluded GROUP BY ALL), "
        f"later AS (SELECT w.deal_id, {first} AS call_id FROM wanted_deal w JOIN call c ON c.contact_id = "
        "w.lead_contact "
        "AND c.started_at >= w.created_at AND NOT c.excluded GROUP BY ALL) "
        "SELECT w.*, coalesce(s.call_id, n.call_id, m.call_id, r.call_id) AS call_id, "
        "coalesce(w.own_contact, c.contact_id, w.lead_contact) AS contact_id, "
        "CASE WHEN s.call_id IS NOT NULL THEN 'call' WHEN coalesce(n.call_id, m.call_id, r.call_id) IS NOT NULL THEN "
        "'lead_call' WHEN w.lead_fact IS NOT NULL THEN 'lead' END AS origin "
        "FROM wanted_deal w LEFT JOIN stated s USING (deal_id) LEFT JOIN naming n USING (deal_id) "
        "LEFT JOIN named m USING (deal_id) LEFT JOIN later r USING (deal_id) "
        "LEFT JOIN call c ON c.fact_id = coalesce(s.call_id, n.call_id, m.call_id, r.call_id)"
    )


def _first_contacts(writer: Cursor) -> None:
    """When each buyer was first heard of: the earliest call, lead or touch (S1-13)."""
    mine = "WHERE contact_id IN (SELECT contact_id FROM origin)"
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE first_contact AS SELECT contact_id, min(moment) AS first_contact_at FROM ("
        f"SELECT contact_id, started_at AS moment FROM call {mine} "
        f"UNION ALL SELECT contact_id, created_at FROM lead {mine} "
        f'UNION ALL SELECT contact_id, "at" FROM touch {mine}) '
        "GROUP BY contact_id"
    )


def _sale_sql(sale: str, rules: Rules) -> str:
    cycle = "epoch_us(d.won_at) - epoch_us(f.first_contact_at)"
    own = (
        f"d.line = 0 AS head, CAST({local('d.won_at', rules.zone)} AS DATE) AS won_day, d.won_at, "
        "d.value_minor, d.tax_minor, d.cost_minor, d.returned_minor, "
        f"d.cancelled_minor, CAST({local('d.firm_at', rules.zone)} AS DATE) AS firm_day, d.kept, d.fully_returned, "
        f"greatest(0, ({cycle}) // 1000000) AS cycle_seconds, {_band(cycle)} AS cycle_band, "
        "CASE WHEN o.contact_id IS NULL THEN NULL ELSE 'new' END AS new_or_existing, FALSE AS wins_customer, o.origin"
    )
    return f"INSERT INTO {sale} BY NAME SELECT {own}, {_about_deal(rules)} WHERE d.won_at IS NOT NULL"


def _open_sql(rules: Rules) -> str:
    """Deals nobody has won: how long they have been waited for counts too, or cycles would look short."""
    own = "coalesce(f.first_contact_at, d.first_at) AS first_contact_at, d.lost_at"
    return f"INSERT INTO deal_open BY NAME SELECT {own}, {_about_deal(rules)} WHERE d.won_at IS NULL"


def _about_deal(rules: Rules) -> str:
    """What a deal has of its own, its call, its lead and its contact; and the tables to read that from."""
    contact = "o.contact_id"
    # Without an address or a number of the deal's own, the place is the call's, else the lead's.
    people = who(contact, places=("p", "c", "l"))
    both = ", ".join(f"coalesce(c.{name}, l.{name}) AS {name}" for name in _ATTRIBUTES)
    call_only = ", ".join(f"c.{name}" for name in _CALL_ONLY)
    return (
        f"d.deal_id, d.line, {people}, "
        f"CAST({local('coalesce(c.started_at, o.created_at, d.first_at)', rules.zone)} AS DATE) AS origin_day, "
        f"{call_only}, coalesce(c.agent, l.agent, d.agent) AS agent, coalesce(c.team, l.team) AS team, {both}, "
        "coalesce(d.promotion, c.promotion, l.promotion) AS promotion, "
        "l.ad_group, d.product, d.product_group, d.stage, o.call_id AS origin_fact_id "
        "FROM deal_line d JOIN origin o USING (deal_id) "
        "LEFT JOIN call c ON c.fact_id = o.call_id LEFT JOIN lead l ON l.fact_id = o.lead_fact "
        f"LEFT JOIN contact ct ON ct.contact_id = {contact} LEFT JOIN party p ON p.party = o.party "
        f"LEFT JOIN first_contact f ON f.contact_id = {contact}"
    )


def _band(cycle: str) -> str:
    day = 86_400_000_000
    return (
        f"CASE WHEN {cycle} IS NULL THEN NULL WHEN {cycle} < {day} THEN '0' WHEN {cycle} < {8 * day} THEN '1-7' "
        f"WHEN {cycle} < {31 * day} THEN '8-30' WHEN {cycle} < {91 * day} THEN '31-90' ELSE '91+' END"
    )


def _back_sql(sale: str, back: str, rules: Rules) -> str:
    own = {
        "deal_id",
        "line",
        "event",
        "back_kind",
        "reason",
        "back_day",
        "value_minor",
        "tax_minor",
        "cost_minor",
        "handling_minor",
    }
    shared = ", ".join(f"s.{name}" for name in STARS["sale_back"] if name not in own)
    return (
        f"INSERT INTO {back} BY NAME SELECT b.* EXCLUDE (back_at), "
        f"CAST({local('b.back_at', rules.zone)} AS DATE) AS back_day, {shared} FROM deal_back b JOIN {sale} s "
        "USING (deal_id, line) "
        "WHERE b.deal_id IN (SELECT deal_id FROM origin)"
    )


def mark_customers(writer: Cursor, *, sale: str, which: str) -> None:
    """The deal that wins a customer: its first kept one; later deals are of an existing customer."""
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE firsts AS SELECT customer_id, "
        "arg_min(deal_id, (won_at, deal_id)) FILTER (kept) AS winning, arg_min(deal_id, (won_at, deal_id)) AS opening "
        f"FROM {sale} WHERE customer_id IS NOT NULL AND {which} GROUP BY customer_id"
    )
    writer.execute(
        f"UPDATE {sale} SET wins_customer = head AND deal_id IS NOT DISTINCT FROM f.winning, "
        "new_or_existing = CASE WHEN deal_id = f.opening THEN 'new' ELSE 'existing' END "
        f"FROM firsts f WHERE {sale}.customer_id = f.customer_id"
    )


_HOPED = "fact_id IN (SELECT fact_id FROM hoped_lead)"


def mark_outcomes(writer: Cursor, scope: Scope) -> None:
    """Which calls were followed by a kept deal, and which leads became customers; after the deals."""
    if not scope.everything:
        writer.execute(f"UPDATE call SET bought_after = FALSE WHERE bought_after AND {scope.buyers}")
        # Found once: three ways to be among them are three passes over all leads.
        writer.execute(f"CREATE OR REPLACE TEMP TABLE hoped_lead AS SELECT fact_id FROM lead WHERE {scope.hoped}")
        writer.execute(f"UPDATE lead SET converted = FALSE WHERE converted AND {_HOPED}")
    hoped = "TRUE" if scope.everything else f"lead.{_HOPED}"
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE kept_sale AS SELECT contact_id AS buyer, max(won_at) AS last_won_at FROM sale "
        f"WHERE kept AND contact_id IS NOT NULL AND {scope.buyers} GROUP BY contact_id"
    )
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE kept_lead AS "
        "SELECT DISTINCT lead.fact_id FROM lead JOIN deal_line d ON d.lead = lead.key "
        f"WHERE d.kept AND {hoped} "
        "UNION SELECT l.fact_id FROM lead l JOIN kept_sale k ON l.contact_id = k.buyer "
        "WHERE k.last_won_at >= l.created_at AND NOT EXISTS (SELECT 1 FROM deal_line d JOIN sale s USING (deal_id) "
        "WHERE d.lead IS NOT NULL AND d.lead <> l.key AND s.contact_id = l.contact_id)"
    )
    writer.execute(
        "UPDATE call SET bought_after = TRUE FROM kept_sale k WHERE call.contact_id = k.buyer "
        "AND call.started_at <= k.last_won_at"
    )
    writer.execute("UPDATE lead SET converted = TRUE WHERE fact_id IN (SELECT fact_id FROM kept_lead)")
    scope.forget(writer, "kept_sale", "kept_lead", "wanted_deal", "origin", "first_contact", "firsts")
