# Boots a kernel in QEMU, and reports what its tests printed. Sourced by kernels.sh.

# boot KERNEL: with the archives of its modules, of programs and of tests as its initramfs.
#
# The kernel's clock counts instructions, so that what a test waits for does not depend on how busy
# this host is.
boot() {
  local kernel=$1 arch=${1##*-} qemu console='' folder=$target/kernels
  case $arch in
    amd64) qemu=(qemu-system-x86_64 -accel tcg -cpu max) console=console=ttyS0 ;;
    s390x) qemu=(qemu-system-s390x -accel tcg) ;;
  esac
  cat "$folder/programs-$arch.cpio" "$folder/$kernel/modules.cpio" "$folder/tests-$arch.cpio" >"$folder/$kernel/initramfs"
  timeout "$seconds" "${qemu[@]}" -m 1024 -smp 1 -icount shift=2,sleep=off -nographic -no-reboot -net none \
    -kernel "$folder/$kernel/vmlinuz" -initrd "$folder/$kernel/initramfs" \
    -append "$console no_timer_check panic=-1 quiet ${record:+record}" 2>&1 </dev/null |
    sed -u 's/\x1bc\|\x1b\[[0-9;?]*[a-zA-Z]\|\r//g' || true # `report` looks for the end of its output
  rm "$folder/$kernel/initramfs"
}

# Prints what the tests on a kernel skipped, and a summary; if one failed, everything that was printed.
report() {
  local kernel=$1 log=$target/kernels/$1.log version passed
  version=$(sed -n 's/^kernel //p' "$log" | head -1)
  sed -n "s/^\(test [^ ]* \.\.\. \)\?SKIPPED /SKIPPED on $kernel: /p" "$log"
  if ! grep -q '^all ran$' "$log" || grep -q '^exit [1-9]' "$log"; then
    sed -n '/^kernel /,/^begin captures/p' "$log"
    echo "$kernel: ${version:-does not start, see $log}: FAILED: $(failed_tests "$log")"
    return 1
  fi
  passed=$(awk '/^test result: ok/ { sum += $4 } END { print sum + 0 }' "$log")
  echo "$kernel: Linux $version: $passed tests passed"
}

# The programs that did not end well.
failed_tests() {
  awk '/^test \/tests\// { program = $2 } /^exit / { if ($2 != 0) print program; program = "" }
    END { if (program) print program }' "$1" | xargs
}
