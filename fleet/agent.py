#!/usr/bin/env python3
"""Asks the questions of "This host, in five minutes" of the README about what an agent writes here.

    agent.py AGENT

The agent's options and the SQL are those of the README, with a temporary directory and shorter times. This process
has listeners, which have to be in the answer.
"""

import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

import duckdb

agent = sys.argv[1]
readme = (pathlib.Path(__file__).resolve().parent / "README.md").read_text()
[options] = re.findall(r"procnet-agent (--store-directory .+) &\n", readme)
section = readme[readme.index(options) :]
questions = [sql for sql in re.findall(r"duckdb\.sql\('''(.*?)'''\)", section, re.DOTALL) if "/tmp/procnet/" in sql]
by_program, by_look = questions

COMM, LISTENERS = "fleet-agent-py", 400
pathlib.Path("/proc/self/comm").write_text(COMM)
# The README asks for the ten largest groups.
listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(LISTENERS)]

with tempfile.TemporaryDirectory() as directory:

    def here(text):
        return text.replace("/tmp/procnet", directory)

    words = here(options).replace("1min", "1s").split()
    with open(f"{directory}/log", "w+") as log:
        process = subprocess.Popen([agent, *words, "--listen", "127.0.0.1:0"], stderr=log)
        try:
            deadline = time.monotonic() + 60
            # More than the first, which is written at the start.
            while len(list(pathlib.Path(directory).glob("snapshots/*/*/*.parquet"))) < 2:
                assert process.poll() is None and time.monotonic() < deadline, log.seek(0) or log.read()
                time.sleep(0.1)
        finally:
            process.terminate()
            status = process.wait(60)
        assert status == 0, log.seek(0) or log.read()

    rows = duckdb.sql(here(by_program)).fetchall()
    found = [(state, sockets) for comm, _unit, state, sockets in rows if comm == COMM]
    if not found and len(rows) == 10 and rows[-1][-1] > LISTENERS:
        print(f"SKIPPED: listeners in the answer of an agent: ten programs have more than {LISTENERS} sockets")
    else:
        assert found == [("LISTEN", LISTENERS)], rows
    looks = duckdb.sql(here(by_look)).fetchall()
    assert len(looks) >= 2 and looks == sorted(looks), looks
    for _time, sockets, complete, lost, gaps in looks:
        assert sockets >= LISTENERS and lost == 0 and complete == (not gaps), looks
print(f"the agent: {len(looks)} looks; {LISTENERS} listeners are in the answer about them")
