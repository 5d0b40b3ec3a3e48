-- Which listeners refuse connections, as more wait than may?
SELECT host, local_port, rx_queue, backlog
FROM sockets
WHERE state = 'LISTEN' AND rx_queue > backlog AND time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00'
