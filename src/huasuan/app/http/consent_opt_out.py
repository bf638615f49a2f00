"""The page behind the link in a message: one button, no sign-in, works without scripts."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.guards import RuntimeOf
from huasuan.app.opting_out import PAGE, check_link, opt_out_by_link
from huasuan.kernel.errors import HuasuanError, InvalidInput
from huasuan.kernel.text import Text

router = APIRouter(include_in_schema=False)
Workspace = Annotated[int, Path(ge=1, le=2**62)]
Token = Annotated[str, Path(min_length=1, max_length=500)]
_TITLE = Text(zh="退订", en="Opt out")
_ASKED = Text(zh="不再接到我们的电话和短信？", en="No more calls and messages from us?")
_BUTTON = Text(zh="退订", en="Opt out")
_DONE = Text(zh="已退订，立即生效。", en="Done. You will not be contacted any more.")
_AGAIN = Text(
    zh="暂时无法退订，请稍后再试，或直接回复短信 TD。",
    en="This did not work; try again in a moment, or reply STOP to the message.",
)
_BAD = Text(zh="链接无效，请直接回复短信 TD。", en="The link is not valid; reply STOP to the message instead.")


@router.get(PAGE + "/{workspace}/{token}", response_class=HTMLResponse)
async def get_page(runtime: RuntimeOf, workspace: Workspace, token: Token) -> HTMLResponse:
    """Ask; opening a link changes nothing, since mail programs open links by themselves."""
    try:
        await run_in_threadpool(check_link, runtime.store, workspace=workspace, token=token)
    except InvalidInput:
        return _page(_BAD, status=400)
    return _page(_ASKED, button=True)


@router.post(PAGE + "/{workspace}/{token}", response_class=HTMLResponse)
async def post_page(runtime: RuntimeOf, workspace: Workspace, token: Token) -> HTMLResponse:
    """Opt out at once."""
    try:
        await run_in_threadpool(opt_out_by_link, runtime.store, workspace=workspace, token=token)
    except InvalidInput as error:
        return _page(_BAD if error.code == "bad_token" else _AGAIN, status=400 if error.code == "bad_token" else 503)
    except HuasuanError:
        return _page(_AGAIN, button=True, status=503)
    return _page(_DONE)


def _page(said: Text, *, button: bool = False, status: int = 200) -> HTMLResponse:
    form = f'<form method="post"><button>{_BUTTON.zh} / {_BUTTON.en}</button></form>' if button else ""
    return HTMLResponse(
        f'<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{_TITLE.both()}</title><main><h1>{_TITLE.both()}</h1><p>{escape(said.zh)}</p>"
        f'<p lang="en">{escape(said.en)}</p>{form}</main></html>',
        status_code=status,
        headers={"Cache-Control": "no-store"},
    )
