-- Which connections does the other host not have, though its answer is complete?
-- By the 16 bytes: IPv4 and IPv6 sockets have the same there.
SELECT client.host AS host, client.local_port AS local_port, peer.host AS peer
FROM (
    SELECT host, local_ip, local_port, remote_ip, remote_addr, remote_port
    FROM sockets
    WHERE kind IN ('tcp', 'tcp6') AND state = 'ESTABLISHED' AND local_port > remote_port AND time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00'
) AS client
JOIN inventory AS peer ON peer.address = client.remote_addr
LEFT JOIN (
    SELECT host, local_ip, local_port, remote_ip, remote_port
    FROM sockets
    WHERE kind IN ('tcp', 'tcp6') AND state = 'ESTABLISHED' AND remote_port > local_port AND time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00'
) AS server ON server.remote_port = client.local_port AND server.remote_ip = client.local_ip
    AND server.local_ip = client.remote_ip AND server.local_port = client.remote_port
WHERE server.host IS NULL
  AND peer.host IN (SELECT host FROM socket_snapshots WHERE complete AND time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00')
