"""Questions on a Spark cluster: the files of the lake as views, the statements in Spark's SQL."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from huasuan.kernel.errors import Broken
from huasuan.kernel.text import Text
from huasuan.warehouse.dialects import translate
from huasuan.warehouse.lake import LakeManifest, shown_name, workspace_folder

# What the lake's Parquet files hold, in Spark's words. Spark knows no unsigned numbers.
_TYPES = {
    "BIGINT": "BIGINT",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "DECIMAL(38,0)": "DECIMAL(38,0)",
    "DOUBLE": "DOUBLE",
    "INTEGER": "INT",
    "TIMESTAMP": "TIMESTAMP_NTZ",
    "TINYINT": "TINYINT",
    "UBIGINT": "DECIMAL(20,0)",
    "VARCHAR": "STRING",
}
_SETTINGS = {
    # A sum that does not fit is an error, never a wrong figure.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
_SHUFFLE = "spark.sql.shuffle.partitions"


class SparkEngine:
    """A session on a cluster. The workers must see the lake under the same path as this process.

    Raises
    ------
    Broken
        ``spark_unreachable`` if no Java or no master answers.
    """

    def __init__(self, master: str, *, options: Mapping[str, str]) -> None:
        builder = SparkSession.builder.appName("huasuan").master(master)
        for name, value in {**_SETTINGS, **options}.items():
            builder = builder.config(name, value)
        try:
            self._session = builder.getOrCreate()
        except (PySparkException, OSError) as error:
            raise _unreachable(master) from error
        if _SHUFFLE not in options:
            # Spark's own 200 partitions are made for far larger clusters; most answers have a few hundred rows.
            self._session.conf.set(_SHUFFLE, str(max(4, 2 * self._session.sparkContext.defaultParallelism)))
        self._shown: list[LakeManifest] = []

    def show(self, lake: Path, manifest: LakeManifest) -> dict[str, str]:
        """Each table as a view over its files."""
        folder = workspace_folder(lake.absolute(), manifest.workspace)
        names = {}
        for table, columns in manifest.columns.items():
            name = names[table] = shown_name(manifest, table)
            files = [f"file://{folder / part.file}" for part in manifest.parts[table]]
            schema = ", ".join(f"`{column}` {_TYPES[kind]}" for column, kind in columns.items())
            if files:
                frame = self._session.read.schema(schema).parquet(*files)
            else:
                nothing = ", ".join(f"CAST(NULL AS {_TYPES[kind]}) AS `{column}`" for column, kind in columns.items())
                frame = self._session.sql(f"SELECT {nothing} WHERE FALSE")
            frame.createOrReplaceTempView(name)
        self._forget(manifest)
        return names

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a statement written in DuckDB's SQL."""
        return [tuple(map(_plain, row)) for row in self._session.sql(translate(sql, "spark")).collect()]

    def close(self) -> None:
        """End the session and its Java machine."""
        self._session.stop()

    def _forget(self, manifest: LakeManifest) -> None:
        """Keep the views of this state of the lake and of the one before."""
        mine = [shown for shown in self._shown if shown.workspace == manifest.workspace]
        for old in mine[:-1]:
            self._shown.remove(old)
            for table in old.columns:
                self._session.catalog.dropTempView(shown_name(old, table))
        self._shown.append(manifest)


def _plain(value: object) -> object:
    """Whole numbers beyond 64 bits arrive as decimals."""
    return int(value) if isinstance(value, Decimal) else value


def _unreachable(master: str) -> Broken:
    return Broken(
        "spark_unreachable",
        Text(zh=f"无法在 {master} 启动 Spark 会话", en=f"no Spark session could be started on {master}"),
        Text(
            zh="请检查 HUASUAN_SPARK_MASTER，并确认已安装 Java 17。",
            en="Check HUASUAN_SPARK_MASTER, and that Java 17 is installed.",
        ),
    )
