#!/usr/bin/env bash
# Builds what people install, into target/packages/:
#
#     procnet-VERSION-ARCH-linux.tar.gz   static binaries, man pages, completions and licences
#     procnet_VERSION_ARCH.deb            the command as a Debian package
#     procnet-agent_VERSION_ARCH.deb      the agent as a Debian package, with a systemd unit
#     libprocnet0.1, libprocnet-dev       the C library as Debian packages
#
# The programs are linked with musl, so they run on any distribution; the library, with glibc. What
# cannot be built here is reported as skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
arch=$(uname -m)
triple=$arch-unknown-linux-musl
out=$PWD/target/packages
version=$(cargo pkgid -p procnet-cli | sed 's/.*[#@]//')
skip() { echo "SKIPPED: $*"; }

# The library for this triple may come with the toolchain, or be added to it.
if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$triple" ] &&
  ! timeout 300 rustup target add "$triple" >/dev/null 2>&1; then
  skip "packages: the target $triple could not be added"
  exit 0
fi
# Of the agent's dependencies, those that compress with Zstandard and encrypt are in C.
if ! command -v musl-gcc >/dev/null; then
  skip 'packages: musl-gcc is not installed (musl-tools)'
  exit 0
fi
cargo build --profile dist -p procnet-cli --target "$triple" --locked
cargo build --profile dist -p procnet-agent --features object-store --target "$triple" --locked
binary=$target/$triple/dist/procnet
agent=$target/$triple/dist/procnet-agent
for built in "$binary" "$agent"; do
  size=$(stat --format %s "$built")
  echo "$built: $size bytes"
  # The agent has Parquet, TLS and the protocols of object stores.
  limit=$([ "$built" = "$agent" ] && echo 16 || echo 5)
  if [ "$size" -gt "${limit}000000" ]; then
    echo "the binary is larger than $limit MB"
    exit 1
  fi
  if readelf --program-headers "$built" | grep -q INTERP; then
    echo 'the binary is not static'
    exit 1
  fi
done

# Man pages and completions, as the binary itself generates them.
stage=$out/stage
rm -rf "$stage"
mkdir -p "$stage"/{bin,man,completions,doc,agent}
install "$binary" "$agent" "$stage/bin"
install --mode 644 crates/procnet-agent/systemd/* crates/procnet-agent/README.md "$stage/agent"
"$agent" --man >"$stage/agent/procnet-agent.8"
"$binary" man >"$stage/man/procnet.1"
commands=$("$binary" help | sed -n '/^Commands:/,/^$/s/^  \([a-z0-9]\+\) .*/\1/p')
for command in $commands; do
  [ "$command" = help ] || "$binary" man "$command" >"$stage/man/procnet-$command.1"
done
"$binary" completions bash >"$stage/completions/procnet"
"$binary" completions zsh >"$stage/completions/_procnet"
"$binary" completions fish >"$stage/completions/procnet.fish"
cp README.md CHANGELOG.md SECURITY.md LICENSE-MIT LICENSE-APACHE docs/{command,filters,formats}.md "$stage/doc"

name=procnet-$version-$arch-linux
tar --create --gzip --file "$out/$name.tar.gz" --owner=0 --group=0 --numeric-owner --sort=name \
  --mtime="@$(git log -1 --format=%ct)" --transform "s,^\.,$name," --directory "$stage" .
echo "$out/$name.tar.gz: $(stat --format %s "$out/$name.tar.gz") bytes"

if ! command -v dpkg-deb >/dev/null; then
  skip 'the Debian packages: dpkg-deb is not installed'
  exit 0
fi
if ! command -v gcc >/dev/null; then
  skip 'the Debian packages: gcc is not installed'
  exit 0
fi
source packages/debian/build.sh
