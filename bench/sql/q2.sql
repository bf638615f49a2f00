-- Dials, answered, contacts reached and total cost by the customer's region.
WITH day_rate AS (
    SELECT day,
        sum(rate) FILTER (driver = 'call') AS per_call,
        sum(rate) FILTER (driver = 'dial') AS per_dial,
        sum(rate) FILTER (driver = 'inbound_call') AS per_inbound,
        sum(rate) FILTER (driver = 'minute_1') AS per_second,
        sum(rate) FILTER (driver = 'minute_60') AS per_second_of_minutes_out,
        sum(rate) FILTER (driver = 'bot_minute') AS per_bot_second,
        sum(rate) FILTER (driver = 'record' AND list IS NULL) AS per_record
    FROM cost_pool WHERE placed GROUP BY day
), seat_rate AS (
    SELECT day, agent, sum(rate) AS per_second FROM cost_pool WHERE placed AND driver = 'seat_hour' GROUP BY day, agent
), ad_rate AS (
    SELECT day, channel, sum(rate) FILTER (campaign IS NULL) AS per_response
    FROM cost_pool WHERE placed AND driver = 'response' GROUP BY day, channel
), campaign_rate AS (
    SELECT day, channel, campaign, sum(rate) AS per_response
    FROM cost_pool WHERE placed AND driver = 'response' AND campaign IS NOT NULL GROUP BY day, channel, campaign
), list_rate AS (
    SELECT day, list, sum(rate) AS per_record
    FROM cost_pool WHERE placed AND driver = 'record' AND list IS NOT NULL GROUP BY day, list
), line_rate AS (
    SELECT day, own_number, sum(rate) AS per_second
    FROM cost_pool WHERE placed AND driver = 'minute_6' GROUP BY day, own_number
), visit_rate AS (
    SELECT day, channel, sum(rate) AS per_visit
    FROM cost_pool WHERE placed AND driver = 'visit' GROUP BY day, channel
), message_rate AS (
    SELECT day, sum(rate) AS per_segment FROM cost_pool WHERE placed AND driver = 'message' GROUP BY day
), calls AS (
    SELECT c.region,
        count(*) FILTER (c.direction = 'out') AS dials,
        count(*) FILTER (c.direction = 'out' AND c.answered) AS answered,
        count(DISTINCT c.contact_id) FILTER (c.direction = 'out' AND c.result IN ('human', 'abandoned'))
            AS contacts_reached,
        sum(coalesce(d.per_call, 0) + c.billed_seconds * coalesce(d.per_second, 0)
            + CASE WHEN c.direction = 'out'
                THEN coalesce(d.per_dial, 0) + (c.billed_seconds + 59) // 60 * 60 * coalesce(d.per_second_of_minutes_out, 0)
                ELSE coalesce(d.per_inbound, 0) + coalesce(a.per_response, 0) + coalesce(k.per_response, 0) END
            + CASE WHEN c.voice = 'bot' THEN (c.billed_seconds + 59) // 60 * 60 * coalesce(d.per_bot_second, 0) ELSE 0 END
            + CASE WHEN c.first_dial THEN coalesce(d.per_record, 0) + coalesce(l.per_record, 0) ELSE 0 END
            + c.handle_seconds * coalesce(s.per_second, 0)
            + (c.billed_seconds + 5) // 6 * 6 * coalesce(n.per_second, 0)) AS micro
    FROM call c
    LEFT JOIN day_rate d ON c.day = d.day
    LEFT JOIN seat_rate s ON c.day = s.day AND c.agent = s.agent
    LEFT JOIN ad_rate a ON c.day = a.day AND c.channel = a.channel
    LEFT JOIN campaign_rate k ON c.day = k.day AND c.channel = k.channel AND c.campaign = k.campaign
    LEFT JOIN list_rate l ON c.day = l.day AND c.list = l.list
    LEFT JOIN line_rate n ON c.day = n.day AND c.own_number = n.own_number
    WHERE NOT c.excluded
    GROUP BY c.region
), leads AS (
    SELECT l.region, sum(coalesce(a.per_response, 0) + coalesce(k.per_response, 0)) AS micro
    FROM lead l
    LEFT JOIN ad_rate a ON l.day = a.day AND l.channel = a.channel
    LEFT JOIN campaign_rate k ON l.day = k.day AND l.channel = k.channel AND l.campaign = k.campaign
    WHERE NOT l.duplicate AND NOT l.from_call
    GROUP BY l.region
), touches AS (
    SELECT t.region, sum(CASE t.kind WHEN 'sms' THEN t.segments * coalesce(m.per_segment, 0)
        WHEN 'visit' THEN coalesce(v.per_visit, 0) ELSE 0 END) AS micro
    FROM touch t
    LEFT JOIN message_rate m ON t.day = m.day
    LEFT JOIN visit_rate v ON t.day = v.day AND t.channel = v.channel
    GROUP BY t.region
), deals AS (
    SELECT region, count(*) * (SELECT sum(rate) FROM cost_pool WHERE placed AND driver = 'deal') AS micro
    FROM sale WHERE head GROUP BY region
), together AS (
    SELECT FALSE AS unplaced, region, sum(dials) AS dials, sum(answered) AS answered,
        sum(contacts_reached) AS contacts_reached, sum(micro) AS micro
    FROM (SELECT * FROM calls UNION ALL BY NAME SELECT * FROM leads UNION ALL BY NAME SELECT * FROM touches
        UNION ALL BY NAME SELECT * FROM deals)
    GROUP BY region
    UNION ALL
    SELECT TRUE, NULL, 0, 0, 0, sum(amount) FROM cost_pool WHERE NOT placed
    HAVING count(*) > 0
)
SELECT unplaced, region, dials, answered, contacts_reached,
    micro // 1000000000000 + CASE WHEN row_number() OVER (ORDER BY micro % 1000000000000 DESC, unplaced, region)
        <= (sum(micro) OVER () + 500000000000) // 1000000000000 - sum(micro // 1000000000000) OVER ()
        THEN 1 ELSE 0 END AS total_cost
FROM together
