-- Who had a connection to this address at 03:12?
SELECT host, comm, pid, local_port
FROM owned
WHERE remote_addr = '203.0.113.66' AND time >= TIMESTAMP '2026-11-30 03:12:00' AND time < TIMESTAMP '2026-11-30 03:13:00'
