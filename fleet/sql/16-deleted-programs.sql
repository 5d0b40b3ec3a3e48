-- Which programs with sockets have been deleted or replaced since they started?
SELECT DISTINCT host, comm, exe
FROM owned
WHERE exe LIKE '% (deleted)'
