#!/usr/bin/env python3
"""Records requests of NETLINK_SOCK_DIAG for the kinds that no table lists, and this kernel's answers.

    sudo corpus/scripts/record_kinds.py corpus/captures/linux-6.12-x86_64-kinds

creates the sockets of kinds_scene.py in a network namespace of its own and writes, for each request
NAME, the request as netlink/NAME.request and all datagrams of the answer as netlink/NAME.
"""

import os
import socket
import struct
import subprocess

from kinds_scene import AF_SMC, AF_TIPC, AF_VSOCK, AF_XDP, IPPROTO_DCCP, IPPROTO_MPTCP, IPPROTO_SCTP
from kinds_scene import KEPT, sockets
from recording import ask, dump_request, main, origin, write

TABLE, ALL, SKMEMINFO = 0x1FFE, 0xFFFFFFFF, 1 << 6
REQ_PROTOCOL = 3


def inet(family, protocol, states, ext=0):
    small = protocol if protocol < 256 else 0
    payload = struct.pack("=BBBBI", family, small, ext, 0, states) + bytes(48)
    if protocol > 255:
        payload += struct.pack("=HHI", 8, REQ_PROTOCOL, protocol)
    return dump_request(payload)


def requests():
    for version, family in (4, socket.AF_INET), (6, socket.AF_INET6):
        yield f"mptcp{version}", inet(family, IPPROTO_MPTCP, TABLE, SKMEMINFO)
        yield f"sctp{version}", inet(family, IPPROTO_SCTP, ALL, SKMEMINFO)
        yield f"dccp{version}", inet(family, IPPROTO_DCCP, ALL, SKMEMINFO)
    yield "vsock", dump_request(struct.pack("=BBHIIIQ", AF_VSOCK, 0, 0, TABLE, 0, 0, 0))
    yield "tipc", dump_request(struct.pack("=BBHI", AF_TIPC, 0, 0, TABLE))
    yield "smc", dump_request(struct.pack("=BBBB", AF_SMC, 0, 0, 0) + bytes(48))
    yield "xdp", dump_request(struct.pack("=BBHIIQ", AF_XDP, 0, 0, 0, 1 | 8, 0))


SCENE = """\
The script creates the scene in a network namespace of its own. Each file in `netlink/` is the
answer to the request in the `.request` file beside it, with its datagrams one after the other. The
kernel does not have: {}.
"""


def record(folder):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    missing = [f"{each['kind']} ({each['missing']})" for each in sockets() if "missing" in each]
    for name, request in requests():
        write(folder, f"netlink/{name}", ask(request))
        write(folder, f"netlink/{name}.request", request)
    for made in KEPT:
        made.close()
    os.chdir("/")
    origin(folder, SCENE.format(", ".join(missing) or "nothing of this"), "as root")


main(record, __doc__)
