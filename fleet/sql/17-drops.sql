-- Which sockets drop packets?
SELECT host, local_addr, local_port, drops
FROM sockets
WHERE drops > 0 AND time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00'
