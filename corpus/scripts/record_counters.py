#!/usr/bin/env python3
"""Makes traffic of many kinds in a network namespace of its own, and records the counters.

    sudo corpus/scripts/record_counters.py corpus/captures/linux-6.18-x86_64-counters

Needs root, `unshare` and `ip`; sends nothing but over the namespace's own loopback.
"""

import contextlib
import datetime
import os
import platform
import shutil
import socket
import struct
import subprocess
import sys
import time

TABLES = "dev snmp netstat snmp6 sockstat sockstat6 softnet_stat protocols".split()
MPTCP = 262
KEPT = []


def keep(sock):
    KEPT.append(sock)
    return sock


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
        # Nobody listens.
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
                # In fragments, of which the loopback makes none unless it is told so.
                sender.sendto(b"x" * 9_000, tiny.getsockname())
                # No port: an ICMP message comes back.
                sender.sendto(b"x", (host, 9))


def messages():
    """ICMP of both versions, types that nobody knows among them; and multicast."""
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


def write(folder, path, content):
    target = os.path.join(os.fsencode(folder), path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as file:
        file.write(content)


ORIGIN = """# {title}

- origin: recorded
- kernel: {kernel}
- architecture: {machine}
- byte order: {order}
- command: `corpus/scripts/record_counters.py`, read as root
- date: {date}

The script makes traffic in a network namespace of its own: TCP, MPTCP, UDP and UDP-Lite over
both versions of IP, with drops, fragments, refusals and messages of ICMP. `dev_snmp6` has a file
for each interface. What is of the whole host (softnet_stat, memory and orphans in sockstat, the
protocols) is the recording host's.
"""


def record(folder):
    interfaces()
    subprocess.run(["ip", "link", "set", "lo", "mtu", "1500"], check=True)
    tcp()
    datagrams()
    messages()
    time.sleep(0.3)
    net = b"/proc/self/net/"
    interfaces_of = os.listdir(net + b"dev_snmp6")
    paths = [os.fsencode(table) for table in TABLES] + [b"dev_snmp6/" + at for at in interfaces_of]
    for path in paths:
        with open(net + path, "rb", buffering=1 << 20) as file:
            write(folder, b"net/" + path, file.read())
    text = ORIGIN.format(
        title=os.path.basename(folder),
        kernel=platform.release().split("-")[0],
        machine=platform.machine(),
        order=sys.byteorder,
        date=datetime.date.today(),
    )
    write(folder, b"ORIGIN.md", text.encode())


def main():
    if len(sys.argv) == 2:
        folder = os.path.abspath(sys.argv[1])
        shutil.rmtree(folder, ignore_errors=True)
        os.execvp("unshare", ["unshare", "--net", sys.executable, __file__, folder, "inside"])
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    record(sys.argv[1])


main()
