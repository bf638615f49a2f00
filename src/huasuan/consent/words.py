"""What the gate says to people, zh and en."""

from datetime import datetime

from huasuan.kernel.text import Text

_TEXTS = {
    "erased": Text(
        zh="此人已要求删除其全部信息，不得再联系", en="the person had everything deleted; no contact any more"
    ),
    "opted_out": Text(zh="此人已退订，不再接受联系", en="the person opted out of being contacted"),
    "listed": Text(zh="号码在谢绝来电名单中", en="the number stands on a do-not-call list"),
    "refused": Text(zh="此人在通话中拒绝过，仍在静默期", en="the person refused in a call and is left alone"),
    "no_consent": Text(zh="没有此人对该用途的同意记录", en="no consent of the person for this purpose"),
    "consent_withdrawn": Text(zh="此人已撤回同意", en="the person withdrew the consent"),
    "consent_expired": Text(zh="同意已过期", en="the consent has expired"),
    "no_provenance": Text(
        zh="购入名单没有来源与单独同意的证明", en="the bought list has no proof of where it comes from"
    ),
    "too_young": Text(zh="此人未达营销年龄", en="the person is below the age of marketing"),
    "registry_missing": Text(
        zh="尚未导入须遵守的谢绝来电名单", en="a do-not-call registry that must be heeded is missing"
    ),
    "registry_old": Text(zh="谢绝来电名单已超过允许的期限", en="a do-not-call registry is older than allowed"),
    "zone_unknown": Text(
        zh="不知道此人所在时区，无法确认当地时间",
        en="the time zone of the person is not known, so neither is the hour there",
    ),
    "outside_window": Text(zh="不在被叫当地的可呼时段内", en="outside the calling hours where the person lives"),
    "too_often": Text(zh="近期联系此人的次数已达上限", en="the person was tried as often as allowed lately"),
    "too_soon": Text(zh="距上次联系此人的时间过短", en="the last attempt on the person is too recent"),
    "caller_barred": Text(zh="该主叫号码不得用于营销呼出", en="this number must not be used to call out for marketing"),
    "caller_unregistered": Text(
        zh="主叫号码不在已登记的号码池中", en="the caller number is not in the registered pool"
    ),
    "caller_withheld": Text(zh="不得隐藏主叫号码", en="the caller number must be shown"),
    "no_number": Text(zh="没有可联系的号码", en="there is no number to reach them by"),
    "abandon_rate": Text(zh="弃呼率已达上限", en="too many calls of the campaign were abandoned"),
}
_CAUTIONS = {
    "pause": Text(zh="当地为午休时间，请酌情", en="people may be resting at this hour there"),
    "no_evidence": Text(zh="同意没有证明材料", en="the consent has no evidence"),
    "disclose": Text(zh="开场须说明是语音机器人", en="the robot has to say first that it is one"),
}


def reason_text(code: str, detail: str = "") -> Text:
    """Why a contact is forbidden; ``detail`` names the list, number or limit."""
    text = _TEXTS[code]
    return Text(zh=f"{text.zh}（{detail}）", en=f"{text.en} ({detail})") if detail else text


def told_text(told: str) -> Text:
    """A reason as the log keeps it (``R03.2 no_consent``), in words; one of an earlier version may be unknown."""
    rule, _, code = told.partition(" ")
    return reason_text(code, rule) if code in _TEXTS else Text(zh=told, en=told)


def caution_text(code: str) -> Text:
    """What should be thought of though it forbids nothing."""
    return _CAUTIONS[code]


def until_text(at: datetime | None) -> str:
    """A moment as people read it."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"
