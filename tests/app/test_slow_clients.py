"""Clients that only hold connections: they are cut, and everybody else is answered meanwhile."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE = 2.0
SLOW = 200


@pytest.fixture(scope="module")
def port(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    home = tmp_path_factory.mktemp("slow")
    (home / "store.sqlite").write_bytes(sqlite_template.read_bytes())
    environment = {
        **os.environ,
        "HUASUAN_HOME": str(home),
        "HUASUAN_PORT": "0",
        "HUASUAN_PATIENCE_SECONDS": str(PATIENCE),
        "HUASUAN_MAX_CONNECTIONS": "230",
    }
    program = [sys.executable, "-m", "huasuan.app.cli"]
    subprocess.run([*program, "init"], env=environment, check=True, capture_output=True)
    process = subprocess.Popen([*program, "serve"], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
    assert found is not None
    yield int(found[1])
    process.terminate()
    process.communicate(timeout=20)


class Door:
    """Opens connections to the service; all are closed in the end."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.opened: list[socket.socket] = []

    def open(self, first: bytes, *, buffer: int | None = None) -> socket.socket:
        one = socket.socket()
        self.opened.append(one)
        if buffer is not None:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        one.settimeout(20)
        one.connect(("127.0.0.1", self.port))
        one.sendall(first)
        return one

    def close(self) -> None:
        for one in self.opened:
            one.close()
        self.opened.clear()


@pytest.fixture
def door(port: int) -> Iterator[Door]:
    found = Door(port)
    yield found
    found.close()


def _said(one: socket.socket) -> bytes:
    """Everything until the service closes; what we sent too late may make it a reset."""
    said = b""
    try:
        while part := one.recv(65536):
            said += part
    except ConnectionResetError:
        pass
    return said


def _healthy(port: int) -> float:
    begun = time.monotonic()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/health", timeout=20) as response:
        assert response.status == 200
    return time.monotonic() - begun


POST = b"POST /api/v1/sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
BEGINNINGS = (
    b"",
    b"GET /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    POST + b"Content-Length: 100000\r\n\r\n{",
    POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
)


def test_two_hundred_slow_ones_hold_nobody_up_and_are_cut(door: Door) -> None:
    begun = time.monotonic()
    slow = [door.open(BEGINNINGS[number % len(BEGINNINGS)]) for number in range(SLOW)]
    # Those whose headers have begun go on, a byte now and then.
    while time.monotonic() - begun < PATIENCE * 0.75:
        assert _healthy(door.port) < PATIENCE
        for one in slow[1::4]:
            one.sendall(b"x")
        time.sleep(0.2)
    answers = [_said(one) for one in slow]
    # The last of them was opened a moment after the first, and this machine may be busy.
    assert time.monotonic() - begun < 5 * PATIENCE
    for number, answer in enumerate(answers):
        assert answer.startswith(b"HTTP/1.1 408 ") or (number % 4 == 1 and not answer), answer[:200]
    assert sum(answer.startswith(b"HTTP/1.1 408 ") for answer in answers) > SLOW * 0.9
    assert all(b"nosniff" in answer for answer in answers if answer)
    door.close()
    assert _healthy(door.port) < PATIENCE


def test_a_body_that_drips_is_cut_although_it_never_pauses(door: Door) -> None:
    one = door.open(POST + b"Content-Length: 100000\r\n\r\n{")
    begun = time.monotonic()
    try:
        while time.monotonic() - begun < 20:
            one.sendall(b" ")
            time.sleep(0.1)
    except (BrokenPipeError, ConnectionResetError):
        pass
    assert 3 * PATIENCE <= time.monotonic() - begun < 20


def test_an_answer_nobody_takes_is_not_kept(door: Door) -> None:
    one = door.open(b"", buffer=4096)
    # Asked for again and again without reading: more than the buffers on the way hold.
    request = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    begun = time.monotonic()
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        _ask_until(one, request, begun + 20)


def _ask_until(one: socket.socket, request: bytes, end: float) -> None:
    while time.monotonic() < end:
        one.sendall(request)
        time.sleep(0.02)


def test_headers_without_end_and_what_is_no_http_are_refused(door: Door) -> None:
    endless = door.open(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
    try:
        for number in range(3000):
            endless.sendall(b"X-%d: %s\r\n" % (number, b"x" * 100))
    except (BrokenPipeError, ConnectionResetError):
        pass
    answer = _said(endless)
    assert not answer or answer.startswith(b"HTTP/1.1 400 ")
    nonsense = _said(door.open(b"\x16\x03\x01\x02\x00 no http\r\n\r\n"))
    assert nonsense.startswith(b"HTTP/1.1 400 ")
    assert b"bad_http" in nonsense


def test_who_comes_when_it_is_full_is_told_so(door: Door) -> None:
    for _ in range(240):
        door.open(b"")
    told = _said(door.open(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))
    assert not told or told.startswith(b"HTTP/1.1 503 ")
    door.close()
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            assert _healthy(door.port) < 20
            break
        except OSError:
            time.sleep(0.2)
    else:
        pytest.fail("it did not come back")


def test_a_client_with_several_requests_on_one_connection_is_not_cut(door: Door) -> None:
    one = door.open(b"")
    for _ in range(3):
        one.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        answer = b""
        while not answer.endswith(b"}"):  # head and body come in one piece or in two
            part = one.recv(65536)
            assert part, answer
            answer += part
        assert answer.startswith(b"HTTP/1.1 200 ")
        time.sleep(PATIENCE * 0.6)
    one.close()
