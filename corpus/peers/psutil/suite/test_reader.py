"""What psutil's own tests cannot show of procnet in place of its reader."""

import contextlib
import os
import shutil
import signal
import socket
import time

import psutil
import psutil._pslinux
import pytest
from tests import bind_socket, check_connection_ntuple, create_sockets

from procnet_reader import READER, Reader

# psutil's own, which no longer serves psutil.net_connections().
PSUTIL_READER = psutil._pslinux.NetConnections()
KINDS = list(psutil._common.conn_tmap)


@pytest.fixture
def procfs(tmp_path, monkeypatch):
    """A folder in place of /proc."""
    (tmp_path / "net").mkdir()
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))
    return tmp_path


@contextlib.contextmanager
def child_with_all_descriptors():
    """A process that inherits every descriptor, as the workers of a server do."""
    pid = os.fork()
    if pid == 0:
        signal.pause()
        os._exit(0)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def ports(connection):
    ends = (connection.laddr, connection.raddr)
    return {end.port for end in ends if isinstance(end, psutil._ntuples.addr)}


def rows_of(connections, sockets):
    """Those of the given sockets, whoever owns them; other processes open and close theirs."""
    bound = [s.getsockname() for s in sockets]
    names = {name for name in bound if name and isinstance(name, str)}
    numbers = {name[1] for name in bound if isinstance(name, tuple)}
    return {c for c in connections if c.laddr in names or ports(c) & numbers}


@pytest.mark.parametrize("source", ["auto", "procfs"])
@pytest.mark.parametrize("kind", KINDS)
def test_both_readers_return_the_same(kind, source):
    with contextlib.ExitStack() as opened:
        sockets = opened.enter_context(create_sockets())
        # Two descriptors in this process, and two in another: psutil names one as the owner.
        for original in list(sockets):
            opened.enter_context(contextlib.closing(original.dup()))
        child = opened.enter_context(child_with_all_descriptors())
        # A connection that was accepted, and one that waits for that; the peer closed the first.
        listener = opened.enter_context(bind_socket(socket.AF_INET, socket.SOCK_STREAM))
        client = socket.create_connection(listener.getsockname())
        accepted = opened.enter_context(listener.accept()[0])
        client.close()
        opened.enter_context(socket.create_connection(listener.getsockname()))
        udp = opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.connect(("127.0.0.1", 9))
        sockets = [*sockets, listener, accepted, udp]

        reader = Reader(source)
        # A closed connection changes its state once the peer acknowledges that.
        for _attempt in range(40):
            of_procnet = rows_of(reader.retrieve(kind), sockets)
            of_psutil = rows_of(PSUTIL_READER.retrieve(kind), sockets)
            if source == "auto":
                # sock_diag does not list connections to a unix socket before they are accepted.
                of_psutil = {c for c in of_psutil if c.family != socket.AF_UNIX or c.pid is not None}
            if of_procnet == of_psutil:
                break
            time.sleep(0.05)
        assert of_procnet == of_psutil
        assert max(child, os.getpid()) in {c.pid for c in of_procnet}
        for pid in (os.getpid(), child):
            assert set(reader.retrieve(kind, pid)) == set(PSUTIL_READER.retrieve(kind, pid))


def test_each_process_has_valid_connections():
    with create_sockets() as sockets:
        found = 0
        for process in psutil.process_iter():
            try:
                connections = process.net_connections("all")
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
            assert len(connections) == len(set(connections))
            for connection in connections:
                check_connection_ntuple(connection)
            found += len(connections)
        assert found >= len(sockets)


def test_a_process_that_ended_does_not_exist():
    with child_with_all_descriptors() as pid:
        process = psutil.Process(pid)
        assert process.net_connections("all") == []
    with pytest.raises(psutil.NoSuchProcess):
        process.net_connections("all")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read the descriptors of processes")
def test_the_descriptors_of_another_user_are_denied():
    with pytest.raises(psutil.AccessDenied):
        psutil.Process(1).net_connections("all")


@pytest.mark.skipif(os.geteuid() == 0, reason="root sees the owners")
def test_sockets_of_other_users_are_listed_without_an_owner():
    def own():
        return {p.pid for p in psutil.process_iter(["uids"]) if p.info["uids"].real == os.getuid()}

    before = own()
    connections = psutil.net_connections("all")
    assert {c.pid for c in connections} <= {None} | before | own()
    assert all(c.fd == -1 for c in connections if c.pid is None)


def test_a_descriptor_with_a_name_that_is_too_long_costs_no_other(tmp_path):
    start = os.getcwd()
    with contextlib.ExitStack() as opened:
        sockets = opened.enter_context(create_sockets())
        opened.callback(os.chdir, start)
        os.chdir(tmp_path)
        for _ in range(20):
            os.mkdir("x" * 240)
            os.chdir("x" * 240)
        file = opened.enter_context(open("file", "w"))
        with pytest.raises(OSError, match="File name too long"):
            os.readlink(f"/proc/self/fd/{file.fileno()}")
        assert len(psutil.Process().net_connections("all")) == len(sockets)
        owned = [c for c in psutil.net_connections("all") if c.pid == os.getpid()]
        assert len(owned) == len(sockets)


@pytest.mark.parametrize("kind", ["inet", "tcp", "all"])
def test_without_the_tables_of_ipv6_the_others_are_listed(procfs, kind):
    with create_sockets() as sockets:
        for table in ("tcp", "udp", "unix"):
            shutil.copy(f"/proc/net/{table}", procfs / "net" / table)
        connections = rows_of(psutil.net_connections(kind), sockets)
    families = {c.family for c in connections}
    assert families == {socket.AF_INET, socket.AF_UNIX} & {*psutil._common.conn_tmap[kind][0]}


def test_every_state_of_tcp_has_the_status_of_psutil(procfs):
    with open("/proc/net/tcp") as live:
        table = live.readline()
    for state in range(1, 12):
        row = f"{state:4}: 0100007F:{state:04X} 0100007F:0050 {state:02X} 00000000:00000000"
        row += f" 00:00000000 00000000     0        0 {state} 1 0000000000000000 20 4 0 10 -1"
        table += row.ljust(149) + "\n"
    (procfs / "net/tcp").write_text(table)
    found = READER.retrieve("tcp4")
    assert set(found) == set(PSUTIL_READER.retrieve("tcp4"))
    assert len({c.status for c in found}) == 11


HEADING = "Num       RefCount Protocol Flags    Type St Inode Path\n"
ROW = "0000000000000000: 00000002 00000000 00010000 0001 01 {} {}\n"


def test_a_line_that_is_no_row_costs_no_other(procfs):
    rows = [ROW.format(inode, f"@/tmp/dbus-{inode}") for inode in (462170, 35010)]
    (procfs / "net/unix").write_text(HEADING + rows[0] + "0" * 54 + "\n" + rows[1])
    names = {c.laddr for c in psutil.net_connections("unix")}
    assert names == {"@/tmp/dbus-462170", "@/tmp/dbus-35010"}


@pytest.mark.parametrize("name", [b"a b", b" ", b"@", b"\\x41", b"\xff\xfe", "ƒ\u202eő".encode()])
def test_abstract_names_of_any_bytes_are_exact(name):
    name = b"\0procnet-%d-" % os.getpid() + name
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(name)
        (connection,) = psutil.Process().net_connections("unix")
        assert os.fsencode(connection.laddr) == b"@" + name[1:]
        assert connection.fd == bound.fileno()
