#!/usr/bin/env bash
# Lets a Prometheus server scrape a live agent, in namespaces of their own, and checks: the page, the alert
# rules, and that each query of the dashboard has an answer. Half a minute.
#
#     fleet/prometheus/test.sh [AGENT]
#
# AGENT is the binary, by default that of the last `cargo build`. Needs root, Python, and Debian's packages
# prometheus and prometheus-node-exporter, which PROCNET_PROMETHEUS_INSTALL=1 installs; else it is skipped, and said.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() {
  echo "SKIPPED: Prometheus beside the agent: $*"
  exit 0
}

if [ "${1:-}" != --inside ]; then
  agent=${1:-${CARGO_TARGET_DIR:-target}/debug/procnet-agent}
  if ! command -v prometheus prometheus-node-exporter >/dev/null && [ -n "${PROCNET_PROMETHEUS_INSTALL:-}" ] && [ "$(id -u)" -eq 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    timeout 300 apt-get install --quiet=2 --yes --no-install-recommends prometheus prometheus-node-exporter || true
  fi
  command -v prometheus promtool >/dev/null || skip 'prometheus is not installed'
  python3 --version >/dev/null 2>&1 || skip 'Python is not installed'
  [ "$(id -u)" -eq 0 ] || skip 'only root has namespaces in which all is known'
  [ -x "$agent" ] || nice cargo build --quiet --locked -p procnet-agent
  promtool check rules fleet/prometheus/rules.yml
  (cd fleet/prometheus && promtool test rules rules_test.yml && promtool check config prometheus.yml)
  exec unshare --net --mount --pid --fork --kill-child --mount-proc "$0" --inside "$(realpath "$agent")"
fi

agent=$2
ip link set lo up
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp fleet/prometheus/*.yml "$scratch"
# As it is delivered, but faster.
sed -i 's/scrape_interval: 15s/scrape_interval: 1s\n  evaluation_interval: 1s/' "$scratch/prometheus.yml"
sed -i 's/^        for: .*/        for: 0s/' "$scratch/rules.yml"

# A listener that does not accept, a socket that is not closed, a hostile name, and all kinds of sockets.
python3 fleet/prometheus/scene.py &
"$agent" --interval 500ms --cpu-budget 100 --tcp-info true --store-directory "$scratch/store" 2>"$scratch/agent.log" &
prometheus --config.file="$scratch/prometheus.yml" --storage.tsdb.path="$scratch/data" \
  --web.listen-address=127.0.0.1:9090 >"$scratch/prometheus.log" 2>&1 &

# The same under node_exporter's names, beside node_exporter.
if command -v prometheus-node-exporter >/dev/null; then
  "$agent" --listen 127.0.0.1:9989 --interval 200ms --cpu-budget 100 --node-exporter-names true 2>>"$scratch/agent.log" &
  prometheus-node-exporter --collector.disable-defaults --collector.tcpstat --collector.sockstat --collector.netstat \
    --collector.softnet --collector.udp_queues --collector.conntrack --web.listen-address=127.0.0.1:9100 \
    >"$scratch/node_exporter.log" 2>&1 &
  sleep 2
  python3 fleet/prometheus/node_exporter.py
else
  echo "SKIPPED: node_exporter's names: prometheus-node-exporter is not installed"
fi

if ! python3 fleet/prometheus/check.py fleet/grafana/procnet.json; then
  tail -n 5 "$scratch"/*.log
  exit 1
fi
