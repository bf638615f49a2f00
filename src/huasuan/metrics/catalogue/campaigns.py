"""Metrics of lists, campaigns, voice bots, messages and callback requests."""

from huasuan.metrics.catalogue.about import about
from huasuan.metrics.catalogue.calls import BOT_REACHED, share
from huasuan.metrics.language import Base, Metric


def _people(key: str, star: str, zh: str, en: str, *where: str, part: str = "", event_day: str = "day") -> Base:
    """Different contacts of an event."""
    return Base(
        about=about(key, zh, en),
        star=star,
        unit="count",
        where=("contact_id IS NOT NULL", *where),
        distinct="contact_id",
        event_day=event_day,
        part=part,
    )


LIST_RECORDS = Base(
    about=about(
        "list_records",
        "导入的名单记录，重复与无效号码除外。",
        "Lines of lists taken in; duplicates and impossible numbers left out.",
    ),
    star="list_record",
    unit="count",
    where=("status = 'imported'",),
)
TARGETED = _people("contacts_targeted", "campaign_target", "活动的目标联系人。", "Contacts a campaign means to reach.")
RESPONSES = _people(
    "responses",
    "campaign_target",
    "活动开始后有意义对话、来电或回复的目标联系人；拒绝不算响应。",
    "Contacts aimed at who then talked, called back or replied; refusals are no responses.",
    "responded",
)
BOT_HANDOVERS = _people(
    "bot_handovers",
    "bot_verdict",
    "机器人判为高意向并转给人工的不同联系人，实时转接与稍后回拨都算。",
    "Contacts a bot found highly interested and handed to people, live or later.",
    "verdict = 'high_intent'",
    "handed_day IS NOT NULL",
    event_day="handed_day",
)
REQUESTS = Base(
    about=about("callback_requests", "要求回呼的请求。", "Requests to be called back."),
    star="callback_request",
    unit="count",
)
JOINED = Base(
    about=about(
        "callback_connected",
        "坐席与客户双方都接通的回呼。",
        "Callbacks in which staff and customer were both on the line.",
    ),
    star="callback_request",
    unit="count",
    where=("connected",),
)
_WORTH = [
    Base(
        about=about("callback_connected", zh, en, variant),
        star="callback_request",
        unit="count",
        where=("connected", f"call_class = '{variant}'"),
    )
    for variant, zh, en in (
        ("target", "产生了目标通话的回呼。", "Callbacks that became a proper call."),
        ("grey", "通话既非目标也非垃圾的回呼。", "Callbacks whose call was neither proper nor junk."),
        ("junk", "产生了垃圾通话的回呼。", "Callbacks that became a junk call."),
    )
]
_SMS = "kind = 'sms'"
DELIVERED = _people(
    "sms_reply_rate",
    "message",
    "收到短信的不同联系人。",
    "Contacts a text message reached.",
    _SMS,
    "delivered",
    part="reached",
)
REPLIED = _people(
    "sms_reply_rate",
    "message",
    "收到短信并回复的不同联系人；退订回复除外。",
    "Contacts a text message reached who replied; replies to be left alone do not count.",
    _SMS,
    "delivered",
    "replied",
    part="replied",
)
METRICS: list[Metric] = [
    LIST_RECORDS,
    TARGETED,
    RESPONSES,
    BOT_HANDOVERS,
    REQUESTS,
    JOINED,
    *_WORTH,
    share("response_rate", "有响应的目标联系人比例。", "Contacts aimed at who responded.", RESPONSES, TARGETED),
    share(
        "bot_pass_rate",
        "机器人转人工的联系人占机器人触达联系人的比例。",
        "Contacts a bot handed over over contacts it reached.",
        BOT_HANDOVERS,
        BOT_REACHED,
    ),
    share(
        "callback_connect_rate",
        "双方接通的回呼占回呼请求的比例。",
        "Callbacks connected over requests.",
        JOINED,
        REQUESTS,
    ),
    share(
        "sms_reply_rate",
        "回复短信的联系人占收到短信联系人的比例。",
        "Contacts who replied over contacts a text message reached.",
        REPLIED,
        DELIVERED,
    ),
]
