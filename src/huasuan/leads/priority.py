"""How promising a lead is by rules: intent, urgency and fit, and their sum (S3-34, S0-33). Pure.

Used until enough leads of the business have bought (or not) to learn from, and for the parts also afterwards.
"""

from datetime import date, datetime

from huasuan.kernel.text import Text
from huasuan.leads.settings import DeskSettings
from huasuan.leads.types import Parts, Traits

RULES = "rules"
_INTENT = {"callback": 90, "call": 85, "form": 70, "webhook": 55, "api": 50, "shop": 55, "fair": 45, "file": 30}
_UNKNOWN_INTENT, _BOUGHT = 40, 15
_A_VISIT, _MOST_VISITS = 5, 25
_WEIGHTS = (0.5, 0.2, 0.3)
_NEUTRAL = 50


def by_rules(traits: Traits, settings: DeskSettings, *, wanted_by: date | None, visits: int, at: datetime) -> Parts:
    """Points of a lead. ``visits``: visits, messages and calls of theirs before ``at``."""
    reasons: list[tuple[str, str, float]] = []
    start = _BOUGHT if traits.supplier else _INTENT.get(traits.origin or "", _UNKNOWN_INTENT)
    reasons.append(("supplier", traits.supplier, start - _NEUTRAL) if traits.supplier
                   else ("origin", traits.origin or "", start - _NEUTRAL))  # fmt: skip
    seen = min(visits * _A_VISIT, _MOST_VISITS)
    if seen:
        reasons.append(("visits", str(visits), seen))
    intent = min(100, start + seen)
    urgency = _urgency(wanted_by, at)
    if wanted_by is not None:
        reasons.append(("wanted_by", wanted_by.isoformat(), urgency - _NEUTRAL))
    fit, fits = _fit(traits, settings)
    parts = (intent, urgency, fit)
    score = sum(weight * part for weight, part in zip(_WEIGHTS, parts, strict=True)) / 100
    reasons.extend(fits)
    reasons.sort(key=lambda reason: -abs(reason[2]))
    return Parts(score=score, intent=intent, urgency=urgency, fit=fit, reasons=tuple(reasons[:4]), model=RULES)


def _urgency(wanted_by: date | None, at: datetime) -> int:
    if wanted_by is None:
        return _NEUTRAL
    days = (wanted_by - at.date()).days
    return 0 if days < 0 else 100 if days <= 7 else 75 if days <= 30 else 50 if days <= 90 else 20


def _fit(traits: Traits, settings: DeskSettings) -> tuple[int, list[tuple[str, str, float]]]:
    """Share of what was asked that the lead is, 50 where nothing is asked or known."""
    asked = (
        ("industry", settings.wanted_industries, traits.industry),
        ("region", settings.wanted_regions, traits.region),
        ("interest", settings.wanted_interests, traits.interest),
    )
    points: list[int] = []
    reasons: list[tuple[str, str, float]] = []
    for name, wanted, value in asked:
        if not wanted or value is None:
            continue
        points.append(100 if value in wanted else 0)
        reasons.append((name, value, points[-1] - _NEUTRAL))
    return (round(sum(points) / len(points)) if points else _NEUTRAL), reasons


FEATURE_NAMES = {
    "origin": Text(zh="进线方式", en="way in"),
    "supplier": Text(zh="购买名单", en="bought list"),
    "visits": Text(zh="此前互动次数", en="contacts of theirs before"),
    "wanted_by": Text(zh="期望时间", en="wanted by"),
    "industry": Text(zh="行业", en="industry"),
    "region": Text(zh="地区", en="region"),
    "interest": Text(zh="意向产品", en="interest"),
    "channel": Text(zh="渠道", en="channel"),
    "source": Text(zh="来源", en="source"),
    "medium": Text(zh="媒介", en="medium"),
    "campaign": Text(zh="活动", en="campaign"),
    "list": Text(zh="名单", en="list"),
    "hour": Text(zh="进线时刻", en="hour it came"),
    "weekday": Text(zh="星期", en="weekday"),
    "touches": Text(zh="此前触点数", en="touches before"),
    "touch_age_days": Text(zh="距上次触点天数", en="days since the last touch"),
    "calls_in": Text(zh="此前来电数", en="calls of theirs before"),
    "calls_out": Text(zh="此前外呼数", en="calls to them before"),
    "wanted_days": Text(zh="期望时间距今天数", en="days until it is wanted"),
    "opted_out": Text(zh="客户拒绝自动化决策，评分中性", en="refused decisions by a machine, scored as anybody"),
    "earlier_leads": Text(zh="此前线索数", en="leads of theirs before"),
}


def in_words(parts: Parts) -> tuple[Text, ...]:
    """The reasons of a score in words, the strongest first."""
    said = []
    for name, value, effect in parts.reasons:
        named = FEATURE_NAMES.get(name, Text(zh=name, en=name))
        zh, en = ("提高", "raises it") if effect > 0 else ("降低", "lowers it") if effect < 0 else ("无影响", "neutral")
        shown = value or "—"
        said.append(Text(zh=f"{named.zh} {shown}：{zh}", en=f"{named.en} {shown}: {en}"))
    return tuple(said)
