#!/usr/bin/env python3
"""The answers to the questions of `sql/`, from `rows.ndjson` and `events.ndjson`, without columns and without SQL.

    oracle.py DATA > expected.json

Each is written as plainly as it can be, from the sentence that the question is. It ends with an error if a
question has no answer in this fleet, as no engine could then be wrong.
"""

import collections
import csv
import datetime
import json
import pathlib
import sys


def moment(text):
    at = datetime.datetime.fromisoformat(text + "+00:00")
    return int(at.timestamp()) * 10**9


TODAY = moment("2026-11-30T00:00:00")
AT, UNTIL = moment("2026-11-30T03:12:00"), moment("2026-11-30T03:13:00")
BAD = "203.0.113.66"


def lines(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def main(data):
    all_looks = lines(data / "rows.ndjson")
    looks = [look for look in all_looks if "sockets" in look["tables"]]
    inventory = list(csv.DictReader(open(data / "inventory.csv")))
    host_of = {entry["address"]: entry["host"] for entry in inventory}
    address_of = {entry["host"]: entry["address"] for entry in inventory}
    rack_of = {entry["host"]: entry["rack"] for entry in inventory}

    sockets = [dict(socket, host=look["host"], time=look["time"]) for look in looks for socket in look["sockets"]]
    owned = [dict(socket, **owner) for socket in sockets for owner in socket["owners"]]
    then = lambda rows: [row for row in rows if AT <= row["time"] < UNTIL]
    listeners = [row for row in owned if row["state"] == "LISTEN"]
    distinct = lambda rows: [list(row) for row in set(rows)]
    columns = lambda rows, *names: [tuple(row[name] for name in names) for row in rows]
    answers = {}

    talked = [row for row in owned if row.get("remote_addr") == BAD]
    answers["01-who-talks-to-this-address"] = distinct(columns(talked, "host", "comm", "exe", "remote_port"))
    answers["02-who-talked-to-it-at-03-12"] = columns(then(talked), "host", "comm", "pid", "local_port")

    known = {look["host"] for look in looks if look["complete"] and look["time"] < TODAY}
    one = lambda row: (row["host"], row["comm"], row["local_port"])
    before = {one(row) for row in listeners if row["time"] < TODAY}
    new = {one(row) for row in listeners if row["time"] >= TODAY} - before
    answers["03-new-listeners"] = [row for row in new if row[0] in known]

    unclosed = collections.Counter(columns([r for r in owned if r["state"] == "CLOSE_WAIT"], "host", "comm", "time"))
    answers["04-leaks"] = []
    for host, comm in {key[:2] for key in unclosed}:
        counts = [count for key, count in unclosed.items() if key[:2] == (host, comm)]
        if max(counts) > min(counts):
            answers["04-leaks"].append((host, comm, min(counts), max(counts)))

    https = {(row["exe"], row["host"]) for row in listeners if row["local_port"] == 443}
    answers["05-versions-on-a-port"] = list(collections.Counter(exe for exe, _host in https).items())
    old = [row for row in listeners if row["exe"].startswith("/opt/nginx-1.18/")]
    answers["06-hosts-with-an-old-version"] = distinct(columns(old, "host"))

    units = collections.defaultdict(set)
    for row in then(listeners):
        units[address_of[row["host"]], row["local_port"]].add(row["unit"])
    matrix = collections.Counter()
    for row in then(owned):
        if row["state"] == "ESTABLISHED":
            for unit in units.get((row.get("remote_addr"), row.get("remote_port")), ()):
                matrix[row["unit"], unit] += 1
    answers["07-matrix-by-unit"] = [(*pair, count) for pair, count in matrix.items()]

    racks = collections.defaultdict(list)
    for row in then(sockets):
        if "total_retrans" in row:
            racks[rack_of[row["host"]]].append(row["total_retrans"])
    worst = sorted((-sum(counts), rack, len(counts)) for rack, counts in racks.items())
    answers["08-retransmissions-by-rack"] = [(rack, -segments, count) for segments, rack, count in worst[:3]]

    is_open = lambda row: row["local_addr"] in ("0.0.0.0", "::") and row["local_port"] not in (22, 443)
    answers["09-open-to-the-world"] = distinct(columns(filter(is_open, listeners), "host", "comm", "local_port"))
    full = [row for row in then(sockets) if row["state"] == "LISTEN" and row["rx_queue"] > row["backlog"]]
    answers["10-full-backlogs"] = columns(full, "host", "local_port", "rx_queue", "backlog")

    incomplete = collections.Counter(look["host"] for look in looks if not look["complete"])
    answers["11-incomplete-answers"] = list(incomplete.items())
    last = max(look["time"] for look in looks) - 60 * 10**9
    answered = {look["host"] for look in looks if look["time"] >= last}
    answers["12-hosts-without-an-answer"] = [(host,) for host in address_of if host not in answered]

    whole = {look["host"] for look in looks if look["complete"] and AT <= look["time"] < UNTIL}
    connections = [row for row in then(sockets) if row["kind"] == "tcp" and row["state"] == "ESTABLISHED"]
    ends = {(r["local_addr"], r["local_port"], r["remote_addr"], r["remote_port"]) for r in connections}
    answers["13-seen-from-one-end"] = []
    for row in connections:
        peer = host_of.get(row["remote_addr"])
        other = (row["remote_addr"], row["remote_port"], row["local_addr"], row["local_port"])
        if row["local_port"] > row["remote_port"] and peer in whole and other not in ends:
            answers["13-seen-from-one-end"].append((row["host"], row["local_port"], peer))

    outside = collections.defaultdict(list)
    for row in connections:
        if not row["remote_addr"].startswith("10."):
            outside[row["remote_addr"]].append(row["host"])
    most = sorted((-len(set(hosts)), -len(hosts), address) for address, hosts in outside.items())
    answers["14-most-frequent-peers"] = [(address, -hosts, -count) for hosts, count, address in most[:10]]

    of_unit = collections.defaultdict(list)
    for row in then(owned):
        of_unit[row["unit"]].append(row["host"])
    answers["15-sockets-by-unit"] = [(unit, len(hosts), len(set(hosts))) for unit, hosts in of_unit.items()]
    deleted = [row for row in owned if row["exe"].endswith(" (deleted)")]
    answers["16-deleted-programs"] = distinct(columns(deleted, "host", "comm", "exe"))
    dropping = [row for row in then(sockets) if row.get("drops", 0) > 0]
    answers["17-drops"] = columns(dropping, "host", "local_addr", "local_port", "drops")
    states = collections.Counter(columns(then(sockets), "kind", "state"))
    answers["18-states"] = [(*key, count) for key, count in states.items()]

    ports = collections.defaultdict(set)
    for row in then(sockets):
        if row["kind"] == "tcp" and row["local_port"] >= 32768:
            ports[row["host"], row["remote_addr"], row["remote_port"]].add(row["local_port"])
    most = sorted((-len(used), *key) for key, used in ports.items())
    answers["19-ports-used-up"] = [(*key, -used) for used, *key in most[:5]]

    traffic = collections.defaultdict(list)
    for row in then(owned):
        if "bytes_acked" in row:
            traffic[row["comm"]].append((row["bytes_acked"], row["bytes_received"], row["rtt"]))
    answers["20-traffic-by-program"] = [
        (comm, sum(sent), sum(received), max(times))
        for comm, numbers in traffic.items()
        for sent, received, times in [zip(*numbers)]
    ]

    added_up = [look for look in all_looks if "aggregates" in look["tables"]]
    if added_up:
        answers |= of_aggregates(added_up, inventory)
    seen = {(row["host"], row["comm"], row["pid"], row["local_port"]) for row in then(talked)}
    spans = lines(data / "events.ndjson") if (data / "events.ndjson").exists() else []
    answers["events/02-who-talked-to-it-at-03-12"] = of_events(spans, seen, whole, address_of)

    unanswered = [name for name, rows in answers.items() if not rows]
    if unanswered:
        sys.exit(f"nothing is planted for {unanswered}")
    json.dump(answers, sys.stdout, indent=1)


def of_aggregates(looks, inventory):
    """The answers that looks have without a row for each socket: each counts for its eldest process."""
    rack_of = {entry["host"]: entry["rack"] for entry in inventory}
    address_of = {entry["host"]: entry["address"] for entry in inventory}
    sockets = []
    for look in looks:
        for socket in look["sockets"]:
            eldest = min(socket["owners"], key=lambda owner: owner["start_time"], default={"comm": None, "unit": None})
            known = {"host": look["host"], "time": look["time"], "comm": eldest["comm"], "unit": eldest["unit"]}
            sockets.append(socket | known)
    at = [row for row in sockets if AT <= row["time"] < UNTIL]
    answers = {}

    known = {look["host"] for look in looks if look["complete"] and look["time"] < TODAY}
    services = collections.defaultdict(list)
    for row in sockets:
        if row["state"] == "LISTEN":
            services[row["host"], row["comm"], row["local_port"]].append(row["time"])
    answers["03-new-listeners"] = [key for key, times in services.items() if min(times) >= TODAY and key[0] in known]

    unclosed = collections.Counter((r["host"], r["comm"], r["time"]) for r in sockets if r["state"] == "CLOSE_WAIT")
    counts = collections.defaultdict(list)
    for (host, comm, _time), count in unclosed.items():
        counts[host, comm].append(count)
    answers["04-leaks"] = [(*key, min(all_), max(all_)) for key, all_ in counts.items() if max(all_) > min(all_)]

    units = collections.defaultdict(set)
    for row in at:
        if row["state"] == "LISTEN":
            units[address_of[row["host"]], row["local_port"]].add(row["unit"])
    matrix = collections.Counter()
    for row in at:
        # A server is a peer with a port below the ephemeral ones, if the socket itself has no such port.
        if row["state"] == "ESTABLISHED" and row.get("local_port", 0) >= 32768 > row["remote_port"]:
            for unit in units.get((row["remote_addr"], row["remote_port"]), ()):
                matrix[row["unit"], unit] += 1
    answers["07-matrix-by-unit"] = [(*pair, count) for pair, count in matrix.items()]

    racks = collections.defaultdict(list)
    for row in at:
        if "total_retrans" in row:
            racks[rack_of[row["host"]]].append(row["total_retrans"])
    worst = sorted((-sum(counts), rack, len(counts)) for rack, counts in racks.items())
    answers["08-retransmissions-by-rack"] = [(rack, -segments, count) for segments, rack, count in worst[:3]]

    of_unit = collections.defaultdict(list)
    for row in at:
        if row["unit"] is not None:
            of_unit[row["unit"]].append(row["host"])
    answers["15-sockets-by-unit"] = [(unit, len(hosts), len(set(hosts))) for unit, hosts in of_unit.items()]
    states = collections.Counter((row["kind"], row["state"]) for row in at)
    answers["18-states"] = [(*key, count) for key, count in states.items()]
    return {f"aggregates/{name}": rows for name, rows in answers.items()}


def of_events(spans, seen, whole, hosts):
    """Who had a connection to `BAD` at some moment of that minute, and of whom it is not known."""
    yes = set(seen)
    for span in spans:
        for event in span["events"]:
            if event["remote_addr"] == BAD and event.get("state") != "SYN_SENT":
                is_then = AT <= event["time"] < UNTIL
                if is_then or event["event"] == "Ended" and event["time"] >= UNTIL and event.get("began", UNTIL) < UNTIL:
                    yes.add((span["host"], event.get("comm"), event.get("pid"), event["local_port"]))
    answers = [(*row, "yes") for row in yes]
    for host in hosts:
        watched = AT if host in whole else UNTIL
        for span in sorted((s for s in spans if s["host"] == host), key=lambda span: span["time"]):
            if span["complete"] and span["births"] and span["time"] <= watched:
                watched = max(watched, span["end_time"])
        if host not in whole or watched < UNTIL:
            answers.append((host, None, None, None, "unknown"))
    return answers


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
