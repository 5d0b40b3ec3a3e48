-- Which units talk to which, and how much? By the listeners at the other end.
SELECT client.unit AS from_unit, server.unit AS to_unit, sum(client.sockets) AS connections
FROM aggregates AS client
JOIN (
    SELECT DISTINCT inventory.address AS address, listener.service AS port, listener.unit AS unit
    FROM aggregates AS listener
    JOIN inventory ON inventory.host = listener.host
    WHERE listener.state = 'LISTEN' AND listener.time >= TIMESTAMP '2026-11-30 03:12:00' AND listener.time < TIMESTAMP '2026-11-30 03:13:00'
) AS server ON client.server = server.address AND client.server_port = server.port
WHERE client.state = 'ESTABLISHED' AND client.time >= TIMESTAMP '2026-11-30 03:12:00' AND client.time < TIMESTAMP '2026-11-30 03:13:00'
GROUP BY client.unit, server.unit
