-- {data} is the directory that has `sockets` and `snapshots`. Of a table without files, empty/ has the view.
SET TimeZone = 'UTC';
CREATE VIEW snapshots AS
SELECT * FROM read_parquet('{data}/snapshots/*/*/*.parquet', hive_partitioning = true);
CREATE VIEW sockets AS
SELECT * FROM read_parquet('{data}/sockets/*/*/*.parquet', hive_partitioning = true);
CREATE VIEW aggregates AS
SELECT * FROM read_parquet('{data}/aggregates/*/*/*.parquet', hive_partitioning = true);
CREATE VIEW events AS
SELECT * FROM read_parquet('{data}/events/*/*/*.parquet', hive_partitioning = true);
CREATE VIEW event_spans AS
SELECT * FROM read_parquet('{data}/event_spans/*/*/*.parquet', hive_partitioning = true);
-- Looks that have rows in `sockets`, and those that have rows in `aggregates`.
CREATE VIEW socket_snapshots AS SELECT * FROM snapshots WHERE list_contains(tables, 'sockets');
CREATE VIEW aggregate_snapshots AS SELECT * FROM snapshots WHERE list_contains(tables, 'aggregates');
-- Intervals in which each TCP connection that began has an event.
CREATE VIEW connection_spans AS
SELECT * FROM event_spans
WHERE complete AND all_namespaces AND scope IS NULL AND list_contains(births, 'tcp') AND list_contains(births, 'tcp6');
-- A row per socket and owner.
CREATE VIEW owned AS
SELECT * EXCLUDE (owner), unnest(owner)
FROM (SELECT * EXCLUDE (owners), unnest(owners) AS owner FROM sockets);
CREATE VIEW inventory AS SELECT * FROM read_csv('{data}/inventory.csv', header = true);
