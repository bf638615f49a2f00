"""Metrics of deals and of what came back of them."""

from dataclasses import replace

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue.about import about
from huasuan.metrics.language import Base, Combined, Fitted, Metric, Ratio

_NO_RATE = Text(zh="缺少汇率的成交明细", en="deal lines without an exchange rate")
_NO_COST = Text(zh="缺少商品成本的成交明细", en="deal lines without a product cost")
_NO_WON = Text(zh="没有成交", en="no won deals")


def _sale(key: str, zh: str, en: str, amount: str, part: str = "") -> Base:
    return Base(
        about=about(key, zh, en),
        star="sale",
        unit="money",
        amount=amount,
        missing="value_minor IS NULL",
        reason=_NO_RATE,
        cohort_day="origin_day",
        event_day="won_day",
        fact="deal_id",
        part=part,
    )


def _back(key: str, zh: str, en: str, amount: str, *where: str, part: str = "") -> Base:
    return Base(
        about=about(key, zh, en),
        star="sale_back",
        unit="money",
        where=where,
        amount=amount,
        missing="value_minor IS NULL",
        reason=_NO_RATE,
        cohort_day="origin_day",
        event_day="back_day",
        fact="event",
        part=part,
    )


WON_VALUE = _sale("won_value", "成交时的金额（含税）。", "Value of deals when won, tax included.", "value_minor")
CANCELLED_VALUE = _back(
    "cancelled_value", "取消的金额。", "Value of what was cancelled.", "value_minor", "back_kind = 'cancelled'"
)
RETURNED_VALUE = _back(
    "returned_value", "退货的金额。", "Value of goods that came back.", "value_minor", "back_kind = 'returned'"
)
TAX = _sale("revenue_net", "成交含税额中的税。", "Tax inside the value of deals.", "tax_minor", "tax")
TAX_BACK = _back("revenue_net", "随退货取消而退回的税。", "Tax of what was given back.", "tax_minor", part="tax_back")
GOODS = Base(
    about=about("gross_margin", "售出商品的成本。", "What the goods sold cost."),
    star="sale",
    unit="money",
    amount="cost_minor",
    missing="cost_minor IS NULL",
    reason=_NO_COST,
    cohort_day="origin_day",
    event_day="won_day",
    fact="deal_id",
    part="goods",
)
GOODS_BACK = _back(
    "gross_margin", "退回商品的成本。", "What the goods given back had cost.", "cost_minor", part="goods_back"
)
HANDLING = _back(
    "gross_margin", "处理退货的费用。", "What handling the returns cost.", "handling_minor", part="handling"
)
REVENUE_NET = Combined(
    about=about(
        "revenue_net",
        "成交减去取消、退货与税；永不使用未扣退货的收入。",
        "Won less cancelled, returned and tax; revenue before returns is never used.",
    ),
    terms=((1, WON_VALUE), (-1, CANCELLED_VALUE), (-1, RETURNED_VALUE), (-1, TAX), (1, TAX_BACK)),
)
GROSS_MARGIN = Combined(
    about=about(
        "gross_margin",
        "净收入减去商品成本与退货处理费。",
        "Net revenue less the cost of the goods and of handling returns.",
    ),
    terms=((1, REVENUE_NET), (-1, GOODS), (1, GOODS_BACK), (-1, HANDLING)),
)


def _deals(key: str, zh: str, en: str, *where: str, part: str = "") -> Base:
    return Base(
        about=about(key, zh, en),
        star="sale",
        unit="count",
        where=where,
        distinct="deal_id",
        cohort_day="origin_day",
        event_day="won_day",
        fact="deal_id",
        part=part,
    )


