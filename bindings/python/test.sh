#!/usr/bin/env bash
# Builds the wheel, imports it in a fresh virtual environment, and tests it: with psutil, pyarrow,
# polars and pandas where they can be installed, with psutil's own tests, and with a type checker.
#
# Usage: bindings/python/test.sh
#   $PROCNET_PYTHON is the interpreter, by default python3; $CARGO_TARGET_DIR is honored.
#   $PROCNET_PYTHON_FREE_THREADED is one without a GIL, by default python3.14t.
#   It takes about four minutes at first, one if everything is built, and skips itself aloud without
#   a network.
set -euo pipefail
cd "$(dirname "$0")"

root=$(realpath ../..)
target=$(realpath --canonicalize-missing "${CARGO_TARGET_DIR:-$root/target}")
export CARGO_TARGET_DIR=$target/python-build
work=$target/python
python=${PROCNET_PYTHON:-python3}
failed=()
skip() { echo "SKIPPED: $*"; }
step() {
  printf -- '-- %s\n' "$*"
  "$@" || failed+=("$*")
}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
  skip "the Python package: $python is not Python 3.10 or later"
  exit
fi
mkdir -p "$work"

# The tools, which are kept.
tools=$work/tools
install_tools() {
  [ -x "$tools/bin/maturin" ] && "$tools/bin/maturin" --version >/dev/null 2>&1 && return
  "$python" -m venv "$tools" && timeout 200 "$tools/bin/python" -m pip install --quiet 'maturin>=1.9.4,<2'
}
if ! install_tools; then
  skip 'the Python package: maturin could not be installed by pip in a virtual environment'
  exit
fi

if ! refusal=$(timeout 300 cargo fetch --locked --quiet 2>&1); then
  echo "$refusal"
  case $refusal in
    *'lock file'*)
      echo 'Cargo.lock is not that of the workspace: run cargo update --workspace here, and commit it'
      exit 1
      ;;
  esac
  skip 'the Python package: the crates that it needs could not be fetched'
  exit
fi

# As `cargo fmt` and `cargo clippy` of the workspace do not see this crate.
export PYO3_PYTHON=$tools/bin/python
step cargo fmt --check
step cargo clippy --all-targets --locked -- -D warnings

rm -rf "$work/wheels"
"$tools/bin/maturin" build --release --locked --quiet --interpreter "$tools/bin/python" --out "$work/wheels"
wheel=$(echo "$work"/wheels/*.whl)
echo "built $(basename "$wheel"), $(($(stat --format=%s "$wheel") / 1024)) KiB"

# A fresh environment, with nothing but the wheel, used from another directory: of each Python from 3.10
# on that is at hand. All have the same wheel, and not the same objects: since 3.14 a tuple has a
# place for its hash.
fresh=$work/fresh
import_alone() {
  rm -rf "$fresh"
  "$1" -m venv "$fresh"
  "$fresh/bin/python" -m pip install --quiet --no-index --no-deps "$wheel"
  (cd / && "$fresh/bin/python" -W error -c '
import platform, procnet, procnet.psutil
answer = procnet.sockets("all")
assert len(answer) == answer.coverage.sockets
assert len(procnet.columns("all").names) == 25
for connection in procnet.psutil.net_connections("all"):
    assert hash(connection) == hash(tuple(connection))
    assert hash(connection.laddr) == hash(connection.laddr[:])
print(f"imported alone by Python {platform.python_version()}: {procnet.__version__}, {len(answer)} sockets")')
}
step import_alone "$python"
has_gil='import ensurepip, sys, sysconfig; sys.exit(sysconfig.get_config_var("Py_GIL_DISABLED") or 0)'
own=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
for other in 3.{10..15}; do
  for each in "python$other" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$other".*/bin/python; do
    [ "$other" != "$own" ] && "$each" -c "$has_gil" 2>/dev/null || continue
    step import_alone "$each"
    break
  done
done

# The environment of the tests, which is kept; the wheel in it is always the new one.
tests=$work/tests
[ -x "$tests/bin/python" ] || "$python" -m venv "$tests"
"$tests/bin/python" -m pip install --quiet --no-index --no-deps --force-reinstall "$wheel"
install() {
  local module=$1
  shift
  "$tests/bin/python" -c "import $module" 2>/dev/null ||
    timeout 200 "$tests/bin/python" -m pip install --quiet --only-binary :all: "$@"
}
if ! install pytest 'pytest>=8,<10' || ! install psutil psutil; then
  skip 'the tests of the Python package: pytest and psutil could not be installed'
  exit
fi
for package in pyarrow polars pandas; do
  install "$package" "$package" || skip "the tests with $package: it could not be installed"
done
step "$tests/bin/python" -m pytest -q -p no:cacheprovider tests

if install mypy mypy typing_extensions; then
  step "$tests/bin/python" -m mypy --strict --cache-dir "$work/mypy" -p procnet
  # PyO3 gives every module a list of its names.
  echo 'procnet\._procnet\.__all__' >"$work/allowed"
  step "$tests/bin/python" -m mypy.stubtest --concise --allowlist "$work/allowed" procnet._procnet
else
  skip 'the types of the Python package: mypy could not be installed'
fi

step env CARGO_TARGET_DIR="$target" PROCNET_PYTHON="$python" PROCNET_WHEEL="$wheel" "$root/corpus/scripts/psutil-suite.sh"

# A Python without a GIL has a wheel of its own: its stable interface begins with Python 3.15.
free_threaded=${PROCNET_PYTHON_FREE_THREADED:-$(command -v python3.14t || true)}
test_free_threaded() {
  local tests=$work/free-threaded
  [ -x "$tests/bin/python" ] || "$free_threaded" -m venv "$tests"
  rm -rf "$work/free-threaded-wheels"
  PYO3_PYTHON=$tests/bin/python "$tools/bin/maturin" build --release --locked --quiet \
    --interpreter "$tests/bin/python" --out "$work/free-threaded-wheels" || return
  "$tests/bin/python" -m pip install --quiet --no-index --no-deps --force-reinstall \
    "$work"/free-threaded-wheels/*.whl || return
  if ! install pytest 'pytest>=8,<10' || ! install psutil psutil; then
    skip 'the tests without a GIL: pytest and psutil could not be installed'
    return
  fi
  install pyarrow pyarrow || skip 'the tests with pyarrow without a GIL: it could not be installed'
  "$tests/bin/python" -m pytest -q -p no:cacheprovider tests
}
if [ -z "$free_threaded" ]; then
  skip 'the tests without a GIL: there is no python3.14t'
else
  step test_free_threaded
fi

if [ ${#failed[@]} -gt 0 ]; then
  printf 'FAILED: %s\n' "${failed[@]}"
  exit 1
fi
