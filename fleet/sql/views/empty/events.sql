-- In place of a table of which there are no files, in any engine: the columns that questions need.
CREATE VIEW events AS
SELECT host, boot_id, time, uptime, host AS event, host AS source, sequence AS netns, host AS kind, host AS family,
    host AS state, host AS local_addr, sequence AS local_port, host AS remote_addr, sequence AS remote_port,
    sequence AS cookie, host AS direction, time AS began, uptime AS duration, sequence AS pid, host AS comm,
    host AS exe, host AS unit, host AS container, host AS pod, host AS evidence, sequence AS bytes_sent,
    sequence AS bytes_received, complete AS matches, host AS date, host AS hour
FROM snapshots
WHERE 1 = 0;
