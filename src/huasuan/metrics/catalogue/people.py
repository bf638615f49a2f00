"""Metrics of agents' time."""

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue.about import about
from huasuan.metrics.catalogue.calls import HANDLED, HOLD_SECONDS, TALK_SECONDS
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
_NO_HANDLED = Text(zh="没有处理过的呼叫", en="no calls handled")

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
]
