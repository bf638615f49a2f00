"""Forms on other people's pages: their definition and what is sent by them, open to all; and keeping them.

The script sends plain text without cookies, so that a browser need not ask beforehand; a plain HTML form works without
any script. Only pages of the form's site are believed.
"""

from dataclasses import asdict, dataclass
from html import escape
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit

import anyio
import orjson
import structlog
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from huasuan import leads
from huasuan.app.http.access import LeadsReader, LeadsWriter, address_of
from huasuan.app.http.entrance import PrintedText, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.problems import language_of, problem
from huasuan.app.lead_form import FormLimits, Sent, take_form
from huasuan.kernel.errors import HuasuanError, InvalidInput, NotAllowed
from huasuan.kernel.text import Text
from huasuan.kernel.time import now
from huasuan.numbers import is_own_page, site_of
from huasuan.people import record

router = APIRouter(tags=["leads"])
_LOG = structlog.get_logger(__name__)
_LONGEST_BODY = 16_384
# People do not see it, and programs that fill in everything give themselves away by it.
_TRAP = "website"
_ASKED = {
    "phone": Text(zh="电话", en="Telephone"),
    "name": Text(zh="称呼", en="Name"),
    "email": Text(zh="邮箱", en="E-mail"),
    "company": Text(zh="公司", en="Company"),
    "industry": Text(zh="行业", en="Industry"),
    "region": Text(zh="所在地区", en="Region"),
    "interest": Text(zh="需求", en="What it is about"),
}
_SEND = Text(zh="提交", en="Send")
_THANKS = Text(zh="已收到，我们会尽快联系您。", en="Thank you. We will be in touch soon.")
_FAILED = Text(zh="无法提交，请稍后再试或直接致电。", en="It could not be sent. Try again later, or call us.")
FormKey = Annotated[str, Path(min_length=1, max_length=64)]
Language = Annotated[Literal["zh", "en"], Query(description="Language of the page")]


class FormField(BaseModel):
    """One field, with its label."""

    name: str
    label: str
    required: bool


class FormShown(BaseModel):
    """What the script puts on the page; ``language``: the one asked for, or the only one the form speaks."""

    language: Literal["zh", "en"]
    title: str
    fields: list[FormField]
    consent: str
    version: int
    send: str
    thanks: str
    failed: str
    trap: str


class FormWords(BaseModel):
    """What the script sends, or the fields of a plain form."""

    model_config = ConfigDict(extra="ignore")

    fields: dict[str, Annotated[str, Field(max_length=4000)]] = Field(default_factory=dict, max_length=20)
    agreed: bool = False
    language: Literal["zh", "en"] = "zh"
    page: str = Field(default="", max_length=4000)
    referrer: str = Field(default="", max_length=4000)
    visitor: str = Field(default="", max_length=64, pattern=r"^[0-9a-zA-Z_-]*$")
    once: str = Field(default="", max_length=64, pattern=r"^[0-9a-zA-Z_-]*$")


class FormBody(BaseModel):
    """A form on pages of a site; without ``key`` a new one, else its next version."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(default="", max_length=64)
    name: PrintedText
    site: int = Field(ge=1, le=2**62)
    fields: list[Literal["name", "email", "company", "industry", "region", "interest"]] = Field(
        default=["name", "interest"], max_length=6
    )
    consent_zh: str = Field(default="", max_length=2000, description="Words of consent; empty: not in this language")
    consent_en: str = Field(default="", max_length=2000)
    purposes: list[PrintedText] = Field(default=["marketing"], min_length=1, max_length=5)
    title_zh: PrintedText = ""
    title_en: PrintedText = ""
    thanks_url: str = Field(default="", max_length=500)
    campaign: PrintedText = ""
    hourly: int = Field(default=200, ge=1, le=100_000)
    active: bool = True


class FormRow(FormBody):
    """A form in use, with what to put on a page: the script's two lines, or a plain form."""

    version: int
    script: str
    plain: str


class FormRows(BaseModel):
    """The newest version of every form."""

    forms: list[FormRow]


class FormKept(BaseModel):
    """Its public key and the version that is in use from now on."""

    key: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    kept: leads.KeptForm
    origins: tuple[str, ...]
    origin: str

    @property
    def believed(self) -> bool:
        return is_own_page(self.origin, self.origins)

    @property
    def headers(self) -> dict[str, str]:
        """Only pages of the site may read the answer."""
        always = {"Cache-Control": "no-store", "Vary": "Origin", "Cross-Origin-Resource-Policy": "cross-origin"}
        return always | ({"Access-Control-Allow-Origin": self.origin} if self.believed else {})


