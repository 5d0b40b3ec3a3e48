#!/usr/bin/env python3
"""Records requests of NETLINK_SOCK_DIAG and this kernel's answers.

    sudo corpus/scripts/record_netlink.py corpus/captures/linux-6.18-x86_64-netlink

creates sockets in a network namespace of its own (the script executes itself again in one) and
writes, for each request NAME, the request as netlink/NAME.request and all datagrams of the answer,
one after the other, as netlink/NAME. The requests are packed here with `struct`, independently of
procnet-core, whose requests are compared with them.
"""

import os
import socket
import struct
import subprocess
import tempfile

from recording import datagram_protocols, main, origin, write

TCPDIAG_GETSOCK, SOCK_DIAG_BY_FAMILY = 18, 20
REQUEST, DUMP = 0x1, 0x301
SEQUENCE = 7
NOCOOKIE = 0xFFFFFFFF
MEMINFO, INFO, CONG, TOS, TCLASS, SKMEMINFO = (1 << bit for bit in (0, 1, 3, 4, 5, 6))
EVERYTHING = MEMINFO | INFO | CONG | TOS | TCLASS | SKMEMINFO
TCP, UDP, RAW, ICMP, UDPLITE = 6, 17, 255, 1, 136
V4, V6 = socket.AF_INET, socket.AF_INET6
TABLE, ALL, LISTEN, UDP_STATES = 0x1FFE, 0xFFFFFFFF, 1 << 10, 0x82


def message(kind, flags, payload):
    return struct.pack("=IHHII", 16 + len(payload), kind, flags, SEQUENCE, 0) + payload


def sockid(sport=0, dport=0, src=b"", dst=b"", interface=0, cookie=0):
    return (struct.pack(">HH", sport, dport) + src.ljust(16, b"\0") + dst.ljust(16, b"\0")
            + struct.pack("=III", interface, cookie, cookie))


def inet(family, protocol, states, ext=0, bytecode=b"", flags=DUMP, id=None):
    payload = struct.pack("=BBBBI", family, protocol, ext, 0, states) + (id or sockid())
    return message(SOCK_DIAG_BY_FAMILY, flags, payload + attribute(bytecode))


def compat(states, ext=0, bytecode=b""):
    payload = struct.pack("=BBBB", V4, 0, 0, ext) + sockid() + struct.pack("=II", states, 0)
    return message(TCPDIAG_GETSOCK, DUMP, payload + attribute(bytecode))


def unix(states, show):
    return message(SOCK_DIAG_BY_FAMILY, DUMP,
                   struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, states, 0, show, 0, 0))


def attribute(bytecode):
    """INET_DIAG_REQ_BYTECODE."""
    return struct.pack("=HH", 4 + len(bytecode), 1) + bytecode if bytecode else b""


S_GE, S_LE, D_GE, D_LE, S_COND, D_COND = 2, 3, 4, 5, 7, 8


def every(*conditions):
    """Matches all conditions: each that fails jumps four bytes beyond the end."""
    length = sum(4 + len(data) for _, data in conditions)
    code, at = b"", 0
    for operation, data in conditions:
        code += struct.pack("=BBH", operation, 4 + len(data), length - at + 4) + data
        at += 4 + len(data)
    return code


def port(operation, number):
    return operation, struct.pack("=BBH", 0, 0, number)


def host(operation, family=0, prefix=0, number=-1, address=b""):
    return operation, struct.pack("=BBxxi", family, prefix, number) + address


def ask(request):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) as netlink:
        netlink.bind((0, 0))
        netlink.send(request)
        answer = b""
        while True:
            datagram = netlink.recv(1 << 16)
            answer += datagram
            kind, flags = struct.unpack_from("=HH", datagram, 4)
            last, at = kind, 0
            while at < len(datagram):
                length, last = struct.unpack_from("=IH", datagram, at)
                at += (length + 3) & ~3
            if last in (2, 3) or not flags & 2:
                return answer


