#!/usr/bin/env python3
"""Compares procnet with psutil on many TCP sockets, in namespaces of its own.

    bindings/python/benches/compare.py [--sockets 100000] [--processes 100] [--rounds 7]

It makes the scene: loopback connections, both ends of each, and a listener in each process. Each
competitor is a process that keeps running and answers one request after the other, in turn, so that
whatever else the machine does meets all of them. The first answer is timed separately. Times are of
the call alone; memory is the peak of the process after the last answer.

It takes root, `unshare` and `ip`; without them it says so and ends with 77.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

# At most this many descriptors in a process of the scene.
MAX_DESCRIPTORS = 20_000

COMPETITORS = {
    "psutil": """
import psutil
def ask():
    return psutil.net_connections("tcp4")
""",
    "procnet.psutil": """
import procnet.psutil
def ask():
    return procnet.psutil.net_connections("tcp4")
""",
    "procnet.psutil, all_owners": """
import procnet.psutil
def ask():
    return procnet.psutil.net_connections("tcp4", all_owners=True)
""",
    "procnet.columns": """
import procnet
def ask():
    return procnet.columns("tcp4")
""",
    "procnet.columns, owners by a walk": """
import procnet
def ask():
    return procnet.columns("tcp4", owner_source="walk")
""",
    "procnet.columns, owners kept": """
import procnet
scanner = procnet.Scanner()
def ask():
    return scanner.columns("tcp4", incremental=True)
""",
    "procnet.columns, to polars": """
import polars, procnet
def ask():
    return polars.DataFrame(procnet.columns("tcp4"))
""",
    "procnet.columns, to pyarrow": """
import pyarrow, procnet
def ask():
    return pyarrow.table(procnet.columns("tcp4"))
""",
    "procnet.sockets": """
import procnet
def ask():
    return procnet.sockets("tcp4")
""",
    "procnet.columns, without owners": """
import procnet
def ask():
    return procnet.columns("tcp4", owners=False)
""",
}

# Reports the number of sockets, the seconds and the peak of memory in KiB.
WORKER = """
import resource, sys, time
{ask}
print("ready", flush=True)
for _request in sys.stdin:
    begin = time.perf_counter()
    found = ask()
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = len(found), seconds, peak
    # Before the next one begins.
    del found
    print(*answer, flush=True)
"""


def main() -> int:
    arguments = parse()
    if os.environ.get("PROCNET_COMPARE") == "inside":
        return compare(arguments)
    missing = [tool for tool in ("unshare", "ip") if shutil.which(tool) is None]
    if missing or os.geteuid() != 0:
        print(f"SKIPPED: the comparison takes root, unshare and ip (missing: {missing})")
        return 77
    unshare = "unshare --net --mount --pid --fork --kill-child --mount-proc".split()
    command = [*unshare, sys.executable, os.path.abspath(__file__), *sys.argv[1:]]
    environment = {**os.environ, "PROCNET_COMPARE": "inside"}
    return subprocess.run(command, env=environment, check=False).returncode


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sockets", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", action="append", help="competitors whose name contains this")
    arguments = parser.parse_args()
    per_process = arguments.sockets // arguments.processes
    if per_process > MAX_DESCRIPTORS - 100:
        parser.error(f"{per_process} sockets in a process are more than {MAX_DESCRIPTORS}")
    return arguments


def hold(sockets: int, pipe: int) -> None:
    """Opens this many sockets, says so, and waits until it is killed."""
    held = [socket.create_server(("127.0.0.1", 0), backlog=16)]
    address = held[0].getsockname()
    while len(held) + 2 <= sockets:
        held.append(socket.create_connection(address))
        held.append(held[0].accept()[0])
    if len(held) < sockets:
        held.append(socket.create_server(("127.0.0.1", 0)))
    os.write(pipe, b"x")
    signal.pause()


@contextlib.contextmanager
def scene(sockets: int, processes: int):
    """Processes with this many sockets in all."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, MAX_DESCRIPTORS), hard))
    children = []
    ready, done = os.pipe()
    try:
        for at in range(processes):
            share = sockets * (at + 1) // processes - sockets * at // processes
            pid = os.fork()
            if pid == 0:
                try:
                    hold(share, done)
                finally:
                    os._exit(1)
            children.append(pid)
        os.close(done)
        opened = 0
        while opened < processes:
            said = os.read(ready, processes)
            if not said:
                raise RuntimeError(f"only {opened} of {processes} processes opened their sockets")
            opened += len(said)
        yield
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        for pid in children:
            os.waitpid(pid, 0)


class Competitor:
    def __init__(self, name: str) -> None:
        self.name = name
        program = [sys.executable, "-c", WORKER.format(ask=COMPETITORS[name])]
        self.process = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.times: list[float] = []
        self.peak = 0
        self.runs = self.process.stdout.readline() == "ready\n"

    def ask(self) -> int:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        found, seconds, peak = self.process.stdout.readline().split()
        self.times.append(float(seconds))
        self.peak = int(peak)
        return int(found)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def compare(arguments: argparse.Namespace) -> int:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    names = [
        name
        for name in COMPETITORS
        if name == "psutil"
        or not arguments.only
        or any(part in name for part in arguments.only)
    ]
    load = os.getloadavg()[0]
    with scene(arguments.sockets, arguments.processes):
        competitors = []
        for name in names:
            competitor = Competitor(name)
            if competitor.runs:
                competitors.append(competitor)
            else:
                print(f"SKIPPED: {name} does not run here")
        for _round in range(arguments.rounds + 1):
            for competitor in competitors:
                found = competitor.ask()
                if found != arguments.sockets:
                    print(f"{competitor.name}: {found} sockets instead of {arguments.sockets}")
                    return 1
        for competitor in competitors:
            competitor.close()
    report(arguments, competitors, load)
    return 0


def report(arguments: argparse.Namespace, competitors: list[Competitor], load: float) -> None:
    kernel, cpus = os.uname().release, os.cpu_count()
    print(
        f"{arguments.sockets} TCP sockets in {arguments.processes} processes; median of"
        f" {arguments.rounds} rounds; Python {sys.version.split()[0]}, Linux {kernel},"
        f" {cpus} CPUs, load {load:.1f} before and {os.getloadavg()[0]:.1f} after\n"
    )
    heading = "first, ms", "median, ms", "fastest, ms", "psutil ÷ it", "peak, MiB"
    print(f"{'':36}" + "".join(f"{title:>14}" for title in heading))
    baseline = statistics.median(competitors[0].times[1:])
    for competitor in competitors:
        first, *times = competitor.times
        median = statistics.median(times)
        cells = first * 1e3, median * 1e3, min(times) * 1e3, baseline / median
        peak = competitor.peak / 1024
        print(f"{competitor.name:36}" + "".join(f"{c:14.1f}" for c in (*cells, peak)))


if __name__ == "__main__":
    started = time.monotonic()
    code = main()
    if os.environ.get("PROCNET_COMPARE") != "inside":
        print(f"took {time.monotonic() - started:.0f} s", file=sys.stderr)
    sys.exit(code)
