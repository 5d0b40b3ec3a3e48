#!/usr/bin/env python3
"""Creates packet and netlink sockets in a network namespace of its own, and records their tables, and
what NETLINK_SOCK_DIAG answers about packet sockets.

    sudo corpus/scripts/record_packet.py corpus/captures/linux-6.18-x86_64-packet

Needs root, `unshare` and `ip`; receives only packets of the namespace's own loopback.
"""

import contextlib
import os
import socket
import struct
import subprocess

from packet_scene import ETH_P_ALL, ETH_P_IP, options, packet
from recording import ask, dump_request, keep, main, origin, read, write

ETH_P_ARP, ETH_P_LLDP = 0x0806, 0x88CC
EVERYTHING = 0x3F
ROUTE, SOCK_DIAG, UEVENT, GENERIC = 0, 4, 15, 16


def packets():
    packet(socket.SOCK_RAW, ETH_P_ALL)
    packet(socket.SOCK_DGRAM, ETH_P_IP, "lo")
    packet(socket.SOCK_RAW, 0)
    options()
    # Bound to an interface that is down, so it is not running.
    packet(socket.SOCK_RAW, ETH_P_LLDP, "15charsname_567")
    # SOCK_PACKET, which is obsolete.
    with contextlib.suppress(OSError):
        packet(10, ETH_P_ARP)
    # Unread packets occupy memory of the sockets that receive all.
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(5):
        sender.sendto(b"x" * 1000, ("127.0.0.1", 9))


def netlinks():
    first = keep(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, ROUTE))
    first.bind((0, 0x111))
    # The second of one process and protocol: a port id near 2^32.
    keep(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, ROUTE)).bind((0, 0))
    # Not bound: port id 0, like the kernel's own.
    keep(socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, GENERIC))
    keep(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, UEVENT)).bind((4711, 1))
    # With a running dump of unix sockets, whose answers are not read.
    for _ in range(200):
        keep(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    diag = keep(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG))
    diag.bind((0, 0))
    request = struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, 0xFFFFFFFF, 0, 1, 0, 0)
    diag.send(struct.pack("=IHHII", 16 + len(request), 20, 0x301, 1, 0) + request)
    # Notifications of interfaces that do not fit into a small buffer are dropped.
    full = keep(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, ROUTE))
    full.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    full.bind((0, 1))
    for state in ("down", "up") * 8:
        subprocess.run(["ip", "link", "set", "lo", state], check=True)


def unprivileged(request):
    """The answer to a user who is not root."""
    receive, send = os.pipe()
    if os.fork() == 0:
        os.setuid(65534)
        os.write(send, ask(request))
        os._exit(0)
    os.close(send)
    os.wait()
    with os.fdopen(receive, "rb") as answer:
        return answer.read()


SCENE = """\
The script creates packet sockets of every type, on one interface, on all and on one that is down,
one with a filter, and one with rings, a group and memberships; and netlink sockets with several port
ids: two of one process, one with a running dump, and one with drops. The others in `net/netlink` are
the kernel's. `netlink/packet` is what NETLINK_SOCK_DIAG answers to `netlink/packet.request`, and
`netlink/packet-unprivileged` the same for a user without privileges.
"""


def record(folder):
    subprocess.run("ip link set lo up".split(), check=True)
    subprocess.run("ip link add name 15charsname_567 type bridge".split(), check=True)
    netlinks()
    packets()
    for table in ("packet", "netlink"):
        write(folder, f"net/{table}", read(table))
    # Family, type and protocol, inode, what to show, cookie.
    request = dump_request(struct.pack("=BBHIIQ", socket.AF_PACKET, 0, 0, 0, EVERYTHING, 0))
    for name, answer in ("packet", ask), ("packet-unprivileged", unprivileged):
        write(folder, f"netlink/{name}", answer(request))
        write(folder, f"netlink/{name}.request", request)
    origin(folder, SCENE)


main(record, __doc__)
