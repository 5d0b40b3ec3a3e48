"""Which of psutil's tests run with procnet as its reader.

All that ask for connections are here, found by recording the calls of the whole suite, except for
test_memleaks.py: it measures the memory of the Python process. With the command as the reader, procnet runs
in another one; of the wheel, bindings/python/tests/test_psutil.py measures memory (`test_nothing_leaks`).
"""

# Modules with all of their tests, and single tests.
RUN = [
    "test_connections.py",
    "test_contracts.py",
    "test_unicode.py",
    "test_linux.py::TestMisc::test_issue_687",
    "test_linux.py::TestMisc::test_procfs_path",
    "test_misc.py::TestMisc::test_process_as_dict_no_new_names",
    "test_misc.py::TestMisc::test_serialization",
    "test_process.py::TestProcess::test_as_dict",
    "test_process.py::TestProcess::test_halfway_terminated_process",
    "test_process.py::TestProcess::test_kill",
    "test_process.py::TestProcess::test_send_signal",
    "test_process.py::TestProcess::test_terminate",
    "test_process.py::TestProcess::test_zombie_process",
    "test_process.py::TestProcessWait::test_wait_exited",
    "test_process.py::TestProcessWait::test_wait_timeout_nonblocking",
    "test_scripts.py::TestExampleScripts::test_netstat",
    "test_scripts.py::TestExampleScripts::test_procinfo",
    "test_testutils.py::TestNetUtils",
]

# Tests that do not run, why, and the test in test_reader.py of what they are about.
DESELECTED = {
    "test_linux.py::TestProcess::test_net_connections_enametoolong": (
        "replaces os.readlink() and asserts that it was called",
        "test_a_descriptor_with_a_name_that_is_too_long_costs_no_other",
    ),
    "test_linux.py::TestSystemNetConnections::test_emulate_ipv6_unsupported": (
        "replaces socket.inet_ntop(), which procnet does not call",
        "test_without_the_tables_of_ipv6_the_others_are_listed",
    ),
    "test_linux.py::TestSystemNetConnections::test_emulate_unix": (
        "replaces open() and asserts that it was called",
        "test_a_line_that_is_no_row_costs_no_other",
    ),
    "test_process_all.py::TestFetchAllProcesses::test_all": (
        "calls every method for every process, and psutil's own environ() fails for kernel threads"
        " of Linux 6.18",
        "test_each_process_has_valid_connections",
    ),
}
