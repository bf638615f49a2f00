"""What a derivation needs to know of a workspace."""

from dataclasses import dataclass
from datetime import datetime

from huasuan.methods.call_matching import UNTAUGHT, MatchModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The workspace's own thresholds (see ``people.settings.WorkspaceSettings``), zone and currency.

    ``internal_parties``, ``test_parties``: the identity nodes whose calls count nowhere.
    ``matching``: how likely visitors call, as learned from the calls of the business.
    ``as_of``: only what was known before that moment counts, for facts that keep their history.
    """

    zone: str
    currency: str
    junk_seconds: int
    target_seconds: int
    cycle_days: int
    conversation_seconds: int
    return_window_days: int
    marketing_kinds: tuple[str, ...]
    deal_stages: tuple[str, ...] = ()
    inactive_days: int = 90
    lifetime_months: int = 60
    discount_percent: int = 10
    margin_percent: int = 0
    talk_bands: tuple[tuple[str, int, int], ...] = ()
    calendar: str = "CN"
    business_hours: tuple[tuple[int, int, int], ...] = ()
    cycle_start: str = "first_call"
    unique_target: str = "first_target"
    ghost_seconds: int = 0
    internal_parties: tuple[int, ...] = ()
    test_parties: tuple[int, ...] = ()
    attribution: str = "last-non-direct"
    attribution_days: int = 90
    counted_calls: str = "target_calls"
    linked_percent: int = 90
    matching: MatchModel = UNTAUGHT
    as_of: datetime | None = None
