#!/usr/bin/env python3
"""Sockets of the kinds that only sock_diag lists, in the network namespace of the caller.

    kinds_scene.py

prints a line of JSON for each socket, or for each kind that this kernel does not have, and keeps the
sockets until its standard input ends. A live test compares the lines with what is listed, and
record_kinds.py records the kernel's answers.
"""

import contextlib
import ctypes
import json
import mmap
import os
import select
import socket
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
IPPROTO_DCCP, IPPROTO_SCTP, IPPROTO_MPTCP = 33, 132, 262
SOCK_DCCP, SOL_DCCP, DCCP_SOCKOPT_SERVICE = 6, 269, 2
AF_TIPC, AF_VSOCK, AF_SMC, AF_XDP = 30, 40, 43, 44
SOL_XDP, XDP_RX_RING, XDP_UMEM_REG, XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING = 283, 2, 4, 5, 6
TIPC_ADDR_NAMESEQ, TIPC_ADDR_NAME, TIPC_ADDR_ID = 1, 2, 3
KEPT = []


def keep(made):
    KEPT.append(made)
    return made


def call(name, made, address):
    """A function of libc on an address that Python cannot express."""
    if getattr(LIBC, name)(made.fileno(), address, len(address)) != 0:
        errno = ctypes.get_errno()
        raise OSError(errno, os.strerror(errno))


def stream(family, kind, protocol, address, prepare=lambda made: None):
    """A listener, a client and the connection that it accepted."""
    listener = keep(socket.socket(family, kind, protocol))
    prepare(listener)
    listener.bind(address)
    listener.listen(5)
    client = keep(socket.socket(family, kind, protocol))
    prepare(client)
    client.connect(listener.getsockname())
    accepted = keep(listener.accept()[0])
    return listener, client, accepted


def inet(name, kind, protocol, prepare=lambda made: None):
    for family, address in (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"):
        made = stream(family, kind, protocol, (address, 0), prepare)
        states = "LISTEN", "ESTABLISHED", "ESTABLISHED"
        for each, state in zip(made, states):
            local, port = each.getsockname()[:2]
            yield each, {"kind": name + ("6" if family == socket.AF_INET6 else ""), "state": state,
                         "local": f"[{local}]:{port}" if ":" in local else f"{local}:{port}"}


def mptcp():
    return inet("mptcp", socket.SOCK_STREAM, IPPROTO_MPTCP)


def sctp():
    return inet("sctp", socket.SOCK_STREAM, IPPROTO_SCTP)


def dccp():
    def prepare(made):
        made.setsockopt(SOL_DCCP, DCCP_SOCKOPT_SERVICE, struct.pack(">I", 7))

    return inet("dccp", SOCK_DCCP, IPPROTO_DCCP, prepare)


def smc():
    """Without such hardware, over TCP."""
    def ipv4(port):
        return struct.pack("=H", socket.AF_INET) + struct.pack(">H", port) + bytes([127, 0, 0, 1] + 8 * [0])

    listener, client = (keep(socket.socket(AF_SMC, socket.SOCK_STREAM, 0)) for _ in range(2))
    call("bind", listener, ipv4(4711))
    listener.listen(5)
    call("connect", client, ipv4(4711))
    accepted = keep(socket.socket(fileno=LIBC.accept(listener.fileno(), None, None)))
    yield listener, {"kind": "smc", "state": "LISTEN", "local": "127.0.0.1:4711"}
    yield client, {"kind": "smc", "state": "ESTABLISHED"}
    yield accepted, {"kind": "smc", "state": "ESTABLISHED", "local": "127.0.0.1:4711"}


def vsock():
    """On this machine itself, if the kernel has the loopback of vsock; else a listener alone."""
    listener = keep(socket.socket(AF_VSOCK, socket.SOCK_STREAM, 0))
    # Ports are those of the machine, not of the namespace.
    listener.bind((socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY))
    server = listener.getsockname()[1]
    try:
        listener.listen(5)
    except OSError:
        yield listener, {"kind": "vsock", "state": "UNCONN", "local": f"*:{server}"}
        return
    yield listener, {"kind": "vsock", "state": "LISTEN", "local": f"*:{server}"}
    client = keep(socket.socket(AF_VSOCK, socket.SOCK_STREAM, 0))
    try:
        client.connect((1, server))
    except OSError:
        return
    accepted = keep(listener.accept()[0])
    port = client.getsockname()[1]
    yield client, {"kind": "vsock", "state": "ESTABLISHED", "remote": f"1:{server}"}
    ends = {"local": f"1:{server}", "remote": f"1:{port}"}
    yield accepted, {"kind": "vsock", "state": "ESTABLISHED", **ends}


def tipc():
    listener = keep(socket.socket(AF_TIPC, socket.SOCK_SEQPACKET, 0))
    # A scope of the node alone.
    listener.bind((TIPC_ADDR_NAMESEQ, 4711, 3, 3, 3))
    listener.listen(5)
    client = keep(socket.socket(AF_TIPC, socket.SOCK_SEQPACKET, 0))
    # A connection is established only once it is accepted.
    client.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        client.connect((TIPC_ADDR_NAME, 4711, 3, 0))
    accepted = keep(listener.accept()[0])
    select.select([], [client], [], 5)
    datagrams = keep(socket.socket(AF_TIPC, socket.SOCK_RDM, 0))
    yield listener, {"kind": "tipc", "state": "LISTEN", "type": "seqpacket", "published": True}
    yield client, {"kind": "tipc", "state": "ESTABLISHED", "type": "seqpacket"}
    yield accepted, {"kind": "tipc", "state": "ESTABLISHED", "type": "seqpacket"}
    yield datagrams, {"kind": "tipc", "state": "UNCONN", "type": "4"}


def xdp():
    made = keep(socket.socket(AF_XDP, socket.SOCK_RAW, 0))
    area = keep(mmap.mmap(-1, 16 * 4096))
    start = ctypes.addressof(ctypes.c_char.from_buffer(area))
    made.setsockopt(SOL_XDP, XDP_UMEM_REG, struct.pack("=QQIIII", start, 16 * 4096, 4096, 0, 0, 0))
    for ring in XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_RX_RING:
        made.setsockopt(SOL_XDP, ring, 64)
    call("bind", made, struct.pack("=HHIII", AF_XDP, 0, socket.if_nametoindex("lo"), 0, 0))
    yield made, {"kind": "xdp", "state": "UNCONN", "interface": socket.if_nametoindex("lo"), "queue": 0}


def sockets():
    """Each socket, or the kind that this kernel does not have and why."""
    for kind in mptcp, sctp, dccp, smc, vsock, tipc, xdp:
        try:
            for made, expected in kind():
                inode = os.fstat(made.fileno()).st_ino
                yield {**expected, "inode": inode, "fd": made.fileno()}
        except OSError as error:
            yield {"kind": kind.__name__, "missing": error.strerror or str(error)}


if __name__ == "__main__":
    for found in sockets():
        print(json.dumps(found))
    print(flush=True)
    sys.stdin.read()
