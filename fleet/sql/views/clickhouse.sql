-- {data} is the directory that has `sockets` and `snapshots`.
SET join_use_nulls = 1;
CREATE VIEW sockets AS SELECT * FROM file('{data}/sockets/*/*/*.parquet', Parquet);
CREATE VIEW snapshots AS SELECT * FROM file('{data}/snapshots/*/*/*.parquet', Parquet);
-- A row per socket and owner.
CREATE VIEW owned AS
SELECT * EXCEPT (owners, owner), owner.pid AS pid, owner.fd AS fd, owner.comm AS comm, owner.exe AS exe,
    owner.unit AS unit, owner.container AS container
FROM (SELECT *, arrayJoin(owners) AS owner FROM sockets);
CREATE VIEW inventory AS SELECT * FROM file('{data}/inventory.csv', CSVWithNames);
