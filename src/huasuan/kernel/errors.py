"""The one tree of errors.

::

    HuasuanError
    ├── InvalidInput      400  what was sent cannot be right; mend it and send again
    │   └── UnknownName   400  a metric, dimension, kind or column that does not exist (names the nearest)
    ├── NotAllowed        403  known, but without the right
    ├── NotSignedIn       401  no key or session, or a wrong one
    ├── NotFound          404  no such record here
    ├── Conflict          409  the same key with another content, or a state that forbids the step
    ├── TooLarge          413  more than one request or file may carry
    ├── TooSlow           408  sent too slowly to wait for
    ├── TooOften          429  tried too often; says how many seconds to wait
    └── Broken            503  something of the installation is wrong; says how to mend it

Each carries a stable ``code``, an HTTP status, a zh and en text, a remedy, and whether trying again helps.
"""

from typing import ClassVar

from huasuan.kernel.text import Text


class HuasuanError(Exception):
    """Anything huasuan refuses or fails at, said in both languages together with what to do about it."""

    status: ClassVar[int] = 500
    retry: ClassVar[bool] = False

    def __init__(self, code: str, text: Text, remedy: Text | None = None) -> None:
        super().__init__(f"{code}: {text.en}")
        self.code = code
        self.text = text
        self.remedy = remedy


class InvalidInput(HuasuanError):
    """What was sent cannot be right."""

    status = 400


class UnknownName(InvalidInput):
    """A name that nothing here bears; the remedy names the nearest one."""


class NotSignedIn(HuasuanError):
    """Nobody signed in: no key or session, or one that is wrong, ended or revoked."""

    status = 401


class NotAllowed(HuasuanError):
    """The caller is known but lacks the right."""

    status = 403


class NotFound(HuasuanError):
    """No such record in this workspace."""

    status = 404


class Conflict(HuasuanError):
    """The same key with another content, or a state that forbids the step."""

    status = 409


class TooLarge(HuasuanError):
    """More than one request or one file may carry."""

    status = 413


class TooSlow(HuasuanError):
    """The request came too slowly to wait for its end."""

    status = 408
    retry = True


class TooOften(HuasuanError):
    """Tried too often; the same step may be taken ``wait_seconds`` from now."""

    status = 429
    retry = True

    def __init__(self, code: str, text: Text, remedy: Text | None = None, *, wait_seconds: int = 1) -> None:
        super().__init__(code, text, remedy)
        self.wait_seconds = wait_seconds


class Broken(HuasuanError):
    """The installation itself is at fault (disk, schema, lock); trying again later may help."""

    status = 503
    retry = True
