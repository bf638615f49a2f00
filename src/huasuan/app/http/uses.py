"""When keys and sessions were last used, written down now and then, so that no request waits for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import structlog
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from huasuan.app.runtime import Runtime
from huasuan.people import KeyRing, seen, write_uses

_EVERY_SECONDS = 10.0
_LOG = structlog.get_logger(__name__)


@asynccontextmanager
async def noting_uses(app: FastAPI) -> AsyncIterator[None]:
    """While the service runs, and once more at its end."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_now_and_then, app)
        yield
        tasks.cancel_scope.cancel()
    await _note(app)


async def _now_and_then(app: FastAPI) -> None:
    while True:
        await anyio.sleep(_EVERY_SECONDS)
        await _note(app)


async def _note(app: FastAPI) -> None:
    keys: KeyRing = app.state.keys
    uses, sessions = keys.uses(), sorted(app.state.seen)
    app.state.seen.clear()
    if not uses and not sessions:
        return
    runtime: Runtime = app.state.runtime

    def write() -> None:
        with runtime.store.write() as connection:
            write_uses(connection, uses)
            for session in sessions:
                seen(connection, session)

    try:
        await anyio.to_thread.run_sync(write, limiter=app.state.writers)
    except SQLAlchemyError as error:
        # What a use was good for was done; that it was is told at the next one.
        _LOG.warning("uses not noted", exc_info=error)
