#!/usr/bin/env bash
# Tests the C library: the header, the programs in C under AddressSanitizer and valgrind, the manual page;
# and if cargo-c is installed, what it installs. As root, installs the Debian packages that it needs. What
# cannot be had is reported as skipped. With --installed, only what cargo-c installs: `cargo test --workspace` has run
# the rest.
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

if ! cargo capi --version >/dev/null 2>&1; then
  skip 'installation by cargo-c: cargo-c is not installed'
  exit 0
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cargo cinstall -p procnet-capi --locked --profile dev --prefix "$scratch" --libdir lib
export PKG_CONFIG_PATH=$scratch/lib/pkgconfig LD_LIBRARY_PATH=$scratch/lib
read -ra flags <<<"$(pkg-config --cflags --libs procnet)"
read -ra static <<<"$(pkg-config --static --cflags --libs procnet)"
[ "$(pkg-config --modversion procnet)" = "$(sed -n 's/^#define PROCNET_VERSION "\(.*\)"/\1/p' include/procnet.h)" ]
for example in first_list agents_loop port_owner ss; do
  gcc -std=c11 -Wall -Wextra -Werror "examples/$example.c" "${flags[@]}" -o "$scratch/$example"
done
readelf -d "$scratch/first_list" | grep -F 'libprocnet.so.0.1'
"$scratch/first_list" >/dev/null
# The static library alone.
rm "$scratch"/lib/libprocnet.so*
gcc -std=c11 examples/first_list.c "${static[@]}" -o "$scratch/static"
"$scratch/static" >/dev/null
