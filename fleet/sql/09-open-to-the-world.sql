-- What listens on all addresses, other than ssh and the web server?
SELECT DISTINCT host, comm, local_port
FROM owned
WHERE state = 'LISTEN' AND local_addr IN ('0.0.0.0', '::') AND local_port NOT IN (22, 443)
