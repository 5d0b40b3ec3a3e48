# Makes Debian packages of what packages/build.sh has staged in $stage, into $out.

maintainer='The procnet developers <procnet@localhost.localdomain>'
debian_arch=$(dpkg --print-architecture)

# Installs files into the package that is being made: install_to MODE DIRECTORY FILE...
install_to() {
  local mode=$1 directory=$2
  shift 2
  install -D --mode="$mode" --target-directory="$root/$directory" "$@"
}

# Makes a package of what was installed into it: make_package NAME, with its description on standard
# input.
make_package() {
  local name=$1 section=${2:-net} doc=usr/share/doc/$1 package=$out/$1_$version-1_$debian_arch.deb
  install_to 644 "$doc" packages/debian/copyright
  gzip --best --no-name --stdout CHANGELOG.md >"$root/$doc/changelog.gz"
  printf '%s (%s-1) unstable; urgency=medium\n\n  * See changelog.gz.\n\n -- %s  %s\n' \
    "$name" "$version" "$maintainer" "$(git log -1 --format=%cD)" |
    gzip --best --no-name >"$root/$doc/changelog.Debian.gz"
  install -D --mode=644 "packages/debian/$name.lintian" "$root/usr/share/lintian/overrides/$name"
  for page in "$root"/usr/share/man/man?/*; do
    [ ! -e "$page" ] || gzip --best --no-name "$page"
  done
  mkdir -p "$root/DEBIAN"
  {
    echo "Package: $name"
    echo "Version: $version-1"
    echo "Architecture: $debian_arch"
    echo "Maintainer: $maintainer"
    echo "Installed-Size: $(du --summarize --block-size=1024 "$root/usr" | cut -f 1)"
    echo "Section: $section"
    echo 'Priority: optional'
    echo 'Homepage: https://docs.rs/procnet'
    cat
  } >"$root/DEBIAN/control"
  (cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort --zero-terminated |
    xargs --null md5sum >DEBIAN/md5sums)
  # What users change is kept when a newer package is installed.
  if [ -d "$root/etc" ]; then
    (cd "$root" && find etc -type f -printf '/%p\n') >"$root/DEBIAN/conffiles"
  fi
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) dpkg-deb --root-owner-group --build "$root" "$package" >/dev/null
  echo "$package: $(stat --format %s "$package") bytes"
}

package_command() {
  install_to 755 usr/bin "$stage/bin/procnet"
  install_to 644 usr/share/man/man1 "$stage"/man/*.1
  install_to 644 usr/share/bash-completion/completions "$stage/completions/procnet"
  install_to 644 usr/share/zsh/vendor-completions "$stage/completions/_procnet"
  install_to 644 usr/share/fish/vendor_completions.d "$stage/completions/procnet.fish"
  install_to 644 usr/share/doc/procnet README.md SECURITY.md docs/{command,filters,formats}.md
  make_package procnet <<'END'
Description: Command that lists the sockets of a host and their processes
 Lists the sockets of a host and every process that holds each of them, with the
 options of ss(8): from sock_diag, BPF iterators or /proc/net, in all network
 namespaces, as a table, JSON or CSV. What could not be seen is reported.
END
}

package_agent() {
  install_to 755 usr/bin "$stage/bin/procnet-agent"
  install_to 644 usr/share/man/man8 "$stage/agent/procnet-agent.8"
  install_to 644 usr/lib/systemd/system "$stage/agent/procnet-agent.service"
  install_to 644 etc/procnet "$stage/agent/agent.toml"
  install_to 644 usr/share/doc/procnet-agent "$stage/agent/README.md"
  install_to 644 usr/share/doc/procnet-agent/prometheus fleet/prometheus/*.yml
  install_to 644 usr/share/doc/procnet-agent/grafana fleet/grafana/procnet.json
  make_package procnet-agent <<'END'
Description: Prometheus metrics and Parquet files about the sockets of a host
 Serves metrics about the sockets of a host, and the processes, systemd units
 and containers that own them: states, queues, listeners and their backlog,
 peers, births and ends, in all network namespaces, within a CPU budget.
 Writes the sockets with their owners as Parquet files, if it is told where.
END
}

# The shared library, and what programs in C are compiled with. Unlike the programs, it needs glibc.
package_library() {
  local library=$target/dist/libprocnet_capi.so
  install -D --mode=644 "$library" "$root/$library_directory/$soname"
  mkdir -p "$root/DEBIAN"
  echo 'activate-noawait ldconfig' >"$root/DEBIAN/triggers"
  echo "libprocnet ${soname##*.so.} libprocnet${soname##*.so.} (>= $version)" >"$root/DEBIAN/shlibs"
  make_package "libprocnet${soname##*.so.}" libs <<'END'
Depends: libc6 (>= 2.34), libgcc-s1
Description: Lists the sockets of a host and their processes (C library)
 Lists the sockets of a host and every process that holds each of them, from
 sock_diag, BPF iterators or /proc/net, in all network namespaces, and reports
 what could not be seen.
END
}

package_headers() {
  install_to 644 usr/include crates/procnet-capi/include/procnet.h
  install_to 644 usr/share/man/man3 crates/procnet-capi/man/procnet.3
  install_to 644 usr/share/doc/libprocnet-dev/examples crates/procnet-capi/examples/*.c
  install -D --mode=644 "$target/dist/libprocnet_capi.a" "$root/$library_directory/libprocnet.a"
  strip --strip-debug "$root/$library_directory/libprocnet.a"
  ln -s "$soname" "$root/$library_directory/libprocnet.so"
  mkdir "$root/$library_directory/pkgconfig"
  cat >"$root/$library_directory/pkgconfig/procnet.pc" <<END
prefix=/usr
libdir=\${prefix}/${library_directory#usr/}
includedir=\${prefix}/include

Name: procnet
Description: Lists the sockets of a Linux host and the processes that own them
Version: $version
Libs: -L\${libdir} -lprocnet
Libs.private: -lgcc_s -lutil -lrt -lpthread -lm -ldl -lc
Cflags: -I\${includedir}
END
  make_package libprocnet-dev libdevel <<END
Depends: libprocnet${soname##*.so.} (= $version-1)
Description: Lists the sockets of a host and their processes (headers)
 The header, the static library, the manual page and examples of libprocnet,
 which lists the sockets of a host and every process that holds each of them.
END
}

soname=libprocnet.so.0.1
library_directory=usr/lib/$(gcc -print-multiarch)
PROCNET_SYMBOL_VERSIONS=1 cargo build --profile dist -p procnet-capi --locked

for part in command agent library headers; do
  root=$out/debian-$part
  rm -rf "$root"
  mkdir -p "$root"
  "package_$part"
done
