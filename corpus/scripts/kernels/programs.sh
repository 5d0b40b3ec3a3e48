# The live tests that run on other kernels, as an archive of programs. Sourced by kernels.sh.

# Test programs of crates/procnet/tests, each with a part of the names of the tests that it leaves out,
# if any: what takes minutes on one slow CPU.
tests=(
  scene identity timers drops bound snapshots summary
  lookup destroy details packet_netlink other_kinds peers_of_unix process_names processes pids
  other_owners
  namespaces privilege suspects
  counters rates tracked_live ctnetlink network_live
  'filters every_source_selects_what_a_filter_defines'
  'netlink many_sockets_are_each_listed_once'
  owners_by_bpf sockets_by_bpf without_descriptor socket_events socket_events_read
)
# The same of crates/procnet-bpf/tests.
bpf_tests=('owners very_many' 'rows many_sockets' events)

declare -A rust_target=(
  [amd64]=x86_64-unknown-linux-gnu [arm64]=aarch64-unknown-linux-gnu
  [armhf]=armv7-unknown-linux-gnueabihf [i386]=i686-unknown-linux-gnu
  [s390x]=s390x-unknown-linux-gnu
)

# Builds the tests for an architecture, and writes target/kernels/tests-ARCH.cpio.
build_tests() {
  # As `cargo test --workspace` builds them, whose programs are then used if they are there.
  local arch=$1 to=${rust_target[$1]} arguments=(--workspace) name
  local folder=$target/kernels/tests-$arch
  if [ "$to" != "$(rustc -vV | sed -n 's/^host: //p')" ]; then
    if ! rustup target add "$to" >/dev/null 2>&1; then
      skip "kernels of $arch: the Rust target $to cannot be added here"
      return 1
    fi
    name=${to^^}
    export "CARGO_TARGET_${name//-/_}_LINKER=${triplet[$arch]}-gcc"
    arguments=(--package procnet --package procnet-bpf --features procnet/bpf --target "$to")
  fi
  for name in "${tests[@]}" "${bpf_tests[@]}"; do arguments+=(--test "${name% *}"); done
  rm -rf "$folder" && mkdir -p "$folder"/{tests,left-out}
  cargo test --no-run --locked "${arguments[@]}" --message-format json >"$folder.json" || exit
  for name in "${tests[@]}"; do add_test "$folder" procnet "$name"; done
  for name in "${bpf_tests[@]}"; do add_test "$folder" procnet-bpf "$name"; done
  # At the path at which a test looks for them.
  mkdir -p "$folder$PWD/docs" "$folder$PWD/crates/procnet"
  cp docs/*.md "$folder$PWD/docs/"
  archive "$folder" . >"$folder.cpio"
  rm -r "$folder"
}

# Adds the program of a test of a crate, stripped, and the tests that it leaves out: those whose names
# contain that part (`--skip`), and there has to be one. A program of another architecture cannot be
# asked here; its tests are the same.
add_test() {
  local folder=$1 crate=$2 name=$3 executable left_out=''
  executable=$(grep "/crates/$crate/Cargo.toml\"" "$folder.json" |
    grep -o '"executable":"[^"]*/'"${name% *}"'-[0-9a-f]*"' | cut -d'"' -f4)
  "${triplet[$arch]}-strip" -o "$folder/tests/${executable##*/}" "$executable" || exit
  case $name in
    *' '*) left_out=${name#* } ;;
    *) return 0 ;;
  esac
  if [ "$arch" = "$native" ] && ! grep -q "$left_out.*: test\$" <<<"$("$executable" --list --format terse)"; then
    echo "no test of ${name% *} is named $left_out, which is to be left out of it" >&2
    exit 1
  fi
  echo "$left_out" >"$folder/left-out/${executable##*/}"
}

# The first process and the scripts that record, of every architecture, as target/kernels/scripts.cpio.
archive_scripts() {
  local folder=$target/kernels/scripts
  rm -rf "$folder" && mkdir -p "$folder/scripts"
  cp corpus/scripts/*.py "$folder/scripts/"
  cp corpus/scripts/kernels/init "$folder/init"
  archive "$folder" . >"$folder.cpio"
  rm -r "$folder"
}
