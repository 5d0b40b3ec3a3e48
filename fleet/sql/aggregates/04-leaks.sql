-- Which programs have more and more connections that they do not close?
SELECT host, comm, min(connections) AS fewest, max(connections) AS most
FROM (
    SELECT host, time, comm, sum(sockets) AS connections
    FROM aggregates
    WHERE state = 'CLOSE_WAIT'
    GROUP BY host, time, comm
) AS looks
GROUP BY host, comm
HAVING max(connections) > min(connections)
