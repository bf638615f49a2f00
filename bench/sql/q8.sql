-- Return on investment, on revenue and on margin, by list and agent in the third quarter of 2025.
WITH pool AS (
    SELECT * FROM cost_pool WHERE day >= DATE '2025-07-01' AND day < DATE '2025-10-01'
), day_rate AS (
    SELECT day,
        coalesce(sum(rate) FILTER (driver = 'call'), 0) AS per_call,
        coalesce(sum(rate) FILTER (driver = 'dial'), 0) AS per_dial,
        coalesce(sum(rate) FILTER (driver = 'inbound_call'), 0) AS per_inbound,
        coalesce(sum(rate) FILTER (driver = 'minute_1'), 0) AS per_second,
        coalesce(sum(rate) FILTER (driver = 'minute_60'), 0) AS per_second_of_minutes_out,
        coalesce(sum(rate) FILTER (driver = 'bot_minute'), 0) AS per_bot_second,
        coalesce(sum(rate) FILTER (driver = 'record' AND list IS NULL), 0) AS per_record
    FROM pool WHERE placed GROUP BY day
), seat_rate AS (
    SELECT day, agent, sum(rate) AS per_second FROM pool WHERE placed AND driver = 'seat_hour' GROUP BY day, agent
), ad_rate AS (
    SELECT day, channel, sum(rate) AS per_response
    FROM pool WHERE placed AND driver = 'response' AND campaign IS NULL GROUP BY day, channel
), campaign_rate AS (
    SELECT day, channel, campaign, sum(rate) AS per_response
    FROM pool WHERE placed AND driver = 'response' AND campaign IS NOT NULL GROUP BY day, channel, campaign
), list_rate AS (
    SELECT day, list, sum(rate) AS per_record
    FROM pool WHERE placed AND driver = 'record' AND list IS NOT NULL GROUP BY day, list
), line_rate AS (
    SELECT day, own_number, sum(rate) AS per_second
    FROM pool WHERE placed AND driver = 'minute_6' GROUP BY day, own_number
), calls AS (
    SELECT c.list, c.agent, sum(d.per_call + c.billed_seconds * d.per_second
        + CASE WHEN c.direction = 'out'
            THEN d.per_dial + (c.billed_seconds + 59) // 60 * 60 * d.per_second_of_minutes_out
            ELSE d.per_inbound + coalesce(a.per_response, 0) + coalesce(k.per_response, 0) END
        + CASE WHEN c.voice = 'bot' THEN (c.billed_seconds + 59) // 60 * 60 * d.per_bot_second ELSE 0 END
        + CASE WHEN c.first_dial THEN d.per_record + coalesce(l.per_record, 0) ELSE 0 END
        + c.handle_seconds * coalesce(s.per_second, 0)
        + (c.billed_seconds + 5) // 6 * 6 * coalesce(n.per_second, 0)) AS micro
    FROM call c
    LEFT JOIN day_rate d ON c.day = d.day
    LEFT JOIN seat_rate s ON c.day = s.day AND c.agent = s.agent
    LEFT JOIN ad_rate a ON c.day = a.day AND c.channel = a.channel
    LEFT JOIN campaign_rate k ON c.day = k.day AND c.channel = k.channel AND c.campaign = k.campaign
    LEFT JOIN list_rate l ON c.day = l.day AND c.list = l.list
    LEFT JOIN line_rate n ON c.day = n.day AND c.own_number = n.own_number
    WHERE NOT c.excluded AND c.day >= DATE '2025-07-01' AND c.day < DATE '2025-10-01'
    GROUP BY c.list, c.agent
), leads AS (
    SELECT l.list, l.agent, sum(coalesce(a.per_response, 0) + coalesce(k.per_response, 0)) AS micro
    FROM lead l
    LEFT JOIN ad_rate a ON l.day = a.day AND l.channel = a.channel
    LEFT JOIN campaign_rate k ON l.day = k.day AND l.channel = k.channel AND l.campaign = k.campaign
    WHERE NOT l.duplicate AND NOT l.from_call AND l.day >= DATE '2025-07-01' AND l.day < DATE '2025-10-01'
    GROUP BY l.list, l.agent
), sold AS (
    SELECT list, agent, sum(value_minor) - sum(tax_minor) AS revenue_net, sum(cost_minor) AS goods
    FROM sale WHERE origin_day >= DATE '2025-07-01' AND origin_day < DATE '2025-10-01' GROUP BY list, agent
), given_back AS (
    SELECT list, agent, sum(tax_minor) - sum(value_minor) AS revenue_net,
        sum(handling_minor) - sum(cost_minor) AS goods
    FROM sale_back WHERE origin_day >= DATE '2025-07-01' AND origin_day < DATE '2025-10-01' GROUP BY list, agent
), commission AS (
    SELECT list, agent, count(*) * (SELECT sum(rate) FROM pool WHERE placed AND driver = 'deal') AS micro
    FROM sale WHERE head GROUP BY list, agent
), together AS (
    SELECT FALSE AS unplaced, list, agent, coalesce(sum(revenue_net), 0) AS revenue_net,
        coalesce(sum(goods), 0) AS goods, coalesce(sum(micro), 0) AS micro
    FROM (
        SELECT * FROM calls UNION ALL BY NAME SELECT * FROM leads UNION ALL BY NAME SELECT * FROM sold
        UNION ALL BY NAME SELECT * FROM given_back UNION ALL BY NAME SELECT * FROM commission
        -- Messages and visits know neither list nor agent.
        UNION ALL BY NAME SELECT NULL AS list, NULL AS agent, sum(rate * weight) AS micro
        FROM pool WHERE placed AND driver IN ('message', 'visit')
    )
    GROUP BY list, agent
    UNION ALL
    SELECT TRUE, list, agent, 0, 0, sum(amount) FROM pool WHERE NOT placed GROUP BY list, agent
), rounded AS (
    SELECT * EXCLUDE (micro),
        micro // 1000000000000 + CASE WHEN row_number() OVER (
                ORDER BY micro % 1000000000000 DESC, unplaced, list, agent)
            <= (sum(micro) OVER () + 500000000000) // 1000000000000 - sum(micro // 1000000000000) OVER ()
            THEN 1 ELSE 0 END AS total_cost
    FROM together
)
SELECT unplaced, list, agent, revenue_net - total_cost AS roi_top, total_cost AS roi_bottom,
    revenue_net - goods - total_cost AS roi_margin_top, total_cost AS roi_margin_bottom
FROM rounded
