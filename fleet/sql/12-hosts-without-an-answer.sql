-- Which hosts have no answer in the last minute of all?
SELECT host
FROM inventory
WHERE host NOT IN (
    SELECT host FROM socket_snapshots
    WHERE time >= (SELECT max(time) FROM socket_snapshots) - INTERVAL '1' MINUTE
)
