# Packages of any release and architecture of Debian, from the mirror that apt uses on this host.
# Sourced by kernels.sh.

# What each architecture needs: the package of its QEMU, the package that depends on its kernel, and
# the triplet of its tools.
declare -A qemu_package=(
  [amd64]=qemu-system-x86 [arm64]=qemu-system-arm [armhf]=qemu-system-arm [i386]=qemu-system-x86
  [s390x]=qemu-system-misc
)
declare -A kernel_package=(
  [amd64]=linux-image-cloud-amd64 [arm64]=linux-image-cloud-arm64 [armhf]=linux-image-armmp
  [i386]=linux-image-686-pae [s390x]=linux-image-s390x
)
declare -A triplet=(
  [amd64]=x86_64-linux-gnu [arm64]=aarch64-linux-gnu [armhf]=arm-linux-gnueabihf
  [i386]=i686-linux-gnu [s390x]=s390x-linux-gnu
)

# What tests and recordings execute.
programs=(busybox-static dash iproute2 kmod netbase python3 strace util-linux)

mirror=$(apt-cache policy 2>/dev/null | awk '$2 ~ "/debian/?$" { print $2; exit }') || true
release=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
native=$(dpkg --print-architecture 2>/dev/null) || native=none

# The packages that this host needs to build the tests for an architecture, and to boot its kernels.
needed_packages() {
  local arch=$1
  echo "${qemu_package[$arch]} cpio kmod xz-utils zstd"
  [ "$arch" = "$native" ] || echo "gcc-${triplet[$arch]} libc6-dev-$arch-cross"
}

has_package() { dpkg-query --show --showformat='${db:Status-Status}\n' "$1" 2>/dev/null | grep -q '^installed'; }

missing_packages() {
  local package
  for package in $(needed_packages "$1"); do
    has_package "$package" || echo "$package"
  done
}

# Installs what kernels need, where root asks for that.
install_tools() {
  local arch missing
  [ -n "${PROCNET_KERNELS_INSTALL-}" ] && [ "$(id -u)" -eq 0 ] && [ -n "$mirror" ] || return 0
  missing=$(for arch in "${@##*-}"; do missing_packages "$arch"; done | sort -u)
  [ -n "$missing" ] || return 0
  export DEBIAN_FRONTEND=noninteractive
  timeout 300 apt-get update --quiet=2 || true
  for package in $missing; do
    timeout 300 apt-get install --quiet=2 --yes --no-install-recommends "$package" >/dev/null || true
  done
}

# Whether kernels of an architecture can be booted here; says why not.
has_tools() {
  local arch=$1 missing
  missing=$(missing_packages "$arch" | xargs)
  if [ -z "$mirror" ] || [ -n "$missing" ]; then
    skip "kernels of $arch: missing here: ${missing:-a mirror of Debian in the sources of apt}"
    return 1
  fi
}

# apt_at SUITE ARCH PROGRAM ARGUMENT...: apt-get or apt-cache for another release and architecture.
apt_at() {
  local suite=$1 arch=$2 program=$3
  local state=$target/kernels/apt/$suite-$arch
  shift 3
  mkdir -p "$state"/{lists,archives}/partial
  # Nothing is installed, and nothing of this host's state is read or written.
  : >"$state/status"
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  echo "deb [signed-by=$keyring] $mirror $suite main" >"$state/sources.list"
  "$program" -q=2 -o Acquire::http::Timeout=60 -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o APT::Sandbox::User=root \
    -o "Dir::State=$state" -o "Dir::State::Lists=$state/lists" -o "Dir::State::status=$state/status" \
    -o "Dir::Cache=$state" -o "Dir::Cache::archives=$state/archives" \
    -o "Dir::Etc::sourcelist=$state/sources.list" -o Dir::Etc::sourceparts=- "$@"
}

