-- 40 per cent to the first and the last touch, the rest evenly between; bounds in billionths of a thousandth.
WITH point AS (
  SELECT customer_id, "at" AS moment, 'touch' AS star, fact_id, channel FROM touch WHERE customer_id IS NOT NULL
  UNION ALL
  SELECT customer_id, started_at, 'call', fact_id, channel FROM call
  WHERE customer_id IS NOT NULL AND NOT excluded AND (direction = 'out' OR (call_class = 'target' AND is_unique_target))
), path AS (
  SELECT s.deal_id, p.channel, row_number() OVER deal AS position, count(*) OVER (PARTITION BY s.deal_id) AS n
  FROM sale s JOIN point p USING (customer_id)
  WHERE s.head AND p.moment <= s.won_at AND p.moment >= s.won_at - INTERVAL 90 DAY
  WINDOW deal AS (PARTITION BY s.deal_id ORDER BY p.moment, p.star, p.fact_id)
), placed AS MATERIALIZED (
  SELECT deal_id, channel,
    CASE WHEN position = 1 THEN 0 WHEN n = 2 THEN 500000000000
      ELSE round(4e11 + 2e11 * (position - 2) / (n - 2))::BIGINT END AS begins,
    CASE WHEN position = n THEN 1000000000000 WHEN n = 2 THEN 500000000000
      ELSE round(4e11 + 2e11 * (position - 1) / (n - 2))::BIGINT END AS ends
  FROM path
), sold AS (
  SELECT p.channel,
    sum((s.value_minor * ends + 500000000000) // 1000000000000 - (s.value_minor * begins + 500000000000)
      // 1000000000000) AS won,
    sum((s.tax_minor * ends + 500000000000) // 1000000000000 - (s.tax_minor * begins + 500000000000)
      // 1000000000000) AS tax
  FROM sale s JOIN placed p USING (deal_id) GROUP BY p.channel
), back AS (
  SELECT p.channel,
    sum((b.value_minor * ends + 500000000000) // 1000000000000 - (b.value_minor * begins + 500000000000)
      // 1000000000000) AS back,
    sum((b.tax_minor * ends + 500000000000) // 1000000000000 - (b.tax_minor * begins + 500000000000)
      // 1000000000000) AS tax_back
  FROM sale_back b JOIN placed p USING (deal_id) GROUP BY p.channel
)
SELECT s.channel, FALSE AS unplaced, won AS won_value,
  won - coalesce(back, 0) - tax + coalesce(tax_back, 0) AS revenue_net
FROM sold s LEFT JOIN back b ON s.channel IS NOT DISTINCT FROM b.channel
