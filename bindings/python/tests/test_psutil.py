"""procnet.psutil: psutil's results, with and without psutil."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Scene, as_nobody, child_with_all_descriptors

import procnet
import procnet.psutil as ours

psutil = pytest.importorskip("psutil")

KINDS = ["all", "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6", "unix", "inet", "inet4", "inet6"]


def of_scene(connections: list[Any], scene: Scene) -> set[Any]:
    """Those of the scene: others come and go."""
    ports = {scene.port, scene.client_port, scene.udp.getsockname()[1]}
    name = os.fsdecode(scene.unix_name)

    def is_of_scene(connection: Any) -> bool:
        if connection.family == socket.AF_UNIX:
            return bool(connection.laddr == name)
        return bool(connection.laddr) and connection.laddr.port in ports

    return {connection for connection in connections if is_of_scene(connection)}


def test_tuples_are_hashed_like_others(scene: Scene) -> None:
    """Since Python 3.14 a tuple keeps its hash, also if it was made without one."""
    for connections in (ours.net_connections("inet"), ours.Process().net_connections("inet")):
        for connection in connections:
            assert hash(connection) == hash(tuple(connection))
            assert hash(connection.laddr) == hash(tuple(connection.laddr))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_the_connections_of_psutil(scene: Scene, kind: str) -> None:
    found = of_scene(ours.net_connections(kind), scene)
    expected = of_scene(psutil.net_connections(kind), scene)
    # psutil loses a name with a blank.
    inet = {connection for connection in found if connection.family != socket.AF_UNIX}
    assert inet == expected
    families = {"unix": {socket.AF_UNIX}}.get(kind)
    assert families is None or {connection.family for connection in found} == families
    for pid in (os.getpid(), scene.child):
        found = of_scene(ours.Process(pid).net_connections(kind), scene)
        expected = of_scene(psutil.Process(pid).net_connections(kind), scene)
        assert {c for c in found if c.family != socket.AF_UNIX} == expected


def test_the_types_are_those_of_psutil(scene: Scene) -> None:
    for connection in ours.net_connections("all"):
        assert type(connection) is psutil._ntuples.sconn
        assert isinstance(connection.family, socket.AddressFamily)
        assert isinstance(connection.type, socket.SocketKind)
        for end in (connection.laddr, connection.raddr):
            if connection.family == socket.AF_UNIX:
                assert type(end) is str
            else:
                assert end == () or type(end) is psutil._ntuples.addr
        assert connection.status in {
            value for name, value in vars(psutil).items() if name.startswith("CONN_")
        }
        assert connection == pickle.loads(pickle.dumps(connection))
        assert repr(connection) == repr(type(connection)(*connection))
        assert connection._replace(fd=-7).fd == -7
    for connection in ours.Process().net_connections("all"):
        assert type(connection) is psutil._ntuples.pconn


def test_the_listener_of_a_server_has_one_owner_or_all(scene: Scene) -> None:
    def owners(connections: list[Any]) -> list[int]:
        return [c.pid for c in connections if c.laddr and c.laddr[-1] == scene.port and c.status == "LISTEN"]

    assert owners(ours.net_connections("tcp")) == [max(os.getpid(), scene.child)]
    everyone = owners(ours.net_connections("tcp", all_owners=True))
    assert everyone == sorted([os.getpid(), scene.child])


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user takes root")
def test_sockets_that_look_alike_are_one_except_with_all_owners() -> None:
    """Sockets of one port whose owner is not visible."""
    with contextlib.ExitStack() as opened:
        port = 0
        for _ in range(3):
            udp = opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            udp.bind(("127.0.0.1", port))
            port = udp.getsockname()[1]

        def count() -> tuple[int, ...]:
            """Of this port: with psutil, with its own reader, and with all owners."""
            lists = (
                psutil.net_connections("udp"),
                ours.net_connections("udp"),
                ours.net_connections("udp", all_owners=True),
            )
            return tuple(sum(c.laddr[-1:] == (port,) for c in found) for found in lists)

        assert count() == (3, 3, 3)

        def unseen() -> bool:
            opened.close()
            return count() == (1, 1, 3)

        assert as_nobody(unseen)


def test_an_unknown_kind_is_a_value_error() -> None:
    for ask in (ours.net_connections, ours.Process().net_connections):
        with pytest.raises(ValueError, match="udp6"):
            ask("sctp")
    with pytest.raises(ValueError):
        # A kind of procnet, but not of psutil.
        ours.net_connections("netlink")


def test_processes_that_ended_are_psutils_exceptions() -> None:
    with child_with_all_descriptors() as pid:
        process = ours.Process(pid)
        assert isinstance(process, psutil.Process)
        process.net_connections()
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(psutil.ZombieProcess):
            process.net_connections()
    with pytest.raises(psutil.NoSuchProcess):
        process.net_connections()
    with pytest.raises(psutil.NoSuchProcess):
        ours.Process(2**22 + 1)


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user takes root")
def test_a_process_of_another_user_is_access_denied(scene: Scene) -> None:
    process = ours.Process(scene.child)

    def is_denied() -> bool:
        # The whole host can be listed nevertheless: the caller itself holds these sockets.
        listed = of_scene(ours.net_connections("tcp"), scene)
        try:
            process.net_connections()
        except psutil.AccessDenied as error:
            return error.pid == scene.child and {c.pid for c in listed} == {os.getpid()}
        return False

    assert as_nobody(is_denied)


def test_interface_counters_are_those_of_psutil() -> None:
    # Of an interface that is down nothing changes; lo is used by other tests.
    found, expected = (
        module.net_io_counters(pernic=True, nowrap=False) for module in (ours, psutil)
    )
    assert found.keys() == expected.keys()
    assert type(found["lo"]) is type(expected["lo"])
    for pernic in (True, False):
        total = ours.net_io_counters(pernic)
        assert type(total) is (dict if pernic else psutil._ntuples.snetio)


def test_counters_that_wrap_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "PROCFS_PATH", str(tmp_path))
    (tmp_path / "net").mkdir()
    ours.net_io_counters.cache_clear()

    def dev(*interfaces: str) -> None:
        rest = " 0 0 0 0 0 0 0 2 0 0 0 0 0 0 0\n"
        (tmp_path / "net/dev").write_text("".join(name + rest for name in interfaces))

    def received() -> dict[str, int]:
        return {name: nic.bytes_recv for name, nic in ours.net_io_counters(pernic=True).items()}

    dev("a: 100", "b: 5")
    assert received() == {"a": 100, "b": 5}
    dev("a: 10", "b: 6")
    assert received() == {"a": 110, "b": 6}
    assert ours.net_io_counters().bytes_recv == 116
    dev("b: 7")
    dev("a: 20")
    assert ours.net_io_counters(pernic=True, nowrap=False)["a"].bytes_recv == 20
    assert received() == {"a": 120}
    dev("b: 1")
    received()
    dev("a: 20")
    # It had gone in between.
    assert received() == {"a": 20}
    dev()
    assert ours.net_io_counters() is None and ours.net_io_counters(pernic=True) == {}
    ours.net_io_counters.cache_clear()


def test_pids_are_sorted() -> None:
    assert ours.pids() == sorted(ours.pids())
    assert os.getpid() in ours.pids()


def test_pids_are_names_of_digits_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("1", "42", "4194304", "self", "+3", "-4", "5x", "٦"):
        (tmp_path / name).mkdir()
    for module in (ours, psutil):
        with monkeypatch.context() as patched:
            patched.setattr(module, "PROCFS_PATH", str(tmp_path))
            assert ours.pids() == [1, 42, 4194304]
            patched.setattr(module, "PROCFS_PATH", str(tmp_path / "none"))
            with pytest.raises(FileNotFoundError, match="none: No such file"):
                ours.pids()


def test_procfs_path_is_that_of_either_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net/tcp").write_text(
        "  sl\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000"
        "  1000        0 4242 1 0000000000000000 100 0 0 10 0\n"
    )
    for module in (ours, psutil):
        with monkeypatch.context() as patched:
            patched.setattr(module, "PROCFS_PATH", str(tmp_path))
            (found,) = ours.net_connections("tcp4")
            assert found == (-1, socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 8080), (), "LISTEN", None)
    assert len(ours.net_connections("all")) > 0


def test_addresses_are_printed_as_by_inet_ntop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = [
        "::", "::1", "::ffff:192.0.2.1", "::192.0.2.1", "::1:2", "2001:db8::1", "1:0:0:2:0:0:0:3",
        "1:0:2:0:3:0:4:0", "fe80::1", "0:0:1::", "::ffff:0:1.2.3.4", "::0.1.0.0", "1:2:3:4:5:6:7:8",
    ]  # fmt: skip
    lines = ["  sl\n"]
    for at, address in enumerate(addresses):
        packed = socket.inet_pton(socket.AF_INET6, address)
        words = [packed[start : start + 4] for start in range(0, 16, 4)]
        order = sys.byteorder
        printed = "".join(f"{int.from_bytes(word, order):08X}" for word in words)
        lines.append(
            f"{at:4}: {printed}:{at + 1:04X} {'0' * 32}:0000 07 00000000:00000000 00:00000000"
            f" 00000000     0        0 {at + 1} 2 0000000000000000 0\n"
        )
    (tmp_path / "net").mkdir()
    (tmp_path / "net/udp6").write_text("".join(lines))
    monkeypatch.setattr(ours, "PROCFS_PATH", str(tmp_path))
    found = {c.laddr.port: c.laddr.ip for c in ours.net_connections("udp6")}
    expected = [
        socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, address))
        for address in addresses
    ]
    assert [found[at + 1] for at in range(len(addresses))] == expected


def test_everything_else_is_psutils() -> None:
    assert ours.cpu_count is psutil.cpu_count
    assert ours.AccessDenied is psutil.AccessDenied
    with pytest.raises(AttributeError):
        ours.no_such_name  # noqa: B018


def test_no_fork_is_warned_of_because_of_our_threads() -> None:
    """Python 3.12 warns of every fork of a process that has threads, native ones included."""
    program = """