WON_DEALS = _deals(
    "won_deals",
    "成交的单数；交付前取消的仍算成交，另记取消。",
    "Deals won; one cancelled later stays won and has a cancellation.",
)
RETURNED_DEALS = _deals(
    "returned_deals", "有退货的成交单数。", "Deals of which something came back.", "returned_minor > 0"
)
KEPT_DEALS = _deals(
    "cost_per_sale", "未全部退货或取消的成交。", "Deals not wholly returned or cancelled.", "kept", part="kept"
)
NEW_CUSTOMERS = Base(
    about=about(
        "new_customers",
        "首笔留存成交所带来的客户（按客户而非联系人）。",
        "Customers won by their first kept deal; customers, not contacts.",
    ),
    star="sale",
    unit="count",
    where=("wins_customer",),
    cohort_day="origin_day",
    event_day="won_day",
    fact="deal_id",
)
CYCLE_SECONDS = Base(
    about=about("sales_cycle", "从首次接触到成交的时长之和。", "Time from first contact to the deal, added up."),
    star="sale",
    unit="seconds",
    where=("cycle_seconds IS NOT NULL",),
    amount="cycle_seconds",
    once_per="deal_id",
    cohort_day="origin_day",
    event_day="won_day",
    fact="deal_id",
    part="seconds",
)
CYCLE_DEALS = _deals(
    "sales_cycle",
    "知道首次接触的成交。",
    "Won deals whose first contact is known.",
    "cycle_seconds IS NOT NULL",
    part="deals",
)
_MEDIAN = about(
    "sales_cycle",
    "从首次接触到成交的天数中位数（卡普兰-迈耶）：未成交的按已等待时间计入（截尾），丢单计到丢单为止；请与平均值同看。",
    "Median days from first contact to the deal (Kaplan-Meier): open deals count as long as they have waited "
    "(censored), lost ones until lost; read it beside the mean.",
    "km_median",
)
# Open ones have no day of winning, so the curve is one of cohorts on either basis.
_WON_TIMES = replace(CYCLE_SECONDS, about=_MEDIAN, event_day="origin_day", part="won_times")
_WON = replace(CYCLE_DEALS, about=_MEDIAN, event_day="origin_day", part="won")
_OPEN = Base(
    about=_MEDIAN,
    star="deal_open",
    unit="count",
    distinct="deal_id",
    where=("epoch_us(first_contact_at) <= epoch_us(now())",),
    cohort_day="origin_day",
    event_day="origin_day",
    fact="deal_id",
    part="open",
)
# Whole seconds, as the won ones have them.
_OPEN_TIMES = replace(
    _OPEN,
    unit="seconds",
    distinct=None,
    once_per="deal_id",
    amount="(coalesce(epoch_us(lost_at), epoch_us(now())) - epoch_us(first_contact_at)) // 1000000",
    part="open_times",
)
CYCLE_MEDIAN = Fitted(
    about=_MEDIAN,
    numerator=_WON,
    denominator=Combined(about=_MEDIAN, terms=((1, _WON), (1, _OPEN))),
    unit="days",
    zero=Text(zh="没有商机", en="no deals"),
    scale=(1, 86400),
    fit="kaplan_meier_median",
    read=(_WON_TIMES, _OPEN_TIMES),
)

# A deal by phone came from a call, its own or its lead's.
_BY_PHONE = "origin IN ('call', 'lead_call')"
CROSS_SOLD = _deals(
    "cross_sell_deals",
    "老客户通过电话首次购买另一类产品的成交。",
    "Deals by phone in which a customer first bought of another product group.",
    _BY_PHONE,
    "cross_sell",
)
UPSOLD = _deals(
    "upsell_deals",
    "老客户通过电话在同类产品上买得比以往更多的成交。",
    "Deals by phone worth more than any earlier one of the customer in the same product group.",
    _BY_PHONE,
    "upsell",
)
CUSTOMERS = Base(
    about=about("clv", "成交过的客户。", "Customers who bought."),
    star="sale",
    unit="count",
    where=("customer_id IS NOT NULL",),
    distinct="customer_id",
    cohort_day="origin_day",
    event_day="won_day",
    fact="deal_id",
    part="customers",
)
CLV = Ratio(
    about=about(
        "clv",
        "迄今的毛利除以客户数（历史口径，不含预测）。",
        "Gross margin so far over customers (the historic level; nothing is foretold).",
    ),
    numerator=GROSS_MARGIN,
    denominator=CUSTOMERS,
    unit="money",
    zero=Text(zh="没有客户", en="no customers"),
)

_WORTH = about(
    "clv",
    "迄今的毛利加上预测的未来毛利（BG/NBD 与 Gamma-Gamma，已折现），除以客户数；模型由全部客户的购买推得。",
    "Margin so far plus the margin foretold (BG/NBD and Gamma-Gamma, discounted) over customers; the model is learnt "
    "from the purchases of all customers.",
    "model",
)
CLV_MODEL = Fitted(
    about=_WORTH,
    numerator=GROSS_MARGIN,
    denominator=CUSTOMERS,
    unit="money",
    zero=CLV.zero,
    fit="buying_again",
    read=(CUSTOMERS,),
)
_RENEWING = about(
    "clv",
    "迄今的毛利加上合同客户未来续约的预测毛利（sBG，已折现），除以客户数；没有合同的客户不计续约。",
    "Margin so far plus the margin foretold of renewals (sBG, discounted) over customers; those without a contract "
    "bring no renewals.",
    "contract",
)
CLV_CONTRACT = replace(CLV_MODEL, about=_RENEWING, fit="renewing")

ENTERED = Base(
    about=about("funnel_stage", "进入某阶段的商机。", "Deals that entered a stage."),
    star="deal_stage",
    unit="count",
    part="entered",
)
PASSED = Base(
    about=about(
        "funnel_stage",
        "从该阶段继续推进的商机；跳过的阶段算通过。",
        "Those that went on from it; skipped stages are passed.",
    ),
    star="deal_stage",
    unit="count",
    where=("passed",),
    part="passed",
)
_IN_STAGE = about(
    "funnel_stage", "在阶段中停留的时长，半数不超过此值。", "Time spent in a stage, not exceeded by half.", "days"
)


