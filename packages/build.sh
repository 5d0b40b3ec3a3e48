#!/usr/bin/env bash
# Builds what people install, into target/packages/:
#
#     procnet-VERSION-ARCH-linux.tar.gz   a static binary, man pages, completions and licences
#     procnet_VERSION_ARCH.deb            the same as a Debian package
#
# The binary is linked with musl, so it runs on any distribution. What cannot be built here is reported
# as skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
arch=$(uname -m)
triple=$arch-unknown-linux-musl
out=$PWD/target/packages
version=$(cargo pkgid -p procnet-cli | sed 's/.*[#@]//')
maintainer='The procnet developers <procnet@localhost.localdomain>'
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

# Man pages and completions, as the binary itself generates them.
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
cp README.md CHANGELOG.md SECURITY.md LICENSE-MIT LICENSE-APACHE docs/{command,filters,formats}.md "$stage/doc"

name=procnet-$version-$arch-linux
tar --create --gzip --file "$out/$name.tar.gz" --owner=0 --group=0 --numeric-owner --sort=name \
  --mtime="@$(git log -1 --format=%ct)" --transform "s,^\.,$name," --directory "$stage" .
echo "$out/$name.tar.gz: $(stat --format %s "$out/$name.tar.gz") bytes"

if ! command -v dpkg-deb >/dev/null; then
  skip 'the Debian package: dpkg-deb is not installed'
  exit 0
fi
# What the package installs, and where.
root=$out/procnet
install_to() {
  local mode=$1 directory=$2
  shift 2
  install -D --mode="$mode" --target-directory="$root/$directory" "$@"
}
rm -rf "$root"
install_to 755 usr/bin "$stage/bin/procnet"
install_to 644 usr/share/man/man1 "$stage"/man/*.1
gzip --best --no-name "$root"/usr/share/man/man1/*.1
install_to 644 usr/share/bash-completion/completions "$stage/completions/procnet"
install_to 644 usr/share/zsh/vendor-completions "$stage/completions/_procnet"
install_to 644 usr/share/fish/vendor_completions.d "$stage/completions/procnet.fish"
doc=usr/share/doc/procnet
install_to 644 $doc README.md SECURITY.md docs/{command,filters,formats}.md packages/debian/copyright
gzip --best --no-name --stdout CHANGELOG.md >"$root/$doc/changelog.gz"
printf 'procnet (%s-1) unstable; urgency=medium\n\n  * See changelog.gz.\n\n -- %s  %s\n' \
  "$version" "$maintainer" "$(git log -1 --format=%cD)" |
  gzip --best --no-name >"$root/$doc/changelog.Debian.gz"
install -D --mode=644 packages/debian/procnet.lintian "$root/usr/share/lintian/overrides/procnet"
mkdir "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<END
Package: procnet
Version: $version-1
Architecture: $(dpkg --print-architecture)
Maintainer: $maintainer
Installed-Size: $(du --summarize --block-size=1024 "$root/usr" | cut -f 1)
Section: net
Priority: optional
Homepage: https://docs.rs/procnet
Description: Command that lists the sockets of a host and their processes
 Lists the sockets of a host and every process that holds each of them, with the
 options of ss(8): from sock_diag, BPF iterators or /proc/net, in all network
 namespaces, as a table, JSON or CSV. What could not be seen is reported.
END
(cd "$root" && find usr -type f -print0 | sort --zero-terminated | xargs --null md5sum >DEBIAN/md5sums)
package=$out/procnet_$version-1_$(dpkg --print-architecture).deb
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) dpkg-deb --root-owner-group --build "$root" "$package" >/dev/null
echo "$package: $(stat --format %s "$package") bytes"
