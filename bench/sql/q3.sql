-- Eleven figures of every agent's weeks.
SELECT FALSE AS unplaced, agent, strftime(day, '%G-W%V') AS week,
    count(*) FILTER (direction = 'out') AS dials,
    count(*) FILTER (direction = 'out' AND answered) AS answered,
    count(*) FILTER (direction = 'out' AND result IN ('human', 'abandoned')) AS human_answered,
    count(*) FILTER (direction = 'out' AND result = 'human') AS connected,
    count(*) FILTER (direction = 'out' AND result = 'human' AND right_party) AS right_party_contacts,
    count(*) FILTER (direction = 'out' AND result = 'human' AND talk_seconds >= 30 AND (disposition IS NULL
        OR disposition NOT IN ('wrong_number', 'instant_refusal', 'voicemail'))) AS conversations,
    sum(talk_seconds) AS talk_seconds,
    count(*) FILTER (joined) AS handled_calls,
    count(*) FILTER (direction = 'in' AND joined) AS inbound_answered,
    count(*) FILTER (direction = 'in' AND joined AND call_class = 'target') AS target_calls,
    count(DISTINCT contact_id) FILTER (direction = 'out' AND result IN ('human', 'abandoned')) AS contacts_reached
FROM call
WHERE NOT excluded
GROUP BY agent, week
