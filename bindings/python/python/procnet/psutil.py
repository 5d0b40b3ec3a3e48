"""psutil's functions for connections, with psutil's results.

>>> import procnet.psutil as psutil
>>> psutil.net_connections("tcp")  # doctest: +SKIP

If psutil is installed, its classes, constants and exceptions are used, and every other name of psutil
is found here as well. ``patch()`` makes psutil itself use these functions.
"""

from __future__ import annotations

import functools
import os
import socket
import sys
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from . import _procnet, _psutil_names
from ._errors import InvalidQuery, NotAvailable
from ._psutil_names import (
    CONN_CLOSE,
    CONN_CLOSE_WAIT,
    CONN_CLOSING,
    CONN_ESTABLISHED,
    CONN_FIN_WAIT1,
    CONN_FIN_WAIT2,
    CONN_LAST_ACK,
    CONN_LISTEN,
    CONN_NONE,
    CONN_SYN_RECV,
    CONN_SYN_SENT,
    CONN_TIME_WAIT,
    AccessDenied,
    Error,
    NoSuchProcess,
    ZombieProcess,
    addr,
    pconn,
    sconn,
    snetio,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "CONN_CLOSE",
    "CONN_CLOSE_WAIT",
    "CONN_CLOSING",
    "CONN_ESTABLISHED",
    "CONN_FIN_WAIT1",
    "CONN_FIN_WAIT2",
    "CONN_LAST_ACK",
    "CONN_LISTEN",
    "CONN_NONE",
    "CONN_SYN_RECV",
    "CONN_SYN_SENT",
    "CONN_TIME_WAIT",
    "PROCFS_PATH",
    "AccessDenied",
    "Error",
    "NoSuchProcess",
    "Process",
    "ZombieProcess",
    "net_connections",
    "net_io_counters",
    "patch",
    "pids",
    "unpatch",
]

#: Where procfs is mounted. As long as this is ``/proc``, psutil's own ``PROCFS_PATH`` counts.
PROCFS_PATH = "/proc"


def _procfs_path() -> str:
    if PROCFS_PATH != "/proc":
        return PROCFS_PATH
    return getattr(sys.modules.get("psutil"), "PROCFS_PATH", PROCFS_PATH)


def _socket_type(number: int) -> Any:
    try:
        return socket.SocketKind(number)
    except ValueError:
        return number


_connections = _procnet.Connections(
    classes=(sconn, pconn, addr),
    families=(socket.AF_INET, socket.AF_INET6, socket.AF_UNIX),
    types=[_socket_type(number) for number in range(12)],
    # By the numbers of include/net/tcp_states.h. The last one is a request sock, which psutil's table
    # shows as SYN_RECV.
    statuses=[
        CONN_NONE,
        CONN_ESTABLISHED,
        CONN_SYN_SENT,
        CONN_SYN_RECV,
        CONN_FIN_WAIT1,
        CONN_FIN_WAIT2,
        CONN_TIME_WAIT,
        CONN_CLOSE,
        CONN_CLOSE_WAIT,
        CONN_LAST_ACK,
        CONN_LISTEN,
        CONN_CLOSING,
        CONN_SYN_RECV,
    ],
    none=CONN_NONE,
)


class Reader:
    """What ``patch()`` puts in place of psutil's reader of connections.

    It raises ``OSError``, which psutil turns into its exceptions.
    """

    def __init__(self, source: str = "auto") -> None:
        self.source = source

    def retrieve(self, kind: str, pid: int | None = None, *, all_owners: bool = False) -> Any:
        root = _procfs_path()
        return _connections.list(
            kind, pid, root=root, source=self.source, all_owners=all_owners
        )


_reader = Reader()


def net_connections(kind: str = "inet", *, all_owners: bool = False) -> Any:
    """As ``psutil.net_connections()``: a list of ``sconn``, one for each socket.

    With ``all_owners=True``, there is one for each descriptor of every process that holds the socket,
    and none is left out because it looks like another one.
    """
    try:
        return _reader.retrieve(kind, all_owners=all_owners)
    except InvalidQuery as error:
        raise ValueError(str(error)) from None


def net_io_counters(pernic: bool = False, nowrap: bool = True) -> Any:
    """As ``psutil.net_io_counters()``."""
    counters = _io_counters()
    if not counters:
        return {} if pernic else None
    if nowrap:
        counters = _wraps.adjust(counters)
    if pernic:
        return {name: snetio(*values) for name, values in counters.items()}
    return snetio(*map(sum, zip(*counters.values(), strict=True)))


def _io_counters() -> dict[str, tuple[int, ...]]:
    """The counters of each interface, in psutil's order."""
    return _procnet.io_counters(_procfs_path())


