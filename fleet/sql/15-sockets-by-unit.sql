-- Which units have how many sockets, on how many hosts?
SELECT unit, count(*) AS sockets, count(DISTINCT host) AS hosts
FROM owned
WHERE time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00'
GROUP BY unit
