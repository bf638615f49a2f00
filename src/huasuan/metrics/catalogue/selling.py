"""Metrics of what sellers do with a lead: handovers, ratings, meetings."""

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue.about import about
from huasuan.metrics.catalogue.calls import CONTACTS_REACHED, share
from huasuan.metrics.catalogue.money import TOTAL_COST
from huasuan.metrics.language import Base, Metric, Ratio

# Censoring: what is younger than this moment has not had its time yet.
_PASSED = "epoch_us({0}) <= epoch_us(now())"
_BY_PHONE = "by_phone"
_DECISION = 14 * 86_400_000_000


def _meetings(key: str, zh: str, en: str, *where: str, part: str = "", event_day: str = "day") -> Base:
    return Base(
        about=about(key, zh, en),
        star="meeting",
        unit="count",
        where=(_BY_PHONE, *where),
        event_day=event_day,
        part=part,
    )


def _handovers(key: str, zh: str, en: str, *where: str) -> Base:
    return Base(about=about(key, zh, en), star="handover", unit="count", where=where)


HANDOVERS = _handovers("handovers", "移交给销售的线索。", "Leads handed to sales.")
ACCEPTED = _handovers(
    "handovers_accepted",
    "销售接受的移交。",
    "Handovers sales accepted; a rejection needs a reason.",
    "verdict = 'accepted'",
)
DECIDED = _handovers(
    "handovers_decided",
    "已有裁定或超过14天的移交；更新的未裁定移交暂不计入。",
    "Handovers with a verdict, or older than 14 days; younger ones without a verdict are left out for now.",
    f'(verdict IS NOT NULL OR epoch_us("at") <= epoch_us(now()) - {_DECISION})',
)
BOOKED = _meetings(
    "meetings_booked",
    "通过电话约定的演示或会议；改期仍是同一场。",
    "Demos and meetings booked by phone; moved ones stay one.",
)
HELD = _meetings(
    "meetings_held", "实际举行的会议。", "Meetings that took place.", "held_day IS NOT NULL", event_day="held_day"
)
DUE = _meetings(
    "show_rate",
    "约定日期已到的会议。",
    "Booked meetings whose date has come.",
    _PASSED.format("starts_at"),
    part="due",
)
SHOWN = _meetings(
    "show_rate",
    "约定日期已到且实际举行的会议。",
    "Booked meetings whose date has come and that took place.",
    _PASSED.format("starts_at"),
    "held_day IS NOT NULL",
    part="held",
)
APPOINTED = Base(
    about=about("appointment_rate", "触达后约到会议的不同联系人。", "Contacts reached who then booked a meeting."),
    star="call",
    unit="count",
    where=(*CONTACTS_REACHED.where, "met_after"),
    distinct="contact_id",
    part="met",
)
_NO_RATED = Text(zh="没有评过分的线索", en="no rated leads")

METRICS: list[Metric] = [
    HANDOVERS,
    ACCEPTED,
    DECIDED,
    BOOKED,
    HELD,
    share(
        "mql_sql",
        "被接受的移交占已裁定移交的比例。",
        "Accepted handovers over decided ones.",
        ACCEPTED,
        DECIDED,
    ),
    share(
        "show_rate",
        "到期会议中实际举行的比例；未到日期的不计。",
        "Meetings that took place over booked ones whose date has come.",
        SHOWN,
        DUE,
    ),
    share(
        "appointment_rate",
        "触达后约到会议的联系人占触达联系人的比例。",
        "Contacts who booked a meeting after being reached, over contacts reached.",
        APPOINTED,
        CONTACTS_REACHED,
    ),
    Ratio(
        about=about("cost_per_meeting", "总投入 ÷ 实际举行的会议。", "Total cost over meetings that took place."),
        numerator=TOTAL_COST,
        denominator=HELD,
        unit="money",
        zero=Text(zh="没有举行会议", en="no meetings held"),
    ),
    Ratio(
        about=about(
            "lead_quality",
            "预算、决策权、需求、时间、匹配度的加权得分（0–100）；未知项不计为0。",
            "Weighted score of budget, authority, need, timing and fit (0-100); what is not known is not 0.",
        ),
        numerator=Base(
            about=about("lead_quality", "已知项的加权得分。", "Points of the known items, weighted."),
            star="lead_quality",
            unit="points",
            amount="points",
            part="points",
        ),
        denominator=Base(
            about=about("lead_quality", "已知项的权重。", "Weights of the known items."),
            star="lead_quality",
            unit="points",
            amount="weights",
            part="weights",
        ),
        unit="score",
        zero=_NO_RATED,
    ),
    Ratio(
        about=about(
            "lead_quality", "销售自己的1–5评分的平均。", "Mean of the sellers' own rating from 1 to 5.", "rating"
        ),
        numerator=Base(
            about=about("lead_quality", "销售评分之和。", "Ratings added up.", "rating"),
            star="lead_quality",
            unit="points",
            where=("rating IS NOT NULL",),
            amount="rating",
            part="sum",
        ),
        denominator=Base(
            about=about("lead_quality", "有销售评分的线索。", "Ratings given.", "rating"),
            star="lead_quality",
            unit="count",
            where=("rating IS NOT NULL",),
            part="given",
        ),
        unit="score",
        zero=_NO_RATED,
    ),
]
