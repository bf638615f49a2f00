"""Metrics of what protects people from calls they do not want."""

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue.about import about
from huasuan.metrics.catalogue.calls import CONNECTED, CONTACTS_REACHED, share
from huasuan.metrics.language import Base, Metric, Ratio

OPT_OUTS = Base(
    about=about("opt_outs", "要求不再联系的次数。", "Wishes not to be called or written to any more."),
    star="opt_out",
    unit="count",
)
COMPLAINTS = Base(
    about=about("complaints", "与通话或号码有关的投诉。", "Complaints about a call or a number."),
    star="complaint",
    unit="count",
)
BLOCKED = Base(
    about=about(
        "blocked_by_rule",
        "被规则拦截的拨打尝试；命中多条规则也只算一次，按规则划分时各自一行。",
        "Attempts to call that rules forbade; one that breaks several counts once, and in the row of each rule.",
    ),
    star="decision",
    unit="count",
    where=("verdict = 'block'",),
    distinct="fact_id",
)
_LATENCY = ("latency_millis IS NOT NULL",)

METRICS: list[Metric] = [
    OPT_OUTS,
    COMPLAINTS,
    BLOCKED,
    share(
        "opt_out_rate",
        "退订次数除以触达的联系人。",
        "Opt-outs over contacts reached.",
        OPT_OUTS,
        CONTACTS_REACHED,
    ),
    Ratio(
        about=about("complaint_rate", "每千次接通的投诉数。", "Complaints for each thousand connected calls."),
        numerator=COMPLAINTS,
        denominator=CONNECTED,
        unit="per_mille",
        zero=Text(zh="没有接通的通话", en="no connected calls"),
        scale=(1000, 1),
    ),
    Ratio(
        about=about(
            "optout_latency",
            "从收到退订到系统停止呼叫的时长，95%不超过此值；目标是1秒以内。",
            "Time from the wish to its effect, not exceeded by 95 in 100; the aim is below 1 s.",
        ),
        numerator=Base(
            about=about("optout_latency", "生效时长。", "Time until it took effect."),
            star="opt_out",
            unit="seconds",
            where=_LATENCY,
            amount="latency_millis",
            quantile=(95, 100),
            part="p95",
        ),
        denominator=Base(
            about=about("optout_latency", "已生效的退订。", "Opt-outs that took effect."),
            star="opt_out",
            unit="count",
            where=_LATENCY,
            part="effective",
        ),
        unit="seconds",
        zero=Text(zh="没有已生效的退订", en="no opt-outs that took effect"),
        scale=(1, 1000),
    ),
]
