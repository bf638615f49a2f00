"""Sites, pools and numbers: listed, made, taken out of use (S0-19, S2-48)."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Connection

from huasuan.app.http.access import FactsWriter, SettingsReader
from huasuan.app.http.entrance import Done, PrintedText, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.shape_words import BothLanguages
from huasuan.intake import phone_number
from huasuan.kernel.errors import Conflict, HuasuanError, InvalidInput
from huasuan.kernel.opening import seconds_of_hours
from huasuan.kernel.time import now
from huasuan.numbers import (
    Number,
    NumberAbout,
    Pool,
    Site,
    SiteSettings,
    add_number,
    change_number,
    change_pool,
    change_site,
    check_kind,
    create_pool,
    create_site,
    display_forms,
    numbers,
    pools,
    remove_pool,
    remove_site,
    retire_number,
    sites,
)
from huasuan.people import record

router = APIRouter(prefix="/tracking", tags=["tracking"])
SiteNumber = Annotated[int, Path(ge=1, le=2**62)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")
]
OpenHours = Annotated[str, Field(pattern=r"^[1-7](-[1-7])? \d{1,2}:[0-5]\d-\d{1,2}:[0-5]\d$")]
_MOST_AT_ONCE = 500
_LONGEST_SECONDS = 2**31


class SiteSettingsBody(BaseModel):
    """What is decided for the pages of a site; see the installation check for what to put on them."""

    model_config = ConfigDict(extra="forbid")

    origins: list[PrintedText] = Field(min_length=1, max_length=50, description="https://www.example.com")
    consent: bool = Field(default=False, description="Nothing is asked or kept before the page says it may.")
    storage: Literal["session", "local", "none"] = "session"
    new_visits: int = Field(default=30, ge=1, le=10_000, description="Visits one address may begin in ten minutes")
    overflow: PrintedText = Field(default="", description="Number shown when a pool is full")
    callback: bool = Field(default=False, description="Pages may offer to call visitors back")
    callback_hours: list[OpenHours] = Field(default=[], max_length=14, description="When; else as the business is open")
    callback_most: int = Field(default=60, ge=1, le=10_000, description="Requests the site takes within an hour")
    callback_notice: PrintedText = Field(default="", max_length=300, description="What the form says beside our words")
    privacy: PrintedText = Field(default="", max_length=400, description="Address of the page about personal data")


class SiteBody(BaseModel):
    """A site; ``key`` is public and stands in the snippet. ``sample``: of the sample business."""

    id: int
    name: str
    key: str
    settings: SiteSettingsBody
    created_at: AwareDatetime
    sample: bool


class PoolBody(BaseModel):
    """Numbers lent in place of the one the pages name."""

    id: int
    site: int
    name: str
    replaces: str
    hold_seconds: int
    quiet_seconds: int
    numbers: int


class NumberBody(BaseModel):
    """A number of ours and what it tracks."""

    id: int
    number: str
    written: str
    extension: str
    kind: str
    pool: int | None
    label: str | None
    channel: str | None
    source: str | None
    medium: str | None
    campaign: str | None
    keyword: str | None
    creative: str | None
    area: str | None
    price: str | None
    hours: list[str]
    joins: str | None
    valid_from: AwareDatetime
    valid_until: AwareDatetime | None


class Tracking(BaseModel):
    """Everything that tracks calls here; the newest of the business's own sites stand first, and their pools."""

    sites: list[SiteBody]
    pools: list[PoolBody]
    numbers: list[NumberBody]


class NewSite(BaseModel):
    """A site to be made, or as it is to be."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    settings: SiteSettingsBody


class NewPool(BaseModel):
    """A pool to be made."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    replaces: str = Field(min_length=1, max_length=40, description="The number as the pages write it")
    hold_seconds: int = Field(
        default=150,
        ge=0,
        le=_LONGEST_SECONDS,
        description="How long a number stays a visitor's after the page was open",
    )
    quiet_seconds: int = Field(
        default=600, ge=0, le=_LONGEST_SECONDS, description="How long a number that was called is lent to nobody else"
    )


class AboutNumber(BaseModel):
    """What a number tracks, what it costs, when it answers."""

    model_config = ConfigDict(extra="forbid")

    label: PrintedText | None = Field(default=None, max_length=100, description="What people here call it")
    channel: PrintedText | None = None
    source: PrintedText | None = None
    medium: PrintedText | None = None
    campaign: PrintedText | None = None
    keyword: PrintedText | None = None
    creative: PrintedText | None = None
    area: PrintedText | None = None
    price: str | None = Field(default=None, pattern=r"^\d{1,9}(\.\d{1,2})?$", description="A month")
    hours: list[OpenHours] = []
    joins: str | None = Field(default=None, max_length=40, description="The number a privacy number leads to")


class NewNumbers(AboutNumber):
    """Numbers alike in all but their digits."""

    numbers: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(min_length=1, max_length=_MOST_AT_ONCE)
    kind: Literal["static", "pool", "overflow", "extension", "axb", "own"]
    extension: str = Field(default="", max_length=8, pattern=r"^\d*$")
    pool: int | None = Field(default=None, ge=1, le=2**62)
    valid_from: AwareDatetime | None = None


