"""Cost, and what was earned for it."""

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue.about import about
from huasuan.metrics.catalogue.calls import CONVERSATIONS, DIALS, SPOKEN, TARGET, UNIQUE, UNIQUE_TARGET
from huasuan.metrics.catalogue.deals import CLV, CLV_MODEL, GROSS_MARGIN, KEPT_DEALS, NEW_CUSTOMERS, REVENUE_NET
from huasuan.metrics.catalogue.leads import LEADS, QUALIFIED
from huasuan.metrics.language import About, Additive, Combined, CostBase, Metric, Quotient, Ratio

TOTAL_COST = CostBase(
    about=about(
        "total_cost",
        "范围内的全部投入，每笔费用恰好分摊一次。",
        "All cost of the scope; every booked amount is spread exactly once.",
    ),
    kinds="all",
)
MARKETING_SPEND = CostBase(
    about=about(
        "marketing_spend",
        "营销类费用：广告、活动、号码数据、跟踪号码、内容。",
        "Marketing kinds of cost: ads, events, list data, tracking numbers, content.",
    ),
    kinds="marketing",
)
AD_SPEND = CostBase(about=about("ad_spend", "广告费用。", "Cost of advertising."), kinds=("ads",))
_NO_COST = Text(zh="没有记录费用", en="no cost recorded")


def _return(key: str, zh: str, en: str, gain: Additive, cost: CostBase) -> Ratio:
    return Ratio(
        about=about(key, zh, en),
        numerator=Combined(about=about(key, zh, en), terms=((1, gain), (-1, cost))),
        denominator=cost,
        unit="share",
        zero=_NO_COST,
    )


def _cost_per(meaning: About, cost: CostBase, of: Additive, zh: str, en: str) -> Ratio:
    """``zh`` and ``en`` say what an empty denominator means."""
    return Ratio(about=meaning, numerator=cost, denominator=of, unit="money", zero=Text(zh=zh, en=en))


CAC = _cost_per(
    about("cac", "总投入 ÷ 新客户。", "Total cost over new customers."),
    TOTAL_COST,
    NEW_CUSTOMERS,
    "没有新客户",
    "no new customers",
)

METRICS: list[Metric] = [
    TOTAL_COST,
    MARKETING_SPEND,
    AD_SPEND,
    _return(
        "roi", "（净收入 − 总投入）÷ 总投入。", "(Net revenue − total cost) / total cost.", REVENUE_NET, TOTAL_COST
    ),
    _return(
        "roi_margin",
        "（毛利 − 总投入）÷ 总投入。",
        "(Gross margin − total cost) / total cost.",
        GROSS_MARGIN,
        TOTAL_COST,
    ),
    _return(
        "romi",
        "（毛利 − 营销支出）÷ 营销支出。",
        "(Gross margin − marketing spend) / marketing spend.",
        GROSS_MARGIN,
        MARKETING_SPEND,
    ),
    Ratio(
        about=about("roas", "净收入 ÷ 广告支出。", "Net revenue over ad spend."),
        numerator=REVENUE_NET,
        denominator=AD_SPEND,
        unit="ratio",
        zero=Text(zh="没有广告支出", en="no ad spend"),
    ),
    _cost_per(
        about("cost_per_dial", "总投入 ÷ 拨打数。", "Total cost over dials."), TOTAL_COST, DIALS, "没有拨打", "no dials"
    ),
    _cost_per(
        about("cost_per_call", "总投入 ÷ 通上话的呼叫。", "Total cost over calls really spoken on."),
        TOTAL_COST,
        SPOKEN,
        "没有接通的通话",
        "no connected calls",
    ),
    _cost_per(
        about("cost_per_conversation", "总投入 ÷ 有意义对话。", "Total cost over meaningful conversations."),
        TOTAL_COST,
        CONVERSATIONS,
        "没有有意义对话",
        "no meaningful conversations",
    ),
    _cost_per(
        about("cost_per_sale", "总投入 ÷ 未全退取消的成交。", "Total cost over deals not wholly given back."),
        TOTAL_COST,
        KEPT_DEALS,
        "没有留存的成交",
        "no kept deals",
    ),
    _cost_per(
        about("cost_per_target_call", "营销支出 ÷ 目标来电。", "Marketing spend over target calls."),
        MARKETING_SPEND,
        TARGET,
        "没有目标来电",
        "no target calls",
    ),
    _cost_per(
        about("cost_per_unique_call", "营销支出 ÷ 唯一来电。", "Marketing spend over unique calls."),
        MARKETING_SPEND,
        UNIQUE,
        "没有唯一来电",
        "no unique calls",
    ),
    _cost_per(
        about("cost_per_unique_target_call", "营销支出 ÷ 唯一目标来电。", "Marketing spend over unique target calls."),
        MARKETING_SPEND,
        UNIQUE_TARGET,
        "没有唯一目标来电",
        "no unique target calls",
    ),
    _cost_per(about("cpl", "总投入 ÷ 线索。", "Total cost over leads."), TOTAL_COST, LEADS, "没有线索", "no leads"),
    _cost_per(
        about("cpql", "总投入 ÷ 合格线索。", "Total cost over qualified leads."),
        TOTAL_COST,
        QUALIFIED,
        "没有合格线索",
        "no qualified leads",
    ),
    CAC,
    Quotient(
        about=about(
            "clv_cac",
            "客户生命周期价值 ÷ 获客成本；应远大于1，建议不低于3。",
            "Lifetime value of a customer over what one costs; it should be far above 1, say 3.",
        ),
        numerator=CLV,
        denominator=CAC,
    ),
    Quotient(
        about=about(
            "clv_cac",
            "含预测的客户生命周期价值 ÷ 获客成本。",
            "Lifetime value of a customer with what is foretold, over what one costs.",
            "model",
        ),
        numerator=CLV_MODEL,
        denominator=CAC,
    ),
]
