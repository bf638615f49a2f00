"""Which deals sold an existing customer something else, and which sold more of the same (S1-23, S1-25)."""

from huasuan.warehouse import Cursor


def mark_selling_on(writer: Cursor, *, sale: str, which: str) -> None:
    """Set ``cross_sell`` and ``upsell`` on the lines of the customers ``which``; after their deals are all there.

    Cross: the customer's first deal in a product group, after one in another group. Up: a deal worth more in its group
    than each of the customer's earlier ones. Of lines without a product group nothing can be said.
    """
    writer.execute(
        f"UPDATE {sale} SET cross_sell = NULL, upsell = NULL WHERE (cross_sell IS NOT NULL OR upsell IS NOT NULL) "
        f"AND {which}"
    )
    earlier = "OVER (PARTITION BY customer_id, product_group ORDER BY won_at, deal_id ROWS BETWEEN UNBOUNDED PRECEDING "
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE sold_on AS SELECT deal_id, product_group, in_group = 1 AND deal_id <> opening "
        "AS crosses, in_group > 1 AND coalesce(value > best, FALSE) AS climbs FROM (SELECT *, "
        f"row_number() {earlier}AND CURRENT ROW) AS in_group, max(value) {earlier}AND 1 PRECEDING) AS best, "
        "first_value(deal_id) OVER (PARTITION BY customer_id ORDER BY won_at, deal_id) AS opening FROM ("
        "SELECT customer_id, deal_id, product_group, any_value(won_at) AS won_at, sum(value_minor) AS value "
        f"FROM {sale} WHERE customer_id IS NOT NULL AND product_group IS NOT NULL AND {which} GROUP BY ALL)) "
        "WHERE crosses OR climbs"
    )
    writer.execute(
        f"UPDATE {sale} SET cross_sell = s.crosses, upsell = s.climbs FROM sold_on s "
        f"WHERE {sale}.deal_id = s.deal_id AND {sale}.product_group = s.product_group"
    )
