"""What a receiver's silence means: an address of the inner network is told apart from one that does not answer."""

import socket

import pytest

from huasuan.app.worker.posting import Poster
from huasuan.journeys import Missed, Request
from huasuan.kernel.addresses import Reach


@pytest.fixture
def nobody() -> str:
    """An address of this machine at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/hook"


@pytest.mark.parametrize(("inner", "code"), [((), "inner_address"), (("127.0.0.1",), "unreachable")])
def test_an_inner_address_says_what_to_set(nobody: str, inner: tuple[str, ...], code: str) -> None:
    poster = Poster(Reach(inner), 2.0)
    missed = poster.post(Request(address=nobody, body=b"{}", headers={}))
    poster.close()
    assert isinstance(missed, Missed)
    assert (missed.code, missed.unknown, "HUASUAN_INNER_HOSTS" in missed.text.zh) == (code, False, not inner)
