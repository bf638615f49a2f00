"""Metrics of calls, out and in."""

from decimal import Decimal

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue.about import about
from huasuan.metrics.language import Additive, Bands, Base, Combined, Metric, Ratio

_COUNTED = "NOT excluded"
_OUT = ("direction = 'out'", _COUNTED)
_IN = ("direction = 'in'", _COUNTED)


def out(key: str, zh: str, en: str, *where: str, part: str = "") -> Base:
    """A count of outbound calls."""
    return Base(about=about(key, zh, en), star="call", unit="count", where=(*_OUT, *where), part=part)


def inbound(key: str, zh: str, en: str, *where: str, part: str = "") -> Base:
    """A count of inbound calls."""
    return Base(about=about(key, zh, en), star="call", unit="count", where=(*_IN, *where), part=part)


def share(key: str, zh: str, en: str, top: Additive, bottom: Additive, *, bands: Bands | None = None) -> Ratio:
    """A part over its whole."""
    return Ratio(
        about=about(key, zh, en),
        numerator=top,
        denominator=bottom,
        unit="share",
        zero=Text(zh=f"没有{bottom.about.text.zh}", en=f"no {bottom.about.text.en}"),
        bands=bands,
    )


DIALS = out(
    "dials", "交给网络的每一次呼出，重拨也算一次。", "Every outbound attempt handed to the network; each redial counts."
)
ANSWERED = out(
    "answered",
    "网络侧接通的呼出，不论接听的是人还是机器。",
    "Outbound calls the network answered, whoever or whatever picked up.",
    "answered",
)
HUMAN_ANSWERED = out(
    "human_answered",
    "由真人接听的呼出，包括接通后无坐席的弃呼。",
    "Outbound calls a live person answered, abandoned ones included.",
    "result IN ('human', 'abandoned')",
)
MACHINE_ANSWERED = out(
    "machine_answered", "由语音信箱或机器接听的呼出。", "Outbound calls a machine answered.", "result = 'machine'"
)
CONNECTED = out(
    "connected",
    "真人接听并与坐席或机器人通上话的呼出。",
    "Outbound calls in which a live person was joined to an agent or bot.",
    "result = 'human'",
)
ABANDONED = out(
    "abandoned_calls",
    "真人接听后始终没有坐席接入的呼出。",
    "Outbound calls a person answered and no agent ever joined.",
    "result = 'abandoned'",
)
BOT_DIALS = out("bot_dials", "由语音机器人拨出的呼叫。", "Outbound calls placed by a voice bot.", "voice = 'bot'")
RIGHT_PARTY = out(
    "right_party_contacts",
    "接通到目标本人的呼出。",
    "Connected calls that reached the person meant.",
    "result = 'human'",
    "right_party",
)
CONVERSATIONS = out(
    "conversations",
    "真人接通且通话达到设定秒数（默认30），并非错号、秒拒或语音信箱。",
    "Connected calls of the set seconds of talk (default 30), no wrong number, instant refusal or voicemail.",
    "result = 'human'",
    "meaningful",
)
CONTACTS_DIALLED = Base(
    about=about("contacts_dialled", "至少拨打过一次的不同联系人。", "Different contacts dialled at least once."),
    star="call",
    unit="count",
    where=(*_OUT, "contact_id IS NOT NULL"),
    distinct="contact_id",
)
CONTACTS_REACHED = Base(
    about=about(
        "contacts_reached",
        "至少有一次由真人接听的不同联系人。",
        "Different contacts of whom a live person answered at least once.",
    ),
    star="call",
    unit="count",
    where=(*_OUT, "contact_id IS NOT NULL", "result IN ('human', 'abandoned')"),
    distinct="contact_id",
)
BOT_REACHED = Base(
    about=about("bot_contacts_reached", "机器人拨通真人的不同联系人。", "Different contacts a bot reached."),
    star="call",
    unit="count",
    where=(*_OUT, "contact_id IS NOT NULL", "voice = 'bot'", "result IN ('human', 'abandoned')"),
    distinct="contact_id",
)
TALK_SECONDS = Base(
    about=about(
        "talk_seconds", "坐席与客户实际通话的秒数，不含保持。", "Seconds agents and customers talked, hold excluded."
    ),
    star="call",
    unit="seconds",
    where=(_COUNTED,),
    amount="talk_seconds",
)
CONVERSATION_TALK = Base(
    about=about("conversation_talk_seconds", "有意义对话的通话秒数。", "Talk seconds of meaningful conversations."),
    star="call",
    unit="seconds",
    where=CONVERSATIONS.where,
    amount="talk_seconds",
)
HOLD_SECONDS = Base(
    about=about("hold_seconds", "通话中保持的秒数。", "Seconds customers were on hold."),
    star="call",
    unit="seconds",
    where=(_COUNTED,),
    amount="hold_seconds",
)
HANDLED = Base(
    about=about("handled_calls", "有坐席接入的呼入与呼出。", "Calls an agent joined, in and out."),
    star="call",
    unit="count",
    where=(_COUNTED, "joined"),
)
INBOUND = inbound("inbound_calls", "所有来电，内部与测试除外。", "All inbound calls but internal and test ones.")
INBOUND_ANSWERED = inbound("inbound_answered", "由人接听的来电。", "Inbound calls a person answered.", "joined")
MISSED = inbound("missed", "没有人接听的来电。", "Inbound calls no person answered.", "NOT joined")
QUEUED = inbound("inbound_queued", "进入队列的来电。", "Inbound calls that entered a queue.", "queue IS NOT NULL")
QUEUE_ABANDONED = inbound(
    "queue_abandoned",
    "在队列中放弃的来电。",
    "Callers who gave up in the queue.",
    "queue IS NOT NULL",
    "NOT joined",
    "cause = 'abandoned_queue'",
)
WITHIN_T = inbound(
    "answered_within_t",
    "排队20秒内接听的来电。",
    "Queued calls answered within 20 seconds.",
    "queue IS NOT NULL",
    "joined",
    "queue_seconds <= 20",
)
SHORT_ABANDONS = inbound(
    "short_abandons",
    "等待不足5秒即放弃的来电。",
    "Missed calls given up in under 5 seconds.",
    "NOT joined",
    "coalesce(queue_seconds, ring_seconds, 5) < 5",
)
TARGET = inbound(
    "target_calls",
    "达到目标时长（或人工认定）的来电。",
    "Answered inbound calls long enough, or tagged, to be a real enquiry.",
    "joined",
    "call_class = 'target'",
)
JUNK = inbound(
    "junk_calls",
    "过短（或人工认定）的垃圾来电。",
    "Answered inbound calls too short, or tagged, to be of worth.",
    "call_class = 'junk'",
)
GREY = inbound(
    "grey_calls",
    "介于垃圾与目标之间的来电。",
    "Answered inbound calls between junk and target.",
    "joined",
    "call_class = 'grey'",
)
UNIQUE = inbound(
    "unique_calls",
    "同一联系人在一个销售周期内只算一次的来电。",
    "Inbound calls, each contact once in a sales cycle.",
    "is_unique",
)
UNIQUE_TARGET = inbound(
    "unique_target_calls",
    "同一联系人在一个销售周期内的首个目标来电。",
    "The first target call of a contact in a sales cycle.",
    "is_unique_target",
)
REPEAT = inbound(
    "repeat_calls",
    "周期内首个目标来电之后的再次来电。",
    "Calls after the contact's first target call inside the cycle.",
    "is_repeat",
)
WITHHELD = inbound(
    "withheld_calls", "未显示号码的来电。", "Inbound calls without a caller number.", "contact_id IS NULL"
)
SOURCED = inbound(
    "sourced_calls",
    "能确定来源的来电。",
    "Inbound calls whose source is known.",
    "channel IS NOT NULL",
    "channel <> 'unattributed'",
    "coalesce(match_probability, 1) >= 0.5",
)
BUYERS = Base(
    about=about("call_conversion", "通话之后成交的不同联系人。", "Different contacts who bought after the call."),
    star="call",
    unit="count",
    where=(_COUNTED, "contact_id IS NOT NULL", "(result = 'human' OR is_unique_target)", "bought_after"),
    distinct="contact_id",
    part="buyers",
)
TALKED_TO = Base(
    about=about("call_conversion", "通上话的不同联系人。", "Different contacts spoken to."),
    star="call",
    unit="count",
    where=(_COUNTED, "contact_id IS NOT NULL", "(result = 'human' OR is_unique_target)"),
    distinct="contact_id",
    part="spoken_to",
)
SPOKEN = Combined(
    about=about(
        "cost_per_call", "坐席或机器人真正通上话的呼入与呼出。", "Calls, in and out, a person or bot really spoke on."
    ),
    terms=((1, CONNECTED), (1, INBOUND_ANSWERED)),
)

