#!/usr/bin/env bash
# Runs psutil's own tests of connections with procnet in place of psutil's reader: as this user, and
# if that is root also as one without privileges.
#
# corpus/peers/psutil/suite/ has the reader, the selection of tests, and tests of the same cases
# where one of psutil's cannot run. psutil's tests are only in its source package, which pip
# downloads once.
#
# Usage: corpus/scripts/psutil-suite.sh
#   $PROCNET_PYTHON is a Python with pip, $PROCNET the command, by default the release build;
#   $CARGO_TARGET_DIR is honored. With $PROCNET_WHEEL, a wheel of the Python package, psutil reads
#   with that instead of the command.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=7.2.2
hash=sha256:0746f5f8d406af344fd547f1c8daa5f5c33dbc293bb8d6a16d80b4bb88f59372
target=${CARGO_TARGET_DIR:-target}
python=$(realpath --no-symlinks "$(command -v "${PROCNET_PYTHON:-python3}")")
procnet=${PROCNET:-$target/release/procnet}
skip() { echo "SKIPPED: psutil's own tests$1"; }

work=$(mktemp --directory --tmpdir procnet-psutil.XXXXXX)
trap 'rm -rf "$work"' EXIT
if [ -z "${PROCNET_WHEEL:-}" ]; then
  install -D "$procnet" "$work/bin/procnet"
fi

# psutil's tests, psutil itself and pytest.
kept=$target/psutil-$version
mkdir -p "$target"
download() {
  echo "psutil==$version --hash=$hash" >"$work/requirements"
  timeout 300 "$python" -m pip download --quiet --no-deps --no-binary psutil --require-hashes \
    --requirement "$work/requirements" --dest "$work" &&
    timeout 300 "$python" -m pip install --quiet --target "$work/kept/site" \
      "psutil==$version" 'pytest>=8,<10' &&
    tar --extract --gzip --file "$work/psutil-$version.tar.gz" --directory "$work/kept" \
      --strip-components 1 "psutil-$version/tests" "psutil-$version/scripts" &&
    cp --archive "$work/kept" "$kept"
}
if [ ! -d "$kept" ] && ! download; then
  skip ": $python has no pip that can install psutil's sources and pytest"
  exit
fi

# psutil's tests are changed for busy machines: they wait longer for their processes, which live
# longer (they are ended with the test).
cp --archive "$kept/." corpus/peers/psutil/suite "$work"
echo 'from procnet_reader import READER as _net_connections' >>"$work/site/psutil/_pslinux.py"
replace() {
  grep --quiet "$1" "$work/tests/$3"
  sed --in-place "s/$1/$2/" "$work/tests/$3"
}
replace '^GLOBAL_TIMEOUT = 5$' 'GLOBAL_TIMEOUT = 30' __init__.py
replace 'sleep(0.1) for x in range(100)' 'sleep(0.1) for x in range(1000)' test_connections.py
if [ -n "${PROCNET_WHEEL:-}" ]; then
  "$python" -m pip install --quiet --no-index --no-deps --target "$work/site" "$PROCNET_WHEEL"
  cp bindings/python/tests/psutil_suite/procnet_reader.py "$work/suite"
fi
chmod --recursive go+rX "$work"

# Runs a command with the folder $1 for its files. psutil skips tests if it knows that this is CI.
run() {
  local folder=$work/$1
  shift
  env --chdir "$folder" -u HOST_PROC -u GITHUB_ACTIONS -u CIBUILDWHEEL TMPDIR="$folder" \
    PYTHONPATH="$work:$work/site:$work/suite" PROCNET="$work/bin/procnet" "$@"
}
suite=("$work/suite/run.py" "$work/tests")
failed=0
mkdir "$work/self"
echo "As the user with the ID $(id -u):"
run self timeout 600 "$python" "${suite[@]}" || failed=1

if [ "$(id -u)" -eq 0 ]; then
  install --directory --owner 65534 --group 65534 "$work/nobody"
  nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  found=
  # A Python below root's home directory can be executed by root only. And by setpriv, which gives
  # up its capabilities by executing something else: timeout.
  imports=(-c 'import psutil, pytest; psutil.net_connections()')
  for candidate in "$python" /usr/bin/python3; do
    if run nobody "${nobody[@]}" timeout 60 "$candidate" "${imports[@]}" 2>/dev/null; then
      found=$candidate
      break
    fi
  done
  if [ -n "$found" ]; then
    echo 'As a user without privileges:'
    run nobody "${nobody[@]}" timeout 600 "$found" "${suite[@]}" || failed=1
  else
    skip ' as a user without privileges: that user has no Python that can import psutil and pytest'
  fi
fi
exit $failed
