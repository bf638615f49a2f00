"""Passwords are verified few at a time: each run takes 64 MB, and a crowd at the door must not fill the memory."""

from collections.abc import Callable
from typing import TypeVar

import anyio

from huasuan.kernel.errors import Broken
from huasuan.kernel.text import Text
from huasuan.people import hash_password, verify_password

_Found = TypeVar("_Found")
_MOST_WAITING = 32
_WAIT_SECONDS = 10.0


class PasswordGate:
    """Runs at most ``at_once`` hashes side by side; others wait for ten seconds, beyond 32 of them nobody waits."""

    def __init__(self, at_once: int) -> None:
        self._places = anyio.CapacityLimiter(at_once)
        # Threads of its own, so that waiting for a password holds up nothing else.
        self._threads = anyio.CapacityLimiter(at_once)

    async def verify(self, password: str, kept: str | None) -> bool:
        """Whether the password is right; as slow where there is none to compare with.

        Raises
        ------
        Broken
            ``sign_in_busy``
        """
        return await self._run(lambda: verify_password(password, kept))

    async def hash(self, password: str) -> str:
        """The hash to keep.

        Raises
        ------
        Broken
            ``sign_in_busy``
        """
        return await self._run(lambda: hash_password(password))

    async def _run(self, step: Callable[[], _Found]) -> _Found:
        if self._places.statistics().tasks_waiting >= _MOST_WAITING:
            raise _busy()
        try:
            with anyio.fail_after(_WAIT_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise _busy() from None
        try:
            return await anyio.to_thread.run_sync(step, limiter=self._threads)
        finally:
            self._places.release()


def _busy() -> Broken:
    return Broken(
        "sign_in_busy",
        Text(zh="同时登录的人太多", en="too many people are signing in at once"),
        Text(zh="请稍后重试。", en="Try again in a moment."),
    )
