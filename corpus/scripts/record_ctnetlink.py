#!/usr/bin/env python3
"""Creates tracked connections in a network namespace of its own, and records them from
NETLINK_NETFILTER and from /proc.

    sudo corpus/scripts/record_ctnetlink.py corpus/captures/linux-6.18-x86_64-ctnetlink

writes, for each request NAME, the request as ctnetlink/NAME.request and all datagrams of the
answer, one after the other, as ctnetlink/NAME; and the tables net/nf_conntrack and
net/stat/nf_conntrack of the same moment. The requests are packed here with `struct`, independently
of procnet-core. Needs root and `unshare`; changes nothing on the host.
"""

import socket
import struct

from record_network import connections
from recording import main, origin, write, write_tables

NETFILTER = 12
REQUEST, DUMP = 0x1, 0x301
SEQUENCE = 7
CONNECTIONS, EXPECTATIONS = 1, 2
REQUESTS = {
    "connections": (CONNECTIONS, 1, DUMP),
    "statistics": (CONNECTIONS, 4, DUMP),
    "totals": (CONNECTIONS, 5, REQUEST),
    "expectation-statistics": (EXPECTATIONS, 3, DUMP),
    "subsystem-nobody-handles": (15, 1, DUMP),
    "message-nobody-handles": (CONNECTIONS, 0x7F, REQUEST),
}


def request(subsystem, kind, flags):
    return struct.pack("=IHHIIBBH", 20, subsystem << 8 | kind, flags, SEQUENCE, 0, 0, 0, 0)


def ask(request):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETFILTER) as netlink:
        netlink.connect((0, 0))
        netlink.send(request)
        answer = b""
        while True:
            datagram = netlink.recv(1 << 16)
            answer += datagram
            flags, last, at = struct.unpack_from("=H", datagram, 6)[0], 0, 0
            while at < len(datagram):
                length, last = struct.unpack_from("=IH", datagram, at)
                at += (length + 3) & ~3
            # The totals are a part of several, without the end of any.
            if last in (2, 3, 0x105) or not flags & 2:
                return answer


SCENE = """\
The script creates the tracked connections in a network namespace of its own, of every protocol,
with and without zones, marks, counters and time stamps, and records them from both sources.
"""


def record(folder):
    connections()
    for name, (subsystem, kind, flags) in REQUESTS.items():
        packed = request(subsystem, kind, flags)
        write(folder, f"ctnetlink/{name}", ask(packed))
        write(folder, f"ctnetlink/{name}.request", packed)
    write_tables(folder, ("nf_conntrack", "stat/nf_conntrack"))
    origin(folder, SCENE)


if __name__ == "__main__":
    main(record, __doc__)
