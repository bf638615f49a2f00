-- All touches alike: what lies between two neighbours of n even parts, rounded at both.
WITH point AS (
  SELECT customer_id, "at" AS moment, 'touch' AS star, fact_id, channel FROM touch WHERE customer_id IS NOT NULL
  UNION ALL
  SELECT customer_id, started_at, 'call', fact_id, channel FROM call
  WHERE customer_id IS NOT NULL AND NOT excluded AND (direction = 'out' OR (call_class = 'target' AND is_unique_target))
), path AS MATERIALIZED (
  SELECT s.deal_id, p.channel, row_number() OVER deal AS position, count(*) OVER (PARTITION BY s.deal_id) AS n
  FROM sale s JOIN point p USING (customer_id)
  WHERE s.head AND p.moment <= s.won_at AND p.moment >= s.won_at - INTERVAL 90 DAY
  WINDOW deal AS (PARTITION BY s.deal_id ORDER BY p.moment, p.star, p.fact_id)
), sold AS (
  SELECT p.channel,
    sum((2 * s.value_minor * position + n) // (2 * n) - (2 * s.value_minor * (position - 1) + n) // (2 * n)) AS won,
    sum((2 * s.tax_minor * position + n) // (2 * n) - (2 * s.tax_minor * (position - 1) + n) // (2 * n)) AS tax
  FROM sale s JOIN path p USING (deal_id) GROUP BY p.channel
), back AS (
  SELECT p.channel,
    sum((2 * b.value_minor * position + n) // (2 * n) - (2 * b.value_minor * (position - 1) + n) // (2 * n)) AS back,
    sum((2 * b.tax_minor * position + n) // (2 * n) - (2 * b.tax_minor * (position - 1) + n) // (2 * n)) AS tax_back
  FROM sale_back b JOIN path p USING (deal_id) GROUP BY p.channel
)
SELECT s.channel, FALSE AS unplaced, won AS won_value,
  won - coalesce(back, 0) - tax + coalesce(tax_back, 0) AS revenue_net
FROM sold s LEFT JOIN back b ON s.channel IS NOT DISTINCT FROM b.channel
