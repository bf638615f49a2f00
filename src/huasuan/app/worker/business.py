"""What the business decides for itself: the settings of its workspace, shown and changed."""

from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from huasuan.app import wiring
from huasuan.app.settings import Settings
from huasuan.kernel.errors import HuasuanError, InvalidInput
from huasuan.kernel.text import Text
from huasuan.metrics.drivers import COST_KINDS
from huasuan.metrics.scored import check_scorecards
from huasuan.people import COMMAND, MEANINGS, WorkspaceSettings, change_settings, record, told_settings, workspace_named


def shown(settings: Settings) -> list[tuple[str, str, Text]]:
    """Every setting of the workspace as (name, value, what it means); none where there is no workspace to read."""
    try:
        with wiring.open_store(settings) as store, store.read() as connection:
            mine = workspace_named(connection, settings.workspace).settings
    except (HuasuanError, SQLAlchemyError):
        # Before `huasuan init`, or with a broken store, the settings of the installation are still worth seeing.
        return []
    return setting_rows(mine)


def setting_rows(settings: WorkspaceSettings) -> list[tuple[str, str, Text]]:
    """Every setting as (name, value as it is typed, what it means)."""
    return [
        (name, ",".join(value) if isinstance(value := getattr(settings, name), tuple) else str(value), meaning)
        for name, meaning in MEANINGS.items()
    ]


def change(settings: Settings, assignments: Sequence[str]) -> None:
    """Change settings of the workspace, each given as ``name=value``; its figures follow with the next round.

    Raises
    ------
    InvalidInput
        ``no_assignment``, ``unknown_cost_kind``, ``unknown_setting``, ``bad_setting`` …; then nothing is changed.
    """
    wanted = dict(_assignment(text) for text in assignments)
    with wiring.open_store(settings) as store, store.write() as connection:
        workspace = workspace_named(connection, settings.workspace)
        changed = workspace.settings.changed(wanted)
        refuse_unknown(changed)
        change_settings(connection, workspace=workspace.id, settings=changed)
        record(
            connection, actor=COMMAND, action="settings.changed", workspace=workspace.id, detail=told_settings(wanted)
        )


def refuse_unknown(settings: WorkspaceSettings) -> None:
    """Refuse cost kinds that no ledger knows, and scorecards of figures that cannot be on one.

    Raises
    ------
    InvalidInput
        ``unknown_cost_kind``, ``bad_scorecard``
    """
    check_scorecards(settings.scorecards)
    unknown = [kind for kind in settings.marketing_kinds if kind not in COST_KINDS]
    if unknown:
        raise InvalidInput(
            "unknown_cost_kind",
            Text(zh=f"没有成本类别 {'、'.join(unknown)}", en=f"there is no cost kind {', '.join(unknown)}"),
            Text(zh=f"可用：{'、'.join(COST_KINDS)}", en=f"There are: {', '.join(COST_KINDS)}"),
        )


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidInput(
            "no_assignment",
            Text(zh=f"不是 名称=值：{text}", en=f"not NAME=VALUE: {text}"),
            Text(zh="例如：huasuan settings target_seconds=90", en="For example: huasuan settings target_seconds=90"),
        )
    return name.strip(), value.strip()
