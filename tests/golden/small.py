"""A business of a few facts, fed through the public intake and asked through the analysis."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from huasuan.app.analysis import Analysis
from huasuan.intake import deliver
from huasuan.metrics.question import Answer, Figure, Question, Row
from huasuan.people import Workspace, WorkspaceSettings, create_workspace
from huasuan.store import Store

ZONE = ZoneInfo("Asia/Shanghai")
Record = dict[str, Any]
SOURCE = "test"


def at(text: str) -> datetime:
    """A moment of Shanghai's wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """One workspace with its store and its warehouse in memory."""

    store: Store
    workspace: Workspace
    analysis: Analysis

    def give(self, kind: str, *records: Record, source: str = SOURCE) -> list[str]:
        """Deliver records of one kind; none may be refused."""
        outcomes = deliver(
            self.store, workspace=self.workspace.id, kind_name=kind, source=source, records=records
        ).outcomes
        assert [item for item in outcomes if item.status == "refused"] == []
        return [item.status for item in outcomes]

    def rows(self, *metrics: str, **more: Any) -> Sequence[Row]:
        """The rows of an answer."""
        return self.answer(*metrics, **more).rows

    def answer(self, *metrics: str, **more: Any) -> Answer:
        """The whole answer."""
        return self.analysis.ask(Question(metrics=metrics, **more))

    def figure(self, metric: str, **more: Any) -> Figure:
        """One metric of the whole business."""
        (row,) = self.rows(metric, **more)
        return row.values[metric]

    def value(self, metric: str, **more: Any) -> Any:
        """The value of one metric of the whole business."""
        return self.figure(metric, **more).value

    def cut(self, metric: str, dimension: str, **more: Any) -> dict[Any, Any]:
        """Values of one metric by one cut; "unknown" and "unallocated" stand for those rows."""
        return {
            row.by[dimension] if row.kind == "value" else row.kind: row.values[metric].value
            for row in self.rows(metric, by=(dimension,), **more)
        }

    def everything(self, metrics: Sequence[str], cuts: Sequence[tuple[str, ...]], **more: Any) -> list[Any]:
        """Many answers, to be compared as a whole."""
        return [plain(self.rows(*metrics, by=cut, **more)) for cut in cuts]


def plain(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """Rows as plain values that compare and print well."""
    return [
        (row.kind, tuple(row.by.items()), tuple((key, figure_of(value)) for key, value in row.values.items()))
        for row in rows
    ]


def figure_of(figure: Figure) -> tuple[Any, ...]:
    """A figure as a plain tuple."""
    return figure.value, figure.numerator, figure.denominator, figure.n, figure.reason and figure.reason.en


@contextmanager
def small_business(template: Path, folder: Path, settings: WorkspaceSettings | None = None) -> Iterator[Small]:
    """A new business in a copy of an empty store."""
    path = folder / f"{len(list(folder.iterdir()))}.sqlite"
    shutil.copy(template, path)
    store = Store.at(path)
    with store.write() as connection:
        workspace = create_workspace(connection, name="small", settings=settings or WorkspaceSettings())
    analysis = Analysis(None, store, workspace)
    try:
        yield Small(store=store, workspace=workspace, analysis=analysis)
    finally:
        analysis.close()
        store.close()


def ring(key: str, when: str, caller: str | None = "13900139001", *, talk: int = 0, **more: Any) -> Record:
    """An inbound call; answered where somebody talked."""
    record: Record = {
        "key": key,
        "direction": "in",
        "ringing_at": at(when),
        "called": "4008001234",
        "result": "answered" if talk else "missed",
        "talk_seconds": talk,
    }
    return record | ({"caller": caller} if caller else {}) | more


def dial(key: str, when: str, called: str | None = "13800138001", *, talk: int = 0, **more: Any) -> Record:
    """An outbound call; answered by a person where somebody talked."""
    start = at(when)
    record: Record = {
        "key": key,
        "direction": "out",
        "dialed_at": start,
        "result": "human" if talk else "no_answer",
        "ring_seconds": 10,
        "talk_seconds": talk,
    }
    return record | ({"called": called} if called else {}) | ({"answered_at": start} if talk else {}) | more


def won(deal: str, when: str, amount: str | None = None, **more: Any) -> Record:
    """A deal is won."""
    return deal_event(deal, "won", when, **({"amount": amount} if amount else {}), **more)


def deal_event(deal: str, kind: str, when: str, **more: Any) -> Record:
    """Something happens to a deal."""
    return {"key": f"{deal}/{kind}", "deal": deal, "kind": kind, "at": at(when), **more}


def cost(key: str, kind: str, day: str, amount: str | None = None, **more: Any) -> Record:
    """A line of the ledger."""
    record: Record = {"key": key, "cost_kind": kind, "service_from": day}
    return record | ({"amount": amount} if amount is not None else {}) | more


def shift(agent: str, day: str, hours: int = 8, **more: Any) -> Record:
    """A paid shift from nine o'clock on."""
    start = at(f"{day} 09:00")
    return {
        "key": f"{agent}/{day}",
        "agent": agent,
        "started_at": start,
        "ended_at": start.replace(hour=9 + hours),
        **more,
    }


def mapping_of(rows: Sequence[Row], dimension: str) -> Mapping[Any, Row]:
    """Rows by (kind, value)."""
    return {(row.kind, row.by[dimension]): row for row in rows}
