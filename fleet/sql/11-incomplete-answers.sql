-- Which hosts could not see everything, and how often?
SELECT host, count(*) AS looks
FROM socket_snapshots
WHERE NOT complete
GROUP BY host
