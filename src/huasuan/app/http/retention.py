"""What the next daily round deletes because it is past its time, without touching anything."""

from datetime import date
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.access import SettingsReader
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.worker.retaining import what_would_go
from huasuan.consent import most_recording_days
from huasuan.kernel.time import now
from huasuan.people import workspaces

router = APIRouter(tags=["consent"])


class Going(BaseModel):
    """One kind of thing; without ``before`` it is kept for ever."""

    kind: Literal["raw", "uploads", "recordings", "persons"]
    before: date | None
    count: int


class WouldGoBody(BaseModel):
    """What would go today. ``held``: numbers and keys of people under legal hold, of whom nothing goes.

    ``proofs``: persons who stay as a consent of theirs may have to be proven (R02). ``recordings_most_days``: for how
    long recordings may be kept by rule R09; null where it does not say.
    """

    going: list[Going]
    held: int
    proofs: int
    recordings_most_days: int | None


@router.get("/retention", summary="What would be deleted because it is past its time")
async def get_retention(runtime: RuntimeOf, caller: SettingsReader) -> WouldGoBody:
    """By the settings ``keep_raw_days``, ``keep_recording_days`` and ``keep_person_days``; nothing is touched."""

    def look() -> WouldGoBody:
        with runtime.store.read() as connection:
            space = next(one for one in workspaces(connection) if one.id == caller.workspace)
            found = what_would_go(connection, runtime.settings, space, now())
            most = most_recording_days(connection, workspace=space.id, day=found.until.at.date())
        until = found.until
        going = [
            Going(kind="raw", before=until.raw, count=found.raw),
            Going(kind="uploads", before=until.raw, count=found.uploads),
            Going(kind="recordings", before=until.recordings, count=found.recordings),
            Going(kind="persons", before=until.persons, count=found.persons),
        ]
        return WouldGoBody(going=going, held=found.held, proofs=found.proofs, recordings_most_days=most)

    return await run_in_threadpool(look)
