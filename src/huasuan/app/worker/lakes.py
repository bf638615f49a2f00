"""The lake of an installation: exporting workspaces to it, and answering from it on another engine."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from huasuan.app.analysis import Analysis, rules_of
from huasuan.app.settings import Settings
from huasuan.kernel.errors import Broken, InvalidInput
from huasuan.kernel.text import Text
from huasuan.metrics.credited import wants_credit
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

        The lake holds present figures only, so ``question.as_of`` must be None.

        Raises
        ------
        Broken
            ``no_lake`` before the first export.
        InvalidInput
            ``credit_not_in_lake``: paths are reckoned from the warehouse file only
        """
        if wants_credit(question):
            raise InvalidInput(
                "credit_not_in_lake",
                Text(zh="归因不能向数据湖提问", en="credit of touches cannot be asked of the lake"),
                Text(
                    zh="话算自己的仓库可以回答；数据湖能答的最接近问题：不带归因模型，问 cac、roi、romi 或 roas。",
                    en="The warehouse of huasuan itself answers it; the nearest that the lake can: without a model, "
                    "of cac, roi, romi or roas.",
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


class FarAnswers:
    """The engine the installation names, opened with the first question; none where DuckDB answers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opening = threading.Lock()
        self._answers: LakeAnswers | None = None

    def answers(self) -> LakeAnswers | None:
        """Who answers in DuckDB's place.

        Raises
        ------
        Broken
            ``no_engine_address``, and what ``warehouse.open_engine`` raises.
        """
        name = self._settings.engine
        if name == "duckdb":
            return None
        with self._opening:
            if self._answers is None:
                engine = open_engine(name, _address(self._settings, name))
                self._answers = LakeAnswers(engine, self._settings.lake_folder)
            return self._answers

    def close(self) -> None:
        """Let go of the engine."""
        with self._opening:
            if self._answers is not None:
                self._answers.close()


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