def _customers(key: str, zh: str, en: str, *where: str, part: str = "") -> Base:
    """Customers on the first of each month that has come."""
    return Base(
        about=about(key, zh, en),
        star="customer_month",
        unit="count",
        where=("epoch_us(CAST(day AS TIMESTAMP)) <= epoch_us(now())", *where),
        fact="deal_id",
        part=part,
    )


_MONTH_OVER = "epoch_us(CAST(next_day AS TIMESTAMP)) <= epoch_us(now())"
AT_START = _customers(
    "customers_at_start",
    "各月首日的活跃客户：合同仍有效，或最近一次购买未超过 inactive_days 天；跨多个月的期间逐月计。",
    "Customers active on the first of each month: a contract runs, or the last purchase is no more than inactive_days "
    "back; month by month.",
)
LOST = _customers(
    "customers_lost",
    "月初活跃、下月初不再活跃的客户；未结束的月份不计。",
    "Customers active on the first of a month and no longer on the first of the next; months not over are left out.",
    _MONTH_OVER,
    "lost",
)
AT_RISK = _customers(
    "churn",
    "已结束月份的月初活跃客户。",
    "Customers active on the first of months that are over.",
    _MONTH_OVER,
    part="at_risk",
)

METRICS: list[Metric] = [
    WON_DEALS,
    WON_VALUE,
    CANCELLED_VALUE,
    RETURNED_VALUE,
    RETURNED_DEALS,
    NEW_CUSTOMERS,
    REVENUE_NET,
    GROSS_MARGIN,
    Ratio(
        about=about("aov", "净收入除以未全退的成交单数。", "Net revenue over deals not wholly returned."),
        numerator=REVENUE_NET,
        denominator=KEPT_DEALS,
        unit="money",
        zero=_NO_WON,
    ),
    Ratio(
        about=about("deal_size", "成交金额除以成交单数。", "Won value over won deals."),
        numerator=WON_VALUE,
        denominator=WON_DEALS,
        unit="money",
        zero=_NO_WON,
    ),
    Ratio(
        about=about("return_rate", "退货金额占成交金额的比例。", "Returned value over won value."),
        numerator=RETURNED_VALUE,
        denominator=WON_VALUE,
        unit="share",
        zero=_NO_WON,
    ),
    Ratio(
        about=about("cancel_rate", "取消金额占成交金额的比例。", "Cancelled value over won value."),
        numerator=CANCELLED_VALUE,
        denominator=WON_VALUE,
        unit="share",
        zero=_NO_WON,
    ),
    Ratio(
        about=about(
            "sales_cycle",
            "已成交者从首次接触到成交的平均天数；只看已成交会偏短。",
            "Mean days from first contact to the deal, of deals won; biased short.",
        ),
        numerator=CYCLE_SECONDS,
        denominator=CYCLE_DEALS,
        unit="days",
        zero=_NO_WON,
        scale=(1, 86400),
    ),
    CYCLE_MEDIAN,
    CROSS_SOLD,
    UPSOLD,
    Ratio(
        about=about("cross_sell_rate", "交叉销售占成交的比例。", "Cross-sell deals over won deals."),
        numerator=CROSS_SOLD,
        denominator=WON_DEALS,
        unit="share",
        zero=_NO_WON,
    ),
    Ratio(
        about=about("upsell_rate", "追加销售占成交的比例。", "Upsell deals over won deals."),
        numerator=UPSOLD,
        denominator=WON_DEALS,
        unit="share",
        zero=_NO_WON,
    ),
    CLV,
    CLV_MODEL,
    CLV_CONTRACT,
    Ratio(
        about=about(
            "funnel_stage",
            "进入某阶段的商机中继续推进的比例；请按阶段划分查看。",
            "Deals that went on from a stage over those that entered it; cut it by stage.",
        ),
        numerator=PASSED,
        denominator=ENTERED,
        unit="share",
        zero=Text(zh="没有进入阶段的商机", en="no deals in a stage"),
    ),
    Ratio(
        about=_IN_STAGE,
        numerator=Base(
            about=_IN_STAGE,
            star="deal_stage",
            unit="seconds",
            where=("stage_seconds IS NOT NULL",),
            amount="stage_seconds",
            quantile=(1, 2),
            part="time",
        ),
        denominator=Base(
            about=_IN_STAGE, star="deal_stage", unit="count", where=("stage_seconds IS NOT NULL",), part="left"
        ),
        unit="days",
        zero=Text(zh="没有离开阶段的商机", en="no deals that left a stage"),
        scale=(1, 86400),
    ),
    AT_START,
    LOST,
    Ratio(
        about=about(
            "churn",
            "每月流失的客户比例（1 − 留存）。",
            "Customers lost in a month over those at its start (1 - retained).",
        ),
        numerator=LOST,
        denominator=AT_RISK,
        unit="share",
        zero=Text(zh="没有月初活跃客户", en="no customers active at the start of a month"),
    ),
]
