"""procnet.psutil.patch(): psutil itself with procnet's readers."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from conftest import Scene, child_with_all_descriptors

import procnet.psutil as ours

psutil = pytest.importorskip("psutil")


@pytest.fixture
def unpatched() -> Iterator[None]:
    yield
    ours.unpatch()


def test_patching_serves_psutil_and_can_be_undone(scene: Scene, unpatched: None) -> None:
    before = psutil._pslinux._net_connections
    from psutil import net_connections as imported

    ours.patch()
    ours.patch()
    # psutil's own reader loses this name.
    name = os.fsdecode(scene.unix_name)
    for connections in (
        psutil.net_connections("unix"),
        imported("unix"),
        psutil.Process().net_connections("unix"),
    ):
        assert name in {c.laddr for c in connections}
    assert psutil.net_io_counters(pernic=True)["lo"].bytes_sent > 0
    with pytest.raises(psutil.NoSuchProcess):
        with child_with_all_descriptors() as pid:
            process = psutil.Process(pid)
        process.net_connections()
    with pytest.raises(ValueError):
        psutil.net_connections("sctp")
    ours.unpatch()
    ours.unpatch()
    assert psutil._pslinux._net_connections is before
    assert name not in {c.laddr for c in psutil.net_connections("unix")}


def test_patching_serves_pids(unpatched: None, monkeypatch: pytest.MonkeyPatch) -> None:
    before = psutil._pslinux.pids
    from psutil import pids as imported

    served = []

    def listed(root: str) -> list[int]:
        served.append(root)
        return list_pids(root)

    list_pids = ours._procnet.list_pids
    monkeypatch.setattr(ours._procnet, "list_pids", listed)
    ours.patch()
    with child_with_all_descriptors() as pid:
        for ask in (
            psutil.pids,
            imported,
            lambda: [process.pid for process in psutil.process_iter()],
        ):
            served.clear()
            found = ask()
            assert served == ["/proc"]
            assert found == sorted(found) and {os.getpid(), pid} <= set(found)
    assert pid not in psutil.pids()
    # Process 0 exists on other systems, and psutil looks it up in the list.
    assert not psutil.pid_exists(0)
    assert psutil.Process(psutil.pids()[0]).parent() is None
    ours.unpatch()
    served.clear()
    assert psutil._pslinux.pids is before
    assert os.getpid() in psutil.pids() and served == []
