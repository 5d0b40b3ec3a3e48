-- Which units have how many sockets, on how many hosts? A socket of several processes is counted once.
SELECT unit, sum(sockets) AS held, count(DISTINCT host) AS hosts
FROM aggregates
WHERE unit IS NOT NULL AND time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00'
GROUP BY unit
