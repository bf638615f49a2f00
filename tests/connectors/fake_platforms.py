"""A server that speaks as the platforms do by their documentation, counts what it takes, and fails as it is told."""

import csv
import io
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from google.ads.googleads.v26.services.types import conversion_adjustment_upload_service as adjusting
from google.ads.googleads.v26.services.types import conversion_upload_service as uploading
from google.protobuf import json_format

SLOW_SECONDS = 0.6
MOODS = ("fine", "outage", "too_many", "partial", "lost", "slow", "unheard", "shut")
"""fine; 503; 429; refuses a row; takes it and cuts the line, or is slow; cuts the line at once; wants a new token."""
_TYPES = {
    "uploadClickConversions": uploading.UploadClickConversionsRequest,
    "uploadCallConversions": uploading.UploadCallConversionsRequest,
    "uploadConversionAdjustments": adjusting.UploadConversionAdjustmentsRequest,
}


class FakePlatform:
    """What one platform holds. ``counted``: how often each thing counts there; ``moods``: how it meets what comes."""

    def __init__(self) -> None:
        self.moods: list[str] = []
        self.counted: Counter[str] = Counter()
        self.refused: set[str] = set()
        self.token = 0
        self.tokens_asked = 0
        self.address = ""
        self.lock = threading.Lock()

    def token_reply(self, path: str) -> dict[str, Any]:
        """A new access token, as Google or Tencent give it."""
        self.token += 1
        self.tokens_asked += 1
        text = f"token-{self.token}"
        if path.startswith("/oauth"):
            return {"code": 0, "data": {"access_token": text, "access_token_expires_in": 86400}}
        return {"access_token": text, "expires_in": 3599, "token_type": "Bearer"}

    def google(self, method: str, body: dict[str, Any], *, refuse: bool) -> dict[str, Any]:
        """Rows one by one: what is there already is an error, as is what it is told to refuse."""
        json_format.ParseDict(body | {"customerId": "1"}, _TYPES[method].pb(_TYPES[method]()))
        rows = body.get("conversions") or body["conversionAdjustments"]
        errors = []
        for place, row in enumerate(rows):
            name = row.get("orderId") or f"{row['callerId']} {row['callStartDateTime']} {row['conversionDateTime']}"
            name += row.get("adjustmentType", "")
            if refuse and place == 0 and not self.counted[name]:
                self.refused.add(name)
                errors.append(_google_error(place, {"conversionUploadError": "UNPARSEABLE_GCLID"}))
            elif self.counted[name]:
                errors.append(_google_error(place, {"conversionUploadError": "CLICK_CONVERSION_ALREADY_EXISTS"}))
            else:
                self.counted[name] += 1
        if not errors:
            return {"results": [{} for _ in rows]}
        detail = {"@type": "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure", "errors": errors}
        return {"partialFailureError": {"code": 3, "message": "Multiple errors", "details": [detail]}, "results": []}

    def baidu(self, body: dict[str, Any], *, refuse: bool) -> dict[str, Any]:
        """All rows, or by position what is wrong."""
        rows = body.get("conversionTypes") or body["invalidConversionTypes"]
        errors = []
        for place, row in enumerate(rows):
            name = parse_qs(urlsplit(row["logidUrl"]).query)["bd_vid"][0]
            if refuse and place == 0:
                self.refused.add(name)
                errors.append({"code": 1001, "position": f"conversionTypes[{place}].logidUrl", "message": "无效"})
            else:
                self.counted[name] += 1
        return {"header": {"status": 1 if errors else 0, "desc": "partial" if errors else "success", "errors": errors}}

    def take(self, path: str, body: bytes, *, refuse: bool) -> dict[str, Any]:
        """What the platform at that path does and says."""
        if ":" in path:
            return self.google(path.rpartition(":")[2], orjson.loads(body), refuse=refuse)
        if "ConvertData" in path:
            return self.baidu(orjson.loads(body), refuse=refuse)
        if path.endswith("/conversion"):
            return self._one(orjson.loads(body)["context"]["ad"]["callback"], refuse=refuse, twice=True)
        if path.endswith("user_actions/add"):
            (action,) = orjson.loads(body)["actions"]
            return self._one(action["outer_action_id"], refuse=refuse, twice=False)
        if "offline_conversions" in path:
            text = body.partition(b"\r\n\r\n")[2].partition(b"\r\n--")[0].decode()
            for row in csv.DictReader(io.StringIO(text)):
                self.counted[row["ClientId"]] += 1
            return {"uploading": {"id": 1, "source_quantity": 1}}
        for event in orjson.loads(body)["events"]:
            self.counted[event["params"].get("call_key") or event["params"]["transaction_id"]] += 1
        return {}

    def _one(self, name: str, *, refuse: bool, twice: bool) -> dict[str, Any]:
        if refuse:
            self.refused.add(name)
            return {"code": 40001, "message": "refused"}
        if twice or not self.counted[name]:
            self.counted[name] += 1
        return {"code": 0, "message": "success"}


def _google_error(place: int, code: dict[str, str]) -> dict[str, Any]:
    path: dict[str, Any] = {"fieldName": "conversions"} | ({"index": place} if place else {})
    return {"errorCode": code, "message": "no", "location": {"fieldPathElements": [path]}}


class _Handler(BaseHTTPRequestHandler):
    fake: FakePlatform

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        with self.fake.lock:
            if path in {"/token", "/oauth/token"}:
                self._say(200, self.fake.token_reply(path))
                return
            mood = self.fake.moods.pop(0) if self.fake.moods else "fine"
            if mood == "shut":
                self.fake.token += 1
            given = (
                self.headers.get("Authorization") or parse_qs(urlsplit(self.path).query).get("access_token", [""])[0]
            )
            known = "token-" not in given or given.endswith(f"token-{self.fake.token}")
            if mood == "outage":
                self._say(503, {})
            elif mood == "too_many":
                self._say(429, {}, {"Retry-After": "30"})
            elif mood == "unheard":
                self.close_connection = True
            elif not known:
                self._say(401, {"error": {"status": "UNAUTHENTICATED"}})
            else:
                said = self.fake.take(path, body, refuse=mood == "partial")
                if mood == "lost":
                    self.close_connection = True
                    return
                if mood == "slow":
                    time.sleep(SLOW_SECONDS)
                self._say(200, said)

    def _say(self, status: int, said: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        text = orjson.dumps(said)
        try:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        except OSError:
            self.close_connection = True

    def log_message(self, *_said: object) -> None:
        pass


@contextmanager
def fake_platform() -> Iterator[FakePlatform]:
    """One at an address of this machine."""
    fake = FakePlatform()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": fake}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    fake.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield fake
    server.shutdown()
    thread.join()
    server.server_close()
