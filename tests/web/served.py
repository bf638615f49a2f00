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
from typing import Any

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


def start(home: Path, package: Path, *, sample: bool) -> tuple[subprocess.Popen[str], str, str]:
    """Start a service on a free port; the process, its address and the token of the set-up."""
    own = {"HUASUAN_HOME": str(home), "HUASUAN_PORT": "0", "HUASUAN_LANGUAGE": "en", "PYTHONPATH": str(package)}
    environment = {**os.environ, **own}
    where = [sys.executable, "-c", "import huasuan; print(huasuan.__file__)"]
    told = subprocess.run(where, env=environment, cwd=home, capture_output=True, text=True, check=True).stdout
    assert told.startswith(str(package)), told
    program = [sys.executable, "-m", "huasuan.app.cli"]
    made = subprocess.run(
        [*program, "init", *(["--sample"] if sample else [])],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
    )
    token = re.search(r"/set-up#token=(\S+)", made.stdout)
    assert token is not None, made.stdout
    log = home / "service.log"
    with log.open("w") as said:
        process = subprocess.Popen([*program, "serve"], env=environment, cwd=home, stdout=said, stderr=said, text=True)
    until = time.monotonic() + _START_SECONDS
    while (address := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())) is None:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, "the service did not start"
        time.sleep(0.1)
    return process, address[0], token[1]


def set_up(address: str, token: str) -> str:
    """Make the owner; the value of the session's cookie."""
    return _entered(address, "set-up", {"token": token, "email": EMAIL, "name": "王一", "password": PASSWORD})


def invite(served: Served, email: str, role: str) -> str:
    """Add somebody; the token of the link to set the password."""
    body = {"email": email, "name": email.partition("@")[0], "role": role}
    token: str = post(served, "users", body)["invitation"]
    return token


def colleague(served: Served, email: str, role: str) -> str:
    """Somebody else who has set a password and is signed in; the value of the session's cookie."""
    token = invite(served, email, role)
    return _entered(served.address, "invitation", {"token": token, "password": PASSWORD})


def post(served: Served, path: str, body: object) -> dict[str, Any]:
    """Send something in the name of whoever is signed in; the answer."""
    request = urllib.request.Request(  # noqa: S310  our own service
        f"{served.address}/api/v1/{path}",
        data=json.dumps(body).encode(),
        headers={
            "Content-Type": "application/json",
            "Cookie": f"huasuan={served.cookie}",
            "Origin": served.address,
        },
    )
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        answer: dict[str, Any] = json.loads(response.read())
        return answer


def _entered(address: str, path: str, body: object) -> str:
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    request = urllib.request.Request(  # noqa: S310  our own service
        f"{address}/api/v1/{path}", data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    with opener.open(request, timeout=30) as response:
        assert response.status == 200
    value = next(cookie.value for cookie in jar if cookie.name == "huasuan")
    assert value is not None
    return value
