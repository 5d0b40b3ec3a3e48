"""Shared by the scripts that record a scene: its namespace, and the files of the capture."""

import contextlib
import datetime
import os
import platform
import re
import shutil
import socket
import struct
import sys

KEPT = []  # sockets that stay open until the scene has been recorded


def keep(sock):
    KEPT.append(sock)
    return sock


def datagram_protocols():
    """UDP, and UDP-Lite on a kernel that still has it."""
    protocols = [socket.IPPROTO_UDP]
    with contextlib.suppress(OSError):
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136).close()
        protocols.append(136)
    return protocols


def write(folder, path, content):
    target = os.path.join(os.fsencode(folder), os.fsencode(path))
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as file:
        file.write(content)


def read(table):
    """A table of the scene's namespace, or None if this kernel does not have it."""
    path = os.path.join(b"/proc/self/net", os.fsencode(table))
    if not os.path.exists(path):
        print("absent:", os.fsdecode(table), file=sys.stderr)
        return None
    with open(path, "rb", buffering=1 << 20) as file:
        return file.read()


def write_tables(folder, tables):
    for table in tables:
        content = read(table)
        if content is not None:
            write(folder, f"net/{table}", content)


SOCK_DIAG_BY_FAMILY, DUMP, SEQUENCE = 20, 0x301, 7


def dump_request(payload):
    """A request to NETLINK_SOCK_DIAG for a dump."""
    return struct.pack("=IHHII", 16 + len(payload), SOCK_DIAG_BY_FAMILY, DUMP, SEQUENCE, 0) + payload


def ask(request):
    """All datagrams of NETLINK_SOCK_DIAG's answer, one after the other."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) as netlink:
        netlink.bind((0, 0))
        netlink.send(request)
        answer = b""
        while True:
            datagram = netlink.recv(1 << 16)
            answer += datagram
            at = 0
            while at < len(datagram):
                length, last = struct.unpack_from("=IH", datagram, at)
                at += (length + 3) & ~3
            if last in (2, 3):
                return answer


def origin(folder, scene, reader="read as root"):
    """Writes the origin of the capture; `scene` describes its content."""
    about = (
        f"# {os.path.basename(folder)}",
        "",
        "- origin: recorded",
        f"- kernel: {re.match('[0-9.]+', platform.release())[0]}",
        f"- architecture: {platform.machine()}",
        f"- byte order: {sys.byteorder}",
        f"- command: `corpus/scripts/{os.path.basename(sys.argv[0])}`, {reader}",
        f"- date: {datetime.date.today()}",
        "",
        scene,
    )
    write(folder, "ORIGIN.md", "\n".join(about).encode())


def main(record, usage, suffixes=("",)):
    """Executes the script again in a network namespace of its own, where it records."""
    if len(sys.argv) == 2:
        folder = os.path.abspath(sys.argv[1])
        for suffix in suffixes:
            shutil.rmtree(folder + suffix, ignore_errors=True)
        script = os.path.abspath(sys.argv[0])
        os.execvp("unshare", ["unshare", "--net", sys.executable, script, folder, "in-namespace"])
    if len(sys.argv) != 3:
        sys.exit(usage)
    record(sys.argv[1])
