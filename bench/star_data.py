"""A made-up business written straight into the star tables: two years of calls, leads, sales, shifts and costs.

Every column is a hash of the row's number and a salt, so the same size always gives the same data. 60 agents in 6
teams, 40 lists, 12 channels, 60 campaigns, 300 keywords, 31 regions, 4 calls a contact.
"""

from datetime import date
from pathlib import Path

import duckdb

from bench.star_costs import cost_lines
from huasuan.metrics.derived import prepare_stars
from huasuan.metrics.derived.pools import derive_pools
from huasuan.metrics.stars import STARS

FIRST_DAY, DAYS = date(2024, 1, 1), 731
_HOURS = "[8, 9, 9, 9, 10, 10, 10, 11, 11, 12, 13, 14, 14, 14, 15, 15, 16, 16, 17, 18, 19, 20]"
_INBOUND = (
    "['baidu', 'baidu', 'baidu', 'douyin', 'douyin', 'so360', 'sogou', 'wechat', 'sms', 'referral', 'offline', "
    "'toutiao', 'xiaohongshu', NULL]"
)
_OUTBOUND = "['cold_list', 'cold_list', 'cold_list', 'recall_list', NULL]"
_RESULTS = (
    "['human', 'human', 'human', 'human', 'human', 'human', 'human', 'machine', 'machine', 'answered_unverified', "
    "'abandoned', 'no_answer', 'no_answer', 'no_answer', 'no_answer', 'no_answer', 'busy', 'busy', 'rejected', "
    "'invalid']"
)
# The attributes a sale has of its origin call.
_SHARED = tuple(name for name in STARS["call"] if name in STARS["sale"] and name not in ("promotion", "stage"))


def make(path: Path, calls: int) -> None:
    """Fill a new warehouse file; half-made ones are never left under its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    for old in (partial, partial.with_name(partial.name + ".wal")):
        old.unlink(missing_ok=True)
    # In order of time, as the projector writes them.
    connection = duckdb.connect(str(partial), config={"preserve_insertion_order": True})
    prepare_stars(connection)
    connection.execute(
        "CREATE TEMP MACRO pick(i, salt, n) AS CASE WHEN i IS NOT NULL THEN "
        "(hash(i::BIGINT * 1009 + salt) % n)::INTEGER END"
    )
    connection.execute("CREATE TEMP MACRO one_of(i, salt, from_) AS from_[1 + pick(i, salt, len(from_))]")
    for statement in (
        _calls(calls),
        _leads(calls // 10, calls // 4),
        _touches(calls // 2, calls // 4),
        _shifts(),
        _sales(),
        _wins(),
        _backs(),
        *cost_lines(FIRST_DAY, DAYS, calls),
    ):
        connection.execute(statement)
    derive_pools(connection, days=f"SELECT DATE '{FIRST_DAY}' + i::INTEGER AS day FROM range({DAYS}) t(i)")
    connection.execute("CHECKPOINT")
    connection.close()
    partial.rename(path)


def _contact(number: str) -> str:
    """What is known of a contact, by its number."""
    province = f"'province-' || lpad(pick({number}, 3, 31)::VARCHAR, 2, '0')"
    return (
        f"{number}::BIGINT AS contact_id, {number}::HUGEINT AS customer_id, "
        f"'industry-' || pick({number}, 11, 8) AS industry, 'age-' || pick({number}, 12, 6) AS age_band, "
        f"'segment-' || pick({number}, 13, 4) AS segment, {province} AS region, {province} AS province, "
        f"{province} || '-' || pick({number}, 14, 10) AS city"
    )


def _when(day: str, number: str) -> str:
    return f"{day} AS day, one_of({number}, 4, {_HOURS})::TINYINT AS hour, isodow({day})::TINYINT AS weekday"


def _source(number: str) -> str:
    """Where somebody came from, once ``channel`` is known."""
    return (
        f"channel || '-src' AS source, channel || '-med' AS medium, "
        f"channel || '-' || pick({number}, 21, 5) AS campaign, "
        f"CASE WHEN channel IN ('baidu', 'douyin', 'so360', 'sogou') THEN 'keyword-' || pick({number}, 22, 300) END "
        f"AS keyword, channel || '-cr' || pick({number}, 23, 20) AS creative, "
        f"CASE WHEN pick({number}, 24, 20) = 0 THEN 'promo-' || pick({number}, 25, 4) END AS promotion"
    )


def _calls(calls: int) -> str:
    joined = "CASE WHEN inbound THEN result = 'answered' ELSE result = 'human' END"
    return f"""
