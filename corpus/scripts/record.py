#!/usr/bin/env python3
"""Creates a scene with every kind of row in a network namespace of its own, and records it.

    sudo corpus/scripts/record.py corpus/captures/linux-6.18-x86_64

It writes two captures: the scene as root sees it, and (in a folder with the suffix `-userns`) as
a reader in a user namespace sees it, where most uids are not mapped. Needs root, `unshare` and
`ip`; changes nothing on the host except for one socket file, which it removes.
"""

import contextlib
import ctypes
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

from recording import KEPT, datagram_protocols, keep, main, origin, read, write

LIBC = ctypes.CDLL(None, use_errno=True)
TABLES = (
    "tcp tcp6 udp udp6 udplite udplite6 raw raw6 icmp icmp6 unix dev snmp netstat stat/nf_conntrack"
).split()
TCP_DEFER_ACCEPT = 9


@contextlib.contextmanager
def user(uid):
    """Sockets created in this context belong to another user."""
    os.seteuid(uid)
    yield
    os.seteuid(0)



def listener(address, family=socket.AF_INET, backlog=8, uid=0, options=()):
    with user(uid):
        sock = keep(socket.socket(family, socket.SOCK_STREAM))
    for option in options:
        sock.setsockopt(*option)
    sock.bind(address)
    sock.listen(backlog)
    return sock


def client(server, uid=0, options=(), wait=True):
    with user(uid):
        sock = socket.socket(server.family, socket.SOCK_STREAM)
    for option in options:
        sock.setsockopt(*option)
    sock.setblocking(wait)
    with contextlib.suppress(BlockingIOError):
        sock.connect(server.getsockname())
    return sock


def pair(server, **more):
    left = client(server, **more)
    right, _ = server.accept()
    return left, right


def fill(sock):
    """Sends until the queue is full."""
    sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            sock.send(b"x" * 65536)


def tcp(family, host):
    small = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)]
    server = listener((host, 7000), family)
    # Connected, with a keepalive timer on one side and unread data on the other.
    left, right = map(keep, pair(server, uid=1000))
    left.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    left.send(b"unread")
    # Not accepted.
    keep(client(listener((host, 7001), family, uid=1000))).send(b"early")
    # TIME_WAIT: closed here first.
    left, right = pair(server)
    left.close()
    time.sleep(0.05)
    right.close()
    # FIN_WAIT2 without a process and CLOSE_WAIT; FIN_WAIT2 with a process and CLOSE_WAIT.
    left, right = pair(server, uid=1000)
    keep(right)
    left.close()
    left, right = map(keep, pair(server))
    left.shutdown(socket.SHUT_WR)
    # SYN_RECV: acknowledged, but completed only once data arrives.
    options = [(socket.IPPROTO_TCP, TCP_DEFER_ACCEPT, 30)]
    keep(client(listener((host, 7002), family, uid=1000, options=options)))
    # SYN_SENT: the listener's queue is full.
    full = listener((host, 7003), family, backlog=0)
    for _ in range(3):
        keep(client(full, wait=False))
        time.sleep(0.05)
    # A closed window: probes; FIN_WAIT1 without a process; LAST_ACK without a process.
    narrow = listener((host, 7004), family, options=small)
    left, right = map(keep, pair(narrow))
    fill(left)
    left, right = pair(narrow, uid=1000)
    keep(right)
    fill(left)
    left.close()
    left, right = pair(listener((host, 7005), family, uid=1000), options=small)
    keep(left).shutdown(socket.SHUT_WR)
    time.sleep(0.05)
    fill(right)
    right.close()
    # Bound only: no row.
    keep(socket.socket(family, socket.SOCK_STREAM)).bind((host, 7006))
    # The largest uid.
    listener((host, 7007), family, uid=4294967294)


def dual_stack():
    server = listener(("::", 7100), socket.AF_INET6)
    sock = keep(socket.create_connection(("127.0.0.1", 7100)))
    keep(server.accept()[0])
    assert sock.family == socket.AF_INET


