-- {data} is the directory that has `sockets` and `snapshots`. Of a table without files, empty/ has the view.
SET join_use_nulls = 1;
CREATE VIEW snapshots AS SELECT * FROM file('{data}/snapshots/*/*/*.parquet', Parquet);
CREATE VIEW sockets AS SELECT * FROM file('{data}/sockets/*/*/*.parquet', Parquet);
CREATE VIEW aggregates AS SELECT * FROM file('{data}/aggregates/*/*/*.parquet', Parquet);
CREATE VIEW events AS SELECT * FROM file('{data}/events/*/*/*.parquet', Parquet);
CREATE VIEW event_spans AS SELECT * FROM file('{data}/event_spans/*/*/*.parquet', Parquet);
-- Looks that have rows in `sockets`, and those that have rows in `aggregates`.
CREATE VIEW socket_snapshots AS SELECT * FROM snapshots WHERE has(tables, 'sockets');
CREATE VIEW aggregate_snapshots AS SELECT * FROM snapshots WHERE has(tables, 'aggregates');
-- Intervals in which each TCP connection that began has an event.
CREATE VIEW connection_spans AS
SELECT * FROM event_spans
WHERE complete AND all_namespaces AND scope IS NULL AND has(births, 'tcp') AND has(births, 'tcp6');
-- A row per socket and owner.
CREATE VIEW owned AS
SELECT * EXCEPT (owners, owner), owner.pid AS pid, owner.fd AS fd, owner.comm AS comm, owner.exe AS exe,
    owner.unit AS unit, owner.container AS container
FROM (SELECT *, arrayJoin(owners) AS owner FROM sockets);
CREATE VIEW inventory AS SELECT * FROM file('{data}/inventory.csv', CSVWithNames);
