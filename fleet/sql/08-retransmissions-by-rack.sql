-- Which racks lose segments?
SELECT rack, sum(total_retrans) AS segments, count(*) AS connections
FROM sockets
JOIN inventory ON inventory.host = sockets.host
WHERE total_retrans IS NOT NULL AND time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00'
GROUP BY rack
ORDER BY segments DESC, rack
LIMIT 3
