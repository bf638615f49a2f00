"""Which customers were active on the first of each month, and which of them no longer were a month later (S1-22)."""

from huasuan.metrics.derived.types import Rules
from huasuan.warehouse import Cursor

# A contract without an end in sight is followed for so long.
_FOLLOWED_YEARS = 20


def derive_churn(writer: Cursor, rules: Rules, *, which: str) -> None:
    """The star rows of the customers ``which``, after their deals.

    Somebody is active on a day while a contract runs, else if the last purchase before it lies no more than
    ``inactive_days`` back. Rows reach as far as that is certain, so some lie ahead; a question leaves out what has not
    come yet.
    """
    writer.execute(f"DELETE FROM customer_month WHERE {which}")
    month = "INTERVAL 1 MONTH"
    until = f"coalesce(d.contract_until, s.won_day + {rules.inactive_days})"
    seen = f"least(until, won_day + INTERVAL {_FOLLOWED_YEARS} YEAR)"
    writer.execute(
        "INSERT INTO customer_month BY NAME WITH bought AS (SELECT s.customer_id, s.deal_id, s.won_day, s.contact_id, "
        f"s.industry, s.age_band, s.segment, s.region, s.province, s.city, {until} AS until, "
        "CASE WHEN d.contract_until IS NULL THEN 'repurchase' ELSE 'contract' END AS trade "
        "FROM sale s JOIN deal_line d USING (deal_id, line) WHERE s.head AND s.customer_id IS NOT NULL "
        f"AND {which.replace('customer_id', 's.customer_id', 1)}), "
        f"active AS (SELECT *, unnest(generate_series(date_trunc('month', won_day) + {month}, {seen}, {month}))::DATE "
        "AS day FROM bought), "
        "last AS (SELECT DISTINCT ON (customer_id, day) * EXCLUDE (won_day) FROM active "
        "ORDER BY customer_id, day, trade, won_day DESC, deal_id) "
        f"SELECT l.* EXCLUDE (until), (l.day + {month})::DATE AS next_day, "
        f"n.day IS NULL AND l.until < (l.day + {month})::DATE AS lost FROM last l LEFT JOIN last n "
        f"ON n.customer_id = l.customer_id AND n.day = (l.day + {month})::DATE"
    )
