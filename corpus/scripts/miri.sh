#!/usr/bin/env bash
# Interprets tests of the decoders with miri: on this host's architecture, and on s390x, whose
# byte order is the other one.
#
# Nothing of procnet-core is unsafe, so what is looked for is undefined behaviour in what it
# builds on, overflow, and anything that depends on the byte order of the machine. Miri is
# slower by some thousands, so a sample of the corpus is taken: tests/sample.rs.
#
# Without nightly Rust, or a miri for it, it says so and exits 0.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! cargo +nightly miri --version >/dev/null 2>&1 &&
  ! rustup +nightly component add miri rust-src >/dev/null 2>&1; then
  echo 'SKIPPED: nightly Rust with the components miri and rust-src cannot be had here'
  exit 0
fi

host=$(rustc -vV | sed -n 's/^host: //p')
# The tests read files.
export MIRIFLAGS=-Zmiri-disable-isolation

for target in "$host" s390x-unknown-linux-gnu; do
  echo "$target:"
  miri=(cargo +nightly miri test --quiet --target "$target" --target-dir target/miri)
  # Each byte in each place of a word: too many for an interpreter.
  "${miri[@]}" -p procnet-core --lib -- --skip every_byte
  "${miri[@]}" -p procnet-corpus --test sample
done
