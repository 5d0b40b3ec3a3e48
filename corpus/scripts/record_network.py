#!/usr/bin/env python3
"""Creates neighbours, routes, addresses, groups and tracked connections in a network namespace
of its own, and records their tables.

    sudo corpus/scripts/record_network.py corpus/captures/linux-6.18-x86_64-network

Needs root, `unshare` and `ip`; changes nothing on the host.
"""

import contextlib
import os
import socket
import struct
import subprocess
import sys
import time

from recording import KEPT, main, origin, write, write_tables

TABLES = "arp route ipv6_route if_inet6 igmp igmp6 ptype wireless nf_conntrack".split()
NAMES = (b"15charsname_567", b"*", b"x|y", b"\xff\xfe\x80", b"Iface", b"123")


def ip(*words):
    words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    subprocess.run([b"ip", *words], check=True)


def interfaces():
    """A device with a peer, some with odd names, one with an index above 255, one without addresses."""
    ip("link", "set", "lo", "up")
    ip("link", "add", "eth0", "type", "veth", "peer", "name", "peer0")
    for name in NAMES:
        ip("link", "add", "name", name, "type", "bridge")
    ip("link", "add", "name", "far300", "index", 300, "type", "bridge")
    ip("tuntap", "add", "dev", "tun0", "mode", "tun")
    for name in (b"eth0", b"peer0", b"far300", *NAMES):
        ip("link", "set", name, "up")
    with contextlib.suppress(subprocess.CalledProcessError):
        ip("link", "set", "tun0", "up")


def addresses():
    ip("addr", "add", "192.0.2.2/24", "dev", "eth0")
    ip("-6", "addr", "add", "2001:db8::2/64", "dev", "eth0", "nodad")
    ip("-6", "addr", "add", "2001:db8::3/64", "dev", "eth0", "preferred_lft", 0)
    ip("-6", "addr", "add", "fec0::1/48", "dev", "far300")
    ip("-6", "addr", "add", "fd00::1/128", "dev", b"*", "nodad")
    ip("addr", "add", "198.18.0.1/15", "dev", b"*")
    ip("addr", "add", "10.0.0.1/8", "dev", "tun0")


def neighbours():
    for last, mac, more in (
        (1, "02:fc:00:00:00:05", ["nud", "reachable"]),
        (3, "02:fc:00:00:00:af", ["nud", "permanent"]),
    ):
        ip("neigh", "add", f"192.0.2.{last}", "lladdr", mac, *more, "dev", "eth0")
    ip("neigh", "add", "198.18.0.9", "lladdr", "02:fc:00:00:00:07", "nud", "permanent", "dev", b"*")
    ip("neigh", "add", "proxy", "192.0.2.77", "dev", "eth0")
    # Proxied on every device: only the ioctl of arp(8) can add this.
    with contextlib.suppress(OSError):
        import fcntl

        address = struct.pack("=H2s4s8x", socket.AF_INET, b"", socket.inet_aton("203.0.113.9"))
        mask = struct.pack("=H2s4s8x", socket.AF_INET, b"", b"\xff" * 4)
        request = address + struct.pack("=H14x", 1) + struct.pack("=i", 0xC) + mask + b"\0" * 16
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        fcntl.ioctl(sock, 0x8955, request)  # SIOCSARP
    # Incomplete.
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.sendto(b"x", ("192.0.2.99", 9))
    # On a device without addresses.
    with contextlib.suppress(subprocess.CalledProcessError):
        ip("neigh", "add", "10.0.0.9", "nud", "permanent", "dev", "tun0")


def routes():
    ip("route", "add", "default", "via", "192.0.2.1")
    ip("route", "add", "unreachable", "203.0.113.0/24")
    ip("route", "add", "blackhole", "203.0.113.128/25")
    ip("route", "add", "prohibit", "203.0.114.0/24", "metric", 4294967295)
    ip("route", "add", "198.51.100.7", "via", "192.0.2.1", "metric", 100)
    ip("route", "add", "198.51.101.0/24", "via", "192.0.2.1", "advmss", 1400, "window", 65535, "rtt", "300ms")
    ip("route", "add", "198.51.102.0/24", "nexthop", "via", "192.0.2.1", "weight", 1, "nexthop", "via", "192.0.2.3", "weight", 2)
    ip("route", "add", "198.51.103.0/24", "via", "inet6", "fe80::99", "dev", "eth0")
    ip("route", "add", "198.51.104.0/24", "via", "198.18.0.9", "dev", b"*")
    ip("-6", "route", "add", "default", "via", "fe80::1", "dev", "eth0")
    ip("-6", "route", "add", "unreachable", "2001:db8:1::/48")
    ip("-6", "route", "add", "2001:db8:3::/48", "nexthop", "via", "2001:db8::8", "nexthop", "via", "2001:db8::9")
    ip("-6", "route", "add", "2001:db8:4::/48", "dev", b"*", "metric", 7)
    with contextlib.suppress(subprocess.CalledProcessError):
        ip("-6", "route", "add", "default", "from", "2001:db8::/64", "via", "fe80::2", "dev", "eth0")


