"""Scenes with known sockets, in network namespaces of their own where that is permitted."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

CLONE_NEWNET = 0x40000000


def pytest_configure() -> None:
    """Puts this process into a network namespace of its own, if it may have one.

    Before any test has threads: those keep the namespace that they began in. The tests also pass in
    that of the host, where other sockets come and go.
    """
    if shutil.which("ip") is None or ctypes.CDLL(None).unshare(CLONE_NEWNET) != 0:
        return
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


@dataclass
class Scene:
    """Sockets of this process, and of one child that has all of them as well."""

    listener: socket.socket
    client: socket.socket
    accepted: socket.socket
    udp: socket.socket
    unix: socket.socket
    unix_name: bytes
    child: int

    @property
    def port(self) -> int:
        return self.listener.getsockname()[1]

    @property
    def client_port(self) -> int:
        return self.client.getsockname()[1]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(socket.create_server(("127.0.0.1", 0), backlog=7))
        client = opened.enter_context(socket.create_connection(listener.getsockname()))
        accepted = opened.enter_context(listener.accept()[0])
        udp = opened.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
        udp.bind(("::1", 0))
        unix = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        # A blank, a byte that is not UTF-8, and a control character.
        name = os.fsencode(tmp_path) + b"/a b\xff\x1b"
        unix.bind(name)
        child = opened.enter_context(child_with_all_descriptors())
        yield Scene(listener, client, accepted, udp, unix, name, child)


def as_nobody(check: Callable[[], bool]) -> bool:
    """What `check` returns in a child without privileges."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setresuid(65534, 65534, 65534)
            os._exit(0 if check() else 1)
        except BaseException:
            traceback.print_exc()
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@contextlib.contextmanager
def child_with_all_descriptors() -> Iterator[int]:
    pid = os.fork()
    if pid == 0:
        signal.pause()
        os._exit(0)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
