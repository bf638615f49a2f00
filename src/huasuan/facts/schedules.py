"""When advertising off the web runs: radio and television spots, print days, loudspeaker vans."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AdSpot:
    """One time an advertisement was, or will be, aired (S2-58, S2-62).

    Without ``ended_at`` it lasted ``seconds``, without those half a minute. Its cost stands in the cost ledger.
    """

    started_at: datetime
    ended_at: datetime | None = None
    seconds: int | None = None
    channel: str | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    creative: str | None = None
    promotion: str | None = None
    own_number: str | None = None
    region: str | None = None
