-- Which services have listeners today that had none yesterday?
-- Only of hosts whose answer of yesterday was complete, and had room for all groups: of others nothing is known.
SELECT host, comm, service
FROM aggregates
WHERE state = 'LISTEN' AND service IS NOT NULL
  AND host IN (
    SELECT host FROM aggregate_snapshots
    WHERE complete AND aggregates_other = 0 AND time < TIMESTAMP '2026-11-30 00:00:00'
  )
GROUP BY host, comm, service
HAVING min(time) >= TIMESTAMP '2026-11-30 00:00:00'
