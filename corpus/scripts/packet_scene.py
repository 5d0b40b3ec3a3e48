#!/usr/bin/env python3
"""Packet sockets with everything that sock_diag reports, in the network namespace of the caller.

    packet_scene.py [long]

prints the inodes of the sockets, and keeps the sockets until its standard input ends. With `long`, the
second last has a filter that does not fit a message of sock_diag. A live test compares them with what is
listed, and record_packet.py records the kernel's answers.
"""

import ctypes
import errno
import os
import socket
import struct
import sys

from recording import keep

ETH_P_ALL, ETH_P_IP = 3, 0x0800
SOL_PACKET, SO_ATTACH_FILTER, TPACKET_V3, PACKET_FANOUT_CPU = 263, 26, 2, 2
PACKET_ADD_MEMBERSHIP, PACKET_RX_RING, PACKET_AUXDATA, PACKET_VERSION = 1, 5, 8, 10
PACKET_RESERVE, PACKET_TX_RING, PACKET_LOSS, PACKET_FANOUT = 12, 13, 14, 18
BPF_MAXINSNS = 4096


def packet(kind, protocol, interface=None):
    sock = keep(socket.socket(socket.AF_PACKET, kind, socket.htons(protocol)))
    if interface:
        sock.bind((interface, protocol))
    return sock


def option(sock, name, value):
    sock.setsockopt(SOL_PACKET, name, value)


def attach(sock, code):
    """A filter of classic BPF."""
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in code))
    program = struct.pack("@HP", len(code) // 8, ctypes.addressof(code))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def options():
    """A filter; both rings, a group and memberships. The group is joined on the newest interface."""
    filtering = packet(socket.SOCK_RAW, ETH_P_ALL)
    option(filtering, PACKET_AUXDATA, 1)
    # That of `tcpdump ip`, of 262144 bytes.
    attach(filtering, [(0x28, 0, 0, 12), (0x15, 0, 1, ETH_P_IP), (6, 0, 0, 262144), (6, 0, 0, 0)])
    ring = packet(socket.SOCK_DGRAM, ETH_P_IP, "lo")
    option(ring, PACKET_VERSION, TPACKET_V3)
    option(ring, PACKET_RESERVE, 16)
    option(ring, PACKET_LOSS, 1)
    option(ring, PACKET_RX_RING, struct.pack("=7I", 1 << 16, 2, 2048, 64, 100, 8, 1))
    option(ring, PACKET_TX_RING, struct.pack("=7I", 1 << 16, 1, 4096, 16, 0, 0, 0))
    option(ring, PACKET_FANOUT, struct.pack("=I", PACKET_FANOUT_CPU << 16 | 7))
    option(ring, PACKET_ADD_MEMBERSHIP, struct.pack("=iHH8x", socket.if_nametoindex("lo"), 1, 0))
    group = bytes.fromhex("01005e000001")
    index = max(index for index, _ in socket.if_nameindex())
    option(ring, PACKET_ADD_MEMBERSHIP, struct.pack("=iHH8s", index, 0, len(group), group))
    return filtering, ring


def long_filter():
    """The longest filter, in front of another socket in the kernel's list.

    Its 32 KiB are more than net.core.optmem_max permits on older kernels, by default 20 KiB.
    """
    sock = packet(socket.SOCK_RAW, 0)
    attach(sock, [(0, 0, 0, 1)] * (BPF_MAXINSNS - 1) + [(6, 0, 0, 0)])
    return sock, packet(socket.SOCK_RAW, 0)


if __name__ == "__main__":
    try:
        made = [*options(), *(long_filter() if "long" in sys.argv else ())]
    except OSError as error:
        if error.errno != errno.ENOMEM:
            raise
        sys.exit(print("refused:", error))
    print(*(os.fstat(sock.fileno()).st_ino for sock in made), flush=True)
    sys.stdin.read()
