"""Asking the service that owns the warehouse, over local HTTP; the standard library loads faster than a client."""

from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote

import orjson

from huasuan.app.worker.owner import Owner
from huasuan.kernel.errors import Broken, Conflict, HuasuanError, InvalidInput, NotAllowed, NotFound, TooLarge
from huasuan.kernel.text import Text

_ERRORS: dict[int, type[HuasuanError]] = {
    400: InvalidInput,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    503: Broken,
}
_TIMEOUT_SECONDS = 600.0
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  compared, not bound


class NobodyThere(Exception):
    """The card is old: no service of ours answers there."""


def send(owner: Owner, path: str, body: object, *, workspace: str | None) -> Any:  # noqa: ANN401  JSON
    """POST to the owner and read its answer.

    Raises
    ------
    NobodyThere
        The service is gone, or another program has its port.
    HuasuanError
        What the service refused, as if it had happened here.
    """
    headers = {"Content-Type": "application/json"}
    if workspace is not None:
        headers["X-Huasuan-Workspace"] = quote(workspace)
    status, content_type, content = _exchange(owner, "POST", path, headers, orjson.dumps(body))
    if status == 200:
        return orjson.loads(content)
    raise _refusal(status, content_type, content)


def get_json(owner: Owner, path: str) -> Any:  # noqa: ANN401  JSON
    """GET from the owner.

    Raises
    ------
    NobodyThere
        No service of ours answers there.
    """
    status, _, content = _exchange(owner, "GET", path, {}, None)
    if status != 200:
        raise NobodyThere
    return orjson.loads(content)


def _exchange(
    owner: Owner, method: str, path: str, headers: dict[str, str], body: bytes | None
) -> tuple[int, str, bytes]:
    """One request: status, content type and body of the answer."""
    headers = {**headers, "Authorization": f"Bearer {owner.token}", "Host": "127.0.0.1"}
    connection = HTTPConnection(_ANYWHERE.get(owner.host, owner.host), owner.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.headers.get_content_type(), response.read()
    except (OSError, HTTPException) as error:
        raise NobodyThere from error
    finally:
        connection.close()


def _refusal(status: int, content_type: str, content: bytes) -> Exception:
    if content_type != "application/problem+json" or status == 401:
        return NobodyThere()
    said = orjson.loads(content)
    remedy = said.get("remedy")
    kind = _ERRORS.get(status, HuasuanError)
    return kind(said["code"], Text(**said["text"]), None if remedy is None else Text(**remedy))
