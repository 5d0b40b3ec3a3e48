"""Runs psutil's tests of connections, selected in selection.py, and those in test_reader.py.

Usage: run.py PSUTIL_TESTS, with psutil, pytest and the parent of PSUTIL_TESTS in PYTHONPATH.
"""

import os
import sys

import psutil._pslinux
import pytest
import selection

HERE = os.path.dirname(os.path.abspath(__file__))


class Deselection:
    """Deselects by name, so that a name which no longer exists is an error of pytest."""

    @staticmethod
    def pytest_configure(config):
        config.addinivalue_line("markers", "xdist_group: of a plugin that psutil uses")

    @staticmethod
    def pytest_collection_modifyitems(config, items):
        dropped = [item for item in items if item.nodeid in selection.DESELECTED]
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]
        instead = {test for _, test in selection.DESELECTED.values()}
        missing = instead - {item.originalname for item in items if hasattr(item, "originalname")}
        if missing:
            raise pytest.UsageError(f"no test in place of one that does not run: {missing}")


def main(tests):
    reader = type(psutil._pslinux._net_connections).__module__
    assert reader == "procnet_reader", f"psutil still reads connections with {reader}"
    for name, (reason, instead) in selection.DESELECTED.items():
        print(f"deselected: {name}: {reason}; instead: {instead}")
    arguments = ["-c", os.devnull, "--rootdir", tests, "-p", "no:cacheprovider"]
    arguments += ["-q", "-rs", "--tb=short", "-W", "ignore"]
    arguments += [f"{tests}/{name}" for name in [*selection.RUN, *selection.DESELECTED]]
    return pytest.main([*arguments, f"{HERE}/test_reader.py"], plugins=[Deselection()])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
