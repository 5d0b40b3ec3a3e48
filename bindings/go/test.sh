#!/usr/bin/env bash
# Builds the Go packages against the C library of this repository, and runs their tests: those of their
# own here, those against gopsutil in namespaces of their own. As root, installs the Debian packages that
# it needs. What cannot be had is reported as skipped.
#
# Usage: test.sh [--speed]      --speed measures beside gopsutil with 100,000 sockets, in minutes
set -euo pipefail
cd "$(dirname "$0")"

skip() { echo "SKIPPED: $*"; }
has_package() { dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null | grep -q '^installed$'; }
packages=(gcc libc6-dev pkg-config golang-go golang-github-shirou-gopsutil-dev iproute2)
missing=()
for package in "${packages[@]}"; do
  has_package "$package" || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  timeout 120 apt-get update --quiet=2 || true
  timeout 300 apt-get install --quiet=2 --yes --no-install-recommends "${missing[@]}" || true
fi
for tool in go gcc pkg-config; do
  if ! command -v "$tool" >/dev/null; then
    skip "bindings/go: $tool is not installed"
    exit 0
  fi
done

profile=()
built=debug
if [ "${1:-}" = --speed ]; then
  profile=(--release)
  built=release
fi
cargo build -p procnet-capi --locked "${profile[@]}"
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
scratch=$(mktemp -d)
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT

# As cargo-c would install it, with the static library only. Always in the same place, with a cache of its
# own: Go does not notice when pkg-config reports another one.
installed=$target/bindings-go
mkdir -p "$installed"
cp "$target/$built/libprocnet_capi.a" "$installed/libprocnet.a"
cat >"$installed/procnet.pc" <<EOF
Name: procnet
Description: Lists the sockets of a Linux host and the processes that own them
Version: 0.1.0
Cflags: -I$(realpath ../../crates/procnet-capi/include)
Libs: -L$installed -lprocnet -lgcc_s -lpthread -ldl -lm -lc
EOF
export PKG_CONFIG_PATH=$installed GOCACHE=$installed/cache GOFLAGS=-mod=mod GOPROXY=off GO111MODULE=on

unformatted=$(gofmt -l .)
if [ -n "$unformatted" ]; then
  echo "Not formatted by gofmt: $unformatted"
  exit 1
fi
go vet ./...
# In namespaces of their own where that is possible: a busy host has many sockets and processes.
sandbox=(unshare --net --pid --mount --fork --mount-proc)
[ "$(id -u)" -eq 0 ] || sandbox+=(--user --map-root-user)
if "${sandbox[@]}" ip link set lo up 2>/dev/null; then
  printf '#!/bin/sh\nexec %s sh -c '"'"'ip link set lo up && exec "$@"'"'"' sh "$@"\n' "${sandbox[*]}" >"$scratch/sandbox"
  chmod +x "$scratch/sandbox"
  go test -count=1 -exec "$scratch/sandbox" ./...
else
  sandbox=()
  go test -count=1 ./...
fi

# Examples: one finds the socket of another.
for example in first_list agents_loop port_owner; do
  go build -o "$scratch/$example" "./examples/$example"
done

# gopsutil as Debian packages it, which is for builds without modules.
gopsutil=/usr/share/gocode/src/github.com/shirou/gopsutil
if [ ! -d $gopsutil ]; then
  skip 'bindings/go/compare: the package golang-github-shirou-gopsutil-dev is not installed'
  exit 0
fi
mkdir -p "$scratch/src"
cp -r . "$scratch/src/procnet"
(
  cd "$scratch/src/procnet/compare"
  export GO111MODULE=off GOFLAGS= GOPATH=$scratch:/usr/share/gocode
  go vet .
  go test -c -o "$scratch/compare" .
)
if [ ${#sandbox[@]} -eq 0 ]; then
  skip 'bindings/go/compare: unshare may not create namespaces here'
  exit 0
fi
measured=()
[ "${1:-}" != --speed ] || measured=(PROCNET_SOCKETS=100000)
# shellcheck disable=SC2016
env PROCNET_SANDBOX=1 "${measured[@]}" "${sandbox[@]}" sh -ec '
  ip link set lo up
  cd "$1"
  ./compare -test.v -test.timeout 20m
  # Each example on sockets that are known here.
  mkfifo held
  PROCNET_HOLD=3 ./compare <held >ready &
  exec 3>held
  until grep -q ready ready; do sleep 0.1; done
  listed=$(./first_list)
  echo "$listed" | grep -q "^tcp LISTEN 127\..* 0.0.0.0:0 compare($!)/"
  port=$(echo "$listed" | sed -n "s/^tcp LISTEN 127[0-9.]*:\([0-9]*\) .*/\1/p")
  ./port_owner "$port" | grep "^tcp 127.*:$port: compare($!), descriptor"
  ! ./port_owner 1
  ./agents_loop 1 10ms | grep "sockets at the start"
  exec 3>&-
' sh "$scratch"
