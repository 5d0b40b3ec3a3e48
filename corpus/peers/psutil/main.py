"""Prints psutil's view of this host's network as JSON, with which tests compare procnet's.

A socket is an object; `local` and `remote` are an array of address and port, or the bytes of a
name in hexadecimal. A kind whose call fails is a string with the error.
"""

import json
import os
import socket

import psutil

KINDS = "all tcp tcp4 tcp6 udp udp4 udp6 unix inet inet4 inet6".split()


def end(address):
    if isinstance(address, str):
        return os.fsencode(address).hex()
    return list(address)


def sockets(kind):
    try:
        found = psutil.net_connections(kind)
    except (RuntimeError, ValueError) as error:
        return repr(error)
    return [
        {
            "family": {socket.AF_INET: "inet", socket.AF_INET6: "inet6"}.get(c.family, "unix"),
            "type": int(c.type),
            "local": end(c.laddr),
            "remote": end(c.raddr),
            "status": c.status,
            "pid": c.pid,
            "fd": c.fd,
        }
        for c in found
    ]


def uids():
    users = {}
    for pid in psutil.pids():
        try:
            users[pid] = list(psutil.Process(pid).uids())
        except psutil.NoSuchProcess:
            pass
    return users


interfaces = psutil.net_io_counters(pernic=True, nowrap=False)
print(
    json.dumps(
        {
            "version": psutil.__version__,
            "own_pid": os.getpid(),
            "sockets": {kind: sockets(kind) for kind in KINDS},
            "interfaces": {name: c._asdict() for name, c in interfaces.items()},
            "total": psutil.net_io_counters(nowrap=False)._asdict(),
            "uids": uids(),
        }
    )
)
