"""procnet.psutil where psutil is not installed."""

from __future__ import annotations

import subprocess
import sys

# What the package does without psutil: in an interpreter that cannot import it.
WITHOUT_PSUTIL = """
import sys
sys.modules["psutil"] = None
import os, pickle, signal, socket, time
import procnet, procnet.psutil as ours

listener = socket.create_server(("127.0.0.1", 0))
found = [c for c in ours.net_connections("tcp") if c.laddr and c.laddr.port == listener.getsockname()[1]]
assert found == [(listener.fileno(), socket.AF_INET, socket.SOCK_STREAM,
    listener.getsockname(), (), ours.CONN_LISTEN, os.getpid())], found
assert found[0]._fields == ("fd", "family", "type", "laddr", "raddr", "status", "pid")
assert pickle.loads(pickle.dumps(found)) == found
process = ours.Process()
assert process.pid == os.getpid() and process == ours.Process() and process.name()
(own,) = process.net_connections("tcp")
assert own._fields == found[0]._fields[:-1]
assert ours.net_io_counters(pernic=True)["lo"].bytes_sent >= 0
pid = os.fork()
if pid == 0:
    signal.pause()
process = ours.Process(pid)
process.net_connections()
os.kill(pid, signal.SIGKILL)
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
try:
    process.net_connections()
    raise AssertionError
except ours.ZombieProcess as error:
    assert error.pid == pid and error.ppid == os.getpid()
    assert isinstance(error, ours.NoSuchProcess) and isinstance(error, ours.Error)
    assert pickle.loads(pickle.dumps(error)).pid == pid
os.waitpid(pid, 0)
try:
    process.net_connections()
    raise AssertionError
except ours.NoSuchProcess as error:
    assert str(error) == f"process no longer exists (pid={pid}, name={process.name()!r})", str(error)
    assert type(error) is ours.NoSuchProcess
assert str(ours.AccessDenied(7, "x")) == "(pid=7, name='x')"
try:
    ours.patch()
    raise AssertionError
except procnet.NotAvailable:
    pass
try:
    ours.cpu_count
    raise AssertionError
except AttributeError:
    pass
"""


def test_without_psutil_classes_and_exceptions_are_equal_ones() -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_PSUTIL], capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()
