"""Callbacks: what the widget on other people's pages asks, and the list of requests for those who call (S2-13)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from huasuan.app import wiring
from huasuan.app.dialling import TelLink
from huasuan.app.http.access import AtTheDesk, Needs, address_of
from huasuan.app.http.entrance import Done, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.shapes_of_desk import Both
from huasuan.app.runtime import Runtime
from huasuan.consent import Answer, place_call
from huasuan.intake import phone_number
from huasuan.kernel.errors import HuasuanError, InvalidInput
from huasuan.kernel.masking import masked_phone
from huasuan.kernel.opening import seconds_of_hours
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, zone
from huasuan.numbers import (
    AHEAD,
    Arranged,
    Asker,
    Calendar,
    Callback,
    CallbackLimits,
    Outcome,
    Site,
    Wanted,
    arrange,
    begin_callback,
    callbacks,
    display_forms,
    end_callback,
    form_token,
    is_form,
    is_full,
    is_own_page,
    is_welcome,
    open_times,
    site_of_key,
)
from huasuan.people import Principal, Right, record, settings_of

router = APIRouter(tags=["tracking"])
_LONGEST_BODY = 2048
Asked = Annotated[int, Path(ge=1, le=2**62, description="Number of the request")]
Reader = Annotated[Principal, Depends(Needs(Right.DESK_WORK, Right.LEADS_READ))]


class CallbackWords(BaseModel):
    """What the widget sends: without a number it asks what to show, with one it asks for the call."""

    model_config = ConfigDict(extra="ignore")

    k: str = Field(max_length=64, description="Key of the site")
    s: str = Field(default="", max_length=64, description="The page's own number of the visit")
    n: str | None = Field(default=None, min_length=1, max_length=40, description="The number to call")
    a: int | None = Field(default=None, ge=0, le=10**11, description="When, in seconds since 1970; else at once")
    f: str = Field(default="", max_length=120, description="What the form came with")
    l: str = Field(default="zh", max_length=2, description="zh or en")  # noqa: E741  one letter each


class CallbackBody(BaseModel):
    """A request to be called back; its number is masked until it is called."""

    id: int
    site: str
    number: str
    state: str
    requested_at: AwareDatetime
    due_at: AwareDatetime
    in_hours: bool
    dialled_at: AwareDatetime | None
    joined_at: AwareDatetime | None
    attempts: int
    agent: str | None
    failed: str | None
    blocked: str | None
    language: str
    source: dict[str, str]


class CallbackList(BaseModel):
    """What is due on top, then what is over."""

    callbacks: list[CallbackBody]


class CallbackCalled(BaseModel):
    """Whether the call may be made: its address for the telephone program, else every reason."""

    allowed: bool
    call: str | None
    reasons: list[Both]
    next_at: AwareDatetime | None


class CallbackOutcome(BaseModel):
    """What came of the call: the person was reached, did not answer, staff could not, or it is not wanted any more."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page that asks, with what it says."""

    words: CallbackWords
    asker: Asker


@router.post(
    "/callback",
    summary="Ask for a call back",
    openapi_extra={"requestBody": {"content": {"text/plain": {"schema": CallbackWords.model_json_schema()}}}},
)
async def post_callback(request: Request, runtime: RuntimeOf) -> Response:
    """What the widget shows, or the request itself; who is not believed is told the number to call instead."""
    page = _Page(
        words=_words(await request.body()),
        asker=Asker(
            address=address_of(request),
            origin=request.headers.get("origin", ""),
            program=request.headers.get("user-agent", ""),
        ),
    )
    site = await run_in_threadpool(_site_of, runtime, page.words.k)
    if site is None:
        return _told({"off": True}, None, page)
    if not site.settings.callback:
        return _told({"off": True}, site, page)
    instead = {"c": display_forms(site.settings.overflow)}
    limits: CallbackLimits = request.app.state.callback_limits
    wants = page.words.n is not None
    if not is_welcome(site, page.asker) or not limits.may(page.asker.address, request=wants):
        return _told(instead, site, page)
    if not wants:
        return _told(instead | await run_in_threadpool(_form, runtime, site), site, page)
    if not is_form(site, page.words.f):
        return _told(instead, site, page)
    try:
        arranged = await _arranged(request, site, page.words)
    except HuasuanError as error:
        said = {"zh": error.text.zh, "en": error.text.en}
        return _told(instead | {"e": said}, site, page, status=error.status)
    if arranged is None:
        return _told(instead, site, page)
    return _told(instead | {"at": int(arranged.at.timestamp()), "o": arranged.in_hours}, site, page)


@router.get("/callbacks", summary="List requests to be called back")
async def get_callbacks(runtime: RuntimeOf, caller: Reader) -> CallbackList:
    """What is due, the longest waiting on top, then what is over."""

    def step(connection: Connection) -> CallbackList:
        found = callbacks(connection, workspace=caller.workspace, at=now())
        return CallbackList(callbacks=[_body(one) for one in found])

    return await read(runtime, step)