@router.get("/form/{key}", summary="What a form on a page asks")
async def get_form(request: Request, runtime: RuntimeOf, key: FormKey, lang: Language = "zh") -> FormShown:
    """Its fields and the words of consent in the language of the page."""
    asked = await run_in_threadpool(_asked, runtime, request, key)
    form = asked.kept.form
    lang = form.language_for(lang)
    shown = FormShown(
        language=lang,
        title=form.title_en if lang == "en" else form.title_zh,
        fields=[
            FormField(name=name, label=_ASKED[name].in_language(lang), required=name == "phone")
            for name in ("phone", *form.fields)
        ],
        consent=form.words_in(lang),
        version=form.version,
        send=_SEND.in_language(lang),
        thanks=_THANKS.in_language(lang),
        failed=_FAILED.in_language(lang),
        trap=_TRAP,
    )
    return Response(orjson.dumps(shown.model_dump()), media_type="application/json", headers=asked.headers)  # type: ignore[return-value]


@router.post(
    "/form/{key}",
    summary="Send a form",
    openapi_extra={
        "requestBody": {
            "content": {
                "text/plain": {"schema": FormWords.model_json_schema()},
                "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
            }
        }
    },
)
async def post_form(request: Request, runtime: RuntimeOf, key: FormKey) -> Response:
    """The script is answered in JSON; a plain form by a page, or led to the page of the form's owner."""
    body = await request.body()
    plain = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    asked = await run_in_threadpool(_asked, runtime, request, key)
    language = language_of(request.headers.get("accept-language"))
    try:
        if not asked.believed:
            raise _strange_page()
        words = _plain_words(body, request) if plain else _words(body)
        language = words.language
        limits: FormLimits = request.app.state.form_limits
        limits.admit(asked.kept, address_of(request))
        await anyio.to_thread.run_sync(_take, runtime, asked.kept, words, request, limiter=request.app.state.writers)
    except HuasuanError as error:
        return _page(error.text, error.remedy, error.status) if plain else _refused(error, language, asked)
    if not plain:
        return Response(b'{"done":true}', media_type="application/json", headers=asked.headers)
    if asked.kept.form.thanks_url:
        return RedirectResponse(asked.kept.form.thanks_url, status_code=303)
    return _page(_THANKS, None, 200)


@router.get("/leads/forms", summary="List forms on pages")
async def get_forms(request: Request, runtime: RuntimeOf, caller: LeadsReader) -> FormRows:
    """With what to put on a page."""
    base = (runtime.settings.public_url or str(request.base_url)).rstrip("/")

    def step(connection: Connection) -> FormRows:
        found = leads.forms_of(connection, workspace=caller.workspace)
        return FormRows(forms=[_row(one.form, base) for one in found])

    return await read(runtime, step)


@router.put("/leads/forms", summary="Keep a form on pages")
async def put_form(request: Request, caller: LeadsWriter, body: FormBody) -> FormKept:
    """Every change is a new version; consents name the version whose words were agreed to."""

    def step(connection: Any) -> leads.LeadForm:  # noqa: ANN401  connection of the store
        site = site_of(connection, workspace=caller.workspace, site=body.site)
        _check_thanks(body.thanks_url, site.settings.origins)
        said = body.model_dump() | {"fields": tuple(body.fields), "purposes": tuple(body.purposes)}
        kept = leads.keep_form(connection, workspace=caller.workspace, form=leads.LeadForm(**said), at=now())
        record(
            connection, actor=caller.actor, action="lead_form.kept", workspace=caller.workspace, target=kept.key,
            detail={"version": kept.version},
        )  # fmt: skip
        return kept

    kept: leads.LeadForm = await write(request, step)
    return FormKept(key=kept.key, version=kept.version)


def _asked(runtime: Any, request: Request, key: str) -> _Asked:  # noqa: ANN401
    with runtime.store.read() as connection:
        kept = leads.form_of(connection, key=key)
        site = site_of(connection, workspace=kept.workspace, site=kept.form.site)
    return _Asked(kept=kept, origins=site.settings.origins, origin=request.headers.get("origin", ""))


