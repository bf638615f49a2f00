-- Inbound calls, missed, target calls and talk by hour and weekday.
SELECT FALSE AS unplaced, hour, weekday,
    count(*) AS inbound_calls,
    count(*) FILTER (NOT joined) AS missed,
    count(*) FILTER (joined AND call_class = 'target') AS target_calls,
    sum(talk_seconds) AS talk_seconds
FROM call
WHERE direction = 'in' AND NOT excluded
GROUP BY hour, weekday
