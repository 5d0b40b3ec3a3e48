-- Which hosts have no answer in the last minute of all?
SELECT host
FROM inventory
WHERE host NOT IN (
    SELECT host FROM snapshots
    WHERE time >= (SELECT max(time) FROM snapshots) - INTERVAL '1' MINUTE
)