class ChangedNumber(AboutNumber):
    """A number as it is to be: what is left out is taken away."""

    valid_until: AwareDatetime | None = Field(default=None, description="Until when it is ours; a past moment ends it")


class MadeThing(BaseModel):
    """What was made."""

    id: int


class RefusedNumber(BaseModel):
    """One of the numbers that were sent, the first being 1, and why it was not added."""

    line: int
    number: str
    code: str
    text: BothLanguages
    remedy: BothLanguages | None


class MadeNumbers(BaseModel):
    """The numbers that were made, in the order they were sent, and those that cannot be."""

    ids: list[int]
    refused: list[RefusedNumber]


@router.get("", summary="List sites, pools and numbers")
async def get_tracking(runtime: RuntimeOf, caller: SettingsReader) -> Tracking:
    """What tracks calls, and where."""

    def step(connection: Connection) -> Tracking:
        mine = numbers(connection, workspace=caller.workspace)
        found = sorted(sites(connection, workspace=caller.workspace), key=lambda one: (one.sample, -one.id))
        place = {site.id: place for place, site in enumerate(found)}
        lent = sorted(pools(connection, workspace=caller.workspace), key=lambda one: (place[one.site], -one.id))
        return Tracking(
            sites=[_site(one) for one in found],
            pools=[_pool(one, mine) for one in lent],
            numbers=[_number(one) for one in mine],
        )

    return await read(runtime, step)


@router.post("/sites", summary="Make a site")
async def post_site(request: Request, caller: FactsWriter, body: NewSite) -> MadeThing:
    """A site with a key for its snippet."""

    def step(connection: Any) -> MadeThing:  # noqa: ANN401  connection of the store
        made = create_site(connection, workspace=caller.workspace, name=body.name, settings=_settings(body.settings))
        _note(connection, caller, "site.made", body.name)
        return MadeThing(id=made.id)

    made: MadeThing = await write(request, step)
    return made


@router.patch("/sites/{site}", summary="Change a site")
async def patch_site(request: Request, caller: FactsWriter, site: SiteNumber, body: NewSite) -> Done:
    """Its name and all of its settings are replaced; services follow within seconds."""

    def step(connection: Any) -> None:  # noqa: ANN401
        settings = _settings(body.settings)
        change_site(connection, workspace=caller.workspace, site=site, name=body.name, settings=settings)
        _note(connection, caller, "site.changed", str(site))

    await write(request, step)
    return Done()


@router.post("/sites/{site}/pools", summary="Make a pool")
async def post_pool(request: Request, caller: FactsWriter, site: SiteNumber, body: NewPool) -> MadeThing:
    """Empty at first; numbers are added to it."""

    def step(connection: Any) -> MadeThing:  # noqa: ANN401
        made = create_pool(
            connection,
            workspace=caller.workspace,
            site=site,
            name=body.name,
            replaces=body.replaces,
            hold_seconds=body.hold_seconds,
            quiet_seconds=body.quiet_seconds,
        )
        _note(connection, caller, "pool.made", body.name)
        return MadeThing(id=made.id)

    made: MadeThing = await write(request, step)
    return made


@router.delete("/sites/{site}", summary="Take a site out of use")
async def delete_site(request: Request, caller: FactsWriter, site: SiteNumber) -> Done:
    """Its pools and their numbers go with it, and its pages show the number they name; what was measured stays."""
    out = partial(remove_site, workspace=caller.workspace, site=site)
    return await _take_out(request, caller, "site.removed", str(site), out)


@router.patch("/pools/{pool}", summary="Change a pool")
async def patch_pool(request: Request, caller: FactsWriter, pool: SiteNumber, body: NewPool) -> Done:
    """All of what is decided for it is replaced; services follow within seconds."""

    def step(connection: Any) -> None:  # noqa: ANN401
        change_pool(
            connection,
            workspace=caller.workspace,
            pool=pool,
            name=body.name,
            replaces=body.replaces,
            hold_seconds=body.hold_seconds,
            quiet_seconds=body.quiet_seconds,
        )
        _note(connection, caller, "pool.changed", str(pool))

    await write(request, step)
    return Done()


@router.delete("/pools/{pool}", summary="Take a pool out of use")
async def delete_pool(request: Request, caller: FactsWriter, pool: SiteNumber) -> Done:
    """Its numbers go with it and cost nothing from the next month on; calls to them before stay what they were."""
    out = partial(remove_pool, workspace=caller.workspace, pool=pool)
    return await _take_out(request, caller, "pool.removed", str(pool), out)


