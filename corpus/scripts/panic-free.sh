#!/usr/bin/env bash
# Shows on compiled objects that no decoder of procnet-core can panic, whatever its input.
#
# The crate corpus/panic-free exports every decoder, compiled as for release, and its panic
# handler calls a function that does not exist. The linker removes functions that nothing calls.
# So if the crate links, no panic of any kind (an index, a range, an unwrap, an assertion) is
# reachable; otherwise the functions that call one are listed. Each run also verifies that the
# check can fail: with the feature `deliberate` a function indexes a slice, and must not link.
#
# Two targets: one without an operating system, and this host's, where memchr uses SIMD.
# As in a release build, overflow wraps; tests and fuzzing detect it.
set -euo pipefail
cd "$(dirname "$0")/../panic-free"

bare=x86_64-unknown-none
host=$(rustc -vV | sed -n 's/^host: //p')
handler=a_decoder_can_panic
build=../../target/panic-free

# link TARGET FORCED [CARGO_ARGUMENT...]: prints the linker's errors if it fails.
link() {
  local target=$1 forced=$2 arguments='' wl=''
  shift 2
  if [ "$target" = "$host" ]; then
    # Linked by the C compiler, for the functions that copy memory. Nothing is unwound.
    wl=-Wl,
    arguments="-nostartfiles -lc $wl--defsym=rust_eh_personality=0"
  fi
  if $forced; then
    arguments+=" $wl--defsym=$handler=0 $wl--emit-relocs"
  fi
  cargo rustc --quiet --release --locked --target "$target" --target-dir $build "$@" \
    -- -C link-args="$arguments" 2>&1
}

# Prints the functions that call a panic, by forcing the link.
callers() {
  link "$1" true || return
  objdump -drC --no-show-raw-insn "$build/$1/release/panic-free" | awk '
    /^[0-9a-f]+ <.*>:$/ { sub(/^[0-9a-f]+ </, ""); sub(/>:$/, ""); caller = $0 }
    /: R_.*\tcore::.*(panic|fail)/ { print "  " caller }' | uniq
}

targets=("$host")
if rustup target add $bare >/dev/null 2>&1; then
  targets+=("$bare")
else
  echo "SKIPPED: the target $bare cannot be added here"
fi

for target in "${targets[@]}"; do
  if log=$(link "$target" false --features deliberate) || ! grep -q "$handler" <<<"$log"; then
    printf '%s\n%s: the check misses a deliberate panic\n' "$log" "$target"
    exit 2
  fi
  if ! log=$(link "$target" false); then
    echo "$target: not linked. Functions that call a panic:"
    callers "$target" || echo "$log"
    exit 1
  fi
  binary=$build/$target/release/panic-free
  exports=$(nm -C "$binary" | grep -c ' panic_free::export::')
  echo "$target: $exports functions over every decoder, $(stat -c %s "$binary") bytes, no panic"
done
