"""Sales with five touches each, written straight into the star tables: four visits and one call, then the sale.

Every column is a hash of the row's number, so the same size always gives the same data. 14 channels, 60 campaigns,
300 keywords; one sale in twelve came back, wholly or in part.
"""

from datetime import date
from pathlib import Path

import duckdb

from huasuan.metrics.derived import prepare_stars
from huasuan.warehouse import Cursor

TOUCHES = 5
FIRST_DAY, DAYS = date(2024, 1, 1), 731
_CHANNELS = (
    "['baidu', 'baidu', 'baidu', 'douyin', 'douyin', 'so360', 'sogou', 'wechat', 'sms', 'referral', 'offline', "
    "'toutiao', 'direct', NULL]"
)


def make(path: Path, deals: int) -> None:
    """Fill a new warehouse file; half-made ones are never left under its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    for old in (partial, partial.with_name(partial.name + ".wal")):
        old.unlink(missing_ok=True)
    connection = duckdb.connect(str(partial), config={"preserve_insertion_order": True})
    prepare_stars(Cursor(connection))
    connection.execute("CREATE TEMP MACRO pick(i, salt, n) AS (hash(i::BIGINT * 1009 + salt) % n)::INTEGER")
    connection.execute("CREATE TEMP MACRO one_of(i, salt, from_) AS from_[1 + pick(i, salt, len(from_))]")
    # Days, hours and minutes before the sale of the k-th touch: 1 to 60 days, never two alike.
    connection.execute(
        "CREATE TEMP MACRO before(d, k) AS INTERVAL 1 MINUTE * (1440 * (12 * k + pick(d * 8 + k, 5, 12)) + "
        "pick(d * 8 + k, 6, 1400) + 20)"
    )
    for statement in (_visits(deals), _calls(deals), _sales(deals), _BACKS, "CHECKPOINT"):
        connection.execute(statement)
    connection.close()
    partial.rename(path)


def _sold_at(number: str, deals: int) -> str:
    return (
        f"TIMESTAMP '{FIRST_DAY} 02:00:00' + INTERVAL 1 MINUTE * (90 * 1440 + {number} * {DAYS - 90} * 1440 // {deals})"
    )


def _who(number: str) -> str:
    return (
        f"{number}::BIGINT AS contact_id, {number}::HUGEINT AS customer_id, 'province-' || pick({number}, 3, 31) "
        f"AS region, 'industry-' || pick({number}, 11, 8) AS industry"
    )


def _when(moment: str) -> str:
    return (
        f"({moment})::DATE AS day, extract(hour FROM {moment})::TINYINT AS hour, isodow({moment})::TINYINT AS weekday"
    )


def _source(number: str) -> str:
    return (
        f"channel, channel || '-src' AS source, channel || '-' || pick({number}, 21, 5) AS campaign, CASE WHEN channel "
        f"IN ('baidu', 'douyin', 'so360', 'sogou') THEN 'keyword-' || pick({number}, 22, 300) END AS keyword, "
        f"channel || '-cr' || pick({number}, 23, 20) AS creative"
    )


def _visits(deals: int) -> str:
    return f"""
INSERT INTO touch BY NAME
WITH numbered AS (
  SELECT d, k, d * 8 + k AS i, {_sold_at("d", deals)} - before(d, k) AS moment,
    one_of(d * 8 + k, 7, {_CHANNELS}) AS channel
  FROM range({deals}) x(d), range(1, {TOUCHES}) y(k)
)
SELECT 2000000000 + i AS fact_id, {_who("d")}, moment AS "at", {_when("moment")}, {_source("i")},
  'page-' || pick(i, 51, 12) AS landing_page, 'visit' AS kind, 1 AS segments FROM numbered ORDER BY moment"""


def _calls(deals: int) -> str:
    return f"""
INSERT INTO call BY NAME
WITH numbered AS (
  SELECT d, d * 8 AS i, {_sold_at("d", deals)} - before(d, 0) AS moment, one_of(d * 8, 7, {_CHANNELS}) AS channel
  FROM range({deals}) x(d)
)
SELECT i AS fact_id, hash(i) AS key, {_who("d")}, moment AS started_at, {_when("moment")}, {_source("i")},
  CASE WHEN pick(i, 61, 2) = 0 THEN 'in' ELSE 'out' END AS direction, 'agent-' || pick(i, 62, 60) AS agent,
  'list-' || pick(i, 63, 40) AS list, FALSE AS excluded, 'target' AS call_class, TRUE AS is_unique_target,
  TRUE AS answered, TRUE AS joined
FROM numbered
ORDER BY moment"""


def _sales(deals: int) -> str:
    return f"""
INSERT INTO sale BY NAME
WITH numbered AS (
  SELECT d, d * 8 AS i, {_sold_at("d", deals)} AS moment, one_of(d * 8, 7, {_CHANNELS}) AS channel,
    (10000 + 37 * pick(d, 75, 5000))::BIGINT AS value, CASE pick(d, 78, 24) WHEN 0 THEN 1 WHEN 1 THEN 3 END AS back
  FROM range({deals}) x(d)
)
SELECT hash(d + 5) AS deal_id, 0 AS line, TRUE AS head, {_who("d")}, moment::DATE AS origin_day, moment::DATE AS
  won_day, moment AS won_at, extract(hour FROM moment)::TINYINT AS hour, isodow(moment)::TINYINT AS weekday,
  {_source("i")}, 'product-' || pick(d, 74, 30) AS product, 'won' AS stage, value AS value_minor, value * 6 // 106 AS
  tax_minor, value // 3 AS cost_minor, coalesce(value // back, 0) AS returned_minor, 0 AS cancelled_minor, back IS NULL
  OR back > 1 AS kept, coalesce(back = 1, FALSE) AS fully_returned, TRUE AS wins_customer, 'call' AS origin,
  i AS origin_fact_id FROM numbered ORDER BY moment"""


_BACKS = """
INSERT INTO sale_back BY NAME
SELECT * EXCLUDE (head, won_day, won_at, value_minor, tax_minor, cost_minor, returned_minor, cancelled_minor, firm_day,
    kept, fully_returned, wins_customer, cross_sell, upsell, cycle_seconds, origin, origin_fact_id),
  4000000000 + origin_fact_id AS event, 'returned' AS back_kind, won_day + 9 AS back_day, returned_minor AS value_minor,
  returned_minor * 6 // 106 AS tax_minor, returned_minor // 3 AS cost_minor, 1200 AS handling_minor
FROM sale WHERE returned_minor > 0 ORDER BY back_day"""


def make_file(path: str, deals: int) -> None:
    """``make``, for a process of its own."""
    make(Path(path), deals)
