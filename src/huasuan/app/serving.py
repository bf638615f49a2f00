"""``huasuan serve``: owns the warehouses, follows the store, answers HTTP until it is told to stop."""

import resource
import secrets
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from types import FrameType

import uvicorn

from huasuan.app import wiring
from huasuan.app.gauges import Gauges
from huasuan.app.http.application import create_app
from huasuan.app.http.live import LiveStreams
from huasuan.app.interpreter import settle, share_the_heaps
from huasuan.app.logs import begin_logging
from huasuan.app.runtime import Runtime
from huasuan.app.settings import Settings
from huasuan.app.slow_clients import impatient
from huasuan.app.worker.attempts import AttemptFollower
from huasuan.app.worker.conversions import Teller
from huasuan.app.worker.deciding import DecisionTeller
from huasuan.app.worker.learning import Learner, look_into
from huasuan.app.worker.leases import LeaseKeeper
from huasuan.app.worker.minder import Minder
from huasuan.app.worker.owner import Ownership
from huasuan.app.worker.projector import Projector
from huasuan.app.worker.retention_rounds import Retention
from huasuan.app.worker.warehouses import Warehouses
from huasuan.kernel.addresses import Reach
from huasuan.kernel.errors import Broken
from huasuan.kernel.text import Text
from huasuan.store import upgrade

# Requests that run when a stop is asked for may finish within this time.
_GRACE_SECONDS = 5
# A question of the command line may hold the warehouse for a moment.
_WAIT_SECONDS = 30.0
_TOKEN_BYTES = 24
_OTHER_FILES = 500


def serve(settings: Settings, *, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; ``ready`` is told the address once it answers.

    Raises
    ------
    Broken
        ``port_taken``, ``warehouse_in_use``, ``schema_newer`` …
    """
    share_the_heaps()
    begin_logging(settings.log_level)
    wiring.make_home(settings)
    with ExitStack() as stack:
        door = stack.enter_context(_listen(settings))
        store = wiring.bare_store(settings)
        stack.callback(store.close)
        upgrade(store, backup_folder=settings.backup_folder)
        ownership = stack.enter_context(Ownership(settings.home, wait_seconds=_WAIT_SECONDS))
        warehouses = Warehouses(store, settings)
        stack.callback(warehouses.close)
        gauges = Gauges(warehouses.lag)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        runtime = Runtime(settings=settings, store=store, answers=warehouses, gauges=gauges, owner_token=token)
        port: int = door.getsockname()[1]
        stack.enter_context(
            Projector(
                warehouses.follow_all,
                seconds=settings.projector_seconds,
                gauges=gauges,
                arrivals=runtime.arrivals,
                glanced=warehouses.glanced_seconds,
            )
        )
        _make_room_for(settings.max_connections)
        looking = partial(look_into, warehouses)
        stack.enter_context(Minder(store, looking=looking, heard=wiring.LEADS_FROM, arrivals=runtime.arrivals))
        stack.enter_context(Learner(store, warehouses))
        stack.enter_context(Teller(store, warehouses, Reach(settings.inner_hosts), runtime.vault))
        stack.enter_context(DecisionTeller(store, runtime.arrivals))
        stack.enter_context(AttemptFollower(store, wiring.KINDS["call"].table))
        stack.enter_context(Retention(store, settings, warehouses))
        stack.enter_context(LeaseKeeper(store, runtime.arrivals, learn=warehouses.learn_matching))
        server = _Server(
            uvicorn.Config(
                create_app(runtime),
                http=impatient(patience=settings.patience_seconds, most=settings.max_connections),
                # Nothing here speaks it, and its own limits would be others.
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        settle()
        ownership.announce(host=settings.host, port=port, token=token)
        server.when_started = lambda: ready(f"http://{_shown(settings.host)}:{port}")
        _run(server, door)


class _Server(uvicorn.Server):
    """Says when it answers."""

    when_started: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        if self.started:
            self.when_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Live streams would hold it up for the whole grace."""
        live: LiveStreams = self.config.app.state.live  # type: ignore[union-attr]
        live.close()
        await super().shutdown(sockets)


def _run(server: uvicorn.Server, door: socket.socket) -> None:
    # uvicorn stops gracefully on a signal and then raises it once more; by then everything was answered, so the
    # second one only has to end this function and let the parts close.
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        server.run(sockets=[door])
    except (KeyboardInterrupt, SystemExit):
        return
    finally:
        signal.signal(signal.SIGTERM, before)


def _make_room_for(connections: int) -> None:
    """Each connection is an open file; what a shell allows at first is fewer than what it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if soft < wanted and soft != resource.RLIM_INFINITY:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # With the protocol named, asyncio sends without delay; else every answer in two parts waits 40 ms for an ACK.
    door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((settings.host, settings.port))
    except OSError as error:
        door.close()
        raise Broken(
            "port_taken",
            Text(
                zh=f"无法监听 {settings.host}:{settings.port}：{error.strerror}",
                en=f"cannot listen on {settings.host}:{settings.port}: {error.strerror}",
            ),
            Text(
                zh="请停止占用端口的程序，或用 HUASUAN_PORT 指定别的端口。",
                en="Stop what uses the port, or name another one with HUASUAN_PORT.",
            ),
        ) from error
    return door


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
