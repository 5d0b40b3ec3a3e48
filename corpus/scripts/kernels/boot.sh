# Boots a kernel in QEMU, and reports what its tests printed. Sourced by kernels.sh.

# boot KERNEL: with the archives of its modules, of programs and of tests as its initramfs.
#
# The kernel's clock counts instructions, so that what a test waits for does not depend on how busy
# this host is.
boot() {
  local kernel=$1 arch=${1##*-} qemu console='' archives folder=$target/kernels
  case $arch in
    amd64) qemu=(qemu-system-x86_64 -cpu max) console=ttyS0 ;;
    arm64) qemu=(qemu-system-aarch64 -machine virt -cpu cortex-a57) console=ttyAMA0 ;;
    armhf) qemu=(qemu-system-arm -machine virt -cpu cortex-a15) console=ttyAMA0 ;;
    i386) qemu=(qemu-system-i386 -cpu max) console=ttyS0 ;;
    s390x) qemu=(qemu-system-s390x) ;;
  esac
  archives=("$folder/scripts.cpio" "$folder/programs-$arch.cpio" "$folder/$kernel/modules.cpio")
  [ -n "$record" ] || archives+=("$folder/tests-$arch.cpio")
  cat "${archives[@]}" >"$folder/$kernel/initramfs"
  {
    timeout "$seconds" "${qemu[@]}" -accel tcg -m 1024 -smp 1 -icount shift=2,sleep=off -nographic -no-reboot -net none \
      -kernel "$folder/$kernel/vmlinuz" -initrd "$folder/$kernel/initramfs" \
      -append "${console:+console=$console} no_timer_check panic=-1 quiet ${record:+record}" 2>&1 </dev/null ||
      [ $? -ne 124 ] || printf '\nstopped\n'
  } | sed -u 's/\x1bc\|\x1b\[[0-9;?]*[a-zA-Z]\|\r//g' || true # `report` looks for the end of its output
  rm "$folder/$kernel/initramfs"
}

# Prints what the tests on a kernel skipped, and a summary; if one failed, everything that was printed.
#
# How long a test may take is counted in instructions, by `init`: one that hangs fails, however busy
# this host is. That all of them take longer here than they may is no failure.
report() {
  local kernel=$1 log=$target/kernels/$1.log version passed
  version=$(sed -n 's/^kernel //p' "$log" | head -1)
  passed=$(awk '/^test result: ok/ { sum += $4 } END { print sum + 0 }' "$log")
  sed -n "s/^\(test [^ ]* \.\.\. \)\?SKIPPED /SKIPPED on $kernel: /p" "$log"
  if grep -q '^exit [1-9]\|^test result: FAILED\|^test .* FAILED$' "$log" ||
    ! grep -q '^all ran$\|^stopped$' "$log"; then
    sed -n '/^kernel /,/^begin captures/p' "$log"
    echo "$kernel: ${version:-does not start, see $log}: FAILED: $(failed_tests "$log")"
    return 1
  fi
  if ! grep -q '^all ran$' "$log"; then
    skip "the rest on $kernel: stopped after $seconds s in $(failed_tests "$log"), this host is too busy"
  fi
  [ -n "$record" ] || echo "$kernel: Linux ${version:-did not start}: $passed tests passed"
}

# The programs that did not end well, or not at all.
failed_tests() {
  awk '/^test \/tests\// { if (program) print program; program = $2 }
    /^exit / { if ($2 != 0) print program; program = "" }
    END { if (program) print program }' "$1" | xargs
}
