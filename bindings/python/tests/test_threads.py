"""Any number of threads may use everything, with and without a GIL."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator

import procnet
import procnet.psutil as ours
import pytest
from conftest import Scene


def in_threads(task: Callable[[], None], threads: int = 4) -> None:
    """Runs `task` in several threads that begin together, and raises what one of them raised."""
    begin = threading.Barrier(threads)
    raised: list[BaseException] = []

    def run() -> None:
        begin.wait()
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - it is raised again, where it is seen
            raised.append(error)

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if raised:
        raise raised[0]


def test_threads_share_a_scanner(scene: Scene) -> None:
    scanner = procnet.Scanner()
    found: list[int] = []

    def ask() -> None:
        for _ in range(20):
            found.append(len(scanner.sockets("tcp", port=scene.port)))
            found.append(len(procnet.sockets("tcp", port=scene.port)))

    in_threads(ask)
    assert found == [2] * 160


def test_threads_take_batches_of_one_visit(scene: Scene) -> None:
    """Each batch is one thread's."""
    scanner = procnet.Scanner()
    for _ in range(20):
        batches = scanner.batches("tcp", size=1, port=scene.port)
        found: list[procnet.Socket] = []

        def take() -> None:
            for batch in batches:  # noqa: B023 - the threads end before the next turn
                found.extend(batch)  # noqa: B023

        in_threads(take)
        assert sorted(str(each.state) for each in found) == ["ESTABLISHED", "LISTEN"]


def test_threads_iterate_one_answer_together(scene: Scene) -> None:
    """One iterator gives each socket once; an answer has as many iterators as are wanted."""
    answer = procnet.sockets("all")
    shared = iter(answer)
    once: list[int | None] = []

    def take() -> None:
        once.extend(each.inode for each in shared)
        assert sum(1 for _ in answer) == len(answer)

    in_threads(take)
    every = [each.inode for each in answer]
    assert sorted(once, key=str) == sorted(every, key=str)


def test_threads_compare_with_one_snapshot(scene: Scene) -> None:
    scanner = procnet.Scanner()
    first = scanner.snapshot("tcp", port=scene.port)

    def compare() -> None:
        for _ in range(20):
            second = scanner.snapshot("tcp", port=scene.port)
            assert len(list(first.diff(second))) == 0

    in_threads(compare)


def test_threads_have_tuples_of_their_own(scene: Scene) -> None:
    """Classes of tuples, addresses and strings that one answer has are made once, by one thread."""

    def ask() -> None:
        for _ in range(20):
            found = [each for each in ours.net_connections("tcp") if each.laddr[1] == scene.port]
            assert len(found) >= 2
            assert {each.laddr.ip for each in found} == {"127.0.0.1"}
            assert len(procnet.columns("tcp", port=scene.port)) == 2

    in_threads(ask)


@pytest.fixture
def no_switch_on_request() -> Iterator[None]:
    """A thread keeps the GIL until it releases it itself: none may ask for it."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(3600)
    yield
    sys.setswitchinterval(before)


CALLS: dict[str, Callable[[procnet.Scanner], object]] = {
    "sockets": lambda scanner: scanner.sockets("all"),
    "columns": lambda scanner: scanner.columns("all"),
    "snapshot": lambda scanner: scanner.snapshot("all"),
    "batches": lambda scanner: next(scanner.batches("all")),
    "sockets of the module": lambda _scanner: procnet.sockets("all"),
    "net_connections": lambda _scanner: ours.net_connections("all"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_other_threads_run_while_the_kernel_is_asked(
    scene: Scene, no_switch_on_request: None, call: Callable[[procnet.Scanner], object]
) -> None:
    """During one call: between calls, the other thread also runs without its help."""
    scanner = procnet.Scanner()
    done = threading.Event()
    turns = 0

    def count() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            # Releases the GIL, and waits for it again.
            time.sleep(0)

    def runs_during_a_call() -> bool:
        before = turns
        call(scanner)
        return turns != before

    thread = threading.Thread(target=count)
    thread.start()
    try:
        # A busy host may not run the other thread before a call has ended.
        end = time.monotonic() + 60
        while not (runs := runs_during_a_call()) and time.monotonic() < end:
            # It waits for the GIL when the next call begins.
            time.sleep(0.001)
    finally:
        done.set()
        thread.join()
    assert runs


@pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python always has a GIL"
)
def test_a_free_threaded_python_stays_free_of_the_gil() -> None:
    """One that does not know of a module that it needs no GIL has one from its import on, and warns."""
    program = """
import sys, procnet, procnet.psutil
procnet.sockets("all")
procnet.psutil.net_connections("all")
sys.exit(sys._is_gil_enabled())
"""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()