METRICS: list[Metric] = [
    DIALS,
    ANSWERED,
    HUMAN_ANSWERED,
    MACHINE_ANSWERED,
    CONNECTED,
    ABANDONED,
    BOT_DIALS,
    RIGHT_PARTY,
    CONVERSATIONS,
    CONTACTS_DIALLED,
    CONTACTS_REACHED,
    BOT_REACHED,
    TALK_SECONDS,
    CONVERSATION_TALK,
    HOLD_SECONDS,
    HANDLED,
    INBOUND,
    INBOUND_ANSWERED,
    MISSED,
    QUEUED,
    QUEUE_ABANDONED,
    WITHIN_T,
    SHORT_ABANDONS,
    TARGET,
    JUNK,
    GREY,
    UNIQUE,
    UNIQUE_TARGET,
    REPEAT,
    WITHHELD,
    SOURCED,
    share(
        "answer_rate",
        "网络接通数除以拨打数；含机器接听。",
        "Network answers over dials; machines included.",
        ANSWERED,
        DIALS,
    ),
    share("connect_rate", "真人接听数除以拨打数。", "Live answers over dials.", HUMAN_ANSWERED, DIALS),
    share("machine_rate", "机器接听数除以拨打数。", "Machine answers over dials.", MACHINE_ANSWERED, DIALS),
    share(
        "contact_rate",
        "触达的联系人除以拨打过的联系人。",
        "Contacts reached over contacts dialled.",
        CONTACTS_REACHED,
        CONTACTS_DIALLED,
    ),
    share("rpc_rate", "接通到本人的比例。", "Right-party contacts over connected calls.", RIGHT_PARTY, CONNECTED),
    share(
        "conversation_rate",
        "有意义对话除以接通数。",
        "Meaningful conversations over connected calls.",
        CONVERSATIONS,
        CONNECTED,
    ),
    share(
        "target_call_share",
        "目标来电占全部来电的比例；高于60%为好，低于50%说明投放或流程有问题。",
        "Target calls over all inbound calls; above 60 % is good, below 50 % points to a fault.",
        TARGET,
        INBOUND,
        bands=Bands(good_above=Decimal("0.60"), fault_below=Decimal("0.50")),
    ),
    share(
        "unique_target_share",
        "唯一目标来电占唯一来电的比例。",
        "Unique target calls over unique calls.",
        UNIQUE_TARGET,
        UNIQUE,
    ),
    share(
        "missed_rate",
        "未接来电占全部来电的比例；超过14%已经很多。",
        "Missed calls over inbound calls; more than 14 % is a lot.",
        MISSED,
        INBOUND,
        bands=Bands(fault_above=Decimal("0.14")),
    ),
    share(
        "queue_abandon_rate", "队列放弃占进入队列的比例。", "Queue abandons over queued calls.", QUEUE_ABANDONED, QUEUED
    ),
    share("service_level", "20秒内接听占进入队列的比例。", "Answered within 20 s over queued calls.", WITHIN_T, QUEUED),
    share("source_coverage", "能确定来源的来电比例。", "Inbound calls with a known source.", SOURCED, INBOUND),
    Ratio(
        about=about("talk_time_avg", "有意义对话的平均通话时长。", "Mean talk time of a meaningful conversation."),
        numerator=CONVERSATION_TALK,
        denominator=CONVERSATIONS,
        unit="seconds",
        zero=Text(zh="没有有意义对话", en="no meaningful conversations"),
        bands_by="script_version",
    ),
    share(
        "call_conversion",
        "通话后成交的联系人除以通上话的联系人（目标：成交）。",
        "Contacts who bought after the call over contacts spoken to (goal: a sale).",
        BUYERS,
        TALKED_TO,
    ),
]
