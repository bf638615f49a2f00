"""Looking at what tracks calls: the lease log, how many numbers a pool needs, whether a site is installed rightly."""

import csv
import io
from dataclasses import asdict
from datetime import datetime
from html import escape
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from huasuan.app.exporting import neutral
from huasuan.app.http.access import Exporter, SettingsReader
from huasuan.app.http.entrance import read, tell_exported
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.shape_words import BothLanguages
from huasuan.kernel.text import Text
from huasuan.kernel.time import zone
from huasuan.numbers import (
    Fault,
    LeasesWanted,
    Site,
    count_lent,
    display_forms,
    faults,
    heard_from,
    lent,
    pool_of,
    site_of,
    sizing,
)
from huasuan.people import settings_of

router = APIRouter(prefix="/tracking", tags=["tracking"])
Id = Annotated[int, Path(ge=1, le=2**62)]
_MOST = 500
_MOST_IN_FILE = 100_000


class HourBody(BaseModel):
    """An hour of the day over the last four weeks."""

    hour: int
    visits: int
    lost: int


class SizingBody(BaseModel):
    """A pool over the last four weeks; shares are 0..1 of visits."""

    numbers: int
    visits: int = Field(description="Visits that wanted a number")
    lost: int = Field(description="Visits that saw the overflow number instead")
    busiest: int = Field(description="Visits in the busiest hour")
    held_seconds: float
    predicted: float | None = Field(description="Share that so many numbers lose, by Erlang B hour by hour")
    target: float
    wanted: int | None = Field(description="Numbers that would lose at most the target")
    buy: int | None = Field(description="How many more that is")
    by_hour: list[HourBody]
    price: str | None = Field(description="What a number of the pool costs a month on average")
    buy_price: str | None = Field(description="What those to buy would cost a month")


class LentBody(BaseModel):
    """A number that one visit was shown; ``released_at`` is null while it is held."""

    id: int
    pool: int
    shown: str
    overflow: bool
    leased_at: AwareDatetime
    seen_at: AwareDatetime
    tapped_at: AwareDatetime | None
    released_at: AwareDatetime | None
    reason: str | None
    channel: str | None
    source: str | None
    keyword: str | None
    page: str | None


class LeaseLog(BaseModel):
    """The newest first; ask again with ``before`` = the last id."""

    leases: list[LentBody]


class FaultBody(BaseModel):
    """Something that keeps calls from being tracked, and the remedy."""

    code: str
    grave: Literal["error", "warning"]
    text: BothLanguages
    remedy: BothLanguages


class InstallBody(BaseModel):
    """What to put on the pages, what came from them within the last day, and what is wrong."""

    snippet: str
    callback: str | None = Field(description="The line that offers callbacks, where the site does")
    csp: str
    last_visit: AwareDatetime | None
    visits: int
    leases: int
    overflow: int
    numbers: int
    faults: list[FaultBody]


@router.get("/pools/{pool}/sizing", summary="How many numbers a pool needs")
async def get_sizing(
    runtime: RuntimeOf,
    caller: SettingsReader,
    pool: Id,
    target: Annotated[float, Query(ge=0.0001, le=0.5, description="Share of visits that may be lost")] = 0.02,
) -> SizingBody:
    """Measured traffic and loss by the hour, and what more numbers would lose and cost."""

    def step(connection: Connection) -> SizingBody:
        mine = pool_of(connection, workspace=caller.workspace, pool=pool)
        here = zone(settings_of(connection, caller.workspace).zone)
        found = sizing(connection, pool=mine, zone=here, target=target)
        buy = None if found.wanted is None else max(0, found.wanted - found.numbers)
        costs = None if buy is None or found.price is None else format(found.price * buy, "f")
        price = None if found.price is None else format(found.price, "f")
        return SizingBody.model_validate(asdict(found) | {"price": price, "buy": buy, "buy_price": costs})

    return await read(runtime, step)


class LeaseFilter(BaseModel):
    """Which leases."""

    model_config = ConfigDict(extra="forbid")

    pool: int | None = Field(default=None, ge=1, le=2**62)
    number: str = Field(default="", max_length=40, description="The number that was shown, or its last digits")
    since: AwareDatetime | None = Field(default=None, description="Lent from then on")
    until: AwareDatetime | None = Field(default=None, description="Lent before then")


