"""A service with the sample business in a process of its own, and an owner who is signed in."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path

EMAIL = "owner@example.com"
_START_SECONDS = 60
PASSWORD = "korrekt pferd 42"  # noqa: S105  of a made-up person


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Where it is, which process it is, and the session's cookie."""

    address: str
    pid: int
    cookie: str

    def cookies(self) -> list[dict[str, object]]:
        """As Playwright takes them."""
        return [{"name": "huasuan", "value": self.cookie, "url": self.address, "httpOnly": True, "sameSite": "Lax"}]


def start(home: Path, *, sample: bool) -> tuple[subprocess.Popen[str], str, str]:
    """Start a service on a free port; the process, its address and the token of the set-up."""
    environment = {**os.environ, "HUASUAN_HOME": str(home), "HUASUAN_PORT": "0", "HUASUAN_LANGUAGE": "en"}
    program = [sys.executable, "-m", "huasuan.app.cli"]
    made = subprocess.run(
        [*program, "init", *(["--sample"] if sample else [])],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    token = re.search(r"/set-up#token=(\S+)", made.stdout)
    assert token is not None, made.stdout
    log = home / "service.log"
    with log.open("w") as said:
        process = subprocess.Popen([*program, "serve"], env=environment, stdout=said, stderr=said, text=True)
    until = time.monotonic() + _START_SECONDS
    while (address := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())) is None:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, "the service did not start"
        time.sleep(0.1)
    return process, address[0], token[1]


def set_up(address: str, token: str) -> str:
    """Make the owner; the value of the session's cookie."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    body = {"token": token, "email": EMAIL, "name": "王一", "password": PASSWORD}
    request = urllib.request.Request(  # noqa: S310  our own service
        f"{address}/api/v1/set-up", data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    with opener.open(request, timeout=30) as response:
        assert response.status == 200
    value = next(cookie.value for cookie in jar if cookie.name == "huasuan")
    assert value is not None
    return value
