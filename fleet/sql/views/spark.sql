-- {data} is the directory that has `sockets` and `snapshots`. Spark reads nanoseconds as numbers.
CREATE TEMPORARY VIEW sockets_files USING parquet OPTIONS (path '{data}/sockets', mergeSchema 'false');
CREATE TEMPORARY VIEW snapshots_files USING parquet OPTIONS (path '{data}/snapshots', mergeSchema 'false');
CREATE TEMPORARY VIEW sockets AS
SELECT * EXCEPT (time), timestamp_micros(time DIV 1000) AS time FROM sockets_files;
CREATE TEMPORARY VIEW snapshots AS
SELECT * EXCEPT (time), timestamp_micros(time DIV 1000) AS time FROM snapshots_files;
-- A row per socket and owner.
CREATE TEMPORARY VIEW owned AS
SELECT * EXCEPT (owner), owner.*
FROM (SELECT * EXCEPT (owners), explode(owners) AS owner FROM sockets);
CREATE TEMPORARY VIEW inventory USING csv OPTIONS (path '{data}/inventory.csv', header 'true');
