-- In place of a table of which there are no files, in any engine.
CREATE VIEW event_spans AS
SELECT host, boot_id, time, writer, sequence, uptime, clock_step, time AS end_time, uptime AS duration,
    host AS source, kinds AS births, kinds AS ends, complete AS all_namespaces, sequence AS netns, scope,
    sequence AS events, lost AS lost_births, lost AS lost_ends, lost AS undecodable, complete, gaps, lost,
    host AS date, host AS hour
FROM snapshots
WHERE 1 = 0;
