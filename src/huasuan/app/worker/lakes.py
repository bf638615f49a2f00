"""The lake of an installation: exporting workspaces to it, and answering from it on another engine."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from huasuan.app.analysis import Analysis, rules_of
from huasuan.app.settings import Settings
from huasuan.kernel.errors import Broken, InvalidInput
from huasuan.kernel.text import Text
from huasuan.metrics.engine import answer
from huasuan.metrics.lake import lake_snapshot, lake_tables, said_of
from huasuan.metrics.question import Answer, Question
from huasuan.metrics.snapshot import Snapshot
from huasuan.people import Workspace
from huasuan.warehouse import Exported, FarEngine, FarName, export_lake, open_engine, read_manifest


def export_workspace(analysis: Analysis, workspace: Workspace, lake: Path) -> Exported:
    """Bring the lake up to everything written to the store before this call; see ``warehouse.export_lake``."""
    as_of = datetime.now(UTC)
    analysis.follow()
    reader = analysis.reader()
    try:
        # One transaction for all tables: a fact that arrives meanwhile is in none of the files.
        reader.begin()
        return export_lake(
            reader,
            tuple(lake_tables()),
            lake,
            workspace=workspace.id,
            as_of=as_of,
            said=said_of(rules_of(workspace.settings)),
        )
    finally:
        reader.close()


class LakeAnswers:
    """Answers from the lake by one engine; questions may come from any thread."""

    def __init__(self, engine: FarEngine, lake: Path) -> None:
        self._engine = engine
        self._lake = lake
        self._showing = threading.Lock()
        self._shown: dict[int, tuple[int, Snapshot]] = {}

    def ask(self, workspace: int, question: Question) -> Answer:
        """The answer as of the last export; ``behind_seconds`` says how long ago that was.

        Raises
        ------
        InvalidInput
            ``as_of_needs_duckdb``: the lake holds present figures only.
        Broken
            ``no_lake`` before the first export.
        """
        if question.as_of is not None:
            raise InvalidInput(
                "as_of_needs_duckdb",
                Text(
                    zh="数据湖只有现在的数据，不能按某日所知回答",
                    en="the lake holds present figures only, not those known on a day",
                ),
                Text(
                    zh="去掉 as_of 再问，或由内嵌引擎回答（HUASUAN_ENGINE=duckdb）。",
                    en="Ask without as_of, or ask the embedded engine (HUASUAN_ENGINE=duckdb).",
                ),
            )
        return answer(self._engine, self._snapshot(workspace), question)

    def close(self) -> None:
        """Let go of the engine."""
        self._engine.close()

    def _snapshot(self, workspace: int) -> Snapshot:
        manifest = read_manifest(self._lake, workspace)
        with self._showing:
            shown = self._shown.get(workspace)
            if shown is None or shown[0] != manifest.version:
                tables = self._engine.show(self._lake, manifest)
                shown = manifest.version, lake_snapshot(manifest, tables, self._engine)
                self._shown[workspace] = shown
        return replace(shown[1], as_of=manifest.as_of)


def open_lake_answers(settings: Settings) -> LakeAnswers | None:
    """The engine the installation names; None where DuckDB answers.

    Raises
    ------
    Broken
        ``no_engine_address``, and what ``warehouse.open_engine`` raises.
    """
    if settings.engine == "duckdb":
        return None
    return LakeAnswers(open_engine(settings.engine, _address(settings, settings.engine)), settings.lake_folder)


def _address(settings: Settings, engine: FarName) -> str:
    secret = settings.clickhouse_url
    address = settings.spark_master if engine == "spark" else secret and secret.get_secret_value()
    if not address:
        variable = {"spark": "HUASUAN_SPARK_MASTER", "clickhouse": "HUASUAN_CLICKHOUSE_URL"}[engine]
        raise Broken(
            "no_engine_address",
            Text(zh=f"HUASUAN_ENGINE={engine}，但没有 {variable}", en=f"HUASUAN_ENGINE={engine} without {variable}"),
            Text(zh=f"请设置 {variable}。", en=f"Set {variable}."),
        )
    return address
