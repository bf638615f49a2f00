-- Half as much for every seven days before the last touch; weights and bounds in billionths of a thousandth.
WITH point AS (
  SELECT customer_id, "at" AS moment, 'touch' AS star, fact_id, channel FROM touch WHERE customer_id IS NOT NULL
  UNION ALL
  SELECT customer_id, started_at, 'call', fact_id, channel FROM call
  WHERE customer_id IS NOT NULL AND NOT excluded AND (direction = 'out' OR (call_class = 'target' AND is_unique_target))
), path AS (
  SELECT s.deal_id, p.channel, row_number() OVER deal AS position, epoch_us(s.won_at) - epoch_us(p.moment) AS age,
    min(epoch_us(s.won_at) - epoch_us(p.moment)) OVER (PARTITION BY s.deal_id) AS nearest
  FROM sale s JOIN point p USING (customer_id)
  WHERE s.head AND p.moment <= s.won_at AND p.moment >= s.won_at - INTERVAL 90 DAY
  WINDOW deal AS (PARTITION BY s.deal_id ORDER BY p.moment, p.star, p.fact_id)
), weighed AS (
  SELECT deal_id, channel, position, round(pow(2, (nearest - age) / 604800000000.0) * 1e12)::BIGINT AS weight FROM path
), summed AS (
  SELECT deal_id, channel, weight, sum(weight) OVER (PARTITION BY deal_id ORDER BY position)::BIGINT AS upto,
    sum(weight) OVER (PARTITION BY deal_id)::BIGINT AS whole
  FROM weighed
), placed AS MATERIALIZED (
  SELECT deal_id, channel, round((upto - weight)::DOUBLE / whole * 1e12)::BIGINT AS begins,
    round(upto::DOUBLE / whole * 1e12)::BIGINT AS ends
  FROM summed
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
