"""Metrics of agents' time."""

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue.about import about
from huasuan.metrics.catalogue.calls import CONNECTED, CONVERSATION_TALK, DIALS, HANDLED, HOLD_SECONDS, TALK_SECONDS
from huasuan.metrics.language import Base, Combined, Metric, Ratio


def _state(key: str, zh: str, en: str, *where: str) -> Base:
    return Base(about=about(key, zh, en), star="agent_state", unit="seconds", where=where, amount="seconds")


WRAP = _state("wrap_seconds", "话后处理的秒数。", "Seconds of wrap-up after calls.", "state = 'wrap'")
READY = _state(
    "ready_seconds", "就绪等待来电或拨号的秒数。", "Seconds agents waited ready for a call.", "state = 'ready'"
)
BREAK = _state("break_seconds", "小休的秒数。", "Seconds agents were on a break.", "state = 'break'")
LOGGED_IN = _state("logged_in_seconds", "签入的总秒数。", "All seconds agents were signed in.", "state <> 'offline'")
PAID = Base(
    about=about("paid_seconds", "计薪的班次秒数。", "Paid seconds of shifts."),
    star="shift",
    unit="seconds",
    amount="paid_seconds",
)
WORKED = Combined(
    about=about("aht", "通话、保持与话后处理之和。", "Talk, hold and wrap-up together."),
    terms=((1, TALK_SECONDS), (1, HOLD_SECONDS), (1, WRAP)),
)
HELD = Base(
    about=about("hold_avg", "保持过的呼叫。", "Calls with some hold."),
    star="call",
    unit="count",
    where=("NOT excluded", "hold_seconds > 0"),
    part="held",
)
# Breaks are out of the denominator, as most makers of call centres have it (domain canon, section 3).
WORKING = Combined(
    about=about("occupancy", "签入时长减去小休。", "Time signed in, breaks left out."),
    terms=((1, LOGGED_IN), (-1, BREAK)),
)
_NO_HANDLED = Text(zh="没有处理过的呼叫", en="no calls handled")

_NOT_IN = Text(zh="没有签入时长", en="no time signed in")


PLANNED = Base(
    about=about("schedule_adherence", "计划的时长。", "Time planned."),
    star="planned_state",
    unit="seconds",
    amount="seconds",
    part="planned",
)
KEPT = Base(
    about=about("schedule_adherence", "按计划状态度过的时长。", "Time spent in the planned state."),
    star="planned_state",
    unit="seconds",
    amount="kept_seconds",
    part="kept",
)


def _each_hour(key: str, zh: str, en: str, counted: Base) -> Ratio:
    return Ratio(
        about=about(key, zh, en),
        numerator=counted,
        denominator=WORKING,
        unit="per_hour",
        zero=_NOT_IN,
        scale=(3600, 1),
    )


METRICS: list[Metric] = [
    WRAP,
    READY,
    BREAK,
    LOGGED_IN,
    PAID,
    Ratio(
        about=about("aht", "每通处理呼叫的通话、保持与话后处理时长。", "Talk, hold and wrap-up for each call handled."),
        numerator=WORKED,
        denominator=HANDLED,
        unit="seconds",
        zero=_NO_HANDLED,
    ),
    Ratio(
        about=about("wrap_avg", "每通处理呼叫的话后处理时长。", "Wrap-up for each call handled."),
        numerator=WRAP,
        denominator=HANDLED,
        unit="seconds",
        zero=_NO_HANDLED,
    ),
    Ratio(
        about=about("utilisation", "工作时长占计薪时长的比例。", "Time worked on calls over paid time."),
        numerator=WORKED,
        denominator=PAID,
        unit="share",
        zero=Text(zh="没有计薪班次", en="no paid shifts"),
    ),
    Ratio(
        about=about(
            "hold_avg",
            "保持时长除以保持过的呼叫（分母只含有保持的呼叫）。",
            "Hold time over the calls that had any hold.",
        ),
        numerator=HOLD_SECONDS,
        denominator=HELD,
        unit="seconds",
        zero=Text(zh="没有保持过的呼叫", en="no calls with hold"),
    ),
    Ratio(
        about=about(
            "occupancy",
            "通话、保持与话后处理占签入时长的比例，小休不计入。",
            "Talk, hold and wrap-up over time signed in, breaks left out.",
        ),
        numerator=WORKED,
        denominator=WORKING,
        unit="share",
        zero=_NOT_IN,
    ),
    Ratio(
        about=about(
            "effective_talk_share",
            "有意义对话的通话时长占签入时长的比例。",
            "Talk of meaningful conversations over time signed in.",
        ),
        numerator=CONVERSATION_TALK,
        denominator=LOGGED_IN,
        unit="share",
        zero=_NOT_IN,
    ),
    Ratio(
        about=about("wait_avg", "就绪等待时长除以处理过的呼叫。", "Time waited ready for each call handled."),
        numerator=READY,
        denominator=HANDLED,
        unit="seconds",
        zero=_NO_HANDLED,
    ),
    _each_hour(
        "dials_per_hour", "每个工作小时（小休不计）的拨号量。", "Dials in an hour signed in, breaks left out.", DIALS
    ),
    _each_hour(
        "connects_per_hour",
        "每个工作小时（小休不计）的接通数。",
        "Connected calls in an hour signed in, breaks left out.",
        CONNECTED,
    ),
    Ratio(
        about=about(
            "schedule_adherence",
            "实际状态与计划一致的时长占计划时长的比例。",
            "Time in the planned state over time planned.",
        ),
        numerator=KEPT,
        denominator=PLANNED,
        unit="share",
        zero=Text(zh="没有排班计划", en="nothing planned"),
    ),
]
