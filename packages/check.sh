#!/usr/bin/env bash
# Builds the packages, installs each in an empty root directory, uses what is installed, and removes
# it again. Three minutes, most of it for building.
#
# Needs root for installing, and lintian and man for what they check: otherwise that is skipped, and
# reported.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { echo "SKIPPED: $*"; }
fail() {
  echo "FAILED: $*"
  exit 1
}

# The configuration that is installed is one, and the unit is what systemd accepts.
check_agent() {
  local unit=$1/usr/lib/systemd/system/procnet-agent.service
  chroot "$1" /usr/bin/procnet-agent --config /etc/procnet/agent.toml --check >/dev/null || fail 'the configuration'
  if ! systemd-analyze --version >/dev/null 2>&1; then
    skip 'the systemd unit was not verified: systemd-analyze is not installed'
    return
  fi
  # It looks for the program, and for the documentation, on this host.
  sed "s,=/usr/bin/procnet-agent,=$1/usr/bin/procnet-agent,; /^Documentation=/d" "$unit" >"$scratch/procnet-agent.service"
  systemd-analyze verify "$scratch/procnet-agent.service" || fail 'the systemd unit'
  # In tenths; 10 is no protection at all.
  systemd-analyze security --offline=true --threshold=35 "$scratch/procnet-agent.service" >/dev/null ||
    fail 'the systemd unit leaves more open than before'
}

rm -f target/packages/*.deb target/packages/*.tar.gz
packages/build.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

for archive in target/packages/*.tar.gz; do
  [ -e "$archive" ] || continue
  tar --extract --file "$archive" --directory "$scratch"
  "$scratch"/*/bin/procnet --version
  "$scratch"/*/bin/procnet-agent --version
done

for package in target/packages/*.deb; do
  [ -e "$package" ] || continue
  if command -v lintian >/dev/null; then
    lintian --allow-root --fail-on error,warning "$package"
  else
    skip "$package: lintian is not installed"
  fi
  if [ "$(id -u)" -ne 0 ]; then
    skip "$package: only root can install it"
    continue
  fi
  root=$scratch/root
  mkdir -p "$root"/var/lib/dpkg/{info,updates} "$root/proc"
  touch "$root/var/lib/dpkg/status"
  dpkg --root="$root" --install "$package"
  name=$(basename "${package%%_*}")
  # Nothing else is in this root directory: no shared library, no shell.
  chroot "$root" "/usr/bin/$name" --version
  if [ "$name" = procnet ]; then
    "$root/usr/bin/procnet" sockets --listening >/dev/null || [ $? -eq 1 ] || fail 'procnet sockets'
    bash -n "$root/usr/share/bash-completion/completions/procnet"
  else
    check_agent "$root"
  fi
  for page in "$root"/usr/share/man/man*/*.gz; do
    if command -v man >/dev/null; then
      warnings=$(MANWIDTH=100 man --warnings --local-file "$page" 2>&1 >/dev/null)
      [ -z "$warnings" ] || fail "$page: $warnings"
    fi
    gzip --test "$page"
  done
  command -v man >/dev/null || skip 'the man pages were not rendered: man is not installed'
  dpkg --root="$root" --purge "$name"
  left=$(find "$root" \( -path "$root/usr/*" -o -path "$root/etc/*" \) -type f)
  [ -z "$left" ] || fail "left after removing the package: $left"
  rm -rf "$root"
done
