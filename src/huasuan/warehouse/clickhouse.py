"""Questions on ClickHouse: the files of the lake loaded into its tables, the statements in its SQL.

A server is asked by its URL; ``chdb://memory`` is the same engine inside this process. The server need not see the
lake: this process reads a file once and sends it.
"""

from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

import clickhouse_connect
import pyarrow as pa
import pyarrow.parquet as pq
from clickhouse_connect.driver.exceptions import ClickHouseError

from huasuan.kernel.errors import Broken
from huasuan.kernel.text import Text
from huasuan.warehouse.dialects import translate
from huasuan.warehouse.lake import LakeManifest, LakePart, shown_name, workspace_folder

_TYPES = {
    "BIGINT": "Nullable(Int64)",
    "BOOLEAN": "Nullable(Bool)",
    "DATE": "Nullable(Date32)",
    "DECIMAL(38,0)": "Nullable(Int128)",
    "DOUBLE": "Nullable(Float64)",
    "INTEGER": "Nullable(Int32)",
    "TIMESTAMP": "Nullable(DateTime64(6, 'UTC'))",
    "TINYINT": "Nullable(Int8)",
    "UBIGINT": "Nullable(UInt64)",
    "VARCHAR": "LowCardinality(Nullable(String))",
}
_SETTINGS = {
    # `sum(x) AS x` must mean the column x, as everywhere else.
    "prefer_column_name_to_alias": 1,
    # Distinct values are counted, not estimated.
    "count_distinct_implementation": "uniqExact",
    "allow_suspicious_low_cardinality_types": 1,
}
_PART = "lake_part"
_BATCH_ROWS = 200_000


class ClickHouseEngine:
    """A connection to a server. One process loads a workspace: the one that owns the data folder.

    Raises
    ------
    Broken
        ``clickhouse_unreachable``
    """

    def __init__(self, url: str) -> None:
        options: dict[str, Any] = {} if url.startswith("chdb:") else {"autogenerate_session_id": False}
        try:
            self._client = clickhouse_connect.get_client(dsn=url, settings=_SETTINGS, **options)
        except (ClickHouseError, OSError) as error:
            raise _unreachable() from error
        self._before: dict[int, LakeManifest] = {}

    def show(self, lake: Path, manifest: LakeManifest) -> dict[str, str]:
        """Load what is not there yet; each table is then a view of exactly the manifest's files."""
        folder = workspace_folder(lake, manifest.workspace)
        before = self._before.get(manifest.workspace)
        names = {}
        for table, columns in manifest.columns.items():
            stored = f"w{manifest.workspace}_{table}"
            self._make(stored, columns)
            self._load(stored, folder, manifest.parts[table])
            wanted = [_part_name(part) for part in manifest.parts[table]]
            name = names[table] = shown_name(manifest, table)
            listed = ", ".join(f"`{column}`" for column in columns)
            self._client.command(
                f"CREATE OR REPLACE VIEW {name} AS SELECT {listed} FROM {stored} WHERE {_PART} IN ({_texts(wanted)})"
            )
            earlier = [] if before is None else [_part_name(part) for part in before.parts.get(table, ())]
            self._drop_parts(stored, keep={*wanted, *earlier})
        self._drop_views(manifest, before)
        self._before[manifest.workspace] = manifest
        return names

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a statement written in DuckDB's SQL."""
        return [tuple(row) for row in self._client.query(translate(sql, "clickhouse")).result_rows]

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _make(self, stored: str, columns: Mapping[str, str]) -> None:
        """The table, made anew if it has other columns than it should."""
        wanted = {_PART: "LowCardinality(String)"} | {name: _TYPES[kind] for name, kind in columns.items()}
        rows = self._client.query(
            f"SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {_text(stored)}"
        ).result_rows
        found = {str(row[0]): str(row[1]) for row in rows}
        if found and found != wanted:
            self._client.command(f"DROP TABLE {stored} SYNC")
        listed = ", ".join(f"`{name}` {kind}" for name, kind in wanted.items())
        order = next((f"`{name}`" for name, kind in columns.items() if kind == "DATE"), "tuple()")
        self._client.command(
            f"CREATE TABLE IF NOT EXISTS {stored} ({listed}) ENGINE = MergeTree PARTITION BY {_PART} ORDER BY {order} "
            "SETTINGS allow_nullable_key = 1"
        )

    def _load(self, stored: str, folder: Path, parts: Sequence[LakePart]) -> None:
        """Send the files that are not there whole. A load that was cut off has too few rows and is done again."""
        present = self._present(stored)
        for part in parts:
            name = _part_name(part)
            if present.get(name) == part.rows:
                continue
            self._drop_part(stored, name)
            for batch in pq.ParquetFile(folder / part.file).iter_batches(batch_size=_BATCH_ROWS):
                marked = pa.Table.from_batches([batch])
                label = pa.array([name] * marked.num_rows, pa.string())
                self._client.insert_arrow(stored, marked.append_column(_PART, label))
        present = self._present(stored)
        if any(present.get(_part_name(part)) != part.rows for part in parts):
            raise Broken(
                "clickhouse_load",
                Text(
                    zh=f"ClickHouse 表 {stored} 的行数与数据湖不符", en=f"{stored} in ClickHouse differs from the lake"
                ),
                Text(zh="请再问一次；只能由一个进程装载。", en="Ask again; only one process may load it."),
            )

    def _present(self, stored: str) -> dict[str, int]:
        rows = self._client.query(f"SELECT {_PART}, count() FROM {stored} GROUP BY {_PART}").result_rows
        return {str(name): int(count) for name, count in rows}

    def _drop_part(self, stored: str, name: str) -> None:
        self._client.command(f"ALTER TABLE {stored} DROP PARTITION {_text(name)}")

    def _drop_parts(self, stored: str, *, keep: Container[str]) -> None:
        for name in self._present(stored):
            if name not in keep:
                self._drop_part(stored, name)

    def _drop_views(self, manifest: LakeManifest, before: LakeManifest | None) -> None:
        """Views of states of the lake that nobody asks any more."""
        keep = [f"w{shown.workspace}_v{shown.version}_" for shown in (manifest, before) if shown is not None]
        names = self._client.query(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View' "
            f"AND match(name, '^w{manifest.workspace}_v[0-9]+_')"
        ).result_rows
        for name in (str(row[0]) for row in names):
            if not any(name.startswith(prefix) for prefix in keep):
                self._client.command(f"DROP VIEW IF EXISTS {name}")


def _part_name(part: LakePart) -> str:
    """Named by what is in it, so that a lake made anew is told from the one before."""
    return f"{part.month}:{part.rows}:{part.fingerprint}"


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _texts(values: Sequence[str]) -> str:
    return ", ".join(map(_text, values)) or "''"


def _unreachable() -> Broken:
    # The address may hold a password.
    return Broken(
        "clickhouse_unreachable",
        Text(zh="无法连接 ClickHouse", en="ClickHouse cannot be reached"),
        Text(zh="请检查 HUASUAN_CLICKHOUSE_URL。", en="Check HUASUAN_CLICKHOUSE_URL."),
    )
