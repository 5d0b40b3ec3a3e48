-- In place of a table of which there are no files, in any engine.
CREATE VIEW aggregates AS
SELECT host, boot_id, time, complete AS other, host AS comm, host AS unit, host AS container, host AS kind,
    host AS state, sequence AS service, host AS server, host AS server_ip, sequence AS server_port, sockets,
    sockets AS rx_queue, sockets AS tx_queue, sockets AS drops, sockets AS total_retrans, sockets AS bytes_sent,
    sockets AS bytes_received, sockets AS bytes_retrans, sockets AS suspect, host AS date, host AS hour
FROM snapshots
WHERE 1 = 0;
