"""The FastAPI application: guards, routes, docs that need no internet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import anyio
import fastapi_offline
from fastapi import APIRouter, Depends, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from huasuan.app.http import (
    audit,
    batches,
    call_notes,
    call_rules,
    call_tags,
    call_tracking_reports,
    callbacks,
    callers,
    calls,
    catalogue,
    consent_gate,
    consent_ledger,
    consent_opt_out,
    consent_persons,
    consent_rules,
    conversions,
    deals,
    desk,
    desk_care,
    desk_notes,
    entrance,
    exports,
    facts,
    files,
    goals,
    health,
    internal,
    journeys,
    keys,
    lead_forms,
    lead_scores,
    lead_settings,
    leads,
    live,
    me,
    merges,
    mine,
    outside,
    persons,
    questions,
    retention,
    sample,
    scorecards,
    tracking,
    tracking_looks,
    tracking_numbers,
    users,
    views,
    workspaces,
)
from huasuan.app.http.guards import BodyGuard, HostGuard
from huasuan.app.http.headers import SafeHeaders, page_policy
from huasuan.app.http.measure import Measure
from huasuan.app.http.openapi import describe
from huasuan.app.http.pages import pages
from huasuan.app.http.password_gate import PasswordGate
from huasuan.app.http.problems import answer_problems
from huasuan.app.http.uses import noting_uses
from huasuan.app.lead_form import FormLimits
from huasuan.app.runtime import Runtime
from huasuan.app.worker.file_imports import FileImports
from huasuan.app.worker.sample_runs import SampleRuns
from huasuan.numbers import CallbackLimits, Desk
from huasuan.people import KeyRing

PREFIX = "/api/v1"
_DATA = (
    facts,
    batches,
    files,
    catalogue,
    questions,
    calls,
    call_rules,
    call_tags,
    call_tracking_reports,
    exports,
    journeys,
    goals,
    conversions,
)
_WRITTEN = (
    live,
    call_notes,
    mine,
    scorecards,
    deals,
    views,
    sample,
    lead_forms,
    lead_settings,
    desk_care,
    desk_notes,
    leads,
    lead_scores,
    desk,
)
_CONSENT = (merges, consent_gate, consent_ledger, consent_persons, consent_rules, callers, persons, retention)
_TRACKING = (tracking_looks, tracking_numbers, callbacks)
_PEOPLE = (entrance, outside, me, users, keys, workspaces, audit)
_ASSETS = Path(fastapi_offline.__file__).parent / "static"
_ASSETS_AT = "/docs/assets"


def create_app(runtime: Runtime) -> FastAPI:
    """The service over the parts in ``runtime``."""
    app = FastAPI(
        title="huasuan 话算",
        version=version("huasuan"),
        summary="每通电话的成本与收益 / What each call costs and earns",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        lifespan=_lifespan,
    )
    app.state.runtime = runtime
    app.state.keys = KeyRing()
    app.state.seen = set()
    app.state.live = live.LiveStreams()
    settings = runtime.settings
    uploads = frozenset({("POST", f"{PREFIX}{files.UPLOADS}")})
    app.add_middleware(BodyGuard, limit=settings.max_body_bytes, uploads=uploads, patience=settings.patience_seconds)
    app.add_middleware(HostGuard, allowed=settings.allowed_hosts)
    app.add_middleware(Measure, gauges=runtime.gauges)
    # The last one added stands outermost.
    app.add_middleware(SafeHeaders, https=(settings.public_url or "").startswith("https:"))
    answer_problems(app)
    api = APIRouter(prefix=PREFIX)
    # Addresses are looked through in this order: what pages ask several times a minute comes first.
    for room in (tracking, *_DATA, *_WRITTEN, *_PEOPLE, *_TRACKING, *_CONSENT, health):
        api.include_router(room.router)
    app.include_router(api)
    app.include_router(internal.router)
    app.include_router(consent_opt_out.router)
    app.add_api_route(
        "/metrics", health.prometheus, include_in_schema=False, dependencies=[Depends(health.scraper_only)]
    )
    _add_docs(app)
    describe(app)
    app.include_router(pages())
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # SQLite has one writer at a time: waiting here is fairer than its busy retries.
    runtime: Runtime = app.state.runtime
    app.state.writers = anyio.CapacityLimiter(1 if runtime.store.is_sqlite else 16)
    app.state.password_gate = PasswordGate(runtime.settings.sign_ins_at_once)
    app.state.imports = FileImports(runtime.store)
    app.state.desk = Desk(runtime.store)
    app.state.callback_limits = CallbackLimits()
    app.state.form_limits = FormLimits()
    app.state.samples = SampleRuns(runtime.store, runtime.settings)
    async with noting_uses(app):
        yield
    await anyio.to_thread.run_sync(app.state.desk.close)
    await anyio.to_thread.run_sync(app.state.imports.close)
    await anyio.to_thread.run_sync(app.state.samples.close)


def _add_docs(app: FastAPI) -> None:
    app.mount(_ASSETS_AT, StaticFiles(directory=_ASSETS), name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        parameters: dict[str, Any] = {"persistAuthorization": True, "defaultModelsExpandDepth": 0}
        page = get_swagger_ui_html(
            openapi_url=str(app.openapi_url),
            title=app.title,
            swagger_js_url=f"{_ASSETS_AT}/swagger-ui-bundle.js",
            swagger_css_url=f"{_ASSETS_AT}/swagger-ui.css",
            swagger_favicon_url=f"{_ASSETS_AT}/favicon.png",
            swagger_ui_parameters=parameters,
        )
        page.headers["Content-Security-Policy"] = page_policy(bytes(page.body))
        return page
