-- Which addresses outside have connections to most hosts?
SELECT remote_addr, count(DISTINCT host) AS hosts, count(*) AS connections
FROM sockets
WHERE kind = 'tcp' AND state = 'ESTABLISHED' AND remote_addr NOT LIKE '10.%' AND time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00'
GROUP BY remote_addr
ORDER BY hosts DESC, connections DESC, remote_addr
LIMIT 10
