#!/usr/bin/env bash
# Fuzzes each target for some time: fuzz/run.sh [SECONDS_PER_TARGET [TARGET...]]
#
# A target starts with seeds cut from the corpus and with the inputs that earlier runs kept. A
# crash becomes a file in corpus/regressions/ with a template of its story; the exit code is
# then 1. Without nightly Rust or cargo-fuzz the script reports that it is skipped and exits with
# 0; PROCNET_FUZZ_INSTALL=1 makes it install cargo-fuzz first. PROCNET_FUZZ_SEED=N, from 1 on, starts
# each target with that seed instead of a random one.
set -uo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
shift $(($# > 0))
targets=("$@")

if ! cargo +nightly --version >/dev/null 2>&1; then
  echo 'SKIPPED: fuzzing needs nightly Rust (rustup toolchain install nightly)'
  exit 0
fi
if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
  if [ -z "${PROCNET_FUZZ_INSTALL:-}" ] || ! timeout 600 cargo install cargo-fuzz --locked --debug; then
    echo 'SKIPPED: fuzzing needs cargo-fuzz (cargo install cargo-fuzz --locked)'
    exit 0
  fi
fi
if [ ${#targets[@]} -eq 0 ]; then
  for file in fuzz/fuzz_targets/*.rs; do
    targets+=("$(basename "$file" .rs)")
  done
fi

seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
cargo run --quiet -p procnet-corpus --example seeds -- "$seeds" || exit 2

found=0
printf '%-12s %12s %10s %10s %8s %8s  %s\n' target runs runs/s coverage features corpus crashes
for target in "${targets[@]}"; do
  log=$seeds/$target.log
  artifacts=fuzz/artifacts/$target
  mkdir -p "fuzz/corpus/$target" "$artifacts" "$seeds/$target"
  rm -f "$artifacts"/crash-* "$artifacts"/timeout-* "$artifacts"/oom-* "$artifacts"/slow-unit-*
  # No address sanitizer: core has no unsafe code, and runs are ten times faster without it.
  (cd fuzz && cargo +nightly fuzz run --sanitizer none "$target" "corpus/$target" "$seeds/$target" -- \
    -seed="${PROCNET_FUZZ_SEED:-0}" -max_total_time="$seconds" -max_len=1024 -timeout=10 -print_final_stats=1) >"$log" 2>&1
  # The last line of progress: `#RUNS  DONE  cov: N ft: N corp: N/SIZE … exec/s: N`.
  last=$(grep -E '^#[0-9]+.*cov: ' "$log" | tail -n 1)
  if [ -z "$last" ]; then
    echo "$target: did not run"
    tail -n 20 "$log"
    exit 2
  fi
  field() { sed -nE "s|.* $1: ([0-9]+).*|\1|p" <<<"$last"; }
  runs=$(sed -nE 's/^stat::number_of_executed_units: ([0-9]+).*/\1/p' "$log")
  runs=${runs:-$(sed -E 's/^#([0-9]+).*/\1/' <<<"$last")}
  crashes=0
  for crash in "$artifacts"/crash-* "$artifacts"/timeout-* "$artifacts"/oom-*; do
    [ -e "$crash" ] || continue
    crashes=$((crashes + 1))
    found=1
    kept=corpus/regressions/$target/$(basename "$crash")
    mkdir -p "$(dirname "$kept")"
    cp "$crash" "$kept"
    {
      echo "# A crash without a story"
      echo
      echo "Found by fuzzing the target \`$target\` on $(date -u +%F). Rename the file after what is odd"
      echo "about it, and describe here what was wrong and what is correct now."
      echo
      echo '```text'
      grep -E -A 1 'panicked at|ERROR: ' "$log" | head -n 5 | sed "s|$PWD/||g"
      echo '```'
    } >"$kept.md"
  done
  printf '%-12s %12s %10s %10s %8s %8s  %s\n' \
    "$target" "$runs" "$(field exec/s)" "$(field cov)" "$(field ft)" "$(field corp)" "$crashes"
done
exit $found