@router.post("/callbacks/{callback}/call", summary="Call somebody back")
async def post_callback_call(
    request: Request, runtime: RuntimeOf, caller: AtTheDesk, callback: Asked
) -> CallbackCalled:
    """Asks the gate first; what it forbids is not dialled, and every reason is told."""

    def ask(connection: Connection) -> Answer:
        return begin_callback(connection, workspace=caller.workspace, callback=callback, agent=caller.agent, at=now())

    answer: Answer = await write(request, ask)
    link = None
    if answer.permit is not None:
        await run_in_threadpool(place_call, runtime.store, TelLink(), answer.permit)
        link = f"tel:{quote(answer.permit.number, safe='+')}"
    reasons = [Both(zh=reason.text.zh, en=reason.text.en) for reason in answer.reasons]
    return CallbackCalled(allowed=answer.allowed, call=link, reasons=reasons, next_at=answer.next_at)


@router.post("/callbacks/{callback}/outcome", summary="Say what came of a call back")
async def post_callback_outcome(request: Request, caller: AtTheDesk, callback: Asked, body: CallbackOutcome) -> Done:
    """As whoever called says; a call reported by the exchange tells it by itself."""

    def step(connection: Connection) -> None:
        end_callback(connection, workspace=caller.workspace, callback=callback, outcome=body.outcome, at=now())
        record(
            connection,
            actor=caller.actor,
            action="callback.ended",
            workspace=caller.workspace,
            target=str(callback),
            detail={"outcome": body.outcome},
        )

    await write(request, step)
    return Done()


async def _arranged(request: Request, site: Site, words: CallbackWords) -> Arranged | None:
    """The request written down; None where the site took too many or the form was used."""
    number = phone_number(words.n or "")
    try:
        at = None if words.a is None else datetime.fromtimestamp(words.a, UTC)
    except (ValueError, OverflowError, OSError):
        raise _unreadable() from None
    wanted = Wanted(number=number, at=at, visit=words.s, form=words.f, language="en" if words.l == "en" else "zh")

    def step(connection: Connection) -> Arranged | None:
        moment = now()
        if is_full(connection, site=site, at=moment):
            return None
        return arrange(
            connection, site=site, wanted=wanted, calendar=_calendar(connection, site), at=moment, tell=wiring.NEWS.tell
        )

    found: Arranged | None = await write(request, step)
    return found


def _site_of(runtime: Runtime, key: str) -> Site | None:
    with runtime.store.read() as connection:
        return site_of_key(connection, key)


def _form(runtime: Runtime, site: Site) -> dict[str, Any]:
    """What the widget shows: whether it is open, when it will be, and the words about the use of the number."""
    moment = now()
    with runtime.store.read() as connection:
        if is_full(connection, site=site, at=moment):
            return {}
        calendar = _calendar(connection, site)
    times = [
        [int(begins.timestamp()), int(ends.timestamp())]
        for begins, ends in open_times(moment, calendar.hours, calendar.zone)
        if ends > moment and begins < moment + AHEAD
    ]
    is_open = not calendar.hours or any(begins <= moment.timestamp() < ends for begins, ends in times)
    about = {"x": site.settings.callback_notice, "p": site.settings.privacy}
    return {"f": form_token(site), "o": is_open, "w": times, **{name: text for name, text in about.items() if text}}


def _calendar(connection: Connection, site: Site) -> Calendar:
    """The site's own hours, else those of the business."""
    space = settings_of(connection, site.workspace)
    own = site.settings.callback_hours
    return Calendar(hours=seconds_of_hours(own) if own else space.open_seconds, zone=zone(space.zone))


def _told(said: dict[str, Any], site: Site | None, page: _Page, *, status: int = 200) -> Response:
    """Only pages of the site may read the answer."""
    headers = {"Cache-Control": "no-store", "Vary": "Origin", "Cross-Origin-Resource-Policy": "cross-origin"}
    if site is not None and is_own_page(page.asker.origin, site.settings.origins):
        headers["Access-Control-Allow-Origin"] = page.asker.origin
    return Response(orjson.dumps(said), status_code=status, media_type="application/json", headers=headers)


def _words(body: bytes) -> CallbackWords:
    try:
        if len(body) > _LONGEST_BODY or b"\0" in body or b"\\u0000" in body:
            raise ValueError
        return CallbackWords.model_validate(orjson.loads(body))
    except (ValueError, ValidationError):
        raise _unreadable() from None


def _unreadable() -> InvalidInput:
    return InvalidInput(
        "bad_words",
        Text(zh="无法读懂页面发来的内容", en="what the page sent cannot be read"),
        Text(zh="请使用最新的代码片段。", en="Use the present snippet."),
    )


def _body(one: Callback) -> CallbackBody:
    return CallbackBody(
        id=one.id,
        site=one.site,
        number=masked_phone(one.number),
        state=one.state,
        requested_at=one.requested_at,
        due_at=one.due_at,
        in_hours=one.in_hours,
        dialled_at=one.dialled_at,
        joined_at=one.joined_at,
        attempts=one.attempts,
        agent=one.agent,
        failed=one.failed,
        blocked=one.blocked,
        language=one.language,
        source=dict(one.source),
    )
