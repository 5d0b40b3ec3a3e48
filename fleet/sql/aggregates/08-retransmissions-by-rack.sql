-- Which racks lose segments?
SELECT rack, sum(total_retrans) AS segments, sum(sockets) AS connections
FROM aggregates
JOIN inventory ON inventory.host = aggregates.host
WHERE total_retrans IS NOT NULL AND time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00'
GROUP BY rack
ORDER BY segments DESC, rack
LIMIT 3
