"""What a handover and a rating of a lead can be."""

from huasuan.facts.selling import Handover, LeadQuality
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

_ITEMS = ("budget", "authority", "need", "timing", "fit")


def check_handover(handover: Handover) -> Handover:
    """A rejection needs a reason, or nobody learns from it."""
    if handover.verdict == "rejected" and not handover.reason:
        raise InvalidInput(
            "no_reason",
            Text(zh="拒绝移交没有说明原因", en="the handover was rejected without a reason"),
            Text(zh="请填写 reason。", en="Give reason."),
        )
    return handover


def check_lead_quality(quality: LeadQuality) -> LeadQuality:
    """Items are from 0 to 100, the rating from 1 to 5, weights not negative."""
    for name in _ITEMS:
        value = getattr(quality, name)
        if value is not None and not 0 <= value <= 100:
            raise _out_of_range(name, value, "0-100")
        if getattr(quality, f"{name}_weight") < 0:
            raise _out_of_range(f"{name}_weight", getattr(quality, f"{name}_weight"), "≥ 0")
    if quality.rating is not None and not 1 <= quality.rating <= 5:
        raise _out_of_range("rating", quality.rating, "1-5")
    return quality


def _out_of_range(name: str, value: int, allowed: str) -> InvalidInput:
    return InvalidInput(
        "score_out_of_range",
        Text(zh=f"{name} 为 {value}，应为 {allowed}", en=f"{name} is {value}, not {allowed}"),
        Text(zh="请换算到该范围。", en="Bring it to that range."),
    )
