"""What the touches on the way to a sale earned, by the model of attribution in force."""

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue.about import about
from huasuan.metrics.catalogue.money import TOTAL_COST
from huasuan.metrics.language import About, Base, Fitted, Metric, Ratio

_CREDITED = about(
    "cac_attributed",
    "总投入 ÷ 归因到该行的新客户（按触点分摊的份额之和）；按渠道等划分时，电话不再独自承担整条链路的成本。",
    "Total cost over the new customers credited to the row, in fractions by touch; cut by channel, the phone no longer "
    "bears the cost of the whole chain.",
)
_ASSISTED = about(
    "assisted_conversions",
    "路径上有该行触点、且不是最后一个触点的成交数；同一成交可由多行辅助，各行不可相加。",
    "Sales with a touch of the row on their path that was not the last; several rows may assist one sale, so "
    "rows do not add up.",
)
_REMOVAL = about(
    "removal_effect",
    "若没有该行，预计损失的成交比例（一阶马尔可夫链，含未成交路径）；仅为观察性推断，并非因果，请用对照实验验证。",
    "Share of sales expected to be lost without the row (Markov chain with one step of memory, paths without a sale "
    "included); observational, not causal: check it with a hold-out.",
)


def _deals(meaning: About, *where: str, part: str = "") -> Base:
    return Base(
        about=meaning,
        star="credit",
        unit="count",
        where=where,
        distinct="deal_id",
        cohort_day="origin_day",
        event_day="won_day",
        fact="deal_id",
        part=part,
    )


CREDITED_CUSTOMERS = Base(
    about=_CREDITED,
    star="credit",
    unit="count",
    where=("wins_customer", "credit > 0"),
    amount="credit",
    cohort_day="origin_day",
    event_day="won_day",
    fact="deal_id",
    part="credit",
)
_ON_PATH = _deals(_REMOVAL, "path_length > 0", part="on_path")

METRICS: list[Metric] = [
    Ratio(
        about=_CREDITED,
        numerator=TOTAL_COST,
        denominator=CREDITED_CUSTOMERS,
        unit="money",
        zero=Text(zh="没有归因到的新客户", en="no new customers credited"),
        scale=(1_000_000, 1),
    ),
    _deals(_ASSISTED, "assisted"),
    Fitted(
        about=_REMOVAL,
        numerator=_ON_PATH,
        denominator=_ON_PATH,
        unit="share",
        zero=Text(zh="没有已知路径的成交", en="no sales with a known path"),
        fit="removing",
        read=(_ON_PATH,),
    ),
]
