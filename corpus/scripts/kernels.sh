#!/usr/bin/env bash
# Runs live tests on other kernels: those of Debian's releases, booted in QEMU.
#
#     corpus/scripts/kernels.sh                            on Linux 5.10, 6.1 and 6.12
#     corpus/scripts/kernels.sh bookworm-s390x             on one, here of a big-endian machine
#     corpus/scripts/kernels.sh --record DIR bookworm-amd64  also records DIR/linux-6.1-x86_64-*
#
# A kernel boots into an initramfs: programs of this host's Debian release for its architecture, and
# the tests' programs, built here. It has no network and one CPU, which is emulated, so nothing is
# measured. Kernels and programs come from the mirror that apt uses here, and are kept in
# target/kernels/. With PROCNET_KERNELS_INSTALL=1, root installs the packages that are missing.
#
# What cannot be had here (QEMU, a kernel, a linker) is reported as skipped, and is no failure.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Of amd64 and s390x, any release that the mirror has can be named instead.
all=(bullseye-amd64 bookworm-amd64 trixie-amd64)
record=''
seconds=240
if [ "${1-}" = --record ]; then
  record=$(realpath "$2")
  seconds=600
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
  if has_tools "$arch" && get_programs "$arch" && build_tests "$arch"; then available+=("$arch"); fi
done
kernels=()
for kernel in "$@"; do
  if [[ " ${available[*]} " == *" ${kernel##*-} "* ]] && get_kernel "${kernel%-*}" "${kernel##*-}"; then
    kernels+=("$kernel")
  fi
done
# As many at once as this host has CPUs.
for kernel in "${kernels[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
  boot "$kernel" >"$target/kernels/$kernel.log" &
done
wait
failed=()
for kernel in "${kernels[@]}"; do
  report "$kernel" || failed+=("$kernel")
  [ -z "$record" ] || sed -n '/^begin captures$/,/^end captures$/{//!p}' "$target/kernels/$kernel.log" |
    base64 --decode | tar -xz --directory "$record"
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "FAILED on ${failed[*]}"
  exit 1
fi
