"""Errors, and what is incomplete."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from conftest import Scene, as_nobody

import procnet


def test_a_filter_error_has_its_column() -> None:
    with pytest.raises(procnet.FilterError) as caught:
        procnet.sockets(filter="dport = :80 and dprt = :443")
    error = caught.value
    assert (error.column, error.found) == (17, "dprt")
    assert error.text == "dport = :80 and dprt = :443"
    assert "column 17" in str(error) and error.expected in str(error)
    assert isinstance(error, (procnet.InvalidQuery, ValueError))


def test_the_column_of_a_filter_counts_characters() -> None:
    with pytest.raises(procnet.FilterError) as caught:
        procnet.sockets(filter="comm = ä and nonsense")
    assert caught.value.text[caught.value.column - 1 :].startswith(caught.value.found)
    assert caught.value.found != ""


@pytest.mark.parametrize(
    ("options", "known"),
    [
        ({"kinds": "ipx"}, "udp6"),
        ({"states": "nowhere"}, "nowhere"),
        ({"details": "colour"}, "tcp_info"),
        ({"source": "guess"}, "netlink"),
        ({"owner_source": "guess"}, "walk"),
        ({"incremental": -1.0}, "incremental"),
        ({"incremental": True, "owners": False}, "contradict"),
    ],
)
def test_an_unknown_word_is_an_error_that_names_the_known_ones(
    options: dict[str, object], known: str
) -> None:
    with pytest.raises(procnet.InvalidQuery, match=known):
        procnet.sockets(**options)  # type: ignore[arg-type]


def test_an_unknown_option_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="listening"):
        procnet.sockets(listning=True)  # type: ignore[call-arg]


def test_a_process_that_does_not_exist() -> None:
    with pytest.raises(procnet.NoSuchProcess) as caught:
        procnet.sockets(pid=2**22 + 1)
    assert isinstance(caught.value, ProcessLookupError)
    assert caught.value.path is not None and str(2**22 + 1) in caught.value.path


def test_a_directory_without_tables(tmp_path: Path) -> None:
    with pytest.raises(procnet.ReadError, match="no network tables") as caught:
        procnet.Scanner(tmp_path).sockets()
    assert caught.value.path == str(tmp_path)
    with pytest.raises(procnet.ReadError) as caught:
        procnet.Scanner(tmp_path / "none")
    assert caught.value.errno == 2 and caught.value.filename == str(tmp_path / "none")


def test_a_malformed_file_has_its_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net/snmp").write_text("Tcp: A B\nTcp: 1 x\n")
    with pytest.raises(procnet.Malformed) as caught:
        procnet.snmp(root=tmp_path)
    assert caught.value.path == str(tmp_path / "net/snmp")
    assert caught.value.line == 2
    assert caught.value.column is not None


def test_a_line_that_does_not_decode_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net/dev").write_text("lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\neth0: 1 x\n")
    with pytest.warns(RuntimeWarning, match="line 2"):
        counters = procnet.interfaces(tmp_path)
    assert list(counters) == ["lo"] and counters["lo"]["tx_bytes"] == 9


def test_an_incomplete_answer_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net/tcp").write_text("  sl  local_address\nnonsense\n")
    answer = procnet.Scanner(tmp_path).sockets("tcp4")
    assert len(answer) == 0 and answer.coverage.undecodable == 1
    with pytest.raises(procnet.IncompleteError) as caught:
        answer.raise_if_incomplete()
    assert caught.value.coverage.gaps == answer.coverage.gaps != []
    assert str(caught.value) == "; ".join(answer.coverage.gaps)
    with pytest.raises(procnet.IncompleteError):
        procnet.Scanner(tmp_path).columns("tcp4").raise_if_incomplete()


def test_a_complete_answer_returns_itself(scene: Scene) -> None:
    answer = procnet.sockets("tcp", owners=False)
    assert answer.coverage.is_complete and answer.coverage.gaps == []
    assert answer.raise_if_incomplete() is answer


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user takes root")
def test_processes_of_others_are_counted_for_an_unprivileged_user(scene: Scene) -> None:
    def is_denied() -> bool:
        coverage = procnet.Scanner().sockets("tcp").coverage
        assert coverage.hidden_processes > 0 and not coverage.is_complete
        try:
            procnet.sockets(pid=scene.child)
        except procnet.PermissionDenied as error:
            return isinstance(error, PermissionError) and error.errno == 13
        return False

    assert as_nobody(is_denied)


def test_errors_pickle() -> None:
    for error in (
        procnet.NoSuchProcess("gone", path="/proc/1"),
        procnet.Malformed("bad", path="x", line=3, column="inode", offset=7),
    ):
        back = pickle.loads(pickle.dumps(error))
        assert (type(back), str(back), back.path, back.line) == (
            type(error),
            str(error),
            error.path,
            error.line,
        )
