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
]
