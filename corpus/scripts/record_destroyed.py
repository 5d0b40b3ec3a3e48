#!/usr/bin/env python3
"""Records the destroy notifications of NETLINK_SOCK_DIAG that this kernel sends.

    sudo corpus/scripts/record_destroyed.py corpus/captures/linux-6.18-x86_64-destroyed

creates and closes sockets in a network namespace of its own (the script executes itself again in
one), subscribes to the four groups, and writes the datagrams, one after the other, as
netlink/destroyed.
"""

import contextlib
import socket
import subprocess

from recording import main, origin, write

NETLINK_SOCK_DIAG = 4
ALL_GROUPS = 0xF


def connection(family, ip):
    """Data in both directions; closed by the client first."""
    with socket.socket(family) as listener:
        listener.bind((ip, 0))
        listener.listen()
        client = socket.socket(family)
        client.connect(listener.getsockname())
        server = listener.accept()[0]
        client.sendall(b"x" * 1000)
        server.recv(1000, socket.MSG_WAITALL)
        server.sendall(b"y" * 50)
        client.recv(50, socket.MSG_WAITALL)
        client.close()
        server.recv(1)
        server.close()


SCENE = """\
The script creates and closes sockets in a network namespace of its own. `netlink/destroyed` has the
notifications of their ends, one datagram after the other.
"""


def record(folder):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_SOCK_DIAG) as events:
        events.bind((0, ALL_GROUPS))
        events.settimeout(1)
        for family, ip in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            connection(family, ip)
            with socket.socket(family, socket.SOCK_DGRAM) as udp:
                udp.bind((ip, 0))
            with socket.socket(family, socket.SOCK_DGRAM) as udp:
                udp.connect((ip, 53))
            with socket.socket(family) as refused, contextlib.suppress(ConnectionRefusedError):
                refused.connect((ip, 9))
            # Never bound.
            socket.socket(family, socket.SOCK_DGRAM).close()
            socket.socket(family).close()
        datagrams = []
        with contextlib.suppress(TimeoutError):
            while True:
                datagrams.append(events.recv(65536))
    write(folder, "netlink/destroyed", b"".join(datagrams))
    origin(folder, SCENE, "as any user")


main(record, __doc__)
