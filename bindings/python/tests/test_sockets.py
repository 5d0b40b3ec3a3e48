"""Lists of sockets, their owners, and what is asked."""

from __future__ import annotations

import os
import pickle
import socket
from pathlib import Path

import pytest
from conftest import Scene

import procnet


def of_port(answer: procnet.Answer, port: int) -> list[procnet.Socket]:
    return [s for s in answer if s.local is not None and s.local.port == port]


def test_a_listener_has_its_address_state_queue_and_every_owner(scene: Scene) -> None:
    (found,) = procnet.sockets("tcp", listening=True, port=scene.port)
    assert (found.kind, found.state, found.family) == ("tcp", "LISTEN", socket.AF_INET)
    assert found.local == ("127.0.0.1", scene.port)
    assert found.remote == ("0.0.0.0", 0)
    assert found.inode == os.fstat(scene.listener.fileno()).st_ino
    assert found.uid == os.getuid()
    fd = scene.listener.fileno()
    assert [(owner.pid, owner.fd) for owner in found.owners] == sorted(
        [(os.getpid(), fd), (scene.child, fd)]
    )
    assert found.pids == sorted([os.getpid(), scene.child])
    comm = Path("/proc/self/comm").read_text().strip()
    assert {owner.comm for owner in found.owners} == {comm}
    assert found.name is None and found.type is None and found.suspect is False


@pytest.mark.parametrize("source", ["netlink", "procfs"])
def test_both_sources_report_the_same_connection(scene: Scene, source: str) -> None:
    filter = f"sport = :{scene.client_port} and dport = :{scene.port}"
    (found,) = procnet.sockets("tcp", filter=filter, source=source)
    assert found.state == "ESTABLISHED"
    assert found.local is not None and found.remote is not None
    assert found.local.port == scene.client_port and found.remote.port == scene.port
    assert set(procnet.sockets("tcp", filter=filter, source=source).coverage.sources.values()) == {
        source
    }


def test_a_name_of_any_bytes_survives(scene: Scene) -> None:
    inode = os.fstat(scene.unix.fileno()).st_ino
    (found,) = [s for s in procnet.sockets("unix") if s.inode == inode]
    assert found.name is not None
    assert os.fsencode(found.name) == scene.unix_name
    assert found.type == "dgram" and found.local is None
    # What is printed is escaped.
    assert "\x1b" not in str(found) and r"\x1B" in str(found)
    assert found.as_dict()["name"].endswith(r"a b\xFF\x1B")


def test_kinds_are_names_lists_or_tables(scene: Scene) -> None:
    for kinds in ("udp", "udp6", "tcp, udp6", ["tcp4", "udp6"], "inet", "all", "every"):
        found = of_port(procnet.sockets(kinds), scene.udp.getsockname()[1])
        assert [s.kind for s in found] == ["udp6"]
    assert of_port(procnet.sockets("tcp"), scene.udp.getsockname()[1]) == []


def test_without_owners_no_process_is_examined(scene: Scene) -> None:
    answer = procnet.sockets("tcp", owners=False)
    assert all(s.owners == () for s in answer)
    assert answer.coverage.as_dict()["processes"] is None


def test_the_sockets_of_one_process(scene: Scene) -> None:
    inodes = {s.inode for s in procnet.sockets("all", pid=scene.child)}
    mine = [scene.listener, scene.client, scene.accepted, scene.udp, scene.unix]
    assert {os.fstat(s.fileno()).st_ino for s in mine} <= inodes


def test_an_answer_is_a_sequence(scene: Scene) -> None:
    answer = procnet.sockets("inet")
    assert len(answer) == len(list(answer)) >= 4
    assert answer[0] == next(iter(answer)) and answer[-1] == list(answer)[-1]
    assert answer[1:3] == [answer[1], answer[2]] and answer[::-1] == list(answer)[::-1]
    assert len({*answer, *answer}) == len(answer)
    with pytest.raises(IndexError):
        answer[len(answer)]


def test_a_limit_truncates(scene: Scene) -> None:
    answer = procnet.sockets("inet", limit=1)
    assert len(answer) == 1 and answer.coverage.truncated


def test_details_are_reported_on_request(scene: Scene) -> None:
    filter = f"sport = :{scene.client_port}"
    (plain,) = procnet.sockets("tcp", filter=filter)
    (detailed,) = procnet.sockets("tcp", filter=filter, details="tcp_info, memory", source="netlink")
    assert plain.details is None
    assert detailed.details is not None
    assert detailed.details["tcp_info"]["snd_mss"] > 0
    assert set(detailed.details) == {"tcp_info", "memory"}


