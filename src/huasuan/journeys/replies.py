"""What an HTTP answer means for the request, wherever a platform says no more."""

from typing import Any

import orjson

from huasuan.journeys.platforms import Missed, Reply
from huasuan.kernel.text import Text

_TAKEN, _TOO_MANY, _BROKEN, _GATEWAY_TIMEOUT = 300, 429, 500, 504
_REFUSES = frozenset({400, 404, 405, 409, 410, 413, 415, 422})
_CLOSED = frozenset({401, 403})


def missed_by_status(reply: Reply) -> Missed | None:
    """Why the request was not taken, by its status; None: it was."""
    status = reply.status
    if status < _TAKEN:
        return None
    return Missed(
        code=f"http_{status}",
        text=_text(status),
        for_good=status in _REFUSES,
        pause=status == _TOO_MANY or status >= _BROKEN or status in _CLOSED,
        # A gateway that did not wait for the answer does not know whether there was one.
        unknown=status == _GATEWAY_TIMEOUT,
        stale=status in _CLOSED,
        after_seconds=reply.retry_after,
    )


def unreachable() -> Missed:
    """No connection came about: nothing was taken."""
    return Missed(
        code="unreachable",
        text=Text(zh="对方无法连接，稍后自动重试", en="the other side cannot be reached; it is tried again"),
        pause=True,
    )


def inner_address() -> Missed:
    """The address is one of an inner network, and nobody has said that it may be called: nothing went out."""
    return Missed(
        code="inner_address",
        text=Text(
            zh="对方地址属于内部网络，未发送；如确需访问，请在 HUASUAN_INNER_HOSTS 中加入该主机并重启",
            en="the address is one of an inner network, nothing was sent; if it is meant, add the host to "
            "HUASUAN_INNER_HOSTS and start again",
        ),
        pause=True,
    )


def no_answer() -> Missed:
    """The request went out and nothing came back."""
    return Missed(
        code="no_answer",
        text=Text(zh="已发出但没有收到答复", en="it was sent but no answer came back"),
        pause=True,
        unknown=True,
    )


def unreadable() -> Missed:
    """Taken by its status, but the answer tells nothing."""
    return Missed(
        code="unreadable",
        text=Text(zh="收到的答复无法读取", en="the answer cannot be read"),
        pause=True,
        unknown=True,
    )


def refused_text(message: object) -> Text:
    """What the other side says, in both languages."""
    said = str(message)[:300]
    return Text(zh=f"对方拒绝：{said}", en=f"refused by the other side: {said}")


def json_of(reply: Reply) -> dict[str, Any] | None:
    """The body as an object; None where it is none."""
    try:
        said = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return None
    return said if isinstance(said, dict) else None


def _text(status: int) -> Text:
    if status == _TOO_MANY:
        return Text(zh="对方要求放慢，稍后自动重试", en="the other side asks for fewer requests; it is tried again")
    if status in _CLOSED:
        return Text(
            zh=f"对方不认可账户的密钥或权限（HTTP {status}），请检查账户设置",
            en=f"the other side does not accept the account's secrets or rights (HTTP {status}); check the account",
        )
    if status in _REFUSES:
        return Text(
            zh=f"对方拒绝整个请求（HTTP {status}），请检查地址与设置后重发",
            en=f"the other side refuses the whole request (HTTP {status}); check address and settings, then send again",
        )
    return Text(
        zh=f"对方出错（HTTP {status}），稍后自动重试", en=f"the other side fails (HTTP {status}); it is tried again"
    )
