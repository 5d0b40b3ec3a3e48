#!/usr/bin/env bash
# Builds what people install, into target/packages/:
#
#     procnet-VERSION-ARCH-linux.tar.gz   a static binary, man pages, completions and licences
#     procnet_VERSION_ARCH.deb            the same as a Debian package
#
# The binary is linked with musl, so it runs on any distribution. The Debian package needs cargo-deb:
# PROCNET_PACKAGES_INSTALL=1 installs it into target/tools. What cannot be built here is reported as
# skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
arch=$(uname -m)
triple=$arch-unknown-linux-musl
out=$PWD/target/packages
version=$(cargo pkgid -p procnet-cli | sed 's/.*[#@]//')
PATH=$PATH:$target/tools/bin
skip() { echo "SKIPPED: $*"; }

# The library for this triple may come with the toolchain, or be added to it.
if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$triple" ] &&
  ! timeout 300 rustup target add "$triple" >/dev/null 2>&1; then
  skip "packages: the target $triple could not be added"
  exit 0
fi
cargo build --profile dist -p procnet-cli --target "$triple" --locked
binary=$target/$triple/dist/procnet
size=$(stat --format %s "$binary")
echo "$binary: $size bytes"
if [ "$size" -gt 5000000 ]; then
  echo 'the binary is larger than 5 MB'
  exit 1
fi
if readelf --program-headers "$binary" | grep -q INTERP; then
  echo 'the binary is not static'
  exit 1
fi

# Man pages and completions, as the binary itself generates them. The Debian package takes its files
# from here.
stage=$out/stage
rm -rf "$stage"
mkdir -p "$stage"/{bin,man,completions,doc}
install "$binary" "$stage/bin/procnet"
"$binary" man >"$stage/man/procnet.1"
commands=$("$binary" help | sed -n '/^Commands:/,/^$/s/^  \([a-z0-9]\+\) .*/\1/p')
for command in $commands; do
  [ "$command" = help ] || "$binary" man "$command" >"$stage/man/procnet-$command.1"
done
"$binary" completions bash >"$stage/completions/procnet"
"$binary" completions zsh >"$stage/completions/_procnet"
"$binary" completions fish >"$stage/completions/procnet.fish"
gzip --best --no-name --stdout CHANGELOG.md >"$stage/changelog.gz"
cp README.md CHANGELOG.md SECURITY.md LICENSE-MIT LICENSE-APACHE docs/{command,filters,formats}.md "$stage/doc"

name=procnet-$version-$arch-linux
tar --create --gzip --file "$out/$name.tar.gz" --owner=0 --group=0 --numeric-owner --sort=name \
  --mtime="@$(git log -1 --format=%ct)" --transform "s,^\.,$name," --exclude changelog.gz --directory "$stage" .
echo "$out/$name.tar.gz: $(stat --format %s "$out/$name.tar.gz") bytes"

if ! command -v cargo-deb >/dev/null; then
  if [ -z "${PROCNET_PACKAGES_INSTALL:-}" ] ||
    ! timeout 600 cargo install --quiet --locked --debug cargo-deb --version 3.8.0 --root "$target/tools"; then
    skip 'the Debian package: cargo-deb 3.8.0 is not installed'
    exit 0
  fi
fi
{
  printf 'procnet (%s) unstable; urgency=medium\n\n' "$version"
  printf '  * See CHANGELOG.md.\n\n'
  printf ' -- The procnet developers <procnet@localhost.localdomain>  %s\n' "$(git log -1 --format=%cD)"
} >"$stage/changelog"
cargo deb --quiet --no-build --no-strip -p procnet-cli --profile dist --target "$triple" --output "$out/"
for package in "$out"/procnet_*.deb; do
  echo "$package: $(stat --format %s "$package") bytes"
done