def datagrams():
    for protocol, port in zip(datagram_protocols(), (7200, 7300)):
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            def make():
                return keep(socket.socket(family, socket.SOCK_DGRAM, protocol))

            with user(1000):
                bound = make()
            bound.bind((host, port))
            connected = make()
            connected.connect((host, port))
            connected.send(b"unread")
            # Drops: more than fits into the buffer.
            tiny = make()
            tiny.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            tiny.bind((host, port + 1))
            sender = make()
            for _ in range(20):
                sender.sendto(b"x" * 500, (host, port + 1))
            wide = make()
            if family == socket.AF_INET6:
                wide.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            wide.bind(("0.0.0.0" if family == socket.AF_INET else "::", port + 2))
            # SO_REUSEPORT: two sockets with one address.
            for _ in range(2):
                shared = make()
                shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                shared.bind((host, port + 3))


def raw_and_ping():
    keep(socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
    keep(socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW))
    sock = keep(socket.socket(socket.AF_INET, socket.SOCK_RAW, 89))
    sock.bind(("127.0.0.1", 0))
    keep(socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6))
    keep(socket.socket(socket.AF_INET6, socket.SOCK_RAW, 255)).bind(("::1", 0))
    with open("/proc/sys/net/ipv4/ping_group_range", "w") as file:
        file.write("0 2147483647")
    with user(1000):
        keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)).bind(
            ("127.0.0.1", 4660)
        )
        keep(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6)).bind(
            ("::1", 22136)
        )
    # Twenty message types, more than fit into one pair of IcmpMsg lines.
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    for kind in range(20, 40):
        body = struct.pack(">BBHI", kind, 0, 0, 0)
        total = 0xFFFF - ((kind << 8) % 0xFFFF)
        sock.sendto(body[:2] + struct.pack(">H", total) + body[4:], ("127.0.0.1", 0))
    sock.close()


# Unix sockets.


def unix(kind=socket.SOCK_DGRAM, name=None, uid=0):
    with user(uid):
        sock = keep(socket.socket(socket.AF_UNIX, kind))
    if name is not None:
        address = struct.pack("=H", socket.AF_UNIX) + name
        if LIBC.bind(sock.fileno(), address, len(address)) != 0:
            raise OSError(ctypes.get_errno(), f"bind {name!r}")
    return sock


def unix_sockets():
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        unix(kind)
        for sock in socket.socketpair(socket.AF_UNIX, kind):
            keep(sock)
    for kind, name in ((socket.SOCK_STREAM, b"stream"), (socket.SOCK_SEQPACKET, b"seqpacket")):
        server = unix(kind, name + b".sock\0")
        server.listen(4)
        for _ in range(2):  # the first is accepted, the second waits
            keep(socket.socket(socket.AF_UNIX, kind)).connect(name + b".sock")
        keep(server.accept()[0])
    unix(name=b"")  # autobind
    unix(name=b"\0")  # abstract and empty
    unix(name=b"\0abstract")
    unix(name=b"\0nul\0inside\0\0")
    unix(name=b"@looks-abstract\0")
    unix(name=b"\0" + b"a" * 107)
    unix(name=b"p" * 108)  # a path that fills sun_path: no NUL
    unix(name=b"/tmp/procnet-corpus.sock\0")
    os.unlink("/tmp/procnet-corpus.sock")  # the name remains in the row
    for name in (
        b"two words", b" leading", b"trailing ", b"\ttab\t", b"line\nfeed", b"ends\n", b"\n",
        b"return\r", b"\xff\xfe\x80", b"caf\xc3\xa9", b"\x1b[31mred\x1b[0m", b"\xe2\x80\xaetxt",
        b"back\\slash \"quoted\"", b"a: b", b"0",
    ):
        unix(name=b"\0" + name)
    unix(name=b"path\nwith\tall of it \xff\0")
    forged = b"0000000000000001: 00000002 00000000 00010000 0001 01 424242"
    unix(socket.SOCK_STREAM, b"\0y\n" + forged + b" /run/forged.sock", uid=1000).listen(1)
    bound = unix(name=b"\0receiver")
    keep(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)).connect(b"\0receiver")
    assert bound


# Interfaces, connection tracking, processes.


def interfaces():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for name in (
        b"15charsname_567", b"br0", b"*", b"\\", b'"q"', b"#", b"@x", b"123", b"x|y", b"Inter-|",
        b"face|x", b"\xff\xfe\x80", b"\x01\x7f\x1b", b"caf\xc3\xa9", b"-",
    ):
        subprocess.run([b"ip", b"link", b"add", b"name", name, b"type", b"bridge"], check=True)


