"""What people reached on their team's scorecard: every part against its target, like with like (agent_scorecard)."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from huasuan.kernel.errors import HuasuanError
from huasuan.kernel.money import minor_digits
from huasuan.kernel.text import Text
from huasuan.kernel.workdays import is_working_day
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.dimensions import DIMENSIONS
from huasuan.metrics.engine import QUOTIENT, divide
from huasuan.metrics.language import CostBase, Fitted, Metric, Ratio, parts
from huasuan.metrics.plan import can_cut
from huasuan.metrics.question import SMALL_BELOW, Answer, Cut, Figure, Question
from huasuan.metrics.scorecards import Part, Scorecard, bad_scorecard, scorecard_of

# Whoever was given a hard list, a bad hour or a far region shall not lose by it. Where there are too many cells, the
# later cuts are left out.
MIX = ("list", "hour", "region")
MOST_REACHED = Decimal("1.5")
LEAST_QUALITIES = 2
Ask = Callable[[Sequence[Question]], Sequence[Answer | HuasuanError]]
_Cell = tuple[Cut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """One part of one person.

    adjusted: the figure (in minor units where it is money) with the mix of lists, hours and regions taken out.
    target: for the whole period. attainment: 0 to 1.5; None is unknown, and ``reason`` says why.
    """

    part: Part
    figure: Figure
    adjusted: Decimal | None
    target: Decimal
    attainment: Decimal | None
    reason: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One person, or the whole team (``agent`` None). index: 100 is every target reached, 150 the most there is."""

    agent: str | None
    index: Decimal | None
    reason: Text | None
    parts: tuple[Reached, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """A scorecard filled in. mix: of each adjusted part the cuts it was adjusted for; ``question`` opens the facts."""

    card: Scorecard
    question: Question
    working_days: int
    mix: dict[str, tuple[str, ...]]
    people: tuple[Scored, ...]
    team: Scored
    currency: str


def check_scorecards(texts: Sequence[str]) -> tuple[Scorecard, ...]:
    """The scorecards of the settings.

    Raises
    ------
    InvalidInput
        ``bad_scorecard``: an unknown figure, one that no person has or that has no better side, quantity without
        quality or quality without quantity (S4-9, S4-32), two of one team
    """
    found = {}
    for text in texts:
        card = scorecard_of(text)
        for part in card.parts:
            why = _unfit(part.metric)
            if why is not None:
                raise bad_scorecard(text, Text(zh=f"{part.metric} {why.zh}", en=f"{part.metric} {why.en}"))
        qualities = sum(isinstance(METRICS[part.metric], Ratio) for part in card.parts)
        if not LEAST_QUALITIES <= qualities < len(card.parts):
            raise bad_scorecard(
                text,
                Text(
                    zh="须至少有一个数量指标和两个质量指标",
                    en="at least one figure of quantity and two of quality are needed",
                ),
            )
        if card.team in found:
            raise bad_scorecard(text, Text(zh="该团队已有记分卡", en="its team has another one"))
        found[card.team] = card
    return tuple(found.values())


def _unfit(key: str) -> Text | None:
    metric = METRICS.get(key)
    if metric is None:
        return Text(zh="不是指标", en="is no figure")
    # A plain volume is there to be reached.
    if metric.about.direction == "band" or (metric.about.direction is None and isinstance(metric, Ratio)):
        return Text(zh="没有越高或越低越好之分", en="is not better the higher or the lower")
    if any(isinstance(base, CostBase) for _, base in parts(metric)):
        return Text(zh="含成本，坐席无权查看", en="is of costs, which agents may not see")
    if not all(can_cut(metric, DIMENSIONS[cut]) for cut in ("agent", "team")):
        return Text(zh="不能按坐席和团队细分", en="cannot be told by agent and team")
    return None


def scored(ask: Ask, card: Scorecard, *, date_from: date, date_to: date, until: date, calendar: str) -> Scores:
    """Everybody of the team over a period; of one that still runs, targets reach ``until`` (a day not over counts).

    Raises
    ------
    HuasuanError
        why the question has no answer
    """
    metrics = tuple(part.metric for part in card.parts)
    wanted = Question(
        metrics=metrics,
        by=("agent",),
        where={"team": (card.team,)},
        date_from=date_from,
        date_to=date_to,
        basis="event",
    )
    answer, whole = (_known(one) for one in ask([wanted, _by(wanted)]))
    days = _working_days(calendar, date_from, min(date_to, until))
    mixes = {key: _mix(ask, wanted, METRICS[key]) for key in metrics}
    digits = minor_digits(answer.currency)
    rows = [row for row in answer.rows if row.by["agent"] is not None and row.kind == "value"]
    people = []
    for row in rows:
        agent = str(row.by["agent"])
        reached = [
            _reached(part, row.values[part.metric], mixes[part.metric].factor(agent), days, digits)
            for part in card.parts
        ]
        people.append(_scored(card, agent, reached))
    team = [_reached(part, _mean(part, whole, len(rows)), None, days, digits) for part in card.parts]
    return Scores(
        card=card,
        question=wanted,
        working_days=days,
        mix={key: mix.cuts for key, mix in mixes.items() if mix.cuts},
        people=tuple(sorted(people, key=lambda one: (one.index is None, -(one.index or 0), one.agent))),
        team=_scored(card, None, team),
        currency=answer.currency,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mix:
    """A quotient's sides by person and cell of the mix."""

    cuts: tuple[str, ...] = ()
    sides: dict[str, dict[_Cell, tuple[Decimal, Decimal]]]

    def factor(self, agent: str) -> Decimal | None:
        """What the whole team has, over what it would have with this person's mix (indirect standardisation)."""
        own = self.sides.get(agent)
        if own is None:
            return None
        top: dict[_Cell, Decimal] = defaultdict(Decimal)
        bottom: dict[_Cell, Decimal] = defaultdict(Decimal)
        for cells in self.sides.values():
            for cell, (above, below) in cells.items():
                top[cell] += above
                bottom[cell] += below
        expected = sum((below * top[cell] / bottom[cell] for cell, (_, below) in own.items()), Decimal())
        if not expected:
            return None
        level = sum(top.values(), Decimal()) / sum(bottom.values(), Decimal())
        return level * sum((below for _, below in own.values()), Decimal()) / expected


def _mix(ask: Ask, wanted: Question, metric: Metric) -> _Mix:
    """By as many cuts of ``MIX`` as the metric knows and an answer can hold."""
    if not isinstance(metric, Ratio) or isinstance(metric, Fitted) or metric.is_quantile:
        return _Mix(sides={})
    cuts = tuple(cut for cut in MIX if can_cut(metric, DIMENSIONS[cut]))
    while cuts:
        (found,) = ask([_by(wanted, "agent", *cuts, metrics=(metric.about.key,))])
        if isinstance(found, Answer):
            return _Mix(cuts=cuts, sides=_sides(found, cuts))
        cuts = cuts[:-1]
    return _Mix(sides={})


def _sides(found: Answer, cuts: Sequence[str]) -> dict[str, dict[_Cell, tuple[Decimal, Decimal]]]:
    sides: dict[str, dict[_Cell, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for row in found.rows:
        (figure,) = row.values.values()
        if row.by["agent"] is not None and figure.numerator is not None and figure.denominator:
            cell = tuple(row.by[cut] for cut in cuts)
            sides[str(row.by["agent"])][cell] = (Decimal(figure.numerator), Decimal(figure.denominator))
    return sides


def _reached(part: Part, figure: Figure, factor: Decimal | None, days: int, digits: int) -> Reached:
    metric = METRICS[part.metric]
    of_sum = not isinstance(metric, Ratio)
    target = part.target * (days if of_sum else 1)
    adjusted, attainment, reason = None, None, figure.reason
    if figure.value is not None and not of_sum and figure.n < SMALL_BELOW:
        reason = Text(zh=f"样本不足 {SMALL_BELOW}", en=f"fewer than {SMALL_BELOW} to go by")
    elif figure.value is not None and target:
        adjusted = _rounded(Decimal(figure.value) * (factor or 1))
        goal = target.scaleb(digits) if metric.unit == "money" else target
        attainment = _attainment(adjusted, goal, down=metric.about.direction == "down")
    elif reason is None:
        reason = Text(zh="期间没有工作日", en="no working day in the period")
    return Reached(part=part, figure=figure, adjusted=adjusted, target=target, attainment=attainment, reason=reason)


def _attainment(value: Decimal, goal: Decimal, *, down: bool) -> Decimal:
    if not down:
        return max(Decimal(), min(MOST_REACHED, _rounded(value / goal)))
    return MOST_REACHED if value * MOST_REACHED <= goal else _rounded(goal / value)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(QUOTIENT, ROUND_HALF_EVEN)


def _scored(card: Scorecard, agent: str | None, reached: Sequence[Reached]) -> Scored:
    """Nobody is judged by a part of a scorecard: the index is unknown until every part is known (S4-33)."""
    missing = next((one for one in reached if one.attainment is None), None)
    if missing is not None and missing.reason is not None:
        name, why = METRICS[missing.part.metric].about.text, missing.reason
        reason = Text(zh=f"{name.zh}：{why.zh}", en=f"{name.en}: {why.en}")
        return Scored(agent=agent, index=None, reason=reason, parts=tuple(reached))
    total = sum((one.part.weight * (one.attainment or Decimal()) for one in reached), Decimal())
    return Scored(agent=agent, index=_rounded(total * 100 / card.weights), reason=None, parts=tuple(reached))


def _mean(part: Part, whole: Answer, people: int) -> Figure:
    """The team's figure: a quotient of all, a sum per person."""
    figure = whole.rows[0].values[part.metric]
    if isinstance(METRICS[part.metric], Ratio) or figure.value is None or not people:
        return figure
    return figure._replace(value=divide(int(figure.value), people), denominator=people)


def _by(wanted: Question, *cuts: str, metrics: tuple[str, ...] = ()) -> Question:
    return Question(
        metrics=metrics or wanted.metrics,
        by=cuts,
        where=wanted.where,
        date_from=wanted.date_from,
        date_to=wanted.date_to,
        basis=wanted.basis,
    )


def _known(found: Answer | HuasuanError) -> Answer:
    if isinstance(found, HuasuanError):
        raise found
    return found


def _working_days(calendar: str, first: date, until: date) -> int:
    return sum(is_working_day(calendar, first + timedelta(days=number)) for number in range((until - first).days))
