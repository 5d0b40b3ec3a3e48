-- Which listeners are there today that there were none of yesterday?
-- Only of hosts whose answer of yesterday was complete: of others nothing is known.
SELECT host, comm, local_port
FROM owned
WHERE state = 'LISTEN'
  AND host IN (SELECT host FROM socket_snapshots WHERE complete AND time < TIMESTAMP '2026-11-30 00:00:00')
GROUP BY host, comm, local_port
HAVING min(time) >= TIMESTAMP '2026-11-30 00:00:00'
