"""How inbound calls were handled by whoever took them: rings, talk, work after it, and the junk among them (S2-61)."""

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue.about import about
from huasuan.metrics.catalogue.calls import INBOUND_ANSWERED, JUNK
from huasuan.metrics.language import Base, Metric, Ratio

_NO_CALLS = Text(zh="没有人接听的来电", en="no inbound calls a person answered")


def _mean(variant: str, column: str, zh: str, en: str) -> Ratio:
    """Mean seconds of the answered calls that tell them."""
    said = about("inbound_answered", zh, en, variant)
    known = (*INBOUND_ANSWERED.where, f"{column} IS NOT NULL")
    return Ratio(
        about=said,
        numerator=Base(about=said, star="call", unit="seconds", where=known, amount=column, part="seconds"),
        denominator=Base(about=said, star="call", unit="count", where=known, part="calls"),
        unit="seconds",
        zero=_NO_CALLS,
    )


METRICS: list[Metric] = [
    _mean("ring_avg", "ring_seconds", "接听的来电平均振铃多久。", "How long answered inbound calls rang on average."),
    _mean("talk_avg", "talk_seconds", "接听的来电平均通话多久。", "Mean talk time of inbound calls a person answered."),
    _mean("wrap_avg", "wrap_seconds", "接听来电后平均整理多久。", "Mean work after an inbound call a person answered."),
    Ratio(
        about=about(
            "inbound_answered",
            "接听的来电中垃圾来电的比例。",
            "Junk over inbound calls a person answered.",
            "junk_share",
        ),
        numerator=JUNK,
        denominator=INBOUND_ANSWERED,
        unit="share",
        zero=_NO_CALLS,
    ),
]