class LeaseQuery(LeaseFilter):
    """Which leases, page by page."""

    before: int | None = Field(default=None, ge=1, le=2**62, description="The last id of the page before")
    limit: int = Field(default=100, ge=1, le=_MOST)


def _wanted(body: LeaseFilter, *, limit: int) -> LeasesWanted:
    before = body.before if isinstance(body, LeaseQuery) else None
    return LeasesWanted(
        pool=body.pool, number=body.number, since=body.since, until=body.until, before=before, limit=limit
    )


@router.get(
    "/leases.csv",
    summary="Who was shown which number, as a file",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "CSV, UTF-8 with a mark for spreadsheets."}},
)
async def get_leases_file(
    request: Request, runtime: RuntimeOf, caller: Exporter, wanted: Annotated[LeaseFilter, Query()]
) -> Response:
    """The newest, as many as an export may hold without approval; that they went out is written down."""

    def step(connection: Connection) -> tuple[str, int, int]:
        which = _wanted(wanted, limit=max(1, min(_MOST_IN_FILE, runtime.settings.export_rows)))
        found = lent(connection, workspace=caller.workspace, wanted=which)
        whole = count_lent(connection, workspace=caller.workspace, wanted=which)
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(LentBody.model_fields)
        for one in found:
            cells = [value.isoformat() if isinstance(value, datetime) else value for value in asdict(one).values()]
            # A number with its country begins like a formula.
            writer.writerow([neutral(cell) if isinstance(cell, str) else cell for cell in cells])
        return out.getvalue(), len(found), whole

    text, rows, whole = await read(runtime, step)
    await tell_exported(request, caller, what="leases", rows=rows, whole=whole)
    return Response(
        "\ufeff" + text,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="leases.csv"'},
    )


@router.get("/leases", summary="Who was shown which number")
async def get_leases(
    runtime: RuntimeOf,
    caller: SettingsReader,
    wanted: Annotated[LeaseQuery, Query()],
) -> LeaseLog:
    """The log of leases, narrowed by pool, number and time."""

    def step(connection: Connection) -> LeaseLog:
        found = lent(connection, workspace=caller.workspace, wanted=_wanted(wanted, limit=wanted.limit))
        shown = [display_forms(one.shown)[2] if one.shown else "" for one in found]
        return LeaseLog(
            leases=[LentBody(**asdict(one) | {"shown": said}) for one, said in zip(found, shown, strict=True)]
        )

    return await read(runtime, step)


@router.get("/sites/{site}/check", summary="Check the installation of a site")
async def get_check(request: Request, runtime: RuntimeOf, caller: SettingsReader, site: Id) -> InstallBody:
    """The snippet to paste, what the pages asked within the last day, and each fault with its remedy."""
    base = runtime.settings.public_url or str(request.base_url)
    base = base.rstrip("/")

    def step(connection: Connection) -> InstallBody:
        mine = site_of(connection, workspace=caller.workspace, site=site)
        heard = heard_from(connection, site=mine)
        wrong = faults(connection, site=mine, heard=heard)
        return InstallBody(
            snippet=snippet_of(mine, base),
            callback=callback_of(mine, base) if mine.settings.callback else None,
            csp=f"script-src {base}; connect-src {base}",
            **asdict(heard),
            faults=[_fault(one) for one in wrong],
        )

    return await read(runtime, step)


def snippet_of(site: Site, base: str) -> str:
    """The line that every page of a site carries."""
    said = [f'src="{escape(base)}/v1/track.js"', f'data-site="{escape(site.key)}"']
    if site.settings.storage != "session":
        said.append(f'data-storage="{site.settings.storage}"')
    if site.settings.consent:
        said.append('data-consent="required"')
    return f"<script async {' '.join(said)}></script>"


def callback_of(site: Site, base: str) -> str:
    """The line that every page carries that offers to call visitors back."""
    consent = ' data-consent="required"' if site.settings.consent else ""
    return f'<script async src="{escape(base)}/v1/callback.js" data-site="{escape(site.key)}"{consent}></script>'


def _fault(fault: Fault) -> FaultBody:
    return FaultBody(code=fault.code, grave=fault.grave, text=_both(fault.text), remedy=_both(fault.remedy))


def _both(text: Text) -> BothLanguages:
    return BothLanguages(zh=text.zh, en=text.en)
