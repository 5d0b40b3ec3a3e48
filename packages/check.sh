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

rm -f target/packages/*.deb target/packages/*.tar.gz
packages/build.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

for archive in target/packages/*.tar.gz; do
  [ -e "$archive" ] || continue
  tar --extract --file "$archive" --directory "$scratch"
  "$scratch"/*/bin/procnet --version
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
  # Nothing else is in this root directory: no shared library, no shell.
  chroot "$root" /usr/bin/procnet --version
  "$root/usr/bin/procnet" sockets --listening >/dev/null || [ $? -eq 1 ] || fail 'procnet sockets'
  for page in "$root"/usr/share/man/man1/*.1.gz; do
    if command -v man >/dev/null; then
      warnings=$(MANWIDTH=100 man --warnings --local-file "$page" 2>&1 >/dev/null)
      [ -z "$warnings" ] || fail "$page: $warnings"
    fi
    gzip --test "$page"
  done
  command -v man >/dev/null || skip 'the man pages were not rendered: man is not installed'
  bash -n "$root/usr/share/bash-completion/completions/procnet"
  dpkg --root="$root" --purge procnet
  left=$(find "$root" -path "$root/usr/*" -type f)
  [ -z "$left" ] || fail "left after removing the package: $left"
  rm -rf "$root"
done
