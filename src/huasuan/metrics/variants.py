"""Variants of a question: matured, firm, compared with another period. Each is settled into plain questions."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.kernel.time import zone
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.language import Base, Metric, parts
from huasuan.metrics.question import Change, Figure, Firm, Period, Question, Range
from huasuan.metrics.snapshot import Snapshot
from huasuan.metrics.statements import filters, period
from huasuan.warehouse import Runner

# Days that no other period has; weekdays and hours come again.
_ONCE = ("day", "week", "month", "quarter")
_POINTS = frozenset({"share", "per_mille", "score"})
_DIGITS = Decimal(1).scaleb(-12)
_NOT_ABOVE = Text(zh="先前的值不大于零", en="the earlier value is not above zero")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A question made plain: its days fixed; beside it the period to compare with, and the days that were too young."""

    question: Question
    before: Question | None
    young: Question | None
    matured_days: int


def settle(question: Question, snapshot: Snapshot) -> Settled:
    """Fix the days of a question.

    Raises
    ------
    InvalidInput
        ``matured_cohort``, ``nothing_matured``, ``firm_impossible``, ``compare_needs_period``, ``compare_by_time``,
        ``empty_period``
    """
    if question.compare is None and question.matured is None and question.firm is None:
        return Settled(question=question, before=None, young=None, matured_days=0)
    today = snapshot.as_of.astimezone(zone(snapshot.rules.zone)).date()
    young, days = None, 0
    if question.matured is not None:
        days = snapshot.rules.cycle_days if question.matured == "cycle" else question.matured
        question, young = _matured(question, days, today)
    if question.firm is not None:
        question = _firm(question, today)
    return Settled(question=question, before=_before(question), young=young, matured_days=days)


def _matured(question: Question, days: int, today: date) -> tuple[Question, Question | None]:
    """The days old enough, and the younger ones if the question has any."""
    if question.basis != "cohort":
        raise InvalidInput(
            "matured_cohort",
            Text(zh="“已成熟”只适用于归属口径（cohort）", en="only cohorts mature: ask on the cohort basis"),
        )
    until = today - timedelta(days=days)
    if question.date_from is not None and question.date_from >= until:
        raise InvalidInput(
            "nothing_matured",
            Text(zh=f"期间内没有满 {days} 天的日子", en=f"no day of the period is {days} days past"),
            Text(zh=f"请从 {until} 之前开始。", en=f"Begin before {until}."),
        )
    if question.date_to is not None and question.date_to <= until:
        return question, None
    young = replace(question, by=(), date_from=until, compare=None, matured=None, firm=None, intervals=False)
    return replace(question, date_to=until), young


def _firm(question: Question, today: date) -> Question:
    if not any(_of_deals(METRICS[key]) for key in question.metrics if key in METRICS):
        raise InvalidInput(
            "firm_impossible",
            Text(
                zh="所问指标都与成交无关，无所谓确定收入",
                en="none of these metrics is about deals",
            ),
        )
    return question if isinstance(question.firm, date) else replace(question, firm=today)


def _of_deals(metric: Metric) -> bool:
    return any(isinstance(base, Base) and base.star in {"sale", "sale_back"} for _, base in parts(metric))


def _before(question: Question) -> Question | None:
    """The same question of the period compared with."""
    if question.compare is None:
        return None
    if times := [name for name in question.by if name in _ONCE]:
        raise InvalidInput(
            "compare_by_time",
            Text(zh=f"按 {times[0]} 划分时无法对比期间", en=f"two periods have no {times[0]} in common"),
            Text(zh="请去掉该维度，或分别提问。", en="Leave that cut out, or ask of each period."),
        )
    if isinstance(question.compare, Period):
        first, end = question.compare
        if first >= end:
            raise InvalidInput("empty_period", Text(zh="对比期间为空", en="the period to compare with is empty"))
    elif question.date_from is None or question.date_to is None:
        raise InvalidInput(
            "compare_needs_period",
            Text(zh="与上一期对比须给出起止日", en="the period before is known only where from and to are given"),
        )
    else:
        first, end = question.date_from - (question.date_to - question.date_from), question.date_from
    return replace(question, date_from=first, date_to=end, compare=None, matured=None, intervals=False)


def change_of(metric: Metric, before: Figure, now: Figure, interval: Range | None = None) -> Change:
    """How a figure changed: rates and scores by a difference, the rest in proportion to what it was."""
    kind: str = "difference" if metric.unit in _POINTS else "relative"
    reason = now.reason or before.reason
    value = None
    if now.value is not None and before.value is not None:
        apart = Decimal(now.value) - Decimal(before.value)
        if kind == "difference":
            value = apart
        elif before.value > 0:
            value = (apart / Decimal(before.value)).quantize(_DIGITS, ROUND_HALF_EVEN)
        else:
            reason = _NOT_ABOVE
    return Change(
        before=before,
        kind="difference" if kind == "difference" else "relative",
        value=value,
        reason=None if value is not None else reason,
        interval=interval,
    )


def left_open(runner: Runner, snapshot: Snapshot, question: Question) -> Firm | None:
    """The kept deals that a question for firm ones leaves out."""
    if not isinstance(question.firm, date):
        return None
    day = "origin_day" if question.basis == "cohort" else "won_day"
    conditions = " AND ".join(["kept", *period(question, day), *filters(question, "sale", day)])
    closing = f"firm_day >= CAST('{question.firm.isoformat()}' AS DATE)"
    sql = (
        f"SELECT count(DISTINCT deal_id) FILTER (WHERE {closing}), "
        f"count(DISTINCT deal_id) FILTER (WHERE firm_day IS NULL) FROM {snapshot.tables['sale']} WHERE {conditions}"
    )
    ((still, unreceived),) = runner.rows(snapshot.then(sql))
    return Firm(before=question.firm, open_deals=int(still), unreceived_deals=int(unreceived))
