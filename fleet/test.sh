#!/usr/bin/env bash
# Makes a small fleet, and asks every question of sql/ about it in DuckDB, DataFusion and ClickHouse.
#
# Each answer is compared with that of oracle.py, also where there are neither aggregates nor events. The engines are
# installed by pip in target/fleet/venv. Takes a minute when that is there and the workspace's tests are built, which
# share their dependencies with it. Reports what it skips, and why. With engines as arguments, only those:
# `fleet/test.sh spark` needs Java, and pip to install 400 MB.
set -euo pipefail
cd "$(dirname "$0")/.."

engines=("${@:-duckdb datafusion clickhouse}")
read -ra engines <<<"${engines[*]}"
declare -A package=([duckdb]=duckdb [datafusion]=datafusion [clickhouse]=chdb [spark]=pyspark)

target=${CARGO_TARGET_DIR:-target}
work=$target/fleet
venv=$work/venv
mkdir -p "$work"

if ! python3 -m venv --help >/dev/null 2>&1; then
  echo 'SKIPPED: questions about a fleet: Python is not installed, or its venv is not'
  exit 0
fi
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
python=$venv/bin/python

# With the features of `cargo test --workspace`: another selection of packages would build Arrow and Parquet again.
build=(cargo build --quiet --locked --workspace)
"${build[@]}" --example fleet
rm -rf "$work/data" "$work/sockets-only"
make=("$target/debug/examples/fleet" "$work/data" --hosts 40 --sockets 60 --times 4 --tcp-info --rows)
"${make[@]}" --aggregates 3 --events 5
"$python" fleet/oracle.py "$work/data" >"$work/expected.json"
# The same without the other tables, of which there are then no files.
make[1]=$work/sockets-only
"${make[@]}"
"$python" fleet/oracle.py "$work/sockets-only" >"$work/sockets-only.json"

failed=()
for engine in "${engines[@]}"; do
  if ! "$python" -c "import ${package[$engine]}" 2>/dev/null &&
    ! timeout 120 "$python" -m pip install --quiet --disable-pip-version-check "${package[$engine]}"; then
    echo "SKIPPED: questions about a fleet in $engine: pip could not install ${package[$engine]}"
    continue
  fi
  timeout 120 "$python" fleet/run.py "$engine" "$work/data" --expected "$work/expected.json" || failed+=("$engine")
  timeout 120 "$python" fleet/run.py "$engine" "$work/sockets-only" --expected "$work/sockets-only.json" ||
    failed+=("$engine, without aggregates and events")
done
# What the command writes, about this host.
if [ $# -eq 0 ] && "$python" -c 'import duckdb' 2>/dev/null; then
  "${build[@]}" --features procnet-cli/columns --bin procnet
  cp "$target/debug/procnet" "$work/procnet"
  timeout 60 "$python" fleet/command.py "$work/procnet" || failed+=('the command')
  # What the agent writes, about this host.
  "${build[@]}" --bin procnet-agent
  timeout 180 "$python" fleet/agent.py "$target/debug/procnet-agent" || failed+=('the agent')
fi
if [ ${#failed[@]} -gt 0 ]; then
  echo "FAILED: ${failed[*]}"
  exit 1
fi