def _take(runtime: Any, kept: leads.KeptForm, words: FormWords, request: Request) -> None:  # noqa: ANN401
    if words.fields.get(_TRAP, "").strip():
        # Answered like any other, or whoever sent it would learn what to leave out.
        _LOG.info("a form was filled in by a program", form=kept.form.key)
        return
    sent = Sent(
        fields=words.fields,
        agreed=words.agreed,
        language=kept.form.language_for(words.language),
        page=words.page,
        referrer=words.referrer,
        visitor=words.visitor,
        once=words.once,
        address=address_of(request),
    )
    take_form(runtime.store, kept=kept, sent=sent)


def _words(body: bytes) -> FormWords:
    try:
        if len(body) > _LONGEST_BODY or b"\0" in body or b"\\u0000" in body:
            raise ValueError
        return FormWords.model_validate(orjson.loads(body))
    except ValueError:
        raise _unreadable() from None


def _plain_words(body: bytes, request: Request) -> FormWords:
    """The fields of a plain form: its inputs by name, ``agreed`` for the tick, ``lang`` for the language."""
    try:
        if len(body) > _LONGEST_BODY:
            raise ValueError
        said = dict(parse_qsl(body.decode(), max_num_fields=40))
        if any("\0" in value for value in said.values()):
            raise ValueError
        page = request.headers.get("referer", "") or request.headers.get("origin", "")
        return FormWords(
            fields=said,
            agreed=bool(said.pop("agreed", "")),
            language="en" if said.pop("lang", "zh") == "en" else "zh",
            page=page[:4000],
        )
    except ValueError:
        raise _unreadable() from None


def _row(form: leads.LeadForm, base: str) -> FormRow:
    said = asdict(form) | {"fields": list(form.fields), "purposes": list(form.purposes)}
    script = (
        f'<div data-huasuan-form="{escape(form.key)}"></div>\n<script async src="{escape(base)}/v1/form.js"></script>'
    )
    return FormRow(**said, script=script, plain=_plain_form(form, base))


def _plain_form(form: leads.LeadForm, base: str) -> str:
    """The same without a script, to be put into a page as it is and styled there."""
    both = bool(form.consent_zh and form.consent_en)
    language = form.language_for("zh")
    said = Text.both if both else lambda text: text.in_language(language)
    rows = [
        f'  <label>{escape(said(_ASKED[name]))} <input name="{name}"{" required" if name == "phone" else ""}></label>'
        for name in ("phone", *form.fields)
    ]
    trap = f'  <input name="{_TRAP}" tabindex="-1" autocomplete="off" hidden>'
    words = escape(form.words_in(language))
    tick = f'  <label><input type="checkbox" name="agreed" value="1" required> {words}</label>'
    begin = f'<form method="post" action="{escape(base)}/api/v1/form/{escape(form.key)}">'
    return "\n".join([begin, *rows, trap, tick, f"  <button>{said(_SEND)}</button>", "</form>"])


def _check_thanks(address: str, origins: tuple[str, ...]) -> None:
    """A form of ours may not lead people to just any page."""
    if not address:
        return
    parts = urlsplit(address)
    if not is_own_page(f"{parts.scheme}://{parts.netloc}", origins):
        raise InvalidInput(
            "foreign_page",
            Text(zh="感谢页面不在该网站上", en="the page to thank people is none of that site"),
            Text(zh="请填写该网站的地址，或留空。", en="Give an address of the site, or leave it empty."),
        )


def _refused(error: HuasuanError, language: str, asked: _Asked) -> Response:
    answer = problem(error, language=language)
    for name, value in asked.headers.items():
        answer.headers[name] = value
    return answer


def _page(said: Text, remedy: Text | None, status: int) -> HTMLResponse:
    rest = "" if remedy is None else f'<p>{escape(remedy.zh)}</p><p lang="en">{escape(remedy.en)}</p>'
    return HTMLResponse(
        f'<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(said.both())}</title><main><h1>{escape(said.zh)}</h1>"
        f'<p lang="en">{escape(said.en)}</p>{rest}</main></html>',
        status_code=status,
        headers={"Cache-Control": "no-store"},
    )


def _strange_page() -> NotAllowed:
    return NotAllowed(
        "strange_page",
        Text(zh="该页面不属于此表单的网站", en="this page is none of the form's site"),
        Text(zh="请在网站设置中加入此来源。", en="Add its origin to the site."),
    )


def _unreadable() -> InvalidInput:
    return InvalidInput(
        "bad_words",
        Text(zh="无法读懂页面发来的内容", en="what the page sent cannot be read"),
        Text(zh="请使用最新的代码片段。", en="Use the present snippet."),
    )