import os, procnet, procnet.psutil as ours
procnet.sockets("all")
ours.net_connections("all")
pid = os.fork()
if pid == 0:
    os._exit(len(ours.net_connections("all")) == 0)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
ours.net_connections("all")
"""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()


def test_a_process_without_sockets_has_no_connections() -> None:
    program = [sys.executable, "-c", "input()"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, close_fds=True) as child:
        # Also while it is replaced by the interpreter.
        assert ours.Process(child.pid).net_connections("all") == []
        assert psutil.Process(child.pid).net_connections("all") == []
        assert child.stdin is not None
        child.stdin.close()


def test_no_descriptor_is_left_open(scene: Scene) -> None:
    process = ours.Process()
    procnet.close_idle()
    before = process.num_fds()
    for _ in range(3):
        process.net_connections("all")
        ours.net_connections("all")
        ours.pids()
    assert process.num_fds() == before
    procnet.sockets("all")
    procnet.close_idle()
    assert process.num_fds() == before


def test_the_collector_of_garbage_runs_afterwards() -> None:
    import gc

    assert gc.isenabled()
    ours.net_connections("all")
    assert gc.isenabled()
    gc.disable()
    try:
        ours.net_connections("all")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_nothing_leaks(scene: Scene) -> None:
    """References of the objects that all tuples share, and memory."""
    shared = [socket.AF_INET, socket.SOCK_STREAM, ours.CONN_LISTEN, psutil._ntuples.sconn]

    def counts() -> list[int]:
        return [sys.getrefcount(value) for value in shared]

    ours.net_connections("all")
    before = counts()
    for _ in range(50):
        ours.net_connections("all")
        ours.Process().net_connections("all")
    after = counts()
    # Immortal objects have no count, and others may be used by whatever else runs.
    assert all(abs(new - old) < 20 for new, old in zip(after, before, strict=True))
