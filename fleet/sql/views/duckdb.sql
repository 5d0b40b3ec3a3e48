-- {data} is the directory that has `sockets` and `snapshots`.
SET TimeZone = 'UTC';
CREATE VIEW sockets AS
SELECT * FROM read_parquet('{data}/sockets/*/*/*.parquet', hive_partitioning = true);
CREATE VIEW snapshots AS
SELECT * FROM read_parquet('{data}/snapshots/*/*/*.parquet', hive_partitioning = true);
-- A row per socket and owner.
CREATE VIEW owned AS
SELECT * EXCLUDE (owner), unnest(owner)
FROM (SELECT * EXCLUDE (owners), unnest(owners) AS owner FROM sockets);
CREATE VIEW inventory AS SELECT * FROM read_csv('{data}/inventory.csv', header = true);
