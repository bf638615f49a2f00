-- Missed calls by day and hour in the last 30 days.
SELECT FALSE AS unplaced, CAST(day AS VARCHAR) AS day, hour, count(*) AS missed
FROM call
WHERE direction = 'in' AND NOT joined AND NOT excluded AND day >= DATE '2025-12-01' AND day < DATE '2025-12-31'
GROUP BY day, hour
