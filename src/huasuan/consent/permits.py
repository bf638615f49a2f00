"""Making permits, and writing them down so that they can leave the program and come back."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

import orjson

from huasuan.consent.types import Ask
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, to_micros
from huasuan.seams import Permit
from huasuan.seams.seal import Seal

_SEAL = Seal()
_SIGNATURE = 32


def make_permit(secret: bytes, *, workspace: int, attempt: int, ask: Ask, ends_at: datetime) -> Permit:
    """The permit for a reserved attempt. Only the gate calls this, in the transaction that reserved it."""
    said = orjson.dumps(
        [workspace, attempt, ask.channel, ask.purpose, ask.number, ask.caller_number, to_micros(ends_at), ask.contract]
    )
    return Permit(
        seal=_SEAL,
        workspace=workspace,
        attempt=attempt,
        channel=ask.channel,
        purpose=ask.purpose,
        number=ask.number,
        caller_number=ask.caller_number,
        ends_at=ends_at,
        token=sign(secret, "permit", said),
        contract=ask.contract,
    )


def read_permit(secret: bytes, token: str) -> Permit:
    """The permit of a token.

    Raises
    ------
    InvalidInput
        ``bad_token`` for one that was not made here
    """
    workspace, attempt, channel, purpose, number, caller, ends_at, contract = orjson.loads(
        verified(secret, "permit", token)
    )
    return Permit(
        seal=_SEAL,
        workspace=workspace,
        attempt=attempt,
        channel=channel,
        purpose=purpose,
        number=number,
        caller_number=caller,
        ends_at=from_micros(ends_at),
        token=token,
        contract=contract,
    )


def sign(secret: bytes, purpose: str, said: bytes) -> str:
    """What was said, with a signature, as text that survives a URL."""
    signature = hmac.digest(secret, purpose.encode() + b"\0" + said, "sha256")
    return urlsafe_b64encode(signature + said).decode().rstrip("=")


def verified(secret: bytes, purpose: str, token: str) -> bytes:
    """What was signed.

    Raises
    ------
    InvalidInput
        ``bad_token``
    """
    try:
        whole = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        raise _bad_token() from None
    signature, said = whole[:_SIGNATURE], whole[_SIGNATURE:]
    if not hmac.compare_digest(signature, hmac.digest(secret, purpose.encode() + b"\0" + said, "sha256")):
        raise _bad_token()
    return said


def keyed_digest(secret: bytes, kind: str, value: str) -> str:
    """What is left of a number or address: enough to know it again, not to find it out without the secret.

    Large and small letters of an address make no other person.
    """
    if kind == "email":
        value = value.casefold()
    return hmac.digest(secret, f"{kind}\0{value}".encode(), "sha256").hex()[:32]


def _bad_token() -> InvalidInput:
    return InvalidInput(
        "bad_token",
        Text(zh="令牌无效", en="the token is not valid"),
        Text(zh="请重新获取链接或许可。", en="Ask for a new link or permit."),
    )
