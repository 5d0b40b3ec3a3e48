"""Asks a Prometheus server that scrapes an agent, and the agent itself."""

import json
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request

AGENT = "http://127.0.0.1:9988/metrics"
PROMETHEUS = "http://127.0.0.1:9090/api/v1/"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
COMM = 'a"}\\\\ \\x0A\\xFF'  # as scene.py's name is escaped


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.read().decode(), answer.headers["Content-Type"]


def ask(what, **parameters):
    answer = json.loads(get(PROMETHEUS + what + "?" + urllib.parse.urlencode(parameters))[0])
    assert answer["status"] == "success", answer
    return answer["data"]


def query(expression):
    return ask("query", query=expression)["result"]


def until(what, found, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            result = found()
            if result:
                return result
        except OSError:
            pass
        time.sleep(0.5)
    raise SystemExit(f"FAILED: not within {seconds} s: {what}")


def labelled(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


comm = labelled(COMM)
until("the target is up", lambda: query('up{job="procnet"} == 1'))
until("the scene is counted", lambda: query(f"procnet_process_close_wait_sockets{{comm={comm}}} >= 120"))
full = until("the full queue is seen", lambda: query("procnet_listeners_full == 1"))
assert full[0]["metric"]["port"] == "8080" and full[0]["metric"]["comm"] == COMM, full

# Both formats, and what promtool says of them.
text, media = get(AGENT)
assert media.startswith("text/plain; version=0.0.4"), media
checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True)
assert (checked.returncode, checked.stdout + checked.stderr) == (0, ""), checked
openmetrics, media = get(AGENT, Accept=OPENMETRICS)
assert media.startswith(OPENMETRICS) and openmetrics.endswith("\n# EOF\n"), media
targets = ask("targets", state="active")["activeTargets"]
assert [target["lastError"] for target in targets] == [""], targets

# Sums do not depend on the grouping. Of one scrape, so they are of one refresh.
sums = [f"sum(procnet_{family}_sockets)" for family in ("process", "unit", "container")]
for expression in sums:
    assert query(f"({expression}) == sum(procnet_sockets)"), expression

alerts = {"ProcnetAcceptQueueFull", "ProcnetAcceptQueueFilling", "ProcnetSocketsNotClosed"}
firing = lambda: {a["labels"]["alertname"] for a in ask("alerts")["alerts"] if a["state"] == "firing"}
until(f"{alerts} fire", lambda: alerts <= firing())

# Every metric of the dashboard and of the rules is on the page, and every query has an answer.
families = set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))
dashboard = json.load(open(sys.argv[1], encoding="utf-8"))
expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
assert len(expressions) >= 20
rules = [rule["query"] for group in ask("rules")["groups"] for rule in group["rules"]]
missing = set()
for expression in expressions + rules:
    missing |= set(re.findall(r"\bprocnet_\w+", expression)) - families
assert not missing or not query("procnet_conntrack_entries") and all("conntrack" in m for m in missing), missing
for expression in expressions:
    asked = expression.replace("$instance", ".*").replace("$__rate_interval", "10s")
    may_be_empty = "conntrack" in asked or asked.endswith("> 0")
    until(f"an answer to {asked}", lambda: query(asked) or may_be_empty)
births = until("births are counted", lambda: query('sum(rate(procnet_socket_births_total{by="connect"}[10s])) > 1'))
print(f"{len(families)} families, {len(expressions)} queries, alerts fire: {', '.join(sorted(firing()))}")
