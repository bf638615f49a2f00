"""Reaching people: whatever dials or sends takes a ``Permit`` and nothing else, and only the gate makes permits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, final

from huasuan.seams.seal import Seal

Channel = Literal["call", "sms", "email", "wechat"]
Voice = Literal["human", "bot", "recorded"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Permit:
    """Leave to reach one person once, on one number, until it ends (rules.csv R01-R17).

    Nobody but the gate of the consent room can make one: ``seal`` is its own, and the database lets each permit be
    used once. ``token`` carries the same leave out of the program and back; it is signed. ``contract``: it was asked
    for somebody whose contract is running.
    """

    seal: Seal
    workspace: int
    attempt: int
    channel: Channel
    purpose: str
    number: str
    caller_number: str | None
    ends_at: datetime
    token: str
    contract: bool = False

    def __post_init__(self) -> None:
        if type(self.seal) is not Seal:
            msg = "a permit is made by the gate alone: ask it"
            raise TypeError(msg)

    def __repr__(self) -> str:
        # Neither the number nor the token belongs into a log.
        return f"Permit(workspace={self.workspace}, attempt={self.attempt}, channel={self.channel!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What the outside system calls the call or message it began."""

    reference: str


class Telephony(Protocol):
    """Something that dials. It is handed permits by ``consent.place_call`` alone, which uses each one up first."""

    def dial(self, permit: Permit) -> Placed:
        """Call ``permit.number`` and show ``permit.caller_number``; answers as soon as the call is on its way."""
        ...


class Messenger(Protocol):
    """Something that sends messages to people. It is handed permits by ``consent.send_message`` alone."""

    def send(self, permit: Permit, text: str) -> Placed:
        """Send ``text`` to ``permit.number``; answers as soon as it was accepted."""
        ...
