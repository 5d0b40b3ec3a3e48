#!/usr/bin/env python3
"""Asks the questions of `sql/` about the files of a fleet, in one engine.

    run.py ENGINE DATA [--expected FILE] [--runs N] [NAME …]

ENGINE is duckdb, datafusion, clickhouse or spark. NAME is the begin of a question's, such as `07`, `aggregates/07`
or `events/`. Questions about a table of which DATA has no files are not asked. Prints each question with its time, the time of all processors
(which other programs do not change as much), and its rows, or
compares the rows with those in FILE, as `oracle.py` writes it. Exits with 1 if an answer is another.
"""

import argparse
import json
import pathlib
import re
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


def statements(text):
    """The statements of a file, without comments."""
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return [one.strip() for one in "\n".join(lines).split(";") if one.strip()]


TABLES = ["sockets", "aggregates", "snapshots", "events", "event_spans"]


def views(engine, data):
    """The statements that make the views, in an engine, of the tables that have files.

    The others have views without rows; but `sockets`, without which there are only `aggregates` to ask about.
    """
    missing = {table for table in TABLES if not (data / table).is_dir()}
    folder = HERE / "sql" / "views"
    for statement in statements((folder / f"{engine}.sql").read_text()):
        words = statement.split()
        name = words[words.index("TABLE" if "TABLE" in words else "VIEW") + 1] if words[0] == "CREATE" else ""
        table = name.removesuffix("_files")
        if table not in missing and not (table == "owned" and "sockets" in missing):
            yield statement.replace("{data}", str(data))
        elif name == table and table not in ("sockets", "owned"):
            [empty] = statements((folder / "empty" / f"{table}.sql").read_text())
            yield empty.replace("CREATE VIEW", "CREATE TEMPORARY VIEW") if engine == "spark" else empty


def can_ask(sql, data):
    """Whether there are files of the tables that a question is about: without events, the answer is "unknown"."""
    asked = set(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", sql))
    tables = {"owned": "sockets"}
    return all((data / tables.get(name, name)).is_dir() for name in asked & {"sockets", "owned", "aggregates"})


class DuckDB:
    def __init__(self):
        import duckdb

        self.connection = duckdb.connect()
        self.version = duckdb.__version__

    def run(self, sql):
        answer = self.connection.execute(sql)
        return answer.fetchall() if answer.description else []


class DataFusion:
    def __init__(self):
        import datafusion

        config = datafusion.SessionConfig().set("datafusion.execution.parquet.pushdown_filters", "true")
        self.context = datafusion.SessionContext(config)
        self.version = datafusion.__version__

    def run(self, sql):
        batches = self.context.sql(sql).collect()
        return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


class ClickHouse:
    def __init__(self):
        from chdb import session

        self.session = session.Session()
        self.version = self.run("SELECT version() AS version")[0][0]

    def run(self, sql):
        text = str(self.session.query(sql, "JSONCompactEachRow"))
        return [tuple(json.loads(line)) for line in text.splitlines() if line]


class Spark:
    def __init__(self):
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        # It has no unsigned numbers of 64 bits, and reads nanoseconds as numbers.
        builder = builder.config("spark.sql.legacy.parquet.nanosAsLong", "true")
        builder = builder.config("spark.sql.session.timeZone", "UTC")
        self.session = builder.getOrCreate()
        self.version = self.session.version

    def run(self, sql):
        return [tuple(row) for row in self.session.sql(sql).collect()]


ENGINES = {"duckdb": DuckDB, "datafusion": DataFusion, "clickhouse": ClickHouse, "spark": Spark}


def normal(rows):
    """Rows in an order, and values as texts: engines differ in the types of sums."""
    return sorted([str(value) for value in row] for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("data", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--expected", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=1, help="the best time of so many is printed")
    parser.add_argument("names", nargs="*")
    args = parser.parse_intermixed_args()
    engine = ENGINES[args.engine]()
    print(f"{args.engine} {engine.version}")
    for statement in views(args.engine, args.data):
        engine.run(statement)
    expected = json.loads(args.expected.read_text()) if args.expected else None
    wrong = slowest = busiest = 0
    folder = HERE / "sql"
    for path in [*sorted(folder.glob("*.sql")), *sorted(folder.glob("aggregates/*.sql")), *sorted(folder.glob("events/*.sql"))]:
        question = str(path.relative_to(folder).with_suffix(""))
        if args.names and not any(question.startswith(name) for name in args.names):
            continue
        sql, seconds, processor = statements(path.read_text())[0], [], []
        if not can_ask(sql, args.data):
            continue
        for _run in range(args.runs):
            begun, spent = time.monotonic(), time.process_time()
            rows = engine.run(sql)
            seconds.append(time.monotonic() - begun)
            processor.append(time.process_time() - spent)
        slowest, busiest = max(slowest, min(seconds)), max(busiest, min(processor))
        result = f"{len(rows)} rows"
        if expected is not None:
            if normal(rows) == normal(expected[question]):
                result = f"as expected, {len(rows)} rows"
            else:
                wrong += 1
                result = f"WRONG: {normal(rows)[:5]}, not {normal(expected[question])[:5]}"
        print(f"{min(seconds):8.3f} s {min(processor):8.3f} s CPU  {question}: {result}", flush=True)
        if expected is None and len(rows) <= 12:
            for row in rows:
                print("           ", *row)
    print(f"{slowest:8.3f} s {busiest:8.3f} s CPU  the slowest")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
