-- {data} is the directory that has `sockets` and `snapshots`. Of a table without files, empty/ has the view.
CREATE EXTERNAL TABLE snapshots STORED AS PARQUET
PARTITIONED BY (date, hour) LOCATION '{data}/snapshots/';
CREATE EXTERNAL TABLE sockets STORED AS PARQUET
PARTITIONED BY (date, hour) LOCATION '{data}/sockets/';
CREATE EXTERNAL TABLE aggregates STORED AS PARQUET
PARTITIONED BY (date, hour) LOCATION '{data}/aggregates/';
CREATE EXTERNAL TABLE events STORED AS PARQUET
PARTITIONED BY (date, hour) LOCATION '{data}/events/';
CREATE EXTERNAL TABLE event_spans STORED AS PARQUET
PARTITIONED BY (date, hour) LOCATION '{data}/event_spans/';
-- Looks that have rows in `sockets`, and those that have rows in `aggregates`.
CREATE VIEW socket_snapshots AS SELECT * FROM snapshots WHERE array_has(tables, 'sockets');
CREATE VIEW aggregate_snapshots AS SELECT * FROM snapshots WHERE array_has(tables, 'aggregates');
-- Intervals in which each TCP connection that began has an event.
CREATE VIEW connection_spans AS
SELECT * FROM event_spans
WHERE complete AND all_namespaces AND scope IS NULL AND array_has(births, 'tcp') AND array_has(births, 'tcp6');
-- A row per socket and owner.
CREATE VIEW owned AS
SELECT host, time, netns, kind, state, local_addr, local_port, remote_addr, remote_port, inode, cookie,
    rtt, total_retrans, bytes_acked, bytes_received,
    owner['pid'] AS pid, owner['fd'] AS fd, owner['comm'] AS comm, owner['exe'] AS exe,
    owner['unit'] AS unit, owner['container'] AS container
FROM (SELECT *, unnest(owners) AS owner FROM sockets);
CREATE EXTERNAL TABLE inventory STORED AS CSV LOCATION '{data}/inventory.csv'
OPTIONS ('format.has_header' 'true');
