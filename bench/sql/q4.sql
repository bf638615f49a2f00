-- Target and unique target calls by channel, and the marketing spend on each.
WITH day_rate AS (
    SELECT day,
        coalesce(sum(rate) FILTER (driver = 'inbound_call'), 0) AS per_inbound,
        coalesce(sum(rate) FILTER (driver = 'record' AND list IS NULL), 0) AS per_record
    FROM cost_pool
    WHERE placed AND cost_kind IN ('ads', 'events', 'list_data', 'tracking_numbers', 'content')
    GROUP BY day
), list_rate AS (
    SELECT day, list, sum(rate) AS per_record
    FROM cost_pool WHERE placed AND driver = 'record' AND list IS NOT NULL GROUP BY day, list
), calls AS (
    SELECT c.channel,
        count(*) FILTER (c.direction = 'in' AND c.joined AND c.call_class = 'target') AS target_calls,
        count(*) FILTER (c.direction = 'in' AND c.is_unique_target) AS unique_target_calls,
        sum(CASE WHEN c.direction = 'in' THEN d.per_inbound
            WHEN c.first_dial THEN d.per_record + coalesce(l.per_record, 0) ELSE 0 END) AS micro
    FROM call c LEFT JOIN day_rate d ON c.day = d.day LEFT JOIN list_rate l ON c.day = l.day AND c.list = l.list
    WHERE NOT c.excluded
    GROUP BY c.channel
), together AS (
    SELECT FALSE AS unplaced, channel, sum(target_calls) AS target_calls,
        sum(unique_target_calls) AS unique_target_calls, sum(micro) AS micro
    FROM (
        SELECT * FROM calls
        UNION ALL BY NAME
        -- What was booked for a channel is that channel's, whoever bears it.
        SELECT channel, sum(CASE WHEN placed THEN rate * weight ELSE amount END) AS micro
        FROM cost_pool WHERE channel IS NOT NULL GROUP BY channel
    )
    GROUP BY channel
    UNION ALL
    SELECT TRUE, NULL, 0, 0, sum(amount) FROM cost_pool WHERE NOT placed AND channel IS NULL
        AND cost_kind IN ('ads', 'events', 'list_data', 'tracking_numbers', 'content')
    HAVING count(*) > 0
), rounded AS (
    SELECT * EXCLUDE (micro),
        micro // 1000000000000 + CASE WHEN row_number() OVER (ORDER BY micro % 1000000000000 DESC, unplaced, channel)
            <= (sum(micro) OVER () + 500000000000) // 1000000000000 - sum(micro // 1000000000000) OVER ()
            THEN 1 ELSE 0 END AS marketing_spend
    FROM together
)
SELECT unplaced, channel, target_calls, unique_target_calls,
    marketing_spend AS cost_per_unique_target_call_top, unique_target_calls AS cost_per_unique_target_call_bottom
FROM rounded
