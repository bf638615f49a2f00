"""What a judgement of a call or an answer can be."""

from dataclasses import replace
from decimal import Decimal

from huasuan.facts.listening import QualityScore, Sentiment, SurveyAnswer
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text


def check_quality(score: QualityScore) -> QualityScore:
    """Points and their maximum, added up from the criteria where those are given.

    Raises
    ------
    InvalidInput
        ``no_points`` or ``points_out_of_range``
    """
    points, most = score.points, score.max_points
    if score.criteria:
        points = sum((line.weight * line.points for line in score.criteria), Decimal(0))
        most = sum((line.weight * line.max_points for line in score.criteria), Decimal(0))
    if points is None or most is None:
        raise InvalidInput(
            "no_points",
            Text(zh="评分没有得分或满分", en="the score has no points or no maximum"),
            Text(zh="请提供 points 与 max_points，或 criteria。", en="Give points and max_points, or criteria."),
        )
    if not 0 <= points <= most or not most:
        raise InvalidInput(
            "points_out_of_range",
            Text(zh=f"得分 {points} 不在 0 与满分 {most} 之间", en=f"{points} points are not from 0 to {most}"),
            Text(zh="请检查得分与满分是否对调。", en="Check for swapped columns."),
        )
    return replace(score, points=points, max_points=most)


def check_sentiment(sentiment: Sentiment) -> Sentiment:
    """A feeling is from -1 to 1."""
    if not -1 <= sentiment.score <= 1:
        raise InvalidInput(
            "score_out_of_range",
            Text(zh=f"情绪值 {sentiment.score} 不在 -1 与 1 之间", en=f"the score {sentiment.score} is not in -1..1"),
            Text(zh="请换算为 -1 到 1。", en="Bring it to the range from -1 to 1."),
        )
    return sentiment


def check_answer(answer: SurveyAnswer) -> SurveyAnswer:
    """An answer is from 1 to 5."""
    if not 1 <= answer.score <= 5:
        raise InvalidInput(
            "score_out_of_range",
            Text(zh=f"评分 {answer.score} 不在 1 与 5 之间", en=f"the answer {answer.score} is not from 1 to 5"),
            Text(zh="请换算为 1 到 5。", en="Bring it to the range from 1 to 5."),
        )
    return answer
