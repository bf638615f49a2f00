"""Keeping reports of one's own: saved, read again, changed, taken away."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from huasuan.kernel.errors import Conflict, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.reports.definitions import ReportDefinition, Section, checked
from huasuan.reports.standard import STANDARD
from huasuan.reports.tables import SAVED_REPORT

_MOST = 200
_OWN = "own-"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedReport:
    """A report somebody saved; its key is ``own-`` and its number."""

    id: int
    definition: ReportDefinition
    actor: str
    changed_at: datetime


def saved_reports(connection: Connection, *, workspace: int) -> list[SavedReport]:
    """The saved reports of a workspace, oldest first."""
    rows = connection.execute(
        select(SAVED_REPORT).where(SAVED_REPORT.c.workspace == workspace).order_by(SAVED_REPORT.c.id)
    )
    return [_read(row) for row in rows]


def report_named(connection: Connection, *, workspace: int, key: str) -> ReportDefinition:
    """One of the six, or a saved one.

    Raises
    ------
    NotFound
        ``no_report``
    """
    if key in STANDARD:
        return STANDARD[key]
    row = connection.execute(_one(workspace, key)).one_or_none()
    if row is None:
        raise _no_report(key)
    return _read(row).definition


def save_report(connection: Connection, *, workspace: int, definition: ReportDefinition, actor: str) -> str:
    """Keep a report under a key of its own, which is returned.

    Raises
    ------
    InvalidInput, UnknownName
        what ``checked`` raises
    Conflict
        ``too_many_reports``
    """
    kept = connection.execute(select(func.count()).where(SAVED_REPORT.c.workspace == workspace)).scalar_one()
    if kept >= _MOST:
        raise Conflict(
            "too_many_reports",
            Text(zh=f"已保存 {_MOST} 个报表", en=f"{_MOST} reports are saved already"),
            Text(zh="请先删除不用的报表。", en="Delete the ones nobody uses first."),
        )
    text = _text(checked(definition))
    result = connection.execute(
        insert(SAVED_REPORT).values(workspace=workspace, definition=text, actor=actor, changed_at=to_micros(now()))
    )
    key = result.inserted_primary_key
    assert key is not None  # noqa: S101  both databases return it
    return f"{_OWN}{key[0]}"


def change_report(
    connection: Connection, *, workspace: int, key: str, definition: ReportDefinition, actor: str
) -> None:
    """Replace a saved report; the six stay as they are.

    Raises
    ------
    NotFound
        ``no_report``
    """
    changed = connection.execute(
        update(SAVED_REPORT)
        .where(SAVED_REPORT.c.workspace == workspace, SAVED_REPORT.c.id == _number(key))
        .values(definition=_text(checked(definition)), actor=actor, changed_at=to_micros(now()))
    )
    if not changed.rowcount:
        raise _no_report(key)


def remove_report(connection: Connection, *, workspace: int, key: str) -> None:
    """Take a saved report away.

    Raises
    ------
    NotFound
        ``no_report``
    """
    gone = connection.execute(
        delete(SAVED_REPORT).where(SAVED_REPORT.c.workspace == workspace, SAVED_REPORT.c.id == _number(key))
    )
    if not gone.rowcount:
        raise _no_report(key)


def _one(workspace: int, key: str) -> Any:  # noqa: ANN401  a statement
    return select(SAVED_REPORT).where(SAVED_REPORT.c.workspace == workspace, SAVED_REPORT.c.id == _number(key))


def _number(key: str) -> int:
    number = key.removeprefix(_OWN)
    if not key.startswith(_OWN) or not (number.isascii() and number.isdigit()) or len(number) > 18:
        raise _no_report(key)
    return int(number)


def _no_report(key: str) -> NotFound:
    return NotFound(
        "no_report",
        Text(zh=f"没有可以这样使用的报表 {key[:40]}", en=f"there is no such report of one's own: {key[:40]}"),
        Text(zh=f"固定报表：{'、'.join(STANDARD)}", en=f"The standard ones: {', '.join(STANDARD)}"),
    )


def _text(definition: ReportDefinition) -> str:
    return orjson.dumps(asdict(definition)).decode()


def _read(row: Row[Any]) -> SavedReport:
    said = orjson.loads(row.definition)
    sections = tuple(
        Section(
            key=one["key"],
            title=Text(**one["title"]),
            layout=one["layout"],
            metrics=tuple(one["metrics"]),
            by=tuple(one["by"]),
            where=tuple((name, tuple(values)) for name, values in one["where"]),
        )
        for one in said["sections"]
    )
    definition = ReportDefinition(
        key=f"{_OWN}{row.id}",
        title=Text(**said["title"]),
        meaning=Text(**said["meaning"]),
        kind=said["kind"],
        sections=sections,
    )
    return SavedReport(id=row.id, definition=definition, actor=row.actor, changed_at=from_micros(row.changed_at))
