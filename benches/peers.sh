#!/usr/bin/env bash
# Installs the tools that `compare` measures beside procnet: Debian packages, psutil in a virtual
# environment, and two small programs that use gopsutil and netstat2. Everything that is built
# goes into `peers` in the target directory. What is not available is reported as skipped.
#
# Usage: benches/peers.sh      ($CARGO_TARGET_DIR is honored; $PROCNET_PYTHON selects another Python)
set -uo pipefail
cd "$(dirname "$0")"
peers=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/peers
mkdir -p "$peers"

skip() { printf 'SKIPPED %s: %s\n' "$1" "$2"; }
has() { command -v "$1" >/dev/null 2>&1; }

# Commands and the packages that contain them.
packages=()
for pair in ss:iproute2 lsof:lsof netstat:net-tools go:golang-go; do
  has "${pair%%:*}" || packages+=("${pair##*:}")
done
gopsutil=/usr/share/gocode/src/github.com/shirou/gopsutil
[ -d "$gopsutil" ] || packages+=(golang-github-shirou-gopsutil-dev)
if [ ${#packages[@]} -gt 0 ]; then
  if ! has apt-get; then
    skip "${packages[*]}" 'no apt-get'
  elif [ "$(id -u)" != 0 ]; then
    skip "${packages[*]}" 'installing packages needs root'
  else
    for package in "${packages[@]}"; do
      apt-get install -y -q --no-install-recommends "$package" || skip "$package" 'cannot be installed'
    done
  fi
fi

if [ -n "${PROCNET_PYTHON:-}" ]; then
  skip psutil "PROCNET_PYTHON is $PROCNET_PYTHON"
elif ! has python3; then
  skip psutil 'no python3'
else
  python3 -m venv "$peers/python" && "$peers/python/bin/pip" install -q psutil ||
    skip psutil 'cannot be installed in a virtual environment'
fi

if has go && [ -d "$gopsutil" ]; then
  version=$(dpkg-query -W -f '${source:Upstream-Version}' golang-github-shirou-gopsutil-dev 2>/dev/null)
  (cd peers/gopsutil && GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS= \
    go build -ldflags "-X main.version=$version" -o "$peers/gopsutil" main.go) ||
    skip gopsutil 'does not build'
else
  skip gopsutil 'no Go, or its package is not installed'
fi

if cargo build -q --release --locked --manifest-path peers/netstat2/Cargo.toml --target-dir "$peers/netstat2-build"; then
  cp "$peers/netstat2-build/release/netstat2" "$peers/netstat2"
else
  skip netstat2 'does not build; it needs libclang'
fi