class Scene:
    """Sockets of every kind and state that lasts."""

    def __init__(self, folder):
        self.kept = []
        self.tcp4 = self.tcp(V4, "127.0.0.1", 8001)
        self.tcp6 = self.tcp(V6, "::1", 8002)
        self.mapped()
        self.udp()
        self.unix(folder)

    def keep(self, *arguments):
        made = socket.socket(*arguments)
        self.kept.append(made)
        return made

    def listen(self, family, address, number, backlog):
        listener = self.keep(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, number))
        listener.listen(backlog)
        return listener

    def connect(self, family, address, number, own):
        client = self.keep(family, socket.SOCK_STREAM)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        client.bind((address, own))
        client.connect((address, number))
        return client

    def tcp(self, family, address, number):
        listener = self.listen(family, address, number, 5)
        client = self.connect(family, address, number, 40001)
        accepted, _ = listener.accept()
        accepted.send(b"x" * 700)  # not read
        self.kept.append(accepted)
        self.connect(family, address, number, 40002)  # not accepted
        closed = self.connect(family, address, number, 40003)
        # The one that was waiting comes first.
        for _ in range(2):
            self.kept.append(listener.accept()[0])
        closed.shutdown(socket.SHUT_WR)
        gone = self.connect(family, address, number, 40004)
        other, _ = listener.accept()
        gone.close()
        other.close()  # leaves a TIME_WAIT
        waiting = self.connect(family, address, number, 40005)
        waiting.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 0xABCD)
        bound = self.keep(family, socket.SOCK_STREAM)
        bound.bind((address, number + 100))
        return client

    def mapped(self):
        self.listen(V6, "::", 8003, 128)
        self.connect(V4, "127.0.0.1", 8003, 40010)

    def udp(self):
        for family, address in (V4, "127.0.0.1"), (V6, "::1"):
            for protocol in datagram_protocols():
                server = self.keep(family, socket.SOCK_DGRAM, protocol)
                server.bind((address, 5300))
                client = self.keep(family, socket.SOCK_DGRAM, protocol)
                client.bind((address, 40020))
                client.connect((address, 5300))
                client.send(b"12345")
            self.keep(family, socket.SOCK_RAW, 132)
            open("/proc/sys/net/ipv4/ping_group_range", "w").write("0 0")
            ping = self.keep(family, socket.SOCK_DGRAM, ICMP if family == V4 else 58)
            ping.bind((address, 0))

    def unix(self, folder):
        os.chdir(folder)
        for name in "plain.sock", b"line\nfeed \xff.sock", b"\0abstract\0inside\0", "@path":
            self.keep(socket.AF_UNIX, socket.SOCK_DGRAM).bind(name)
        listener = self.keep(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind("listener.sock")
        listener.listen(3)
        for _ in range(3):
            self.keep(socket.AF_UNIX, socket.SOCK_STREAM).connect("listener.sock")
        accepted, _ = listener.accept()
        accepted.send(b"not read")
        self.kept.append(accepted)
        pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pair[0].shutdown(socket.SHUT_WR)
        self.kept.extend(pair)
        self.keep(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.keep(socket.AF_UNIX, socket.SOCK_DGRAM).bind(b"")  # a name of the kernel's choice


LOOPBACK4, LOOPBACK6 = bytes([127, 0, 0, 1]), bytes(15) + b"\1"


def requests():
    yield "tcp4", inet(V4, TCP, TABLE, EVERYTHING)
    yield "tcp6", inet(V6, TCP, TABLE, EVERYTHING)
    yield "tcp4-brief", inet(V4, TCP, TABLE)
    yield "tcp4-bound-inactive", inet(V4, TCP, 1 << 13)
    yield "tcp-compat", compat(TABLE)
    yield "tcp-compat-listeners", compat(LISTEN, INFO)
    yield "udp4", inet(V4, UDP, UDP_STATES, MEMINFO | SKMEMINFO)
    yield "udp6", inet(V6, UDP, UDP_STATES)
    yield "udplite4", inet(V4, UDPLITE, ALL)
    yield "raw4", inet(V4, RAW, ALL)
    yield "raw6", inet(V6, RAW, ALL, SKMEMINFO)
    yield "icmp4-nobody-handles", inet(V4, ICMP, ALL)
    yield "family-nobody-handles", inet(0, TCP, ALL)
    yield "unix", unix(ALL, 0x7F)
    yield "unix-brief", unix(ALL, 0)
    yield "unix-listeners", unix(LISTEN, 0x1 | 0x8)
    id = sockid(40001, 8001, LOOPBACK4, LOOPBACK4, 0, NOCOOKIE)
    yield "lookup-tcp4", inet(V4, TCP, 0, INFO, flags=REQUEST, id=id)
    id = sockid(40001, 8002, LOOPBACK6, LOOPBACK6, 0, NOCOOKIE)
    yield "lookup-tcp6", inet(V6, TCP, 0, 0, flags=REQUEST, id=id)
    # The kernel expects the ends of udp sockets swapped.
    id = sockid(5300, 40020, LOOPBACK4, LOOPBACK4, 0, NOCOOKIE)
    yield "lookup-udp4", inet(V4, UDP, 0, 0, flags=REQUEST, id=id)
    id = sockid(1, 2, LOOPBACK4, LOOPBACK4, 0, NOCOOKIE)
    yield "lookup-nothing", inet(V4, TCP, 0, 0, flags=REQUEST, id=id)
    code = every(host(S_COND, number=40001))
    yield "filter-source-port", inet(V4, TCP, TABLE, 0, code)
    code = every(port(S_GE, 40002), port(S_LE, 40004))
    yield "filter-source-range", inet(V4, TCP, TABLE, 0, code)
    code = every(port(D_GE, 8001), port(D_LE, 8002), host(S_COND, V4, 8, -1, LOOPBACK4))
    yield "filter-prefix", compat(TABLE, 0, code)
    code = every(host(D_COND, V6, 128, -1, LOOPBACK6), host(D_COND, number=40001))
    yield "filter-destination", inet(V6, TCP, TABLE, 0, code)


SCENE = """\
The script creates the scene in a network namespace of its own. Each file in `netlink/` is the
answer to the request in the `.request` file beside it, with its datagrams one after the other.
"""


def record(folder):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory() as scratch:
        scene = Scene(scratch)
        for name, request in requests():
            write(folder, f"netlink/{name}", ask(request))
            write(folder, f"netlink/{name}.request", request)
        for made in scene.kept:
            made.close()
        os.chdir("/")
    origin(folder, SCENE, "as root")


main(record, __doc__)
