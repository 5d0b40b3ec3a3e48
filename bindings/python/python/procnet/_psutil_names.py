"""psutil's classes, constants and exceptions; ours, which are equal, if it is not installed."""

from __future__ import annotations

import importlib
from collections import namedtuple
from typing import Any


def _installed() -> Any:
    """psutil, or ``None``."""
    try:
        return importlib.import_module("psutil")
    except ImportError:
        return None


psutil = _installed()


def _of_psutil(name: str, fields: str) -> Any:
    """psutil's class, or one of the same name and fields."""
    for module in ("_ntuples", "_common"):
        found = getattr(getattr(psutil, module, None), name, None)
        if found is not None and getattr(found, "_fields", None) == tuple(fields.split()):
            return found
    return namedtuple(name, fields, module=__name__)  # noqa: PYI024


addr = _of_psutil("addr", "ip port")
sconn = _of_psutil("sconn", "fd family type laddr raddr status pid")
pconn = _of_psutil("pconn", "fd family type laddr raddr status")
snetio = _of_psutil(
    "snetio", "bytes_sent bytes_recv packets_sent packets_recv errin errout dropin dropout"
)

CONN_ESTABLISHED = getattr(psutil, "CONN_ESTABLISHED", "ESTABLISHED")
CONN_SYN_SENT = getattr(psutil, "CONN_SYN_SENT", "SYN_SENT")
CONN_SYN_RECV = getattr(psutil, "CONN_SYN_RECV", "SYN_RECV")
CONN_FIN_WAIT1 = getattr(psutil, "CONN_FIN_WAIT1", "FIN_WAIT1")
CONN_FIN_WAIT2 = getattr(psutil, "CONN_FIN_WAIT2", "FIN_WAIT2")
CONN_TIME_WAIT = getattr(psutil, "CONN_TIME_WAIT", "TIME_WAIT")
CONN_CLOSE = getattr(psutil, "CONN_CLOSE", "CLOSE")
CONN_CLOSE_WAIT = getattr(psutil, "CONN_CLOSE_WAIT", "CLOSE_WAIT")
CONN_LAST_ACK = getattr(psutil, "CONN_LAST_ACK", "LAST_ACK")
CONN_LISTEN = getattr(psutil, "CONN_LISTEN", "LISTEN")
CONN_CLOSING = getattr(psutil, "CONN_CLOSING", "CLOSING")
CONN_NONE = getattr(psutil, "CONN_NONE", "NONE")


class _Error(Exception):
    """The base of the exceptions."""

    pid: int | None = None
    name: str | None = None
    ppid: int | None = None
    msg: str = ""

    def _details(self, names: tuple[str, ...]) -> str:
        known = {name: getattr(self, name) for name in names}
        return ", ".join(
            f"{name}={value!r}"
            for name, value in known.items()
            if value or (name == "pid" and value == 0)
        )

    def __str__(self) -> str:
        details = self._details(("pid", "ppid", "name"))
        return " ".join(part for part in (self.msg, f"({details})" if details else "") if part)

    def __repr__(self) -> str:
        details = self._details(("pid", "ppid", "name", "msg"))
        return f"psutil.{type(self).__name__}({details})"


class _NoSuchProcess(_Error):
    """There is no such process, or no longer."""

    def __init__(self, pid: int, name: str | None = None, msg: str | None = None) -> None:
        super().__init__()
        self.pid, self.name, self.msg = pid, name, msg or "process no longer exists"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.pid, self.name, self.msg)


class _ZombieProcess(_NoSuchProcess):
    """The process has ended, and its parent has not waited for it yet."""

    def __init__(
        self, pid: int, name: str | None = None, ppid: int | None = None, msg: str | None = None
    ) -> None:
        super().__init__(pid, name, msg or "PID still exists but it's a zombie")
        self.ppid = ppid

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.pid, self.name, self.ppid, self.msg)


class _AccessDenied(_Error):
    """The process may not be examined."""

    def __init__(
        self, pid: int | None = None, name: str | None = None, msg: str | None = None
    ) -> None:
        super().__init__()
        self.pid, self.name, self.msg = pid, name, msg or ""

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.pid, self.name, self.msg)


for _class in (_Error, _NoSuchProcess, _ZombieProcess, _AccessDenied):
    _class.__name__ = _class.__qualname__ = _class.__name__.lstrip("_")

Error: Any = getattr(psutil, "Error", _Error)
NoSuchProcess: Any = getattr(psutil, "NoSuchProcess", _NoSuchProcess)
ZombieProcess: Any = getattr(psutil, "ZombieProcess", _ZombieProcess)
AccessDenied: Any = getattr(psutil, "AccessDenied", _AccessDenied)
