"""Metrics of what came before and after a call: abandonment, rescue, follow-up, consent, tags of our numbers."""

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue.about import about
from huasuan.metrics.catalogue.calls import DIALS, HUMAN_ANSWERED, MISSED, inbound, out, share
from huasuan.metrics.language import Base, Metric, Ratio

_HOUR = 3600
_CONNECT_MILLIS = 2000
_RESCUE, _FCR, _FOLLOW = 24 * _HOUR, 48 * _HOUR, 14 * 24 * _HOUR


def _older_than(seconds: int) -> str:
    """Younger calls have not had their time yet."""
    return f"epoch_us(started_at) <= epoch_us(now()) - {seconds * 1_000_000}"


LATE = out(
    "late_joined",
    "真人接听后坐席超过2秒才接入的呼出；也属于两秒弃呼与接通。",
    "Calls a person answered and an agent joined after more than 2 s; also among abandoned and connected ones.",
    "result = 'human'",
    "voice = 'human'",
    f"join_millis > {_CONNECT_MILLIS}",
)
ABANDONED_2S = out(
    "abandoned_2s",
    "真人接听后（问候语结束起）2秒内没有坐席接入的呼出，包括超时接入与提前挂断。",
    "Calls a person answered without an agent within 2 s of the end of the greeting; late ones and early hang-ups too.",
    "result IN ('human', 'abandoned')",
    "voice = 'human'",
    f"(join_millis > {_CONNECT_MILLIS} OR (result = 'abandoned' AND NOT joined))",
)
HUNG_UP = out(
    "hung_up_before_agent",
    "真人接听后在2秒之内、坐席接入之前挂断的呼出。",
    "Calls a person answered and gave up within 2 s, before an agent joined.",
    "result = 'abandoned'",
    "NOT joined",
    f"open_millis < {_CONNECT_MILLIS}",
)
RESCUED = inbound(
    "missed_rescued",
    "未接后24小时内与同一联系人通上话的来电（来电或回拨）。",
    "Missed calls followed within 24 h by one with the same contact that was answered, in or out.",
    "NOT joined",
    f"next_answered_seconds <= {_RESCUE}",
)
NOT_CALLED_BACK = Base(
    about=about(
        "missed",
        "未接后24小时内既没有人回拨、客户也没有再打通的来电；隐藏号码无法回拨，不计入。",
        "Missed calls after which nobody dialled back and nobody was reached within 24 h; withheld numbers left out.",
        "not_called_back",
    ),
    star="call",
    unit="count",
    where=(
        *MISSED.where,
        "contact_id IS NOT NULL",
        f"coalesce(next_answered_seconds > {_RESCUE}, TRUE)",
        f"coalesce(next_dial_seconds > {_RESCUE}, TRUE)",
    ),
)
EXCLUDED = Base(
    about=about(
        "inbound_calls",
        "按规则或人工排除、不计入任何报表的来电（内部、测试、瞬断）。",
        "Inbound calls left out of every report, by rule or by hand: internal, test and ghost calls.",
        "excluded",
    ),
    star="call",
    unit="count",
    where=("direction = 'in'", "excluded"),
)
_ASKED = ("joined", "contact_id IS NOT NULL", _older_than(_FCR))
SETTLED = inbound(
    "fcr_proxy",
    "接听后48小时内同一联系人没有再来电的来电。",
    "Answered calls after which the contact did not call again within 48 h.",
    *_ASKED,
    f"(next_inbound_seconds IS NULL OR next_inbound_seconds > {_FCR})",
    part="settled",
)
SERVED = inbound("fcr_proxy", "接听超过48小时的来电。", "Calls answered more than 48 h ago.", *_ASKED, part="answered")
_FIRST = ("NOT excluded", "first_meaningful", _older_than(_FOLLOW))
DUE = Base(
    about=about(
        "followups_due",
        "首次有意义对话已满14天的联系人。",
        "Contacts whose first meaningful conversation was 14 days ago or more.",
    ),
    star="call",
    unit="count",
    where=_FIRST,
)
DONE = Base(
    about=about(
        "followups_done",
        "首次有意义对话后14天内再次有意义对话的联系人。",
        "Those of them with another meaningful conversation within 14 days.",
    ),
    star="call",
    unit="count",
    where=(*_FIRST, f"next_meaningful_seconds <= {_FOLLOW}"),
)
CONSENTED = out(
    "consent_coverage",
    "拨打时有有效同意的呼出。",
    "Dials with consent in force at that moment.",
    "consented",
    part="consented",
)


def _numbers(part: str, zh: str, en: str, *where: str) -> Base:
    return Base(
        about=about("number_flag_rate", zh, en),
        star="call",
        unit="count",
        where=(*DIALS.where, "caller_number IS NOT NULL", *where),
        distinct="caller_number",
        part=part,
    )


METRICS: list[Metric] = [
    ABANDONED_2S,
    HUNG_UP,
    LATE,
    RESCUED,
    NOT_CALLED_BACK,
    EXCLUDED,
    DUE,
    DONE,
    share(
        "abandon_rate",
        "两秒弃呼占真人接听的比例；机器接听两边都不计，绝不对各活动取平均。",
        "Abandoned by the 2-second rule over live answers; machines on neither side, never averaged over campaigns.",
        ABANDONED_2S,
        HUMAN_ANSWERED,
    ),
    share("rescue_rate", "已挽回的未接占全部未接的比例。", "Missed calls rescued over missed calls.", RESCUED, MISSED),
    share(
        "fcr_proxy",
        "接听后48小时内同一联系人没有再来电的比例；更新的来电暂不计。",
        "Answered calls after which the contact did not call again within 48 h; younger ones are left out for now.",
        SETTLED,
        SERVED,
    ),
    share(
        "followup_success",
        "首次有意义对话后14天内再次有意义对话的联系人比例。",
        "Contacts with another meaningful conversation within 14 days of the first.",
        DONE,
        DUE,
    ),
    share(
        "consent_coverage",
        "拨打时有有效同意的拨号比例（目标100%）；退订即撤回同意。",
        "Dials with consent in force over dials (the aim is all); an opt-out withdraws consent.",
        CONSENTED,
        DIALS,
    ),
    Ratio(
        about=about(
            "number_flag_rate",
            "使用中的外显号码里被标记的比例（标记期间有拨打即计）。",
            "Numbers shown while an app tagged them, over all numbers shown.",
        ),
        numerator=_numbers("flagged", "标记期间用过的外显号码。", "Numbers shown while tagged.", "number_tagged"),
        denominator=_numbers("used", "用过的外显号码。", "Numbers shown."),
        unit="share",
        zero=Text(zh="没有外显号码", en="no numbers shown"),
    ),
]
