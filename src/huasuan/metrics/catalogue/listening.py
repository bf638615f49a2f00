"""Metrics of what was heard in calls and answered in surveys."""

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue.about import about
from huasuan.metrics.catalogue.calls import CONVERSATIONS, share
from huasuan.metrics.language import Base, Metric, Ratio

_NO_SCORES = Text(zh="没有质检评分", en="no calls scored")
_NO_ANSWERS = Text(zh="没有回答", en="no answers")


def _quality(variant: str, scored_by: str, zh: str, en: str) -> Ratio:
    where = (f"scored_by = '{scored_by}'",)

    def points(amount: str, part: str) -> Base:
        return Base(
            about=about("call_quality", zh, en, variant),
            star="quality_score",
            unit="points",
            where=where,
            amount=amount,
            part=part,
        )

    return Ratio(
        about=about("call_quality", zh, en, variant),
        numerator=points("milli_points", "points"),
        denominator=points("milli_max", "maximum"),
        unit="score",
        zero=_NO_SCORES,
        scale=(100, 1),
    )


def _free_of(variant: str, error: str, zh: str, en: str) -> Ratio:
    key = "error_free_rate"
    looked = Base(
        about=about(key, "按该类差错质检过的通话。", "Calls listened to for errors of the class.", variant),
        star="quality_score",
        unit="count",
        where=(f"{error} IS NOT NULL",),
        part="monitored",
    )
    free = Base(
        about=about(key, "没有该类差错的通话。", "Calls without an error of the class.", variant),
        star="quality_score",
        unit="count",
        where=(f"NOT {error}",),
        part="free",
    )
    return Ratio(about=about(key, zh, en, variant), numerator=free, denominator=looked, unit="share", zero=_NO_SCORES)


def _sentiment(variant: str, side: str, zh: str, en: str) -> Ratio:
    where = (f"side = '{side}'",)

    def base(amount: str | None, part: str) -> Base:
        return Base(
            about=about("sentiment", zh, en, variant),
            star="sentiment",
            unit="count" if amount is None else "points",
            where=where,
            amount=amount,
            part=part,
        )

    return Ratio(
        about=about("sentiment", zh, en, variant),
        numerator=base("milli_score", "score"),
        denominator=base(None, "judged"),
        unit="score",
        zero=Text(zh="没有情绪评分", en="no sentiment judged"),
        scale=(1, 1000),
    )


def _answers(key: str, survey: str, zh: str, en: str, *where: str, part: str) -> Base:
    return Base(
        about=about(key, zh, en), star="survey_answer", unit="count", where=(f"survey = '{survey}'", *where), part=part
    )


KEYWORD_HITS = Base(
    about=about("keyword_hits", "通话中说到所关注词语的次数。", "How often watched-for words were said in calls."),
    star="transcript_hit",
    unit="count",
    amount="hits",
)
WITH_SCRIPT = Base(
    about=about("script_effect", "使用某话术的有意义对话。", "Meaningful conversations that used a script."),
    star="call",
    unit="count",
    where=(*CONVERSATIONS.where, "script_version IS NOT NULL"),
    part="with_script",
)
GOAL = Base(
    about=about(
        "script_effect", "使用某话术且之后成交或约到会议的对话。", "Such conversations followed by a deal or a meeting."
    ),
    star="call",
    unit="count",
    where=(*WITH_SCRIPT.where, "(bought_after OR met_after)"),
    part="goal",
)

METRICS: list[Metric] = [
    share(
        "csat",
        "客户评价为4或5分的比例。",
        "Answers of 4 or 5 over all answers of customers.",
        _answers("csat", "customer", "4或5分的回答。", "Answers of 4 or 5.", "score >= 4", part="satisfied"),
        _answers("csat", "customer", "客户的回答。", "Answers of customers.", part="answers"),
    ),
    Ratio(
        about=about(
            "sales_satisfaction",
            "销售团队对线索的平均评分（1–5）；少于5份回答不显示。",
            "Mean answer of the sales team from 1 to 5; hidden below 5 answers.",
        ),
        numerator=Base(
            about=about("sales_satisfaction", "评分之和。", "Answers added up."),
            star="survey_answer",
            unit="points",
            where=("survey = 'sales_team'",),
            amount="score",
            part="sum",
        ),
        denominator=_answers(
            "sales_satisfaction", "sales_team", "销售团队的回答。", "Answers of sales.", part="answers"
        ),
        unit="score",
        zero=_NO_ANSWERS,
        least=5,
    ),
    _quality(
        "",
        "human",
        "人工质检得分占满分的比例（0–100）；一票否决为0分。",
        "Points of what could be had, judged by people (0-100); a critical failure is 0.",
    ),
    _quality(
        "automatic",
        "automatic",
        "自动质检得分占满分的比例（0–100），与人工分开。",
        "Points of what could be had, judged automatically (0-100), apart from those of people.",
    ),
    _free_of("", "any_error", "没有任何差错的质检通话比例。", "Calls listened to without an error of any class."),
    _free_of(
        "customer", "customer_error", "没有客户致命差错的比例。", "Calls without an error that hurts the customer."
    ),
    _free_of(
        "business", "business_error", "没有业务致命差错的比例。", "Calls without an error that hurts the business."
    ),
    _free_of("noncritical", "noncritical_error", "没有非致命差错的比例。", "Calls without a lesser error."),
    _sentiment(
        "",
        "customer",
        "客户一方的平均情绪（−1到1），绝不与坐席一方平均。",
        "How customers sounded (-1 to 1), never mixed with agents.",
    ),
    _sentiment("agent", "agent", "坐席一方的平均情绪（−1到1）。", "How agents sounded (-1 to 1)."),
    KEYWORD_HITS,
    share(
        "script_effect",
        "使用话术的对话中之后成交或约到会议的比例；只有随机试验才能说明是话术的作用。",
        "Conversations with a script followed by a deal or meeting; only a randomised trial shows the script did it.",
        GOAL,
        WITH_SCRIPT,
    ),
]
