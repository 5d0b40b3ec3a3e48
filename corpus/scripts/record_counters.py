#!/usr/bin/env python3
"""Generates various traffic in a network namespace of its own, and records the counters.

    sudo corpus/scripts/record_counters.py corpus/captures/linux-6.18-x86_64-counters

Needs root, `unshare` and `ip`; sends only over the namespace's own loopback.
"""

import contextlib
import os
import socket
import struct
import subprocess
import time

from recording import keep, main, origin, read, write

TABLES = "dev snmp netstat snmp6 sockstat sockstat6 softnet_stat protocols".split()
MPTCP = 262


def interfaces():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run("ip link add name 15charsname_567 type bridge".split(), check=True)


def tcp():
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        for protocol in (0, MPTCP):
            with contextlib.suppress(OSError):
                server = keep(socket.socket(family, socket.SOCK_STREAM, protocol))
                server.bind((host, 0))
                server.listen(2)
                for _ in range(3):
                    left = keep(socket.socket(family, socket.SOCK_STREAM, protocol))
                    left.connect(server.getsockname())
                    right, _ = server.accept()
                    left.send(b"x" * 30_000)
                    right.recv(65536)
                    # Left in TIME_WAIT.
                    right.close()
                    time.sleep(0.02)
        # Refused.
        with contextlib.suppress(ConnectionRefusedError):
            keep(socket.socket(family, socket.SOCK_STREAM)).connect((host, 9))


def datagrams():
    for protocol in (socket.IPPROTO_UDP, 136):
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with contextlib.suppress(OSError):
                tiny = keep(socket.socket(family, socket.SOCK_DGRAM, protocol))
                tiny.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                tiny.bind((host, 0))
                sender = keep(socket.socket(family, socket.SOCK_DGRAM, protocol))
                for _ in range(20):
                    sender.sendto(b"x" * 500, tiny.getsockname())
                # In fragments, because the MTU of the loopback is lowered.
                sender.sendto(b"x" * 9_000, tiny.getsockname())
                # No port: an ICMP message comes back.
                sender.sendto(b"x", (host, 9))


def messages():
    """ICMP of both versions, including unknown types, and multicast."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    for kind in (8, 30, 31):
        total = 0xFFFF - ((kind << 8) % 0xFFFF)
        raw.sendto(struct.pack(">BBHI", kind, 0, total, 0), ("127.0.0.1", 0))
    raw6 = keep(socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6))
    for kind in (128, 200, 201):
        raw6.sendto(struct.pack(">BBHI", kind, 0, 0, 0), ("::1", 0))
    sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, 1)
    with contextlib.suppress(OSError):
        sender.sendto(b"x", ("ff02::1", 9))


SCENE = """\
The script generates traffic in a network namespace of its own: TCP, MPTCP, UDP and UDP-Lite over
both versions of IP, with drops, fragments, refused connections and ICMP messages. `dev_snmp6` has a
file for each interface. Host-wide numbers (softnet_stat, memory and orphans in sockstat, the
protocols) are those of the recording host.
"""


def record(folder):
    interfaces()
    subprocess.run(["ip", "link", "set", "lo", "mtu", "1500"], check=True)
    tcp()
    datagrams()
    messages()
    time.sleep(0.3)
    interfaces_of = os.listdir(b"/proc/self/net/dev_snmp6")
    paths = [os.fsencode(table) for table in TABLES] + [b"dev_snmp6/" + at for at in interfaces_of]
    for path in paths:
        write(folder, b"net/" + path, read(path))
    origin(folder, SCENE)


main(record, __doc__)
