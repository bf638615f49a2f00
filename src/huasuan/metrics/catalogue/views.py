"""Views: what the canon lists as a number and is really metrics by cuts (result counts, best time, regions)."""

from dataclasses import dataclass

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue.about import about
from huasuan.metrics.language import About


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A question with a name: metrics × cuts. It is asked and opened like any other question."""

    about: About
    metrics: tuple[str, ...]
    by: tuple[str, ...]

    @property
    def title(self) -> Text:
        """Its name in both languages."""
        return self.about.text


_ALL = (
    View(
        about=about(
            "result_counts",
            "拨号按结果分类，各类互斥且合计为拨号量。",
            "Dials by how they ended; every dial ends in exactly one way.",
        ),
        metrics=("dials",),
        by=("result",),
    ),
    View(
        about=about(
            "call_ordinal",
            "来电是该联系人的第几次（历来与周期内）。",
            "Inbound calls by which one of the contact they are, ever and in the sales cycle.",
        ),
        metrics=("inbound_calls", "target_calls"),
        by=("call_number", "call_number_in_cycle"),
    ),
    View(
        about=about(
            "calls_by_hour_weekday",
            "按星期与小时的拨号、来电、未接与目标来电。",
            "Dials, inbound, missed and target calls by weekday and hour.",
        ),
        metrics=("dials", "inbound_calls", "missed", "target_calls"),
        by=("weekday", "hour"),
    ),
    View(
        about=about(
            "best_time",
            "按星期与小时的接通率与通话转化率，两个最优时段绝不合并；观察所得，样本小的格子请勿采信。",
            "Connect rate and call conversion by weekday and hour: two optima, never one; mind small cells.",
        ),
        metrics=("connect_rate", "call_conversion", "dials", "contacts_dialled"),
        by=("weekday", "hour"),
    ),
    View(
        about=about(
            "region_report",
            "各省市的主要指标；地区取客户地址，其次号码归属地。",
            "The main figures by province and city, from the customer's address, else where the number was allocated.",
        ),
        metrics=("dials", "connect_rate", "inbound_calls", "leads", "won_deals", "revenue_net", "total_cost", "roi"),
        by=("province", "city"),
    ),
)
# No question: each team has its own figures, targets and weights, and `metrics.scored` weighs them.
SCORECARD: About = about(
    "agent_scorecard",
    "一个团队的人各项指标达成率（0 至 150%）按权重加总，100 为全部达标；质量指标已扣除名单、时段与地区的差异。",
    "How far each person of a team reached its targets (0 to 150 % each), weighed; 100 is all of them. Figures of "
    "quality are freed of the mix of lists, hours and regions.",
)
VIEWS: dict[str, View] = {view.about.key: view for view in _ALL}
