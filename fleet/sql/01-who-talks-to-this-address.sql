-- Which programs of which hosts ever had a connection to this address?
SELECT DISTINCT host, comm, exe, remote_port
FROM owned
WHERE remote_addr = '203.0.113.66'
