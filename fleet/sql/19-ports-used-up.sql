-- Which hosts use most local ports for connections to one address and port?
SELECT host, remote_addr, remote_port, count(DISTINCT local_port) AS ports
FROM sockets
WHERE kind = 'tcp' AND local_port >= 32768 AND time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00'
GROUP BY host, remote_addr, remote_port
ORDER BY ports DESC, host, remote_addr, remote_port
LIMIT 5
