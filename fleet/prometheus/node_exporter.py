"""Compares the series that the agent has under node_exporter's names with those of node_exporter."""

import re
import urllib.request

AGENT = "http://127.0.0.1:9989/metrics"
PEER = "http://127.0.0.1:9100/metrics"
OURS = re.compile(r"node_(tcp_connection_states|sockstat_|netstat_|nf_conntrack_|softnet_|udp_queues)")

# What node_exporter has since 1.6 to 1.9, for older ones: Debian 12 has 1.5.
NEWER = re.compile(
    r"node_softnet_(backlog_len|cpu_collision_total|received_rps_total|flow_limit_count_total)"
    r"|node_netstat_Tcp_OutRsts|node_netstat_TcpExt_(TCPOFOQueue|TCPRcvQDrop)|node_netstat_Ip_Forwarding"
)
# Debian builds kernels without /proc/net/stat/nf_conntrack, from which node_exporter has these; the agent asks
# ctnetlink. And states that only one of two moments had.
ELSEWHERE = re.compile(r"node_nf_conntrack_stat_|node_tcp_connection_states\{state=\"(time_wait|established|close_wait|fin_wait.|last_ack|syn_.*)\"\}")


def page(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    series = {}
    for line in lines:
        if not line.startswith("#") and OURS.match(line):
            name, value = line.rsplit(" ", 1)
            labels = re.search(r"\{(.*)\}", name)
            key = re.sub(r"\{.*", "", name)
            if labels:
                key += "{" + ",".join(sorted(labels[1].split(","))) + "}"
            series[key] = float(value)
    notes = {line for line in lines if re.match(r"# (TYPE|HELP) " + OURS.pattern, line)}
    return series, notes


ours, our_notes = page(AGENT)
theirs, their_notes = page(PEER)
missing = {name for name in theirs.keys() - ours.keys() if not ELSEWHERE.match(name)}
further = {name for name in ours.keys() - theirs.keys() if not NEWER.match(name) and not ELSEWHERE.match(name)}
assert len(theirs) > 50 and not missing and not further, (missing, further)
# Types and helps of what both have.
families = {note.split(" ")[2] for note in their_notes}
different = {note for note in our_notes if note.split(" ")[2] in families} ^ {
    note for note in their_notes if note.split(" ")[2] in {other.split(" ")[2] for other in our_notes}
}
assert not different, different
# Values that do not move here.
still = re.compile(r"node_sockstat_UDP|node_udp_queues|node_netstat_Ip_Forwarding|node_nf_conntrack_entries_limit|node_tcp_connection_states\{state=\"listen\"\}")
for name, value in theirs.items():
    if still.match(name):
        assert ours[name] == value, (name, ours[name], value)
print(f"{len(theirs)} series of node_exporter, and {len(ours.keys() - theirs.keys())} of newer versions or other states")
