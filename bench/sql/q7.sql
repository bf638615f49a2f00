-- Return on investment by channel, on revenue.
WITH day_rate AS (
    SELECT day,
        coalesce(sum(rate) FILTER (driver = 'call'), 0) AS per_call,
        coalesce(sum(rate) FILTER (driver = 'dial'), 0) AS per_dial,
        coalesce(sum(rate) FILTER (driver = 'inbound_call'), 0) AS per_inbound,
        coalesce(sum(rate) FILTER (driver = 'minute_1'), 0) AS per_second,
        coalesce(sum(rate) FILTER (driver = 'minute_60'), 0) AS per_second_of_minutes_out,
        coalesce(sum(rate) FILTER (driver = 'bot_minute'), 0) AS per_bot_second,
        coalesce(sum(rate) FILTER (driver = 'record' AND list IS NULL), 0) AS per_record,
        coalesce(sum(rate) FILTER (driver = 'message'), 0) AS per_segment
    FROM cost_pool WHERE placed GROUP BY day
), seat_rate AS (
    SELECT day, agent, sum(rate) AS per_second FROM cost_pool WHERE placed AND driver = 'seat_hour' GROUP BY day, agent
), list_rate AS (
    SELECT day, list, sum(rate) AS per_record
    FROM cost_pool WHERE placed AND driver = 'record' AND list IS NOT NULL GROUP BY day, list
), line_rate AS (
    SELECT day, own_number, sum(rate) AS per_second
    FROM cost_pool WHERE placed AND driver = 'minute_6' GROUP BY day, own_number
), calls AS (
    SELECT c.channel, sum(d.per_call + c.billed_seconds * d.per_second
        + CASE WHEN c.direction = 'out'
            THEN d.per_dial + (c.billed_seconds + 59) // 60 * 60 * d.per_second_of_minutes_out ELSE d.per_inbound END
        + CASE WHEN c.voice = 'bot' THEN (c.billed_seconds + 59) // 60 * 60 * d.per_bot_second ELSE 0 END
        + CASE WHEN c.first_dial THEN d.per_record + coalesce(l.per_record, 0) ELSE 0 END
        + c.handle_seconds * coalesce(s.per_second, 0)
        + (c.billed_seconds + 5) // 6 * 6 * coalesce(n.per_second, 0)) AS micro
    FROM call c
    LEFT JOIN day_rate d ON c.day = d.day
    LEFT JOIN seat_rate s ON c.day = s.day AND c.agent = s.agent
    LEFT JOIN list_rate l ON c.day = l.day AND c.list = l.list
    LEFT JOIN line_rate n ON c.day = n.day AND c.own_number = n.own_number
    WHERE NOT c.excluded
    GROUP BY c.channel
), touches AS (
    SELECT t.channel, sum(t.segments * d.per_segment) AS micro
    FROM touch t LEFT JOIN day_rate d ON t.day = d.day WHERE t.kind = 'sms' GROUP BY t.channel
), sold AS (
    SELECT channel, sum(value_minor) - sum(tax_minor) AS revenue_net,
        count(*) FILTER (head) * (SELECT sum(rate) FROM cost_pool WHERE placed AND driver = 'deal') AS micro
    FROM sale GROUP BY channel
), given_back AS (
    SELECT channel, sum(tax_minor) - sum(value_minor) AS revenue_net FROM sale_back GROUP BY channel
), together AS (
    SELECT FALSE AS unplaced, channel, coalesce(sum(revenue_net), 0) AS revenue_net, sum(micro) AS micro
    FROM (
        SELECT * FROM calls UNION ALL BY NAME SELECT * FROM touches UNION ALL BY NAME SELECT * FROM sold
        UNION ALL BY NAME SELECT * FROM given_back
        -- What was booked for a channel is that channel's, whoever bears it.
        UNION ALL BY NAME SELECT channel, sum(CASE WHEN placed THEN rate * weight ELSE amount END) AS micro
        FROM cost_pool WHERE channel IS NOT NULL GROUP BY channel
    )
    GROUP BY channel
    UNION ALL
    SELECT TRUE, NULL, 0, sum(amount) FROM cost_pool WHERE NOT placed AND channel IS NULL
    HAVING count(*) > 0
), rounded AS (
    SELECT unplaced, channel, revenue_net,
        micro // 1000000000000 + CASE WHEN row_number() OVER (ORDER BY micro % 1000000000000 DESC, unplaced, channel)
            <= (sum(micro) OVER () + 500000000000) // 1000000000000 - sum(micro // 1000000000000) OVER ()
            THEN 1 ELSE 0 END AS total_cost
    FROM together
)
SELECT unplaced, channel, revenue_net, revenue_net - total_cost AS roi_top, total_cost AS roi_bottom FROM rounded