INSERT INTO call BY NAME
WITH numbered AS (
  SELECT i, pick(i, 1, 100) >= 60 AS inbound, DATE '{FIRST_DAY}' + (i * {DAYS} // {calls})::INTEGER AS day,
    pick(i, 2, {max(1, calls // 4)}) AS contact, pick(i, 5, 100) < 15 AS by_bot, pick(i, 6, 40) AS line
  FROM range({calls}) t(i)
), rung AS (
  SELECT *, CASE WHEN inbound THEN one_of(i, 7, {_INBOUND}) ELSE one_of(i, 7, {_OUTBOUND}) END AS channel,
    CASE WHEN inbound THEN CASE WHEN pick(i, 8, 100) < 82 THEN 'answered' ELSE 'missed' END
    ELSE one_of(i, 8, {_RESULTS}) END AS result
  FROM numbered
), spoken AS (
  SELECT *, {joined} AS joined, inbound AND pick(i, 9, 33) = 0 AS withheld,
    CASE WHEN {joined} THEN 3 + pick(i, 15, 28) * pick(i, 16, 28) ELSE 0 END AS talk,
    CASE WHEN (NOT inbound AND by_bot) OR result = 'missed' THEN NULL ELSE pick(i, 17, 60) END AS who
  FROM rung
), classed AS (
  SELECT * REPLACE (CASE WHEN NOT withheld THEN contact END AS contact),
    CASE WHEN inbound AND joined THEN CASE WHEN talk <= 30 THEN 'junk' WHEN talk >= 60 THEN 'target'
    ELSE 'grey' END END AS class, joined OR result IN ('machine', 'answered_unverified', 'abandoned') AS answer
  FROM spoken
)
SELECT i AS fact_id, hash(i) AS key, {_contact("contact")}, {_when("day", "i")},
  day + INTERVAL 1 HOUR * one_of(i, 4, {_HOURS}) + INTERVAL 1 SECOND * pick(i, 18, 3600) AS started_at,
  CASE WHEN NOT inbound THEN one_of(i, 4, {_HOURS})::TINYINT END AS callee_hour,
  CASE WHEN NOT inbound THEN isodow(day)::TINYINT END AS callee_weekday,
  CASE WHEN inbound THEN 'in' ELSE 'out' END AS direction, CASE WHEN by_bot AND NOT inbound THEN 'bot' ELSE 'human' END
  AS voice, result, 'agent-' || lpad(who::VARCHAR, 2, '0') AS agent, 'team-' || who % 6 AS team,
  CASE WHEN inbound THEN 'queue-' || line % 4 END AS queue, '+8610' || (60000000 + line) AS own_number,
  CASE WHEN inbound THEN '+8610' || (60000000 + line) END AS tracking_number,
  CASE WHEN NOT inbound THEN '+8610' || (60000000 + line) END AS caller_number,
  CASE WHEN inbound AND joined THEN 'agent-' || lpad(who::VARCHAR, 2, '0') END AS answered_by,
  'v' || pick(i, 19, 5) AS script_version, CASE WHEN inbound THEN 'static' END AS insertion, channel, {_source("i")},
  CASE WHEN NOT inbound THEN 'list-' || lpad(pick(i, 26, 40)::VARCHAR, 2, '0') END AS list,
  CASE WHEN result = 'missed' THEN 'abandoned_queue' END AS cause,
  CASE WHEN joined THEN 'disposition-' || pick(i, 27, 8) END AS disposition, TRUE AS in_hours,
  pick(i, 28, 200) = 0 AS excluded, answer AND NOT inbound AS answered, joined,
  joined AND pick(i, 29, 10) < 8 AS right_party,
  pick(i, 30, 30)::BIGINT AS ring_seconds, CASE WHEN inbound THEN pick(i, 31, 60)::BIGINT END AS queue_seconds,
  CASE WHEN joined AND pick(i, 32, 10) = 0 THEN pick(i, 33, 90) ELSE 0 END::BIGINT AS hold_seconds,
  talk::BIGINT AS talk_seconds, CASE WHEN joined THEN pick(i, 34, 45) ELSE 0 END::BIGINT AS wrap_seconds,
  CASE WHEN answer THEN talk + 1 + pick(i, 35, 6) ELSE 0 END::BIGINT AS billed_seconds,
  CASE WHEN who IS NULL THEN 0 WHEN inbound THEN talk + pick(i, 34, 45) + 1 ELSE 1 + pick(i, 30, 30) + talk +
  pick(i, 34, 45) END::BIGINT AS handle_seconds, class AS call_class,
  CASE WHEN class = 'junk' THEN 'short' END AS junk_reason, inbound AND pick(i, 36, 10) < 7 AS is_unique,
  coalesce(class = 'target' AND pick(i, 37, 10) < 6, FALSE) AS is_unique_target, inbound AND pick(i, 38, 10) = 0
  AS is_repeat, NOT inbound AND pick(i, 39, 4) = 0 AS first_dial,
  coalesce(pick(contact, 40, 12) = 0, FALSE) AS bought_after,
  coalesce(joined AND talk >= 30, FALSE) AS meaningful
FROM classed"""


def _leads(leads: int, contacts: int) -> str:
    return f"""
INSERT INTO lead BY NAME
WITH numbered AS (
  SELECT i, DATE '{FIRST_DAY}' + (i * {DAYS} // {max(1, leads)})::INTEGER AS day, one_of(i, 107, {_INBOUND}) AS channel,
    pick(i, 102, {max(1, contacts)}) AS contact FROM range({leads}) t(i)
)
SELECT 1000000000 + i AS fact_id, hash(i + 7) AS key, {_contact("contact")}, {_when("day", "i")},
  day + INTERVAL 9 HOUR AS created_at, channel, {_source("i")}, 'group-' || pick(i, 41, 50) AS ad_group,
  'supplier-' || pick(i, 42, 5) AS supplier, 'agent-' || lpad(pick(i, 43, 60)::VARCHAR, 2, '0') AS agent,
  'team-' || pick(i, 43, 60) % 6 AS team, 'new' AS stage, pick(i, 44, 20) = 0 AS duplicate,
  pick(i, 45, 3) = 0 AS from_call, CASE WHEN pick(i, 46, 3) = 0 THEN day + INTERVAL 2 DAY END AS mql_at,
  pick(i, 47, 10) = 0 AS converted
FROM numbered"""


def _touches(touches: int, contacts: int) -> str:
    return f"""
INSERT INTO touch BY NAME
WITH numbered AS (
  SELECT i, DATE '{FIRST_DAY}' + (i * {DAYS} // {max(1, touches)})::INTEGER AS day, pick(i, 202, {max(1, contacts)})
    AS contact, one_of(i, 207, {_INBOUND}) AS channel FROM range({touches}) t(i)
)
SELECT 2000000000 + i AS fact_id, {_contact("contact")}, {_when("day", "i")}, day + INTERVAL 10 HOUR AS "at", channel,
  {_source("i")}, 'group-' || pick(i, 41, 50) AS ad_group, 'page-' || pick(i, 51, 12) AS landing_page,
  CASE WHEN pick(i, 52, 4) = 0 THEN 'sms' ELSE 'visit' END AS kind, 1 + pick(i, 53, 3)::BIGINT AS segments
FROM numbered"""


def _shifts() -> str:
    return f"""
INSERT INTO shift BY NAME
SELECT 3000000000 + a * 1000 + d AS fact_id, DATE '{FIRST_DAY}' + d::INTEGER AS day, 9::TINYINT AS hour,
  isodow(DATE '{FIRST_DAY}' + d::INTEGER)::TINYINT AS weekday, 'agent-' || lpad(a::VARCHAR, 2, '0') AS agent,
  'team-' || a % 6 AS team, CASE WHEN a % 2 = 0 THEN 'Shenzhen' ELSE 'Chengdu' END AS agent_city,
  25200 + 600 * pick(a * 1000 + d, 61, 10)::BIGINT AS paid_seconds
FROM range(60) x(a), range({DAYS}) y(d) WHERE pick(a * 1000 + d, 62, 7) < 5"""


def _sales() -> str:
    shared = ", ".join(f'c."{name}"' for name in _SHARED)
    return f"""
INSERT INTO sale BY NAME
WITH won AS (
  SELECT c.*, l.line FROM call c, range(2) l(line) WHERE c.joined AND NOT c.excluded AND pick(c.fact_id, 71, 12) = 0
    AND (l.line = 0 OR pick(c.fact_id, 72, 3) = 0)
)
SELECT hash(c.fact_id + 5) AS deal_id, c.line::INTEGER AS line, c.line = 0 AS head, {shared}, c.day AS origin_day,
  c.day + pick(c.fact_id, 73, 45) AS won_day, c.started_at + INTERVAL 1 DAY * pick(c.fact_id, 73, 45) AS won_at,
  'product-' || pick(c.fact_id + c.line, 74, 30) AS product, 'group-' || pick(c.fact_id + c.line, 74, 30) % 5
  AS product_group, c.promotion, 'won' AS stage, '1-7' AS cycle_band, 'new' AS new_or_existing,
  10000 + 37 * pick(c.fact_id + c.line, 75, 5000)::BIGINT AS value_minor, 11 * pick(c.fact_id, 76, 900)::BIGINT
  AS tax_minor, 4000 + 13 * pick(c.fact_id + c.line, 77, 4000)::BIGINT AS cost_minor, CASE WHEN pick(c.fact_id, 78, 100)
  < 8 THEN 10000 + 37 * pick(c.fact_id + c.line, 75, 5000) ELSE 0 END::BIGINT AS returned_minor,
  0 AS cancelled_minor, pick(c.fact_id, 78, 100) >= 8 AS kept, pick(c.fact_id, 78, 100) < 8 AS fully_returned,
  FALSE AS wins_customer, 86400 * pick(c.fact_id, 79, 45)::BIGINT AS cycle_seconds, 'call' AS origin,
  c.fact_id AS origin_fact_id
FROM won c ORDER BY c.day"""


def _wins() -> str:
    return (
        "UPDATE sale SET wins_customer = head AND deal_id = f.winning FROM (SELECT customer_id, "
        "arg_min(deal_id, (won_at, deal_id)) AS winning FROM sale WHERE kept GROUP BY customer_id) f "
        "WHERE sale.customer_id = f.customer_id"
    )


def _backs() -> str:
    """Whole returns, a few in part, a few cancelled."""
    shared = ", ".join(
        f's."{name}"' for name in STARS["sale_back"] if name in STARS["sale"] and not name.endswith("_minor")
    )
    chance = "pick(s.origin_fact_id, 78, 100)"
    part = f"CASE WHEN {chance} < 8 THEN 1 ELSE 3 END"
    return f"""
INSERT INTO sale_back BY NAME
SELECT {shared}, 4000000000 + s.origin_fact_id AS event, CASE WHEN {chance} >= 12 THEN 'cancelled' ELSE 'returned' END
  AS back_kind, 'reason-' || pick(s.origin_fact_id, 81, 6) AS reason, s.won_day + pick(s.origin_fact_id, 82, 30)
  AS back_day, s.value_minor // {part} AS value_minor, s.tax_minor // {part} AS tax_minor,
  s.cost_minor // {part} AS cost_minor, CASE WHEN s.head THEN 1200 ELSE 0 END AS handling_minor
FROM sale s WHERE {chance} < 14 ORDER BY back_day"""


def make_file(path: str, calls: int) -> None:
    """``make``, for a process of its own."""
    make(Path(path), calls)
