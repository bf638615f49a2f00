"""The web application: its built files, and one page for every address a browser may open."""

import mimetypes
import secrets
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response

from huasuan.app.http.headers import ALWAYS

STATIC = Path(__file__).parent / "static"
_FIRST = "index.html"
_NONCE = "__NONCE__"
# What programs ask; a mistyped address there must answer a problem, not a page.
_NOT_PAGES = frozenset({"api", "internal", "docs", "metrics", "assets"})
# Scripts come from here alone. The one inline thing is the style sheet the components write, marked with the nonce.
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_BY_SHELF = {
    # The names below assets/ hold a digest of the content.
    "assets": {"Cache-Control": "public, max-age=31536000, immutable"},
    # The snippets, which pages of other sites load; what would break those pages gets a folder of its own.
    "v1": {"Cache-Control": "public, max-age=300", "Cross-Origin-Resource-Policy": "cross-origin"},
}
_NOT_BUILT = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>huasuan 话算</title>
<h1>页面尚未构建 · The pages are not built</h1>
<p>此安装不含网页。在源码目录运行 <code>make run</code>（或 <code>python hatch_build.py</code>），
或安装已构建的 wheel，然后重新启动。接口照常可用：<a href="/docs">/docs</a>。</p>
<p lang="en">This installation came without its pages. Run <code>make run</code> (or <code>python hatch_build.py</code>)
in the source folder, or install a built wheel, then start again. The API works: <a href="/docs">/docs</a>.</p></html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asset:
    path: Path
    packed: Path | None
    media_type: str


def pages(folder: Path = STATIC) -> APIRouter:
    """Routes of the web application built in ``folder``; to be added after all others."""
    router = APIRouter(include_in_schema=False)
    first = _read(folder / _FIRST)
    # Only files that were there at the start are ever sent, whatever the address says.
    assets = {} if first is None else _assets(folder)

    @router.get("/{path:path}")
    async def page(request: Request, path: str) -> Response:
        asset = assets.get(path)
        if asset is not None:
            return _file(asset, request.headers.get("accept-encoding", ""), shelf=path.partition("/")[0])
        if path.split("/", maxsplit=1)[0] in _NOT_PAGES:
            raise HTTPException(404)
        return _not_built() if first is None else _page(first)

    return router


def _page(first: str) -> HTMLResponse:
    nonce = secrets.token_urlsafe(16)
    policy = _POLICY.format(nonce=nonce)
    headers = {**ALWAYS, "Content-Security-Policy": policy, "Cache-Control": "no-cache"}
    return HTMLResponse(first.replace(_NONCE, nonce), headers=headers)


def _not_built() -> HTMLResponse:
    return HTMLResponse(_NOT_BUILT, status_code=503, headers={**ALWAYS, "Cache-Control": "no-store"})


def _file(asset: _Asset, accepts: str, *, shelf: str) -> FileResponse:
    headers = ALWAYS | _BY_SHELF.get(shelf, {"Cache-Control": "no-cache"})
    path = asset.path
    if asset.packed is not None:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in accepts:
            path, headers["Content-Encoding"] = asset.packed, "gzip"
    return FileResponse(path, media_type=asset.media_type, headers=headers)


def _assets(folder: Path) -> dict[str, _Asset]:
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix in {".js", ".css", ".svg", ".png", ".woff2"}:
            packed = path.with_name(path.name + ".gz")
            kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0] or "text/plain"
            packed_or_none = packed if packed.exists() else None
            found[path.relative_to(folder).as_posix()] = _Asset(path=path, packed=packed_or_none, media_type=kind)
    return found


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
