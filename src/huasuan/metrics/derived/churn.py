"""Which customers were active on the first of each month, and which of them no longer were a month later (S1-22)."""

from huasuan.metrics.derived.types import Rules
from huasuan.warehouse import Cursor


def derive_churn(writer: Cursor, rules: Rules, *, which: str) -> None:
    """The star rows of the customers ``which``, after their deals.

    Somebody is active on a day if the last purchase before it lies no more than ``inactive_days`` back. Rows reach as
    far as that is certain, so some lie ahead; a question leaves out what has not come yet.
    """
    writer.execute(f"DELETE FROM customer_month WHERE {which}")
    month = "INTERVAL 1 MONTH"
    writer.execute(
        "INSERT INTO customer_month BY NAME WITH bought AS (SELECT customer_id, deal_id, won_day, contact_id, "
        "industry, age_band, segment, region, province, city FROM sale WHERE head AND customer_id IS NOT NULL "
        f"AND {which}), "
        f"active AS (SELECT *, unnest(generate_series(date_trunc('month', won_day) + {month}, "
        f"won_day + to_days({rules.inactive_days}), {month}))::DATE AS day FROM bought), "
        "last AS (SELECT DISTINCT ON (customer_id, day) * EXCLUDE (won_day) FROM active "
        "ORDER BY customer_id, day, won_day DESC, deal_id) "
        f"SELECT l.*, (l.day + {month})::DATE AS next_day, n.day IS NULL AS lost FROM last l LEFT JOIN last n "
        f"ON n.customer_id = l.customer_id AND n.day = (l.day + {month})::DATE"
    )
