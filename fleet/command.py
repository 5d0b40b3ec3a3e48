#!/usr/bin/env python3
"""Compares what the command writes as Parquet and Arrow with what it writes as NDJSON.

    command.py PROCNET

About this process, whose sockets do not change meanwhile. Parquet is read by DuckDB; Arrow by pyarrow, if it
is there.
"""

import json
import os
import pty
import socket
import subprocess
import sys
import tempfile

import duckdb

procnet = sys.argv[1]


def run(*options, **others):
    command = [procnet, "sockets", *options]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **others)


# Every kind of socket that needs no privilege.
four, six = socket.create_server(("127.0.0.1", 0)), socket.create_server(("::1", 0), family=socket.AF_INET6)
client = socket.create_connection(four.getsockname())
server, _address = four.accept()
client.send(b"not read")
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(("127.0.0.1", 0))
pair = socket.socketpair()
odd = socket.socket(socket.AF_UNIX)
odd.bind(b"\0procnet \xff\n%d" % os.getpid())
netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
netlink.bind((0, 0))
# Of sock_diag, which has most to say; the kinds that it lists.
asked = ["-t", "-u", "-x", "--pid", str(os.getpid())]

lines = run(*asked, "-p", "--format", "ndjson")
assert lines.returncode == 0, lines
objects = [json.loads(line) for line in lines.stdout.splitlines()]
assert len(objects) >= 8, objects


def same(rows):
    """Asserts that rows, as dictionaries, have what the objects have."""
    by_inode = {row["inode"]: row for row in rows}
    assert len(rows) == len(by_inode) == len(objects), (rows, objects)
    for one in objects:
        row = by_inode[one["inode"]]
        for key, value in one.items():
            if key == "owners":
                value = [{name: owner[name] for name in ("pid", "fd", "comm")} for owner in value]
                owners = [{name: owner[name] for name in ("pid", "fd", "comm")} for owner in row[key]]
                assert owners == value, (owners, value)
            elif key in row and key != "peer_owners":
                assert row[key] == value, (key, row, one)
        assert row["suspect"] is False and row["host"] == os.uname().nodename


with tempfile.TemporaryDirectory() as directory:
    path = directory + "/sockets.parquet"
    with open(path, "wb") as file:
        written = subprocess.run([procnet, "sockets", *asked, "-pp", "-i", "--format", "parquet"], stdout=file)
    assert written.returncode == 0, written
    table = duckdb.read_parquet(path)
    rows = [dict(zip(table.columns, row)) for row in table.fetchall()]
    same(rows)
    row = next(row for row in rows if row["remote_port"] == four.getsockname()[1])
    assert row["rtt"] > 0 and row["owners"][0]["exe"] == os.path.realpath(sys.executable), row
    assert bytes(row["local_ip"]) == bytes(10) + b"\xff\xff\x7f\0\0\x01", row
    unread = next(row for row in rows if row["local_port"] == four.getsockname()[1] and row["remote_port"])
    assert unread["rx_queue"] == len(b"not read"), unread
    metadata = duckdb.sql(f"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{path}')").fetchall()
    metadata = dict(metadata)
    assert metadata["procnet.complete"] == "true" and metadata["procnet.sockets"] == str(len(rows)), metadata
    assert metadata["procnet.schema_version"] == "1" and "--pid" in metadata["procnet.scope"], metadata

stream = run(*asked, "-p", "--format", "arrow")
assert stream.returncode == 0, stream
try:
    import pyarrow

    same(pyarrow.ipc.open_stream(stream.stdout).read_all().to_pylist())
except ImportError:
    print("SKIPPED: reading the stream of Arrow: pyarrow is not installed")

# What cannot be written is refused, before anything else is done.
leader, terminal = pty.openpty()
refused = subprocess.run([procnet, "sockets", "--format", "parquet"], stdout=terminal, stderr=subprocess.PIPE)
assert refused.returncode == 2 and b"is a terminal" in refused.stderr, refused
for options in (["--sort", "inode"], ["--group-by", "state"], ["--watch"], ["--events"], ["-K", "--port", "1"]):
    refused = run("-t", *options, "--format", "arrow")
    assert refused.returncode == 2 and not refused.stdout, (options, refused)
refused = subprocess.run([procnet, "dev", "--format", "parquet"], capture_output=True)
assert refused.returncode == 2 and b"formats of `procnet sockets`" in refused.stderr, refused
# A reader that ends early is no failure, and a disk that is full is one.
early = subprocess.run(
    f"'{procnet}' sockets {' '.join(asked)} --format arrow | head -c 10; exit ${{PIPESTATUS[0]}}",
    shell=True,
    executable="/bin/bash",
    stdout=subprocess.DEVNULL,
)
assert early.returncode == 0, early
with open("/dev/full", "wb") as full:
    failed = subprocess.run([procnet, "sockets", "--format", "parquet"], stdout=full, stderr=subprocess.PIPE)
assert failed.returncode == 2 and b"No space left" in failed.stderr, failed
print(f"the command: {len(objects)} sockets are the same as columns and as objects")
