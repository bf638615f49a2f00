"""Pages of somebody's site, served from another origin than the service."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_HEAD = (
    '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>店</title>{tag}</head>'
    "<body>{body}</body></html>"
)


@dataclass(slots=True, kw_only=True)
class Pages:
    """Path → what is sent, and its Content-Security-Policy."""

    origin: str
    bodies: dict[str, tuple[str, str]] = field(default_factory=dict)

    def put(self, path: str, body: str, *, tag: str = "", policy: str = "") -> str:
        """Serve a page; its address."""
        self.bodies[path] = (_HEAD.format(tag=tag, body=body), policy)
        return self.origin + path


@contextmanager
def another_site() -> Iterator[Pages]:
    """A site on localhost; the service is at 127.0.0.1, another origin."""
    pages = Pages(origin="")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, policy = pages.bodies.get(self.path.partition("?")[0], ("", ""))
            data = body.encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pages.origin = f"http://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield pages
    server.shutdown()
    server.server_close()
    thread.join()
