"""Named tuples of the native interface."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Address", "Owner", "Timer"]


class Address(NamedTuple):
    """One end of a socket."""

    ip: str
    port: int


class Owner(NamedTuple):
    """A process, and the descriptor through which it holds a socket.

    ``comm`` is the kernel's name of the process: at most 15 bytes, which the process chooses. Bytes
    that are not UTF-8 are lone surrogates, as in file names.
    """

    pid: int
    fd: int
    comm: str


class Timer(NamedTuple):
    """A running timer of a TCP socket: what it is for, and the seconds until it expires."""

    kind: str
    seconds: float
    retransmits: int


for _class in (Address, Owner, Timer):
    _class.__module__ = "procnet"
del _class