@router.post("/numbers", summary="Add numbers")
async def post_numbers(request: Request, caller: FactsWriter, body: NewNumbers) -> MadeNumbers:
    """The good ones are added; each of the others is told with its line and its reason."""
    check_kind(kind=body.kind, extension=body.extension, pool=body.pool)
    about = _about(body)

    def step(connection: Any) -> MadeNumbers:  # noqa: ANN401
        made, refused = [], []
        for line, said in enumerate(body.numbers, start=1):
            try:
                added = add_number(
                    connection,
                    workspace=caller.workspace,
                    number=phone_number(said),
                    kind=body.kind,
                    extension=body.extension,
                    pool=body.pool,
                    about=about,
                    valid_from=body.valid_from,
                )
            except (InvalidInput, Conflict) as error:
                refused.append(_refused(line, said, error))
            else:
                made.append(added.id)
        if made:
            _note(connection, caller, "numbers.added", f"{len(made)}")
        return MadeNumbers(ids=made, refused=refused)

    found: MadeNumbers = await write(request, step)
    return found


@router.patch("/numbers/{number}", summary="Change a number")
async def patch_number(request: Request, caller: FactsWriter, number: SiteNumber, body: ChangedNumber) -> Done:
    """Its rent goes on, at the new price from the next month; what it tracks is changed for calls before as well."""
    about = _about(body)

    def step(connection: Any) -> None:  # noqa: ANN401
        change_number(connection, workspace=caller.workspace, number=number, about=about, valid_until=body.valid_until)
        _note(connection, caller, "number.changed", str(number))

    await write(request, step)
    return Done()


@router.delete("/numbers/{number}", summary="Take a number out of use")
async def delete_number(request: Request, caller: FactsWriter, number: SiteNumber) -> Done:
    """It is shown to nobody from now on; calls to it before stay what they were."""
    out = partial(retire_number, workspace=caller.workspace, number=number)
    return await _take_out(request, caller, "number.retired", str(number), out)


def _refused(line: int, said: str, error: HuasuanError) -> RefusedNumber:
    remedy = None if error.remedy is None else BothLanguages(**asdict(error.remedy))
    return RefusedNumber(
        line=line, number=said, code=error.code, text=BothLanguages(**asdict(error.text)), remedy=remedy
    )


def _about(body: AboutNumber) -> NumberAbout:
    seconds_of_hours(body.hours)
    return NumberAbout(
        label=body.label,
        channel=body.channel,
        source=body.source,
        medium=body.medium,
        campaign=body.campaign,
        keyword=body.keyword,
        creative=body.creative,
        area=body.area,
        price=body.price,
        hours=tuple(body.hours),
        joins=None if body.joins is None else phone_number(body.joins),
    )


async def _take_out(
    request: Request, caller: FactsWriter, action: str, target: str, out: Callable[[Connection], object]
) -> Done:
    def step(connection: Any) -> None:  # noqa: ANN401
        out(connection)
        _note(connection, caller, action, target)

    await write(request, step)
    return Done()


def _note(connection: Any, caller: FactsWriter, action: str, target: str) -> None:  # noqa: ANN401
    record(connection, actor=caller.actor, action=action, workspace=caller.workspace, target=target)


def _settings(body: SiteSettingsBody) -> SiteSettings:
    seconds_of_hours(body.callback_hours)
    return SiteSettings(
        origins=tuple(body.origins),
        consent=body.consent,
        storage=body.storage,
        new_visits=body.new_visits,
        overflow=phone_number(body.overflow) if body.overflow.strip() else "",
        callback=body.callback,
        callback_hours=tuple(body.callback_hours),
        callback_most=body.callback_most,
        callback_notice=body.callback_notice.strip(),
        privacy=body.privacy.strip(),
    )


def _site(site: Site) -> SiteBody:
    settings = SiteSettingsBody(
        origins=list(site.settings.origins),
        consent=site.settings.consent,
        storage=site.settings.storage,  # type: ignore[arg-type]
        new_visits=site.settings.new_visits,
        overflow=site.settings.overflow,
        callback=site.settings.callback,
        callback_hours=list(site.settings.callback_hours),
        callback_most=site.settings.callback_most,
        callback_notice=site.settings.callback_notice,
        privacy=site.settings.privacy,
    )
    return SiteBody(
        id=site.id, name=site.name, key=site.key, settings=settings, created_at=site.created_at, sample=site.sample
    )


def _pool(pool: Pool, mine: list[Number]) -> PoolBody:
    return PoolBody(
        id=pool.id,
        site=pool.site,
        name=pool.name,
        replaces=pool.replaces,
        hold_seconds=pool.hold_seconds,
        quiet_seconds=pool.quiet_seconds,
        numbers=sum(1 for one in mine if one.pool == pool.id and one.is_ours(now())),
    )


def _number(number: Number) -> NumberBody:
    about = number.about
    return NumberBody(
        id=number.id,
        number=number.number,
        written=display_forms(number.number)[2],
        extension=number.extension,
        kind=number.kind,
        pool=number.pool,
        label=about.label,
        channel=about.channel,
        source=about.source,
        medium=about.medium,
        campaign=about.campaign,
        keyword=about.keyword,
        creative=about.creative,
        area=about.area,
        price=about.price,
        hours=list(about.hours),
        joins=about.joins,
        valid_from=number.valid_from,
        valid_until=number.valid_until,
    )
