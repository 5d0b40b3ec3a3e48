#!/usr/bin/env bash
# Tests the C library: the header, the programs in C under AddressSanitizer and valgrind, the manual page;
# the versions of its symbols; and if cargo-c is installed, what it installs. With
# PROCNET_CARGO_C_INSTALL=1, cargo-c is built into target/tools if missing (some minutes). As root,
# installs the Debian packages that it needs. What cannot be had is reported as skipped. With --installed,
# only what is installed: `cargo test --workspace` has run the rest.
set -euo pipefail
cd "$(dirname "$0")"

skip() { echo "SKIPPED: $*"; }
has_package() { dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null | grep -q '^installed$'; }
packages=(gcc g++ libc6-dev pkg-config binutils valgrind groff-base iproute2)
missing=()
for package in "${packages[@]}"; do
  has_package "$package" || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  timeout 120 apt-get update --quiet=2 || true
  timeout 300 apt-get install --quiet=2 --yes --no-install-recommends "${missing[@]}" || true
fi
for package in "${packages[@]}"; do
  has_package "$package" || skip "$package: could not be installed by apt-get"
done

[ "${1:-}" = --installed ] || cargo test -p procnet-capi --locked

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')

# Every function of a shared object has the version, and no other.
check_versions() {
  local unversioned count
  count=$(readelf --dyn-syms --wide "$1" | grep -c ' procnet_[a-z0-9_]*@@libprocnet\.so\.0\.1$' || true)
  unversioned=$(readelf --dyn-syms --wide "$1" | grep ' procnet_' | grep -v '@@libprocnet\.so\.0\.1$' || true)
  if [ "$count" -lt 60 ] || [ -n "$unversioned" ]; then
    echo "FAILED: $1: $count symbols have the version libprocnet.so.0.1, and these have not: $unversioned"
    exit 1
  fi
}

if command -v ld.bfd >/dev/null; then
  PROCNET_SYMBOL_VERSIONS=1 cargo build -p procnet-capi --locked
  check_versions "$target/debug/libprocnet_capi.so"
else
  skip 'versions of symbols: ld.bfd is not installed (binutils)'
fi

root=$(realpath ../..)
export PATH=$root/target/tools/bin:$PATH
version=0.10.22
if ! cargo cinstall --version >/dev/null 2>&1; then
  if [ "${PROCNET_CARGO_C_INSTALL:-0}" != 1 ]; then
    skip 'installation by cargo-c: cargo-c is not installed'
    exit 0
  fi
  # As in .ci/api: a build directory of its own, and no optimization of what runs once.
  if ! CARGO_TARGET_DIR=$root/target/tools/build timeout 1800 cargo install cargo-c \
    --version "=$version" --locked --quiet --debug --root "$root/target/tools"; then
    skip "installation by cargo-c: cargo-c $version could not be installed"
    exit 0
  fi
fi
cargo cinstall --version
compile() { gcc -std=c11 -Wall -Wextra -Werror "$@"; }
install_in() { cargo cinstall -p procnet-capi --locked --profile dev --prefix "$1" --libdir lib; }

prefix=$scratch/plain
install_in "$prefix"
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib
for file in include/procnet.h lib/libprocnet.a lib/libprocnet.so lib/libprocnet.so.0.1 share/man/man3/procnet.3; do
  [ -f "$prefix/$file" ] || { echo "FAILED: $file is not installed" && exit 1; }
done
cmp include/procnet.h "$prefix/include/procnet.h"
# Without a flag that names a directory, a compiler would not find the header.
[ "$(pkg-config --cflags procnet | xargs)" = "-I$prefix/include" ]
read -ra flags <<<"$(pkg-config --cflags --libs procnet)"
read -ra static <<<"$(pkg-config --static --cflags --libs procnet)"
[ "$(pkg-config --modversion procnet)" = "$(sed -n 's/^#define PROCNET_VERSION "\(.*\)"/\1/p' include/procnet.h)" ]
for example in first_list agents_loop port_owner ss; do
  compile "examples/$example.c" "${flags[@]}" -o "$scratch/$example"
done
readelf -d "$scratch/first_list" | grep -F 'libprocnet.so.0.1'
"$scratch/first_list" >/dev/null

# With versions, whose programs ask for them; and the program above does not need any.
if command -v ld.bfd >/dev/null; then
  versioned=$scratch/versioned
  PROCNET_SYMBOL_VERSIONS=1 install_in "$versioned"
  check_versions "$versioned/lib/libprocnet.so.0.1"
  read -ra flags <<<"$(PKG_CONFIG_PATH=$versioned/lib/pkgconfig pkg-config --cflags --libs procnet)"
  compile examples/first_list.c "${flags[@]}" -o "$scratch/asks_for_version"
  readelf --version-info "$scratch/asks_for_version" | grep -F 'Name: libprocnet.so.0.1'
  for program in asks_for_version first_list; do
    LD_LIBRARY_PATH=$versioned/lib "$scratch/$program" >/dev/null
  done
fi

# The static library alone.
rm "$prefix"/lib/libprocnet.so*
compile examples/first_list.c "${static[@]}" -o "$scratch/static"
"$scratch/static" >/dev/null
