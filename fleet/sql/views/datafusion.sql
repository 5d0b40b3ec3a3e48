-- {data} is the directory that has `sockets` and `snapshots`.
CREATE EXTERNAL TABLE sockets STORED AS PARQUET
PARTITIONED BY (date, hour) LOCATION '{data}/sockets/';
CREATE EXTERNAL TABLE snapshots STORED AS PARQUET
PARTITIONED BY (date, hour) LOCATION '{data}/snapshots/';
-- A row per socket and owner.
CREATE VIEW owned AS
SELECT host, time, netns, kind, state, local_addr, local_port, remote_addr, remote_port, inode, cookie,
    rtt, total_retrans, bytes_acked, bytes_received,
    owner['pid'] AS pid, owner['fd'] AS fd, owner['comm'] AS comm, owner['exe'] AS exe,
    owner['unit'] AS unit, owner['container'] AS container
FROM (SELECT *, unnest(owners) AS owner FROM sockets);
CREATE EXTERNAL TABLE inventory STORED AS CSV LOCATION '{data}/inventory.csv'
OPTIONS ('format.has_header' 'true');
