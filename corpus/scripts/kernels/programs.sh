# The live tests that run on other kernels, as an archive of programs. Sourced by kernels.sh.

# Test programs of crates/procnet/tests and crates/procnet-bpf/tests, each with a part of the names of
# the tests that it leaves out, if any: what takes minutes on one slow CPU.
tests=(
  scene counters tracked_live network_live details suspects lookup packet_netlink
  'filters both_sources_select_what_a_filter_defines'
  'netlink many_sockets_are_each_listed_once'
  'owners very_many'
  'rows many_sockets'
)

declare -A rust_target=([amd64]=x86_64-unknown-linux-gnu [s390x]=s390x-unknown-linux-gnu)

# Builds the tests for an architecture, and writes target/kernels/tests-ARCH.cpio.
build_tests() {
  local arch=$1 to=${rust_target[$1]} arguments=() name executable
  local folder=$target/kernels/tests-$arch
  if [ "$to" != "$(rustc -vV | sed -n 's/^host: //p')" ]; then
    if ! rustup target add "$to" >/dev/null 2>&1; then
      skip "kernels of $arch: the Rust target $to cannot be added here"
      return 1
    fi
    name=${to^^}
    export "CARGO_TARGET_${name//-/_}_LINKER=${triplet[$arch]}-gcc"
    arguments+=(--target "$to")
  fi
  for name in "${tests[@]}"; do arguments+=(--test "${name% *}"); done
  rm -rf "$folder" && mkdir -p "$folder"/{tests,left-out}
  cargo test --no-run --locked -p procnet -p procnet-bpf "${arguments[@]}" --message-format json >"$folder.json" || exit
  for name in "${tests[@]}"; do
    executable=$(grep -o '"executable":"[^"]*/'"${name% *}"'-[0-9a-f]*"' "$folder.json" | cut -d'"' -f4)
    "${triplet[$arch]}-strip" -o "$folder/tests/${name% *}" "$executable" || exit
    case $name in *' '*) echo "${name#* }" >"$folder/left-out/${name% *}" ;; esac
  done
  # At the paths at which the tests look for them.
  mkdir -p "$folder$PWD/docs" "$folder$PWD/crates/procnet" "$folder/scripts"
  cp docs/*.md "$folder$PWD/docs/"
  cp corpus/scripts/*.py "$folder/scripts/"
  cp corpus/scripts/kernels/init "$folder/init"
  archive "$folder" . >"$folder.cpio"
  rm -r "$folder"
}
