"""The eight questions on every engine over the same lake: the embedded one, PostgreSQL, Spark and ClickHouse."""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from math import prod
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

from bench.findings import Finding, Line, rows_text
from bench.processes import ROOT, run_step
from bench.questions import QUESTIONS, hand_sql, same
from huasuan.app.analysis import rules_of
from huasuan.metrics.engine import answer
from huasuan.metrics.lake import lake_snapshot, lake_tables, said_of
from huasuan.metrics.snapshot import TABLES, Snapshot
from huasuan.people import WorkspaceSettings
from huasuan.warehouse import Cursor, DuckRunner, FarEngine, export_lake, open_engine, prepare_copies, read_manifest

sys.path.insert(0, str(ROOT / "tests"))
from servers.postgres import Cluster, new_folder
from servers.spark import SparkCluster

ROUNDS = 3
MEAN, LEAST = 5.0, 2.0
_PG_TYPES = {
    "BIGINT": "BIGINT",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "DOUBLE": "DOUBLE PRECISION",
    "HUGEINT": "NUMERIC(38,0)",
    "INTEGER": "INTEGER",
    "TIMESTAMP": "TIMESTAMP",
    "TINYINT": "SMALLINT",
    "UBIGINT": "NUMERIC(20,0)",
    "VARCHAR": "TEXT",
}
_WORKSPACE = 1


def bench(cache: Path, sizes: Sequence[int]) -> Finding:
    """Every size by itself; PostgreSQL at the first alone."""
    lines: list[Line] = []
    for size in sizes:
        path = cache / f"stars-{size}.duckdb"
        if not path.exists():
            run_step("star_data:make_file", path=str(path), calls=size)
        lines.extend(_measure(path, size, postgres=size == sizes[0]))
    return Finding(
        name="engines",
        title="Engines beside each other",
        notes=(
            f"medians of {ROUNDS} after one unmeasured, wall time, taking turns with the embedded engine in one "
            "process; every figure of every row equal to it",
            "Spark: standalone master and two workers of one core on loopback, over the Parquet lake; ClickHouse: the "
            "same engine in this process (chDB), its own tables loaded from the lake",
            "PostgreSQL 15 or later: the committed hand SQL over the same tables, indexed by day and analysed, "
            "work_mem 1 GB, shared_buffers 2 GB, its workers free to use both cores",
        ),
        lines=tuple(lines),
    )


def _measure(path: Path, size: int, *, postgres: bool) -> Iterator[Line]:
    embedded = Cursor(duckdb.connect(str(path), config={"preserve_insertion_order": False}))
    snapshot = Snapshot(rules=rules_of(WorkspaceSettings()), as_of=datetime.now(UTC), tables=TABLES)
    ours = {
        name: lambda question=question: answer(DuckRunner(embedded), snapshot, question)
        for name, (_, question) in QUESTIONS.items()
    }
    with tempfile.TemporaryDirectory(prefix="huasuan-bench-") as folder, ExitStack() as stack:
        lake = Path(folder) / "lake"
        began = time.perf_counter()
        _export(embedded, lake)
        yield Line(what="lake export, everything", size=rows_text(size), ours=f"{time.perf_counter() - began:.1f} s")
        began = time.perf_counter()
        _export(embedded, lake)
        yield Line(what="lake export, nothing new", size=rows_text(size), ours=f"{time.perf_counter() - began:.1f} s")
        if postgres:
            with _postgres(embedded) as connection:
                yield from _beside_postgres(connection, ours, size)
        spark = stack.enter_context(_spark(Path(folder)))
        yield from _beside(spark, "Spark", lake, ours, size)
        yield from _beside(open_engine("clickhouse", "chdb://memory"), "ClickHouse", lake, ours, size)
    embedded.close()


def _export(embedded: Cursor, lake: Path) -> None:
    prepare_copies(embedded, ())
    embedded.begin()
    export_lake(
        embedded,
        tuple(lake_tables()),
        lake,
        workspace=_WORKSPACE,
        as_of=datetime.now(UTC),
        said=said_of(rules_of(WorkspaceSettings())),
    )
    embedded.commit()


@contextmanager
def _spark(folder: Path) -> Iterator[FarEngine]:
    with SparkCluster(folder, memory="3g") as cluster:
        engine = open_engine("spark", cluster.master, options=cluster.options)
        yield engine
        engine.close()


def _beside(engine: FarEngine, title: str, lake: Path, ours: dict[str, Callable[[], Any]], size: int) -> Iterator[Line]:
    manifest = read_manifest(lake, _WORKSPACE)
    began = time.perf_counter()
    snapshot = lake_snapshot(manifest, engine.show(lake, manifest), engine)
    yield Line(what=f"{title}: opening the lake", size=rows_text(size), ours=f"{time.perf_counter() - began:.1f} s")
    for name, (_, question) in QUESTIONS.items():
        assert answer(engine, snapshot, question).rows == ours[name]().rows, f"{title} {name} differs"
        mine, theirs = _take_turns(ours[name], lambda question=question: answer(engine, snapshot, question))
        yield _line(f"{name} beside {title}", size, mine, theirs)