def attribute(kind, body):
    size = 4 + len(body)
    return struct.pack("=HH", size, kind) + body + b"\0" * (-size % 4)


def nested(kind, *parts):
    return attribute(kind | 0x8000, b"".join(parts))


def connection_tracking():
    """Three connections, as added by a daemon that synchronizes hosts."""
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    for port in (1, 2, 3):
        def tuple_of(kind, source, target, ports):
            addresses = nested(
                1, attribute(1, socket.inet_aton(source)), attribute(2, socket.inet_aton(target))
            )
            protocol = nested(
                2, attribute(1, b"\x11"), *(
                    attribute(at, struct.pack(">H", value)) for at, value in zip((2, 3), ports)
                ),
            )
            return nested(kind, addresses, protocol)

        body = struct.pack("=BBH", socket.AF_INET, 0, 0)
        body += tuple_of(1, "192.0.2.1", "192.0.2.2", (port, 53))
        body += tuple_of(2, "192.0.2.2", "192.0.2.1", (53, port))
        body += attribute(7, struct.pack(">I", 600))
        flags = 0x1 | 0x4 | 0x400 | 0x200  # request, acknowledge, create, exclusive
        netlink.send(struct.pack("=IHHII", 16 + len(body), 0x100, flags, port, 0) + body)
        error = struct.unpack_from("=i", netlink.recv(4096), 16)[0]
        if error:
            print("connection tracking:", os.strerror(-error), file=sys.stderr)


def processes():
    """Sleeping children with misleading names."""
    children = []
    for name, uid in ((b"a) S 1 (", 1000), (b"x\ny\\z", 0), (b"\xff\xfe", 0), (b"", 0)):
        pid = os.fork()
        if pid == 0:
            LIBC.prctl(15, name, 0, 0, 0)
            os.setresuid(uid, 0, uid)
            time.sleep(60)
            os._exit(0)
        children.append(pid)
    zombie = os.fork()
    if zombie == 0:
        LIBC.prctl(15, b"gone) Z (", 0, 0, 0)
        os._exit(0)
    return children, zombie


def links():
    """Targets of the links of this process, without files that are not part of the scene."""
    os.eventfd(0)
    KEPT.append(select.epoll())
    os.memfd_create("socket:[7]")
    os.pipe()
    targets = []
    for fd in sorted(map(int, os.listdir("/proc/self/fd"))):
        with contextlib.suppress(FileNotFoundError):  # the listing's own descriptor is closed
            targets.append(os.readlink(f"/proc/self/fd/{fd}".encode()))
    shown = [at for at in targets if not at.startswith(b"/") or at.startswith(b"/memfd")]
    return b"".join(target + b"\n" for target in shown)


SCENE = """\
The script creates the scene in a network namespace of its own: sockets of every kind and in every
state that lasts, misleading names, and interfaces with odd names. Processes are in folders named
by their pid; `link` contains the targets of the links in `fd`, one per line.
"""


def record(folder):
    work = tempfile.mkdtemp()
    os.chmod(work, 0o777)
    os.chdir(work)
    interfaces()
    tcp(socket.AF_INET, "127.0.0.1")
    tcp(socket.AF_INET6, "::1")
    dual_stack()
    datagrams()
    raw_and_ping()
    unix_sockets()
    connection_tracking()
    children, zombie = processes()
    time.sleep(0.3)
    for table in TABLES:
        content = read(table)
        if content is None:
            continue
        write(folder, f"net/{table}", content)
        # `cat` opens the file in the user namespace, by which uids are then mapped.
        command = ["unshare", "--user", "--map-root-user", "cat", f"/proc/{os.getpid()}/net/{table}"]
        if table in ("tcp", "tcp6", "udp", "udp6", "raw", "icmp"):
            seen = subprocess.run(command, check=True, capture_output=True).stdout
            write(folder + "-userns", f"net/{table}", seen)
    for pid in children + [zombie]:
        for name in ("stat", "status"):
            with open(f"/proc/{pid}/{name}", "rb") as file:
                write(folder, f"{pid}/{name}", file.read())
    write(folder, f"{os.getpid()}/link", links())
    origin(folder, SCENE)
    origin(folder + "-userns", SCENE, "read in a user namespace that maps root only")
    for pid in children:
        os.kill(pid, 9)
    shutil.rmtree(work)


main(record, __doc__, ("", "-userns"))
