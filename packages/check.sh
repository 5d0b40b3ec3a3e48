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

check_command() {
  "$1/usr/bin/procnet" sockets --listening >/dev/null || [ $? -eq 1 ] || fail 'procnet sockets'
  bash -n "$1/usr/share/bash-completion/completions/procnet"
}

# Compiles an example with what is installed, and runs it.
check_library() {
  local directory example=crates/procnet-capi/examples/first_list.c flags=(-std=c11 -Wall -Wextra -Werror)
  directory=$1/usr/lib/$(gcc -print-multiarch)
  gcc "${flags[@]}" -I "$1/usr/include" "$example" -L "$directory" -lprocnet -o "$scratch/shared"
  LD_LIBRARY_PATH=$directory "$scratch/shared" >/dev/null || fail 'an example with the shared library'
  # The version of the symbols that it was linked with.
  readelf --version-info "$scratch/shared" | grep 'Name: libprocnet\.so\.0\.1 ' >/dev/null || fail 'symbols without a version'
  gcc "${flags[@]}" -I "$1/usr/include" "$example" "$directory/libprocnet.a" -lgcc_s -lm -ldl -lpthread -o "$scratch/static"
  "$scratch/static" >/dev/null || fail 'an example with the static library'
  if command -v pkg-config >/dev/null; then
    check_pkg_config "$1" "$directory" "${flags[@]}" "$example"
  else
    skip 'procnet.pc was not used: pkg-config is not installed'
  fi
}

# Compiles with the flags of the installed .pc file, and of no other, as if for a host with this root directory.
check_pkg_config() {
  local root=$1 directory=$2 version shared static
  local -x PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$directory/pkgconfig PKG_CONFIG_PATH=
  shift 2
  version=$(sed -n 's/^#define PROCNET_VERSION "\(.*\)"/\1/p' "$root/usr/include/procnet.h")
  [ "$(pkg-config --modversion procnet)" = "$version" ] || fail 'the version of procnet.pc'
  read -ra shared <<<"$(pkg-config --cflags --libs procnet)"
  gcc "$@" "${shared[@]}" -o "$scratch/pc-shared" || fail 'the flags of procnet.pc'
  readelf --dynamic "$scratch/pc-shared" | grep 'NEEDED.*libprocnet\.so\.0\.1' >/dev/null || fail 'not linked with the shared library'
  LD_LIBRARY_PATH=$directory "$scratch/pc-shared" >/dev/null || fail 'an example with the flags of procnet.pc'
  read -ra static <<<"$(pkg-config --static --cflags --libs procnet)"
  gcc "$@" "${static[@]/#-lprocnet/-l:libprocnet.a}" -o "$scratch/pc-static" || fail 'the static flags of procnet.pc'
  "$scratch/pc-static" >/dev/null || fail 'an example with the static flags of procnet.pc'
}

# Installs packages into an empty root directory: no shared library, no shell. Uses them, and removes them.
check_installed() {
  local check=$1 root=$scratch/root name names=() page warnings left
  shift
  mkdir -p "$root"/var/lib/dpkg/{info,updates} "$root/proc"
  touch "$root/var/lib/dpkg/status"
  # The library's own dependencies are not in there.
  dpkg --root="$root" --force-depends --install "$@"
  for name; do
    names+=("$(basename "${name%%_*}")")
  done
  if [ -e "$root/usr/bin/${names[0]}" ]; then
    chroot "$root" "/usr/bin/${names[0]}" --version
  fi
  "$check" "$root"
  for page in "$root"/usr/share/man/man*/*.gz; do
    if command -v man >/dev/null; then
      warnings=$(MANWIDTH=100 man --warnings --local-file "$page" 2>&1 >/dev/null)
      [ -z "$warnings" ] || fail "$page: $warnings"
    fi
    gzip --test "$page"
  done
  command -v man >/dev/null || skip 'the man pages were not rendered: man is not installed'
  dpkg --root="$root" --force-depends --purge "${names[@]}"
  left=$(find "$root" \( -path "$root/usr/*" -o -path "$root/etc/*" \) -type f)
  [ -z "$left" ] || fail "left after removing the packages: $left"
  rm -rf "$root"
}

for package in target/packages/*.deb; do
  [ -e "$package" ] || continue
  if command -v lintian >/dev/null; then
    lintian --allow-root --fail-on error,warning "$package"
  else
    skip "$package: lintian is not installed"
  fi
done
if ! ls target/packages/*.deb >/dev/null 2>&1; then
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  skip 'the Debian packages were not installed: that takes root'
  exit 0
fi
check_installed check_command target/packages/procnet_*.deb
check_installed check_agent target/packages/procnet-agent_*.deb
check_installed check_library target/packages/libprocnet*.deb