def groups():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    KEPT.append(sock)
    for group, here in (("224.0.0.251", "192.0.2.2"), ("239.255.255.250", "192.0.2.2"), ("232.1.2.3", "198.18.0.1")):
        request = socket.inet_aton(group) + socket.inet_aton(here)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    KEPT.append(sock)
    for group, name in (("ff02::fb", "eth0"), ("ff05::2", "far300")):
        request = socket.inet_pton(socket.AF_INET6, group) + struct.pack("=I", socket.if_nametoindex(name))
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)


def takers():
    for kind, name in ((3, "eth0"), (3, None), (0x88CC, "far300"), (0x1234, "15charsname_567"), (3, "*")):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0 if name else socket.htons(kind))
        if name:
            sock.bind((name, kind))
        KEPT.append(sock)


def attribute(kind, body):
    size = 4 + len(body)
    return struct.pack("=HH", size, kind) + body + b"\0" * (-size % 4)


def nested(kind, *parts):
    return attribute(kind | 0x8000, b"".join(parts))


def number(kind, form, value):
    return attribute(kind, struct.pack(form, value))


def connection(netlink, source, target, protocol, left, right, extra=(), zones=(None, None), seconds=600):
    """A connection, as added by a daemon that synchronizes hosts."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    first, second = (3, 4) if family == socket.AF_INET6 else (1, 2)

    def tuple_of(kind, one, other, words, zone):
        addresses = nested(
            1, attribute(first, socket.inet_pton(family, one)), attribute(second, socket.inet_pton(family, other))
        )
        parts = [addresses, nested(2, number(1, "=B", protocol), *words)]
        if zone is not None:
            parts.append(number(3, ">H", zone))
        return nested(kind, *parts)

    body = struct.pack("=BBH", family, 0, 0)
    body += tuple_of(1, source, target, left, zones[0]) + tuple_of(2, target, source, right, zones[1])
    body += number(7, ">I", seconds) + b"".join(extra)
    flags = 0x1 | 0x4 | 0x400 | 0x200  # request, acknowledge, create, exclusive
    netlink.send(struct.pack("=IHHII", 16 + len(body), 0x100, flags, 1, 0) + body)
    error = struct.unpack_from("=i", netlink.recv(4096), 16)[0]
    if error:
        print("connection tracking:", protocol, os.strerror(-error), file=sys.stderr)


def ports(source, target):
    return [number(2, ">H", source), number(3, ">H", target)]


def connections():
    for name, value in (("acct", 0), ("timestamp", 0)):
        with contextlib.suppress(OSError), open(f"/proc/sys/net/netfilter/nf_conntrack_{name}", "w") as file:
            file.write(str(value))
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    replied = number(3, ">I", 0x2 | 0x4 | 0x8)  # seen a reply, assured, confirmed
    mark = number(8, ">I", 0xFFFFFFFF)

    def state(value):
        return nested(4, nested(1, number(1, "=B", value)))

    def tcp(port, *more, **rest):
        connection(netlink, "192.0.2.1", "192.0.2.2", 6, ports(port, 443), ports(443, port), more, **rest)

    tcp(48858, replied, state(3), seconds=431999)
    tcp(48859, replied, state(7), mark)
    tcp(48860, state(1))
    tcp(48861, replied, state(3), number(18, ">H", 7))
    tcp(48862, replied, state(3), zones=(3, None))
    tcp(48863, replied, state(3), zones=(None, 9))
    connection(netlink, "2001:db8::1", "2001:db8::2", 17, ports(53, 5353), ports(5353, 53))
    connection(netlink, "192.0.2.1", "192.0.2.2", 253, [], [])
    icmp = [number(4, ">H", 4660), number(5, "=B", 8), number(6, "=B", 0)]
    echo = [number(4, ">H", 4660), number(5, "=B", 0), number(6, "=B", 0)]
    connection(netlink, "192.0.2.1", "192.0.2.2", 1, icmp, echo)
    icmp = [number(7, ">H", 22136), number(8, "=B", 128), number(9, "=B", 0)]
    echo = [number(7, ">H", 22136), number(8, "=B", 129), number(9, "=B", 0)]
    connection(netlink, "2001:db8::1", "2001:db8::2", 58, icmp, echo)
    connection(netlink, "192.0.2.1", "192.0.2.2", 132, ports(5000, 5001), ports(5001, 5000))
    connection(netlink, "192.0.2.1", "192.0.2.2", 47, ports(0x1F, 0), ports(0, 0x1F))
    for name in ("acct", "timestamp"):
        with contextlib.suppress(OSError), open(f"/proc/sys/net/netfilter/nf_conntrack_{name}", "w") as file:
            file.write("1")
    tcp(48870, replied, state(3))
    connection(netlink, "192.0.2.1", "192.0.2.2", 17, ports(123, 123), ports(123, 123))


SCENE = """\
The script creates the scene in a network namespace of its own: neighbours of every kind, default,
on-link and unreachable routes, addresses of every scope, multicast groups, packet handlers, and
tracked connections. This kernel has no wireless extensions.
"""


def record(folder):
    interfaces()
    addresses()
    time.sleep(2.5)  # duplicates are looked for
    neighbours()
    routes()
    groups()
    takers()
    connections()
    time.sleep(0.3)
    write_tables(folder, TABLES)
    origin(folder, SCENE)


if __name__ == "__main__":
    main(record, __doc__)
