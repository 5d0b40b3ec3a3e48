-- Which programs have transferred how much, over the connections that are open?
SELECT comm, sum(bytes_acked) AS sent, sum(bytes_received) AS received, max(rtt) AS slowest
FROM owned
WHERE bytes_acked IS NOT NULL AND time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00'
GROUP BY comm
