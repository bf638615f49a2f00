"""Ready-made call rules by trade, and as other products define them; junk reasons people usually name."""

from collections.abc import Mapping
from dataclasses import dataclass

from huasuan.kernel.text import Text

# The settings that a preset decides; all others of the workspace stay.
RULE_SETTINGS = (
    "junk_seconds",
    "target_seconds",
    "cycle_days",
    "cycle_start",
    "unique_target",
    "counted_calls",
    "ghost_seconds",
    "internal_numbers",
    "test_numbers",
)
OWN_RULES = "own"
_EVER = "3660"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A choice of call rules with a name; ``settings`` are as somebody would type them."""

    key: str
    text: Text
    meaning: Text
    settings: Mapping[str, str]


def _rules(
    *,
    cycle_days: str,
    counted: str,
    target_seconds: str = "60",
    junk_seconds: str = "30",
    cycle_start: str = "first_call",
    unique_target: str = "first_target",
) -> dict[str, str]:
    return {
        "junk_seconds": junk_seconds,
        "target_seconds": target_seconds,
        "cycle_days": cycle_days,
        "cycle_start": cycle_start,
        "unique_target": unique_target,
        "counted_calls": counted,
    }


PRESETS: Mapping[str, Preset] = {
    preset.key: preset
    for preset in (
        Preset(
            key="standard",
            text=Text(zh="通用", en="General"),
            meaning=Text(
                zh="60秒起为目标来电，30天内同一人算一次唯一来电，按目标来电评价广告。",
                en="Target from 60 s on, a person is unique once in 30 days, advertising is judged by target calls.",
            ),
            settings=_rules(cycle_days="30", counted="target_calls"),
        ),
        Preset(
            key="urgent_trade",
            text=Text(zh="重复购买或紧急服务（出租车、开锁）", en="Repeat or urgent trade (taxi, locksmith)"),
            meaning=Text(
                zh="没有销售周期：每一通目标来电都是一次生意，全部计入。",
                en="No sales cycle: every proper call is business of its own, and all of them count.",
            ),
            settings=_rules(cycle_days="0", counted="target_calls", target_seconds="31"),
        ),
        Preset(
            key="long_cycle",
            text=Text(zh="长周期行业（房产、汽车、家具）", en="Long-cycle trade (estate, cars, furniture)"),
            meaning=Text(
                zh="几通来电属于同一笔生意：90天内同一人只计一次唯一目标来电，两分钟起为目标来电。",
                en="Several calls are one sale: a person has one unique target call in 90 days; target from 120 s on.",
            ),
            settings=_rules(cycle_days="90", counted="unique_target_calls", target_seconds="120"),
        ),
        Preset(
            key="ringostat",
            text=Text(zh="同 Ringostat", en="As Ringostat"),
            meaning=Text(
                zh="周期内首个目标来电之后的来电为重复；过短的首次来电不占用周期。",
                en="Calls after the first target call of a cycle repeat it; a short first one does not use it.",
            ),
            settings=_rules(cycle_days="30", counted="unique_target_calls"),
        ),
        Preset(
            key="calltouch",
            text=Text(zh="同 Calltouch", en="As Calltouch"),
            meaning=Text(
                zh="周期从上一次来电算起；唯一目标来电须既唯一又是目标来电。",
                en="The cycle runs on from the last call; a unique target call is both unique and a target call.",
            ),
            settings=_rules(
                cycle_days="30", counted="unique_target_calls", cycle_start="last_call", unique_target="first_call"
            ),
        ),
        Preset(
            key="first_time_caller",
            text=Text(
                zh="同 CallRail、CTM：首次来电者",
                en="As CallRail and CTM: first-time callers",
            ),
            meaning=Text(
                zh="一个号码只在第一次来电时是新客户，之后都不是。",
                en="A number is new with its first call and never again.",
            ),
            settings=_rules(cycle_days=_EVER, counted="unique_calls", unique_target="first_call"),
        ),
        Preset(
            key="google_ads",
            text=Text(zh="同 Google Ads 来电转化", en="As Google Ads call conversions"),
            meaning=Text(
                zh="通话满60秒即为一次转化，同一人再次来电也计。",
                en="Each call of 60 s or more is a conversion, of the same person too.",
            ),
            settings=_rules(cycle_days="0", counted="target_calls"),
        ),
    )
}
# What people say most of calls that were worth nothing; any other word may be used as well.
JUNK_REASONS: Mapping[str, Text] = {
    "other_product": Text(zh="找的是别的产品", en="wanted another product"),
    "wrong_number": Text(zh="打错了", en="wrong number"),
    "other_region": Text(zh="地区不符", en="outside our region"),
    "price_only": Text(zh="只问价格", en="asked for the price only"),
    "spam": Text(zh="推销电话", en="sales call to us"),
    "robot": Text(zh="机器人", en="robot"),
    "job_seeker": Text(zh="求职", en="looking for a job"),
    "existing_customer": Text(zh="老客户售后", en="existing customer, service"),
    "silent": Text(zh="无声", en="nobody spoke"),
}


def preset_of(settings: Mapping[str, str]) -> str:
    """The preset these settings are, or ``own``."""
    return next(
        (key for key, one in PRESETS.items() if all(settings[name] == value for name, value in one.settings.items())),
        OWN_RULES,
    )
