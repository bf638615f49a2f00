"""Metrics of leads and touches."""

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue.about import about
from huasuan.metrics.catalogue.calls import SPOKEN
from huasuan.metrics.language import Base, Combined, Metric, Ratio

_COUNTED = "NOT duplicate"

LEADS = Base(
    about=about("leads", "新建且不重复的线索。", "Leads created, duplicates left out."),
    star="lead",
    unit="count",
    where=(_COUNTED,),
)
MQLS = Base(
    about=about("mqls", "首次达到市场合格（MQL）的线索。", "Leads that became marketing-qualified."),
    star="lead",
    unit="count",
    where=(_COUNTED, "mql_at IS NOT NULL"),
)
SQLS = Base(
    about=about("sqls", "首次达到销售合格（SQL）的线索。", "Leads that became sales-qualified."),
    star="lead",
    unit="count",
    where=(_COUNTED, "sql_at IS NOT NULL"),
)
QUALIFIED = Base(
    about=about("qualified_leads", "达到 MQL 或 SQL 的线索。", "Leads that became marketing- or sales-qualified."),
    star="lead",
    unit="count",
    where=(_COUNTED, "(mql_at IS NOT NULL OR sql_at IS NOT NULL)"),
)
CONVERTED = Base(
    about=about("lead_conversion", "至少有一笔未全退成交的线索。", "Leads with a deal that was kept."),
    star="lead",
    unit="count",
    where=(_COUNTED, "converted"),
    part="converted",
)
FROM_CALLS = Base(
    about=about("leads_per_call", "由通话产生的线索。", "Leads that arose from a call."),
    star="lead",
    unit="count",
    where=(_COUNTED, "from_call"),
    part="leads",
)
_BY_PHONE = "(from_call OR lower(source) IN ('phone', 'call', '电话') OR lower(channel) IN ('phone', 'call', '电话'))"
PHONE_LEADS = Base(
    about=about("total_conversion", "来自电话的线索。", "Leads that came by phone."),
    star="lead",
    unit="count",
    where=(_COUNTED, _BY_PHONE),
    part="leads",
)
PHONE_CONVERTED = Base(
    about=about(
        "total_conversion", "来自电话并成交留存的线索。", "Leads that came by phone and have a deal that was kept."
    ),
    star="lead",
    unit="count",
    where=(_COUNTED, _BY_PHONE, "converted"),
    part="converted",
)
_SENT = about("sms_sent", "已发出的短信。", "Text messages sent.")
_SMS = ("kind = 'sms'",)
SMS_SENT = Combined(
    about=_SENT,
    terms=(
        (1, Base(about=_SENT, star="touch", unit="count", where=_SMS, part="touches")),
        (1, Base(about=_SENT, star="message", unit="count", where=_SMS, part="messages")),
    ),
)
_NO_LEADS = Text(zh="没有线索", en="no leads")


def _delay(key: str, zh: str, en: str, variant: str = "") -> Ratio:
    """The median of a waiting time of leads, or the ninth decile; those still waiting are left out."""
    amount, reached = _OPEN_WAITS[key] if variant.startswith("business_hours") else _WAITS[key]
    waited = (_COUNTED, f"{amount} IS NOT NULL")
    return Ratio(
        about=about(key, zh, en, variant),
        numerator=Base(
            about=about(key, zh, en, variant),
            star="lead",
            unit="seconds",
            where=waited,
            amount=amount,
            quantile=(9, 10) if variant.endswith("p90") else (1, 2),
            part="delay",
        ),
        denominator=Base(about=about(key, zh, en, variant), star="lead", unit="count", where=waited, part="over"),
        unit="minutes",
        zero=reached,
        scale=(1, 60),
    )


_WAITS = {
    "assign_delay": ("assign_seconds", Text(zh="没有已分配的线索", en="no assigned leads")),
    "speed_to_lead": ("first_dial_seconds", Text(zh="没有拨打过的线索", en="no leads dialled")),
}

_NO_HOURS = Text(zh="没有可计的线索，或未设置营业时间", en="no such leads, or no business hours are set")
_OPEN_WAITS = {
    "assign_delay": ("assign_open_seconds", _NO_HOURS),
    "speed_to_lead": ("first_dial_open_seconds", _NO_HOURS),
}

METRICS: list[Metric] = [
    LEADS,
    MQLS,
    SQLS,
    QUALIFIED,
    SMS_SENT,
    Ratio(
        about=about("lead_conversion", "成为客户的线索比例（截至目前）。", "Leads that became customers, to date."),
        numerator=CONVERTED,
        denominator=LEADS,
        unit="share",
        zero=_NO_LEADS,
    ),
    Ratio(
        about=about("qualified_lead_rate", "合格线索占全部线索的比例。", "Qualified leads over leads."),
        numerator=QUALIFIED,
        denominator=LEADS,
        unit="share",
        zero=_NO_LEADS,
    ),
    Ratio(
        about=about(
            "leads_per_call",
            "由通话产生的线索除以通上话的呼叫（呼出接通与来电接听）。",
            "Leads that arose from a call over calls spoken on, out and in.",
        ),
        numerator=FROM_CALLS,
        denominator=SPOKEN,
        unit="ratio",
        zero=Text(zh="没有接通的通话", en="no connected calls"),
    ),
    Ratio(
        about=about(
            "total_conversion",
            "来自电话的线索中成为客户的比例（截至目前）。",
            "Leads that came by phone and became customers, to date.",
        ),
        numerator=PHONE_CONVERTED,
        denominator=PHONE_LEADS,
        unit="share",
        zero=Text(zh="没有来自电话的线索", en="no leads by phone"),
    ),
    _delay(
        "assign_delay",
        "从线索产生到分配的时长，半数不超过此值；未分配的暂不计。",
        "Time from a lead's creation to its assignment, not exceeded by half; those unassigned are left out for now.",
    ),
    _delay(
        "assign_delay",
        "从线索产生到分配的时长，九成不超过此值。",
        "Time from a lead's creation to its assignment, not exceeded by nine in ten.",
        "p90",
    ),
    _delay(
        "speed_to_lead",
        "从线索产生到首次拨打的时长，半数不超过此值；未拨打的暂不计。",
        "Time from a lead's creation to its first dial, not exceeded by half; those not dialled are left out for now.",
    ),
    _delay(
        "speed_to_lead",
        "从线索产生到首次拨打的时长，九成不超过此值。",
        "Time from a lead's creation to its first dial, not exceeded by nine in ten.",
        "p90",
    ),
    _delay(
        "assign_delay",
        "从线索产生到分配之间的营业时长，半数不超过此值。",
        "Business hours from a lead's creation to its assignment, not exceeded by half.",
        "business_hours",
    ),
    _delay(
        "assign_delay",
        "从线索产生到分配之间的营业时长，九成不超过此值。",
        "Business hours from a lead's creation to its assignment, not exceeded by nine in ten.",
        "business_hours_p90",
    ),
    _delay(
        "speed_to_lead",
        "从线索产生到首次拨打之间的营业时长，半数不超过此值。",
        "Business hours from a lead's creation to its first dial, not exceeded by half.",
        "business_hours",
    ),
    _delay(
        "speed_to_lead",
        "从线索产生到首次拨打之间的营业时长，九成不超过此值。",
        "Business hours from a lead's creation to its first dial, not exceeded by nine in ten.",
        "business_hours_p90",
    ),
]
