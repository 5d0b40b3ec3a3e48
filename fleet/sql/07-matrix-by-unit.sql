-- Which units talk to which, and how much? By the listeners at the other end.
SELECT client.unit AS from_unit, server.unit AS to_unit, count(*) AS connections
FROM owned AS client
JOIN (
    SELECT DISTINCT inventory.address AS address, listener.local_port AS port, listener.unit AS unit
    FROM owned AS listener
    JOIN inventory ON inventory.host = listener.host
    WHERE listener.state = 'LISTEN' AND listener.time >= TIMESTAMP '2026-11-30 03:12:00' AND listener.time < TIMESTAMP '2026-11-30 03:13:00'
) AS server ON client.remote_addr = server.address AND client.remote_port = server.port
WHERE client.state = 'ESTABLISHED' AND client.time >= TIMESTAMP '2026-11-30 03:12:00' AND client.time < TIMESTAMP '2026-11-30 03:13:00'
GROUP BY client.unit, server.unit