def test_batches_are_the_answer_in_parts(scene: Scene) -> None:
    scanner = procnet.Scanner()
    whole = scanner.sockets("all")
    batches = scanner.batches("all", size=2)
    assert batches.coverage is None
    parts = list(batches)
    assert all(len(part) == 2 for part in parts[:-1])
    assert {s.inode for part in parts for s in part} >= {
        os.fstat(s.fileno()).st_ino for s in (scene.listener, scene.unix)
    }
    assert batches.coverage is not None and batches.coverage.sockets == sum(map(len, parts))
    assert abs(batches.coverage.sockets - len(whole)) < 10


def test_batches_that_are_given_up_free_the_scanner(scene: Scene) -> None:
    scanner = procnet.Scanner()
    batches = scanner.batches("all", size=1)
    next(batches)
    del batches
    assert len(scanner.sockets("tcp")) >= 3


def test_a_batch_is_not_lost_if_the_answer_is_an_error() -> None:
    batches = procnet.Scanner().batches("tcp", pid=2**22 + 1)
    with pytest.raises(procnet.NoSuchProcess):
        list(batches)


def test_a_count_makes_no_list(scene: Scene) -> None:
    count, coverage = procnet.Scanner().count("tcp", filter=f"sport = {scene.port}")
    assert count == coverage.sockets == 2


def test_owners_of_an_inode(scene: Scene) -> None:
    inode = os.fstat(scene.udp.fileno()).st_ino
    fd = scene.udp.fileno()
    assert procnet.Scanner().owners_of(inode) == sorted([(os.getpid(), fd), (scene.child, fd)])


def test_pids_include_this_process() -> None:
    assert os.getpid() in procnet.pids()


def test_a_child_of_fork_has_scanners_of_its_own(scene: Scene) -> None:
    scanner = procnet.Scanner()
    inodes = {s.inode for s in scanner.sockets("tcp", port=scene.port)}
    procnet.sockets("tcp")
    pid = os.fork()
    if pid == 0:
        try:
            same = {s.inode for s in scanner.sockets("tcp", port=scene.port)} == inodes
            kept = {s.inode for s in procnet.sockets("tcp", port=scene.port)} == inodes
            os._exit(0 if same and kept else 1)
        except BaseException:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    # And the parent's is not disturbed.
    assert {s.inode for s in scanner.sockets("tcp", port=scene.port)} == inodes


def test_each_namespace_has_its_sockets(scene: Scene) -> None:
    # In a container the host's namespace may not be visible; this one always is.
    try:
        answer = procnet.sockets("tcp", netns="all", port=scene.port)
    except procnet.PermissionDenied as error:
        pytest.skip(str(error))
    own = os.stat("/proc/self/ns/net").st_ino
    assert own in {s.netns for s in answer}
    assert own in {namespace["inode"] for namespace in procnet.Scanner().namespaces()}
    (of_process, _) = procnet.sockets("tcp", netns=scene.child, port=scene.port)
    assert of_process.netns == own


def test_a_capture_is_read_from_its_directory(tmp_path: Path) -> None:
    net = tmp_path / "net"
    net.mkdir()
    with open("/proc/net/tcp") as table:
        heading = table.readline()
    row = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000"
    row += "        0 4242 1 0000000000000000 100 0 0 10 0"
    (net / "tcp").write_text(heading + row.ljust(149) + "\n")
    answer = procnet.Scanner(tmp_path).sockets("tcp4")
    assert [(s.local, s.inode) for s in answer] == [(("127.0.0.1", 8080), 4242)]
    assert not answer.coverage.is_complete
    assert any("process" in gap for gap in answer.coverage.gaps)


def test_named_tuples_pickle() -> None:
    for value in (procnet.Address("::1", 80), procnet.Owner(1, 2, "x"), procnet.Timer("other", 1.0, 0)):
        assert pickle.loads(pickle.dumps(value)) == value


def test_incremental_owners_find_a_new_socket() -> None:
    scanner = procnet.Scanner()
    scanner.sockets("tcp", incremental=True)
    with socket.create_server(("127.0.0.1", 0)) as new:
        (found,) = scanner.sockets("tcp", incremental=0.5, port=new.getsockname()[1])
        assert os.getpid() in found.pids