class _Wraps:
    """Adds to each counter what it had before it became smaller, as psutil does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        self._before: dict[str, tuple[int, ...]] = {}
        self._lost: defaultdict[tuple[str, int], int] = defaultdict(int)

    def adjust(self, counters: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
        with self._lock:
            for name in self._before.keys() - counters.keys():
                for key in [key for key in self._lost if key[0] == name]:
                    del self._lost[key]
            for name, values in counters.items():
                for at, before in enumerate(self._before.get(name, ())):
                    if values[at] < before:
                        self._lost[name, at] += before
            self._before = counters
            return {
                name: tuple(value + self._lost.get((name, at), 0) for at, value in enumerate(values))
                for name, values in counters.items()
            }


_wraps = _Wraps()
net_io_counters.cache_clear = _wraps.clear  # type: ignore[attr-defined]


def pids() -> list[int]:
    """As ``psutil.pids()``: sorted."""
    return sorted(_pids())


def _pids() -> list[int]:
    """In the order of procfs."""
    return _procnet.list_pids(_procfs_path())


def _state(pid: int) -> tuple[str, int, str, int] | None:
    """The name of a process, its parent, its state, and when it started; ``None`` if it is gone."""
    try:
        with open(f"{_procfs_path()}/{pid}/stat", "rb") as file:
            stat = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    name = os.fsdecode(stat[stat.index(b"(") + 1 : stat.rindex(b")")])
    fields = stat[stat.rindex(b")") + 2 :].split()
    return name, int(fields[1]), fields[0].decode(), int(fields[19])


def _of_process(
    pid: int, name: str | None, kind: str, started: int | None, *, all_owners: bool
) -> Any:
    """The connections of a process that was there, with psutil's exceptions."""
    try:
        connections = _reader.retrieve(kind, pid, all_owners=all_owners)
        state = _state(pid)
        if state is None:
            raise NoSuchProcess(pid, name)
        if started is not None and state[3] != started:
            raise NoSuchProcess(pid, name, "process no longer exists and its PID was reused")
    except InvalidQuery as error:
        raise ValueError(str(error)) from None
    except PermissionError as error:
        raise AccessDenied(pid, name) from error
    except (ProcessLookupError, FileNotFoundError) as error:
        state = _state(pid)
        if state is not None and state[2] == "Z":
            raise ZombieProcess(pid, name, state[1]) from error
        if state is None:
            raise NoSuchProcess(pid, name) from error
        raise
    return connections


if _psutil_names.psutil is not None and not TYPE_CHECKING:

    class Process(_psutil_names.psutil.Process):
        """``psutil.Process``, except for ``net_connections()``."""

        def net_connections(self, kind: str = "inet", *, all_owners: bool = False) -> Any:
            """As ``psutil.Process.net_connections()``: a list of ``pconn``."""
            return _of_process(self.pid, self._name, kind, None, all_owners=all_owners)

else:

    class Process:
        """A process. Without psutil, it has ``pid``, ``name()`` and ``net_connections()``."""

        def __init__(self, pid: int | None = None) -> None:
            self._pid = os.getpid() if pid is None else pid
            if self._pid < 0:
                raise ValueError(f"pid must be a positive integer (got {pid})")
            state = _state(self._pid)
            if state is None:
                raise NoSuchProcess(self._pid, None, "process PID not found")
            self._name, _parent, _, self._started = state

        @property
        def pid(self) -> int:
            """The PID."""
            return self._pid

        def name(self) -> str:
            """The kernel's name: at most 15 bytes."""
            return self._name

        def net_connections(self, kind: str = "inet", *, all_owners: bool = False) -> Any:
            """As ``psutil.Process.net_connections()``: a list of ``pconn``."""
            return _of_process(
                self._pid, self._name, kind, self._started, all_owners=all_owners
            )

        def __repr__(self) -> str:
            return f"procnet.psutil.Process(pid={self._pid}, name={self._name!r})"

        def __eq__(self, other: object) -> bool:
            if not isinstance(other, Process):
                return NotImplemented
            return (self._pid, self._started) == (other._pid, other._started)

        def __hash__(self) -> int:
            return hash((self._pid, self._started))


#: What psutil had before it was patched.
_replaced: dict[str, Any] = {}


def patch() -> None:
    """Makes psutil read connections, interface counters and PIDs with procnet.

    That concerns ``psutil.net_connections()``, ``psutil.Process.net_connections()``,
    ``psutil.net_io_counters()`` and ``psutil.pids()``, also where they were imported before, and what
    psutil itself uses these for, as ``psutil.process_iter()`` lists PIDs. Everything else in psutil
    stays as it is. Patching twice does nothing.
    """
    linux = _psutil_linux()
    if _replaced:
        return
    functions: dict[str, object] = {
        "_net_connections": _reader,
        "net_io_counters": functools.wraps(linux.net_io_counters)(_io_counters),
        "pids": functools.wraps(linux.pids)(_pids),
    }
    for name, function in functions.items():
        _replaced[name] = getattr(linux, name)
        setattr(linux, name, function)


def unpatch() -> None:
    """Gives psutil its own functions back."""
    if _replaced:
        linux = _psutil_linux()
        for name, function in _replaced.items():
            setattr(linux, name, function)
        _replaced.clear()


def _psutil_linux() -> Any:
    """psutil's module for Linux."""
    if _psutil_names.psutil is None:
        raise NotAvailable("psutil is not installed: there is nothing to patch")
    linux = _psutil_names.psutil._pslinux
    if not hasattr(linux, "_net_connections"):
        version = _psutil_names.psutil.__version__
        raise NotAvailable(f"psutil {version} reads connections in a way that is not known here")
    return linux


def __getattr__(name: str) -> Any:
    """Everything else is psutil's, if it is installed."""
    if _psutil_names.psutil is not None and not name.startswith("__"):
        return getattr(_psutil_names.psutil, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
