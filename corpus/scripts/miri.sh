#!/usr/bin/env bash
# Interprets tests of the decoders with miri: on this host's architecture, and on s390x, which is
# big-endian.
#
# procnet-core has no unsafe code, so this looks for undefined behavior in its dependencies, for
# overflow, and for anything that depends on the byte order of the machine. Miri is thousands of
# times slower, so only a sample of the corpus is interpreted: tests/sample.rs.
#
# Without nightly Rust and its miri, the script reports that it is skipped and exits with 0.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! cargo +nightly miri --version >/dev/null 2>&1 &&
  ! rustup +nightly component add miri rust-src >/dev/null 2>&1; then
  echo 'SKIPPED: nightly Rust with the components miri and rust-src is not available here'
  exit 0
fi

host=$(rustc -vV | sed -n 's/^host: //p')
# The tests read files.
export MIRIFLAGS=-Zmiri-disable-isolation

interpret() {
  local target=$1 other
  local miri=(cargo +nightly miri test --quiet --target "$target" --target-dir target/miri)
  # Tests of each byte at each position of a word take too long in an interpreter.
  "${miri[@]}" -p procnet-core --lib -- --skip every_byte || return
  # Each machine reads a capture of its own byte order, and has a part of the tables: two minutes.
  case $target in
    s390x-*) other=little_endian ;;
    *) other=big_endian ;;
  esac
  "${miri[@]}" -p procnet-corpus --test sample -- --skip "$other"
}

# At the same time: an interpreter is one thread.
mkdir -p target/miri
targets=("$host" s390x-unknown-linux-gnu)
declare -A interpreters
for target in "${targets[@]}"; do
  interpret "$target" >"target/miri/$target.log" 2>&1 &
  interpreters[$target]=$!
done
failed=0
for target in "${targets[@]}"; do
  wait "${interpreters[$target]}" || failed=1
  echo "$target:"
  cat "target/miri/$target.log"
done
exit $failed
