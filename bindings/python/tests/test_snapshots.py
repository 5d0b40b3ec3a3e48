"""Snapshots and their differences."""

from __future__ import annotations

import os
import socket

import pytest
from conftest import Scene

import procnet


def test_what_appears_vanishes_and_changes_is_reported(scene: Scene) -> None:
    scanner = procnet.Scanner()
    late = socket.socket()
    late.bind(("127.0.0.1", 0))
    gone = socket.create_server(("127.0.0.1", 0))
    gone_port = gone.getsockname()[1]
    before = scanner.snapshot("tcp", filter=f"sport = :{gone_port} or sport = :{scene.client_port}")
    gone.close()
    late.listen()
    port = late.getsockname()[1]
    filter = f"sport = :{port} or sport = :{gone_port} or sport = :{scene.client_port}"
    scene.client.shutdown(socket.SHUT_WR)
    after = scanner.snapshot("tcp", filter=filter)
    diff = before.diff(after)
    late.close()
    found = {change.socket.local.port: change for change in diff if change.socket.local}
    assert found[port].change == "appeared" and found[port].before is None
    assert found[gone_port].change == "vanished"
    changed = found[scene.client_port]
    assert (changed.change, changed.what) == ("changed", ["state"])
    assert changed.before is not None and changed.before.state == "ESTABLISHED"
    assert changed.socket.state in {"FIN_WAIT1", "FIN_WAIT2"}
    assert diff.not_compared == []
    assert str(changed).startswith("~ tcp FIN_WAIT") and str(changed).endswith("state")
    assert [diff[at].change for at in range(len(diff))] == [change.change for change in diff]


def test_a_snapshot_has_the_sockets_of_an_answer(scene: Scene) -> None:
    scanner = procnet.Scanner()
    mine = {os.fstat(s.fileno()).st_ino for s in (scene.listener, scene.udp, scene.unix)}
    snapshot = scanner.snapshot("all")
    assert mine <= {s.inode for s in snapshot}
    assert len(snapshot) == len(list(snapshot)) == snapshot.coverage.sockets
    assert snapshot.raise_if_incomplete is not None


def test_a_table_that_one_of_them_lacks_is_not_compared(scene: Scene) -> None:
    scanner = procnet.Scanner()
    diff = scanner.snapshot("tcp").diff(scanner.snapshot("udp"))
    assert set(diff.not_compared) == {"tcp", "tcp6", "udp", "udp6"}
    assert all(change.change == "changed" for change in diff)


def test_a_snapshot_compared_with_itself_has_no_differences(scene: Scene) -> None:
    snapshot = procnet.Scanner().snapshot("all")
    assert len(snapshot.diff(snapshot)) == 0
    snapshot.carry_over(snapshot)
    with pytest.raises(IndexError):
        snapshot.diff(snapshot)[0]


def test_the_memory_of_a_snapshot_is_used_again(scene: Scene) -> None:
    scanner = procnet.Scanner()
    before = scanner.snapshot("tcp")
    for _ in range(5):
        after = scanner.snapshot("tcp")
        after.carry_over(before)
        before.diff(after)
        before = after
    kept = before
    del scanner, after
    # It outlives its scanner.
    assert len(list(kept)) == len(kept)
