-- {data} is the directory that has `sockets` and `snapshots`. Of a table without files, empty/ has the view, which
-- has to be a temporary one. Spark reads nanoseconds as numbers.
CREATE TEMPORARY VIEW sockets_files USING parquet OPTIONS (path '{data}/sockets', mergeSchema 'false');
CREATE TEMPORARY VIEW aggregates_files USING parquet OPTIONS (path '{data}/aggregates', mergeSchema 'false');
CREATE TEMPORARY VIEW snapshots_files USING parquet OPTIONS (path '{data}/snapshots', mergeSchema 'false');
CREATE TEMPORARY VIEW events_files USING parquet OPTIONS (path '{data}/events', mergeSchema 'false');
CREATE TEMPORARY VIEW event_spans_files USING parquet OPTIONS (path '{data}/event_spans', mergeSchema 'false');
CREATE TEMPORARY VIEW snapshots AS
SELECT * EXCEPT (time), timestamp_micros(time DIV 1000) AS time FROM snapshots_files;
CREATE TEMPORARY VIEW sockets AS
SELECT * EXCEPT (time), timestamp_micros(time DIV 1000) AS time FROM sockets_files;
CREATE TEMPORARY VIEW aggregates AS
SELECT * EXCEPT (time), timestamp_micros(time DIV 1000) AS time FROM aggregates_files;
CREATE TEMPORARY VIEW events AS
SELECT * EXCEPT (time, began), timestamp_micros(time DIV 1000) AS time, timestamp_micros(began DIV 1000) AS began
FROM events_files;
CREATE TEMPORARY VIEW event_spans AS
SELECT * EXCEPT (time, end_time), timestamp_micros(time DIV 1000) AS time,
    timestamp_micros(end_time DIV 1000) AS end_time
FROM event_spans_files;
-- Looks that have rows in `sockets`, and those that have rows in `aggregates`.
CREATE TEMPORARY VIEW socket_snapshots AS SELECT * FROM snapshots WHERE array_contains(tables, 'sockets');
CREATE TEMPORARY VIEW aggregate_snapshots AS SELECT * FROM snapshots WHERE array_contains(tables, 'aggregates');
-- Intervals in which each TCP connection that began has an event.
CREATE TEMPORARY VIEW connection_spans AS
SELECT * FROM event_spans
WHERE complete AND all_namespaces AND scope IS NULL AND array_contains(births, 'tcp') AND array_contains(births, 'tcp6');
-- A row per socket and owner.
CREATE TEMPORARY VIEW owned AS
SELECT * EXCEPT (owner), owner.*
FROM (SELECT * EXCEPT (owners), explode(owners) AS owner FROM sockets);
CREATE TEMPORARY VIEW inventory USING csv OPTIONS (path '{data}/inventory.csv', header 'true');
