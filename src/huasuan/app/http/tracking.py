"""What the pages of a site ask: which number to show. Open to all; who is not believed sees the overflow number.

The snippet sends plain text without cookies, so that a browser need not ask beforehand whether it may.
"""

import asyncio
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from huasuan.app.http.access import address_of
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.numbers import BEAT_SECONDS, Asker, Asking, Desk, Shown, display_forms

router = APIRouter(tags=["tracking"])
_LONGEST_BODY = 8192
_LONGEST = 2048


class PageWords(BaseModel):
    """What the snippet sends, in short names because every page does so several times a minute."""

    model_config = ConfigDict(extra="ignore")

    k: str = Field(max_length=64, description="Key of the site")
    s: str = Field(max_length=64, description="The page's own number of the visit")
    v: str = Field(max_length=64, description="The page's own number of the visitor")
    t: str | None = Field(default=None, max_length=64, description="What the last answer said")
    u: str = Field(default="", max_length=_LONGEST, description="Address of the page the visit began with")
    r: str = Field(default="", max_length=_LONGEST, description="Who referred it")
    d: str = Field(default="", max_length=16, description="desktop or mobile")
    p: str | None = Field(default=None, max_length=40, description="The visitor's province, where the site knows it")
    c: bool = Field(default=False, description="The number was just pressed")
    g: str = Field(
        default="",
        max_length=120,
        pattern=r"^[0-9.]*(\|[0-9.]*){0,2}$",
        description="Browser and session at GA4, browser at Metrica",
    )


@router.post(
    "/track",
    summary="Ask which number to show",
    openapi_extra={"requestBody": {"content": {"text/plain": {"schema": PageWords.model_json_schema()}}}},
)
async def post_track(request: Request) -> Response:
    """Gives a visitor a tracking number for as long as the page is open, and a while longer."""
    body = await request.body()
    words = _words(body)
    desk: Desk = request.app.state.desk
    origin = request.headers.get("origin", "")
    asking = Asking(
        site_key=words.k,
        visit=words.s,
        visitor=words.v,
        renewal=words.t,
        page=words.u,
        referrer=words.r,
        device=words.d,
        region=words.p or "",
        tapped=words.c,
        analytics=words.g,
    )
    asker = Asker(address=address_of(request), origin=origin, program=request.headers.get("user-agent", ""))
    shown = await asyncio.wrap_future(desk.ask(asking, asker))
    return Response(orjson.dumps(_told(shown)), media_type="application/json", headers=_headers(shown, origin))


def _told(shown: Shown) -> dict[str, Any]:
    return {
        "n": {named: display_forms(number) for named, number in shown.swaps.items()},
        "t": shown.renewal,
        "h": shown.hold_seconds,
        "b": BEAT_SECONDS,
    }


def _headers(shown: Shown, origin: str) -> dict[str, str]:
    """Only pages of the site may read the answer."""
    always = {"Cache-Control": "no-store", "Vary": "Origin", "Cross-Origin-Resource-Policy": "cross-origin"}
    return always | ({"Access-Control-Allow-Origin": origin} if shown.allowed and origin else {})


def _words(body: bytes) -> PageWords:
    try:
        if len(body) > _LONGEST_BODY or b"\0" in body or b"\\u0000" in body:
            raise ValueError
        return PageWords.model_validate(orjson.loads(body))
    except (ValueError, ValidationError):
        raise InvalidInput(
            "bad_words",
            Text(zh="无法读懂页面发来的内容", en="what the page sent cannot be read"),
            Text(zh="请使用最新的代码片段。", en="Use the present snippet."),
        ) from None
