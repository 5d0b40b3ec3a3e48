-- How many sockets of each kind are in each state?
SELECT kind, state, sum(sockets) AS open
FROM aggregates
WHERE time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00'
GROUP BY kind, state
