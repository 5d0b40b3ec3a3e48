-- Which versions of a program listen on port 443, on how many hosts?
SELECT exe, count(DISTINCT host) AS hosts
FROM owned
WHERE state = 'LISTEN' AND local_port = 443
GROUP BY exe
