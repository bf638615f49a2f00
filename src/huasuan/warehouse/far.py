"""Engines that read the lake: what they have in common, and how one is opened by its address."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol

from huasuan.kernel.errors import Broken
from huasuan.kernel.text import Text
from huasuan.warehouse.lake import LakeManifest
from huasuan.warehouse.runner import Runner

FarName = Literal["spark", "clickhouse"]


class FarEngine(Runner, Protocol):
    """An engine on other machines (or a large one on this) that answers from the lake."""

    def show(self, lake: Path, manifest: LakeManifest) -> dict[str, str]:
        """Make what a manifest names readable; the name to read each table by.

        The tables of the manifest shown before stay readable, for questions that began with it.
        """
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


def open_engine(name: FarName, address: str, *, options: Mapping[str, str] | None = None) -> FarEngine:
    """Spark by its master (``spark://host:7077``, ``local[4]``), ClickHouse by its URL (``http://user:password@host:8123/base``).

    ``chdb://memory`` is ClickHouse inside this process. ``options`` are settings of the Spark session.

    Raises
    ------
    Broken
        ``engine_not_installed`` without the extra ``huasuan[spark]`` or ``huasuan[clickhouse]``.
    """
    # A Java machine or a second database: loaded only where the installation asks for it.
    try:
        if name == "spark":
            from huasuan.warehouse.spark import SparkEngine  # noqa: PLC0415

            return SparkEngine(address, options=options or {})
        from huasuan.warehouse.clickhouse import ClickHouseEngine  # noqa: PLC0415

        return ClickHouseEngine(address)
    except ImportError as error:
        raise Broken(
            "engine_not_installed",
            Text(
                zh=f"缺少 {name} 引擎所需的软件包：{error.name}", en=f"the packages of {name} are missing: {error.name}"
            ),
            Text(zh=f"请安装 huasuan[{name}]。", en=f"Install huasuan[{name}]."),
        ) from error