def _beside_postgres(
    connection: "psycopg.Connection[Any]", ours: dict[str, Callable[[], Any]], size: int
) -> Iterator[Line]:
    ratios = []
    for name, (_, question) in QUESTIONS.items():
        sql = _in_postgres(hand_sql(name))
        cursor = connection.execute(sql)
        columns = [column.name for column in cursor.description or ()]
        same(name, question, ours[name](), columns, cursor.fetchall())
        mine, theirs = _take_turns(ours[name], lambda sql=sql: connection.execute(sql).fetchall())
        ratios.append(theirs / mine)
        yield _line(f"{name} beside PostgreSQL", size, mine, theirs, bound=LEAST)
    mean = prod(ratios) ** (1 / len(ratios))
    yield Line(
        what="geometric mean beside PostgreSQL",
        size=rows_text(size),
        ours="",
        ratio=f"{mean:.1f} times as fast",
        bound=f"≥ {MEAN:.0f}",
        met=mean >= MEAN,
    )


def _line(what: str, size: int, mine: float, theirs: float, *, bound: float | None = None) -> Line:
    return Line(
        what=what,
        size=rows_text(size),
        ours=f"{mine * 1000:.0f} ms",
        theirs=f"{theirs * 1000:.0f} ms",
        ratio=f"{theirs / mine:.1f} times as fast",
        bound="" if bound is None else f"≥ {bound:.0f}",
        met=None if bound is None else theirs / mine >= bound,
    )


def _take_turns(mine: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    walls: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for side, found in zip((mine, theirs), walls, strict=True):
            began = time.perf_counter()
            side()
            found.append(time.perf_counter() - began)
    return statistics.median(walls[0]), statistics.median(walls[1])


@contextmanager
def _postgres(embedded: Cursor) -> Iterator["psycopg.Connection[Any]"]:
    cluster = Cluster(new_folder(), options="-c shared_buffers=2GB -c work_mem=1GB -c max_wal_size=8GB")
    cluster.start()
    try:
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            for table in lake_tables():
                _copy(embedded, connection, table.name, table.columns, table.day)
            connection.execute("ANALYZE")
            yield connection
    finally:
        cluster.stop()


def _copy(
    embedded: Cursor,
    connection: "psycopg.Connection[Any]",
    table: str,
    columns: dict[str, str],
    day: str,
) -> None:
    made = ", ".join(f'"{name}" {_PG_TYPES[kind]}' for name, kind in columns.items())
    connection.execute(f'CREATE UNLOGGED TABLE "{table}" ({made})')
    listed = ", ".join(f'"{name}"' for name in columns)
    with tempfile.NamedTemporaryFile(prefix="huasuan-bench-", suffix=".csv") as file:
        embedded.execute(f"COPY (SELECT {listed} FROM {table} ORDER BY \"{day}\") TO '{file.name}' (HEADER FALSE)")
        with (
            open(file.name, "rb") as source,
            connection.cursor().copy(f'COPY "{table}" ({listed}) FROM STDIN (FORMAT csv)') as copy,
        ):
            while part := source.read(1 << 20):
                copy.write(part)
    connection.execute(f'CREATE INDEX ON "{table}" ("{day}")')


def _in_postgres(sql: str) -> str:
    """The hand SQL in PostgreSQL's words."""
    schema = {table.name: dict(table.columns) for table in lake_tables()}
    # Every * becomes the columns it stands for.
    tree = qualify(sqlglot.parse_one(sql, dialect="duckdb"), dialect="duckdb", schema=schema)
    for union in list(tree.find_all(exp.Union)):
        if union.args.pop("by_name", None) and not isinstance(union.parent, exp.Union):
            _name_columns(union)
    for number, inner in enumerate(tree.find_all(exp.Subquery)):
        if isinstance(inner.parent, exp.From | exp.Join) and not inner.alias:
            inner.set("alias", exp.TableAlias(this=exp.to_identifier(f"inner_{number}")))
    for moment in list(tree.find_all(exp.TimeToStr)):
        if moment.text("format") == "%G-W%V":
            week = exp.Literal.string('IYYY-"W"IW')
            moment.replace(exp.Anonymous(this="to_char", expressions=[moment.this, week]))
    for node in list(tree.find_all(exp.IntDiv)):
        # BIGINT by BIGINT stays whole by itself, and faster than the DIV that the NUMERIC sums need.
        if any(column.name == "billed_seconds" for column in node.find_all(exp.Column)):
            node.replace(exp.Div(this=node.this, expression=node.expression, typed=True, safe=False))
    return tree.sql(dialect="postgres")


def _name_columns(union: exp.Union) -> None:
    """``UNION ALL BY NAME``: every column by its name, NULL where a part has none of it."""
    selects = [select for select in union.find_all(exp.Select) if isinstance(select.parent, exp.Union)]
    found = [{column.alias_or_name: column for column in select.expressions} for select in selects]
    columns = list(dict.fromkeys(name for named in found for name in named))
    for select, named in zip(selects, found, strict=True):
        missing = {name: exp.alias_(exp.cast(exp.null(), "numeric"), name, quoted=True) for name in columns}
        select.set("expressions", [(missing | named)[name] for name in columns])
