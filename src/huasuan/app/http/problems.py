"""Errors as RFC 9457 problem details, in both languages."""

from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from huasuan.app.http.headers import of_data
from huasuan.kernel.errors import HuasuanError, InvalidInput, NotSignedIn, TooLarge, TooOften, TooSlow
from huasuan.kernel.faults import said_of
from huasuan.kernel.text import Text

PROBLEM_TYPE = "application/problem+json"
_LOG = structlog.get_logger(__name__)

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details; `code` is stable, `text` and `remedy` are for people.",
    "required": ["type", "title", "status", "code", "text", "retry"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "text": {"$ref": "#/components/schemas/BothLanguages"},
        "remedy": {"anyOf": [{"$ref": "#/components/schemas/BothLanguages"}, {"type": "null"}]},
        "retry": {"type": "boolean", "description": "Whether the same request may succeed later."},
    },
}


def both_languages(text: Text | None) -> dict[str, str] | None:
    """A text as JSON."""
    return None if text is None else {"zh": text.zh, "en": text.en}


def problem_json(error: HuasuanError, *, language: str) -> dict[str, Any]:
    """An error as JSON; title and detail in the reader's language, ``text`` and ``remedy`` in both."""
    status = error.framework_status if isinstance(error, _FrameworkError) else error.status
    body = {
        "type": f"urn:huasuan:problem:{error.code}",
        "title": error.text.in_language(language),
        "status": status,
        "code": error.code,
        "text": both_languages(error.text),
        "remedy": both_languages(error.remedy),
        "retry": error.retry,
    }
    if error.remedy is not None:
        body["detail"] = error.remedy.in_language(language)
    return body


def problem(error: HuasuanError, *, language: str) -> Response:
    """The answer for an error."""
    body = problem_json(error, language=language)
    # An unforeseen error is answered outside of every middleware, so the headers stand here too.
    headers = of_data()
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="huasuan"'
    if isinstance(error, TooLarge | TooSlow):
        headers["Connection"] = "close"  # what is left of the body is not waited for
    if isinstance(error, TooOften):
        headers["Retry-After"] = str(error.wait_seconds)
    return Response(orjson.dumps(body), status_code=body["status"], media_type=PROBLEM_TYPE, headers=headers)


def language_of(header: str | None) -> str:
    """What the reader wants: Chinese unless English stands first."""
    return "en" if (header or "").strip().lower().startswith("en") else "zh"


def answer_problems(app: FastAPI) -> None:
    """Let every error of the service leave as a problem."""

    def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, HuasuanError)  # noqa: S101  registered for it below
        return problem(error, language=_language(request))

    def malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        faults = said_of(error.errors())
        text = Text(zh=f"请求不符合格式：{faults.zh}", en=f"the request does not have the right shape: {faults.en}")
        remedy = Text(zh="格式见 /docs。", en="See /docs for the shape.")
        return problem(InvalidInput("bad_request", text, remedy), language=_language(request))

    def plain(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        return problem(_from_status(error.status_code, str(error.detail)), language=_language(request))

    def unforeseen(request: Request, error: Exception) -> Response:
        _LOG.error("request failed", path=request.url.path, exc_info=error)
        return problem(_from_status(500, "unforeseen"), language=_language(request))

    app.add_exception_handler(HuasuanError, ours)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, plain)
    app.add_exception_handler(Exception, unforeseen)


def _language(request: Request) -> str:
    return language_of(request.headers.get("accept-language"))


class _FrameworkError(HuasuanError):
    """An error of the framework (no such path, wrong method …) in our shape."""

    def __init__(self, status: int, text: Text, remedy: Text | None) -> None:
        super().__init__(f"http_{status}", text, remedy)
        self.framework_status = status


def _from_status(status: int, detail: str) -> HuasuanError:
    phrase = HTTPStatus(status).phrase
    texts = {
        400: Text(zh="无法读懂请求内容", en="the content of the request cannot be read"),
        404: Text(zh="没有这个地址", en="there is no such address"),
        405: Text(zh="此地址不支持该方法", en="this address does not know that method"),
        500: Text(zh="服务出错，已记入日志", en="the service failed; the log says how"),
    }
    return _FrameworkError(
        status,
        texts.get(status, Text(zh=f"请求失败：{phrase} {detail}", en=f"{phrase}: {detail}")),
        Text(zh="地址和方法见 /docs。", en="See /docs for addresses and methods.") if status < 500 else None,
    )
