"""The settings of a workspace: the trade's own thresholds, with the defaults of the domain canon."""

from dataclasses import asdict, dataclass

import orjson

from huasuan.kernel.money import minor_digits
from huasuan.kernel.time import zone


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSettings:
    """What one business decides for itself.

    zone, currency: in which every report is given.
    junk_seconds: an answered inbound call of at most this talk is junk (S2-5).
    target_seconds: from this talk on it is a target call (S2-8); between the two it is grey.
    cycle_days: the sales cycle in which a contact counts once; 0 counts every call (S2-26, S2-31).
    conversation_seconds: from this talk on a live call is a meaningful conversation (S4-12).
    return_window_days: revenue younger than this after receipt is open, not firm (S2-44).
    marketing_kinds: the cost kinds that make up marketing spend (S2-25).
    """

    zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    language: str = "zh"
    junk_seconds: int = 30
    target_seconds: int = 60
    cycle_days: int = 30
    conversation_seconds: int = 30
    return_window_days: int = 7
    marketing_kinds: tuple[str, ...] = ("ads", "events", "list_data", "tracking_numbers", "content")

    def __post_init__(self) -> None:
        zone(self.zone)
        minor_digits(self.currency)

    def to_json(self) -> str:
        """As kept in the store."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def from_json(cls, text: str) -> "WorkspaceSettings":
        """As read from the store."""
        values = orjson.loads(text)
        values["marketing_kinds"] = tuple(values["marketing_kinds"])
        return cls(**values)
