"""procnet in place of psutil's reader of Linux connections.

`corpus/scripts/psutil-suite.sh` makes `psutil._pslinux` import `READER` in place of its own
`_net_connections`, which both `psutil.net_connections()` and `Process.net_connections()` ask. So it
serves every process that imports that psutil. `PROCNET` is the path of the command.

Results are as psutil documents them: an address with port 0 is `()`, sockets other than TCP have
the status `NONE`, `fd` is -1 and `pid` None if the owner is unknown, and rows that are alike are
one. psutil names one process for each socket, where procnet reports all of them: in a list of all
processes it is the last one listed. An inet socket has the first of that process's descriptors, a
unix socket a row for each.
"""

import json
import os
import re
import socket
import subprocess

import psutil._ntuples as ntp
from psutil import _common

TYPES = {
    "stream": socket.SOCK_STREAM,
    "dgram": socket.SOCK_DGRAM,
    "raw": socket.SOCK_RAW,
    "seqpacket": socket.SOCK_SEQPACKET,
}


class Reader:
    def __init__(self, source):
        self.source = source

    def retrieve(self, kind, pid=None):
        found = set()
        for row in ask(self.source, kind, pid):
            owners = row["owners"]
            process = pid if pid is not None else max((o["pid"] for o in owners), default=None)
            fds = [owner["fd"] for owner in owners if owner["pid"] == process]
            if row["kind"] == "unix":
                ends = unix(row)
            else:
                ends, fds = inet(row), fds[:1]
            for fd in fds or [-1]:
                if pid is None:
                    found.add(ntp.sconn(fd, *ends, process))
                else:
                    found.add(ntp.pconn(fd, *ends))
        return list(found)


READER = Reader("auto")


def ask(source, kind, pid):
    """The objects that procnet prints. Raises OSError, which psutil turns into its exceptions."""
    command = [os.environ["PROCNET"], "sockets", "--format", "ndjson"]
    command += ["--source", source, "--kind", kind]
    if pid is not None:
        command += ["--pid", str(pid)]
    # Not always: only /proc itself is known to be that of the running host.
    procfs_path = _common.get_procfs_path()
    if procfs_path != "/proc":
        command += ["--root", procfs_path]
    environment = {key: os.environ[key] for key in os.environ if key != "HOST_PROC"}
    ran = subprocess.run(command, capture_output=True, env=environment, check=False)
    message = os.fsdecode(ran.stderr).strip()
    # 1: psutil, too, returns what it could see, though without saying that something is missing.
    if ran.returncode not in {0, 1}:
        raise error(ran.returncode, message)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def error(code, message):
    if code != 2 or not message.startswith("procnet: "):
        return RuntimeError(f"procnet ended with {code}: {message}")
    number = re.search(r"\(os error (\d+)\)", message)
    # OSError with a number becomes its subclass, such as PermissionError.
    return OSError(int(number[1]), message) if number else OSError(message)


def inet(row):
    family = socket.AF_INET6 if row["kind"].endswith("6") else socket.AF_INET
    local = address(row["local_addr"], row["local_port"])
    remote = address(row["remote_addr"], row["remote_port"])
    if row["kind"].startswith("tcp"):
        # A state that psutil has no constant for is an AttributeError, as it is a KeyError there.
        state = "CLOSE" if row["state"] == "UNCONN" else row["state"]
        status = getattr(_common, f"CONN_{state}")
        return family, socket.SOCK_STREAM, local, remote, status
    return family, socket.SOCK_DGRAM, local, remote, _common.CONN_NONE


def address(ip, port):
    return ntp.addr(ip, port) if port else ()


def unix(row):
    type_ = TYPES.get(row["type"]) or int(row["type"])
    name = "" if row["name"] is None else os.fsdecode(unescape(row["name"]))
    return socket.AF_UNIX, type_, name, "", _common.CONN_NONE


def unescape(text):
    """As documented in docs/formats.md."""

    def byte(match):
        return b"\\" if match[1] == b"\\" else bytes([int(match[1][1:], 16)])

    return re.sub(rb"\\(\\|x[0-9A-F]{2})", byte, text.encode())
