-- Who had a connection to this address at 03:12, however short?
-- Those that a look saw in that minute, and those that began or ended in it or lasted longer. A host that is in
-- neither answer had none. `unknown`: its look was not complete, or births of connections were not watched, or some
-- were lost, during some of that minute.
SELECT DISTINCT host, comm, pid, local_port, answer
FROM (
    SELECT host, comm, pid, local_port, 'yes' AS answer
    FROM owned
    WHERE remote_addr = '203.0.113.66' AND time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00'
    UNION ALL
    SELECT host, comm, pid, local_port, 'yes' AS answer
    FROM events
    WHERE remote_addr = '203.0.113.66' AND coalesce(state, 'CLOSE') <> 'SYN_SENT'
      AND (time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00' OR event = 'ended' AND time >= TIMESTAMP '2026-11-30 03:13:00' AND began < TIMESTAMP '2026-11-30 03:13:00')
    UNION ALL
    SELECT host, NULL AS comm, NULL AS pid, NULL AS local_port, 'unknown' AS answer
    FROM inventory
    WHERE host NOT IN (SELECT host FROM socket_snapshots WHERE complete AND time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00')
       OR host NOT IN (
        SELECT host
        FROM (
            SELECT host, time, end_time, lag(end_time) OVER (PARTITION BY host ORDER BY time) AS previous
            FROM connection_spans
            WHERE end_time > TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00'
        ) AS watched
        GROUP BY host
        HAVING min(time) <= TIMESTAMP '2026-11-30 03:12:00' AND max(end_time) >= TIMESTAMP '2026-11-30 03:13:00'
           AND sum(CASE WHEN time <= previous THEN 1 ELSE 0 END) = count(*) - 1
    )
) AS answers
