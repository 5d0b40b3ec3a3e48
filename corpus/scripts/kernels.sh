#!/usr/bin/env bash
# Runs live tests on other kernels: those of Debian's releases, booted in QEMU.
#
#     corpus/scripts/kernels.sh                            on Linux 5.10, 6.1, 6.12 and the newest
#     corpus/scripts/kernels.sh bookworm-s390x             on one, here of a big-endian machine
#     corpus/scripts/kernels.sh --record DIR bookworm-amd64  records DIR/linux-6.1-x86_64* instead
#
# Any release can be named of amd64, arm64, armhf, i386 and s390x that the mirror has. A kernel boots
# into an initramfs: programs of this host's Debian release for its architecture, and the tests'
# programs, built here. It has no network and one CPU, which is emulated, so nothing is measured.
# Kernels and programs come from the mirror that apt uses here, and are kept in target/kernels/.
# With PROCNET_KERNELS_INSTALL=1, root installs the packages that are missing. As many kernels run at
# once as this host has CPUs, and each is stopped after PROCNET_KERNELS_SECONDS (600).
#
# What cannot be had here (QEMU, a kernel, a linker), and what a kernel that was stopped had not yet
# run, is reported as skipped, and is no failure.
set -euo pipefail
cd "$(dirname "$0")/../.."

all=(bullseye-amd64 bookworm-amd64 trixie-amd64 sid-amd64)
record=''
seconds=${PROCNET_KERNELS_SECONDS:-600}
if [ "${1-}" = --record ]; then
  record=$(realpath "$2")
  shift 2
fi
[ $# -gt 0 ] || set -- "${all[@]}"

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
mkdir -p "$target/kernels"
skip() { echo "SKIPPED: $*"; }
source corpus/scripts/kernels/packages.sh
source corpus/scripts/kernels/programs.sh
source corpus/scripts/kernels/boot.sh

install_tools "$@"
available=()
for arch in $(printf '%s\n' "${@##*-}" | sort -u); do
  if has_tools "$arch" && get_programs "$arch" && { [ -n "$record" ] || build_tests "$arch"; }; then
    available+=("$arch")
  fi
done
kernels=()
for kernel in "$@"; do
  if [[ " ${available[*]} " == *" ${kernel##*-} "* ]] && get_kernel "${kernel%-*}" "${kernel##*-}"; then
    kernels+=("$kernel")
  fi
done
archive_scripts
for kernel in "${kernels[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
  boot "$kernel" >"$target/kernels/$kernel.log" &
done
wait
failed=()
for kernel in "${kernels[@]}"; do
  report "$kernel" || failed+=("$kernel")
  if [ -n "$record" ] && grep -q '^end captures$' "$target/kernels/$kernel.log"; then
    sed -n '/^begin captures$/,/^end captures$/{//!p}' "$target/kernels/$kernel.log" |
      base64 --decode | tar -xz --directory "$record"
  fi
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "FAILED on ${failed[*]}"
  exit 1
fi
