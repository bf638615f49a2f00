"""What one business decides about its leads: whom it wants, when they are followed up, how long sales may think."""

from dataclasses import asdict, dataclass
from typing import Any

import orjson

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

CALLERS = ("all", "missed", "none")
TELLING = ("auto", "always", "never")
_LISTS = frozenset({"wanted_industries", "wanted_regions", "wanted_interests", "follow_days"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """Settings of leads and desk of one workspace.

    fresh_days: older leads are history and become no case when they arrive.
    wanted_*: whom the business sells to; what is named raises the fit (S3-30, S3-34).
    follow_days: days after which a lead that was talked to is called again (S3-18).
    wrap_seconds: time to write up a call; after it the agent is 待提交 until a result is submitted.
    outcome_days: a lead that has not bought so long after it came counts as one that does not; younger ones teach
    nothing yet (S3-34).
    decide_days: how long sales may think about a handover (S4-23); attempts_most: a lead not
    reached by so many calls is closed.
    leads_from_calls: callers nobody knows become leads: ``all``, only those who were ``missed``, or ``none`` (S3-31).
    away_minutes: a desk of which nothing was heard for so long is not ready any more; 0: never, for those whose
    presence another system tells.
    desk_calls: whether calls of the desk become facts: ``auto`` as long as no telephone system tells outbound calls
    of the workspace (both would count them twice), ``always`` or ``never``.
    """

    fresh_days: int = 30
    wanted_industries: tuple[str, ...] = ()
    wanted_regions: tuple[str, ...] = ()
    wanted_interests: tuple[str, ...] = ()
    follow_days: tuple[int, ...] = (1, 3, 7)
    wrap_seconds: int = 30
    decide_days: int = 14
    attempts_most: int = 8
    protect_days: int = 14
    outcome_days: int = 30
    leads_from_calls: str = "all"
    away_minutes: int = 5
    desk_calls: str = "auto"

    def __post_init__(self) -> None:
        numbers = {
            "fresh_days": (self.fresh_days, 1, 3_660),
            "wrap_seconds": (self.wrap_seconds, 0, 3_600),
            "decide_days": (self.decide_days, 1, 365),
            "attempts_most": (self.attempts_most, 1, 100),
            "outcome_days": (self.outcome_days, 1, 365),
            "away_minutes": (self.away_minutes, 0, 1_440),
            "protect_days": (self.protect_days, 1, 365),
        }
        for name, (value, least, most) in numbers.items():
            if not least <= value <= most:
                raise _refused(name, value, f"{least}–{most}")
        if self.leads_from_calls not in CALLERS:
            raise _refused("leads_from_calls", self.leads_from_calls, ", ".join(CALLERS))
        if self.desk_calls not in TELLING:
            raise _refused("desk_calls", self.desk_calls, ", ".join(TELLING))
        if any(not 1 <= day <= 365 for day in self.follow_days) or len(self.follow_days) > 12:
            raise _refused("follow_days", self.follow_days, "1–365, ≤ 12")

    def to_json(self) -> str:
        """As kept in the store."""
        return orjson.dumps(asdict(self)).decode()


def settings_from_json(kept: str | None) -> DeskSettings:
    """As read from the store; the defaults if nothing was decided."""
    if kept is None:
        return DeskSettings()
    said: dict[str, Any] = orjson.loads(kept)
    for name in _LISTS & said.keys():
        said[name] = tuple(said[name])
    return DeskSettings(**said)


def _refused(name: str, value: object, allowed: str) -> InvalidInput:
    return InvalidInput(
        "bad_desk_setting",
        Text(zh=f"设置 {name} 不能为 {value}", en=f"the setting {name} cannot be {value}"),
        Text(zh=f"允许 {allowed}。", en=f"It must be {allowed}."),
    )
