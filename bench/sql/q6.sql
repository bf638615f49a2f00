-- Deals won, new customers, net revenue and the cost of a new customer, by the month the deals came from.
WITH sold AS (
    SELECT strftime(origin_day, '%Y-%m') AS month, count(DISTINCT deal_id) AS won_deals,
        count(*) FILTER (wins_customer) AS new_customers, sum(value_minor) - sum(tax_minor) AS revenue_net
    FROM sale GROUP BY month
), given_back AS (
    SELECT strftime(origin_day, '%Y-%m') AS month, sum(tax_minor) - sum(value_minor) AS revenue_net
    FROM sale_back GROUP BY month
), spent AS (
    SELECT strftime(day, '%Y-%m') AS month, sum(CASE WHEN placed THEN rate * weight ELSE amount END) AS micro
    FROM cost_pool GROUP BY month
), together AS (
    SELECT month, coalesce(sum(won_deals), 0) AS won_deals, coalesce(sum(new_customers), 0) AS new_customers,
        coalesce(sum(revenue_net), 0) AS revenue_net, coalesce(sum(micro), 0) AS micro
    FROM (SELECT * FROM sold UNION ALL BY NAME SELECT * FROM given_back UNION ALL BY NAME SELECT * FROM spent)
    GROUP BY month
)
SELECT FALSE AS unplaced, month, won_deals, new_customers, revenue_net,
    micro // 1000000000000 + CASE WHEN row_number() OVER (ORDER BY micro % 1000000000000 DESC, month)
        <= (sum(micro) OVER () + 500000000000) // 1000000000000 - sum(micro // 1000000000000) OVER ()
        THEN 1 ELSE 0 END AS cac_top,
    new_customers AS cac_bottom
FROM together
