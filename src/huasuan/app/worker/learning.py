"""The thread that learns the score of leads anew once a day, and the look into the warehouse scores need."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb
import structlog

from huasuan.app.worker.repeating import Repeating
from huasuan.app.worker.training_apart import train_apart
from huasuan.app.worker.warehouses import Warehouses
from huasuan.kernel.errors import HuasuanError
from huasuan.kernel.time import now
from huasuan.leads import (
    Behaviour,
    Look,
    PastLead,
    Scores,
    Training,
    behaviour,
    learn,
    learnt_of,
    past_leads,
    score_again,
)
from huasuan.people import workspaces
from huasuan.store import Store

_LOG = structlog.get_logger(__name__)
# The warehouse as it stands: giving a lead never waits for it to follow the store.
_ANY_AGE = 86_400.0
_LOOK_SECONDS, _FRESH = 3_600.0, timedelta(days=1)
# After the start other things come first.
_FIRST_SECONDS = 60.0


def look_into(warehouses: Warehouses, workspace: int) -> Look:
    """What people did before, from the warehouse as it stands; None, and a line in the log, where it cannot be read."""

    def look(asked: Sequence[tuple[int, datetime]]) -> Sequence[Behaviour] | None:
        try:
            with warehouses.reading(workspace, max_age_seconds=_ANY_AGE) as (reader, _):
                return behaviour(reader, asked)
        except (HuasuanError, duckdb.Error) as error:
            _LOG.warning("scoring without what people did before", workspace=workspace, why=type(error).__name__)
            return None

    return look


def train(store: Store, warehouses: Warehouses, workspace: int) -> Training:
    """Learn the score of a workspace anew and, if there is one, score its open leads by it."""

    def past(until: datetime, within: timedelta) -> Sequence[PastLead]:
        with warehouses.reading(workspace) as (reader, _):
            return past_leads(reader, until=until, within=within)

    made = learn(store, past, workspace=workspace, at=now(), train=train_apart)
    if made.number is None:
        return made
    judge = Scores().judge(workspace, look_into(warehouses, workspace))
    scored = score_again(store, workspace=workspace, judge=judge)
    return Training(
        leads=made.leads, won=made.won, number=made.number, kind=made.kind, held_back=made.held_back, scored=scored
    )


def train_json(made: Training) -> dict[str, Any]:
    """What came of learning, for the command line."""
    held = made.held_back
    return {
        "leads": made.leads,
        "won": made.won,
        "model": made.kind,
        "auc": None if held is None else held.auc,
        "calibration_error": None if held is None else held.calibration_error,
        "scored": made.scored,
    }


class Learner(Repeating):
    """Looks once an hour whether a workspace's score is older than a day."""

    def __init__(self, store: Store, warehouses: Warehouses, *, first_seconds: float = _FIRST_SECONDS) -> None:
        super().__init__("learner", seconds=_LOOK_SECONDS, first_seconds=first_seconds)
        self._store = store
        self._warehouses = warehouses
        self._tried: dict[int, datetime] = {}

    def look(self) -> int:
        """One look; how many workspaces were tried."""
        with self._store.read() as connection:
            numbers = [space.id for space in workspaces(connection)]
            due = [number for number in numbers if self._is_due(number, learnt_of(connection, workspace=number))]
        for number in due:
            if self._stop.is_set():
                break
            self._tried[number] = now()
            made = train(self._store, self._warehouses, number)
            if made.number is not None:
                _LOG.info("learnt the score of leads", workspace=number, leads=made.leads, won=made.won)
        return len(due)

    def _is_due(self, number: int, learnt: object) -> bool:
        at = max(
            (one for one in (self._tried.get(number), getattr(learnt, "at", None)) if one is not None), default=None
        )
        return at is None or now() - at >= _FRESH