# unpack FOLDER PACKAGE...: without documentation, in a tree where /bin is /usr/bin.
unpack() {
  local folder=$1 package name
  shift
  mkdir -p "$folder"/usr/{bin,sbin,lib,lib64}
  for name in bin sbin lib lib64; do ln -sfn "usr/$name" "$folder/$name"; done
  for package in "$@"; do
    dpkg-deb --fsys-tarfile "$package" |
      tar -x --directory "$folder" --keep-directory-symlink --exclude ./usr/share --exclude ./var --exclude '*/gconv/*' --exclude ./dev
  done
}

# Downloads the packages of a kernel: which ones they are differs between releases.
download_kernel() {
  local suite=$1 arch=$2 packages
  apt_at "$suite" "$arch" apt-get update &&
    packages=$(apt_at "$suite" "$arch" apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts \
      --no-breaks --no-replaces --no-enhances "${kernel_package[$arch]}" |
      grep -oE '^linux-(image|binary|modules|base)-[0-9][^ :]*' | sort -u) &&
    [ -n "$packages" ] &&
    apt_at "$suite" "$arch" apt-get download $packages
}

# A kernel and the modules that networks need, in target/kernels/SUITE-ARCH: `vmlinuz`, `modules.cpio`.
get_kernel() {
  local suite=$1 arch=$2 modules folder=$target/kernels/$1-$2
  [ ! -e "$folder/modules.cpio" ] || return 0
  rm -rf "$folder" && mkdir -p "$folder/packages"
  if ! (cd "$folder/packages" && download_kernel "$suite" "$arch"); then
    skip "the kernel of $suite for $arch: the mirror $mirror does not provide it"
    return 1
  fi
  unpack "$folder/tree" "$folder"/packages/*.deb
  # In /boot, or, since Linux 7, beside its modules.
  mv "$(find "$folder/tree" -name 'vmlinu[xz]*' | head -1)" "$folder/vmlinuz" || exit
  modules=$(echo "$folder"/tree/usr/lib/modules/*)
  # SMC takes the module of InfiniBand's core.
  find "$modules/kernel/drivers" -mindepth 1 -maxdepth 1 ! -name net ! -name infiniband -exec rm -r {} +
  find "$modules/kernel/drivers/net" -mindepth 1 -maxdepth 1 -type d -exec rm -r {} +
  rm -rf "$modules"/kernel/drivers/infiniband/{hw,sw,ulp}
  rm -rf "$modules"/kernel/{arch,fs,sound} "$modules"/kernel/net/{ceph,sunrpc}
  # Not every release's modprobe loads compressed ones, and the emulated CPU would be slow at it.
  find "$modules" -name '*.ko.xz' -exec xz --decompress {} +
  find "$modules" -name '*.ko.zst' -exec zstd --quiet --decompress --rm {} +
  depmod --basedir "$folder/tree" "$(basename "$modules")" || exit
  archive "$folder/tree" usr/lib/modules >"$folder/modules.part"
  mv "$folder/modules.part" "$folder/modules.cpio"
  rm -r "$folder/tree" "$folder/packages"
}

# Programs of this host's release for an architecture, in target/kernels/programs-ARCH.cpio.
get_programs() {
  local arch=$1 folder=$target/kernels/programs-$1
  [ "$(cat "$folder.list" 2>/dev/null)" != "${programs[*]}" ] || return 0
  rm -rf "$folder" "$folder.list" "$target/kernels/apt/$release-$arch"/archives/*.deb
  if ! { apt_at "$release" "$arch" apt-get update &&
    apt_at "$release" "$arch" apt-get install --yes --download-only --no-install-recommends "${programs[@]}"; }; then
    skip "kernels of $arch: the mirror $mirror does not provide ${programs[*]} of $release"
    return 1
  fi
  unpack "$folder" "$target/kernels/apt/$release-$arch"/archives/*.deb
  ln -sf dash "$folder/usr/bin/sh"
  archive "$folder" . >"$folder.part"
  mv "$folder.part" "$folder.cpio"
  echo "${programs[*]}" >"$folder.list"
  rm -r "$folder"
}

# archive FOLDER PATH: what a kernel can unpack; such archives can be put one behind the other.
archive() { (cd "$1" && find "$2" | cpio --quiet --create --format newc); }
