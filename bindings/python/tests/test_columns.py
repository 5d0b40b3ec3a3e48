"""Columns, and whoever reads Arrow."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Scene

import procnet

pyarrow = pytest.importorskip("pyarrow")


def rows(columns: Any) -> list[dict[str, Any]]:
    table = pyarrow.table(columns)
    table.validate(full=True)
    found: list[dict[str, Any]] = table.to_pylist()
    return found


@pytest.mark.parametrize("kinds", ["tcp", "udp", "unix", "all", "every"])
def test_columns_have_the_documented_values(scene: Scene, kinds: str) -> None:
    scanner = procnet.Scanner()
    # Other sockets come and go: those of the scene stay.
    mine = {s.inode for s in scanner.sockets(kinds, pid=scene.child)}
    expected = {s.inode: s.as_dict() for s in scanner.sockets(kinds) if s.inode in mine}
    found = {row["inode"]: row for row in rows(scanner.columns(kinds)) if row["inode"] in mine}
    assert expected.keys() == found.keys()
    assert expected, "the scene has sockets of each kind"
    for inode, documented in expected.items():
        row = found[inode]
        assert {key: row[key] for key in documented} == documented
        others = row.keys() - documented.keys() - {"cookie", "suspect", "interface"}
        assert all(row[key] is None for key in others), row
        assert row["suspect"] is False


def test_an_answer_has_the_same_columns(scene: Scene) -> None:
    answer = procnet.Scanner().sockets("every")
    direct = pyarrow.table(answer)
    assert direct.equals(pyarrow.table(answer.columns()))
    assert direct.num_rows == len(answer)
    assert direct.schema == pyarrow.table(procnet.columns("tcp")).schema
    assert procnet.columns("tcp").names == direct.schema.names
    documented = [socket.as_dict() for socket in answer]
    for row, known in zip(direct.to_pylist(), documented, strict=True):
        assert {key: row[key] for key in known} == known


def test_every_owner_is_listed(scene: Scene) -> None:
    (row,) = rows(procnet.columns("tcp", listening=True, port=scene.port))
    assert [owner["pid"] for owner in row["owners"]] == sorted({*row_pids(row)})
    assert len(row["owners"]) == 2


def row_pids(row: dict[str, Any]) -> list[int]:
    return [owner["pid"] for owner in row["owners"]]


def test_all_ways_of_the_interface_agree(scene: Scene) -> None:
    columns = procnet.columns("unix")
    batch = pyarrow.record_batch(columns)
    assert pyarrow.table(columns).to_batches() == [batch]
    assert pyarrow.schema(columns) == batch.schema
    assert len(columns) == batch.num_rows
    # What was exported does not depend on the object.
    table = pyarrow.table(columns)
    del columns
    table.validate(full=True)


def test_batches_are_a_stream(scene: Scene) -> None:
    scanner = procnet.Scanner()
    stream = scanner.column_batches("all", size=2)
    first = next(stream)
    assert len(first) == 2 and first.coverage is None
    rest = pyarrow.RecordBatchReader.from_stream(stream).read_all()
    assert stream.coverage is not None
    assert stream.coverage.sockets == rest.num_rows + 2
    assert next(stream, None) is None


def test_an_error_of_a_stream_arrives(scene: Scene) -> None:
    stream = procnet.Scanner().column_batches(pid=2**22 + 1)
    with pytest.raises(pyarrow.ArrowException, match="no such process"):
        pyarrow.RecordBatchReader.from_stream(stream).read_all()


def test_no_sockets_are_columns_without_rows() -> None:
    columns = procnet.columns("tcp", filter="sport = :1 and sport = :2")
    assert len(columns) == 0 and rows(columns) == []


def test_polars_takes_them(scene: Scene) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(procnet.columns("tcp"))
    mine = frame.filter(polars.col("local_port") == scene.port)
    assert sorted(mine["state"].cast(polars.String)) == ["ESTABLISHED", "LISTEN"]
    pids = mine.explode("owners").unnest("owners")["pid"]
    assert set(pids) >= {scene.child}


def test_pandas_takes_them(scene: Scene) -> None:
    pandas = pytest.importorskip("pandas")
    if not hasattr(pandas.DataFrame, "from_arrow"):
        pytest.skip(f"pandas {pandas.__version__} has no DataFrame.from_arrow")
    frame = pandas.DataFrame.from_arrow(procnet.columns("tcp"))
    mine = frame[frame["local_port"] == scene.port]
    assert sorted(mine["state"]) == ["ESTABLISHED", "LISTEN"]
