"""How a scorecard is written down: a team, and each figure with its target and its weight (S4-25, S4-26)."""

import re
from dataclasses import dataclass
from decimal import Decimal

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

# No figure alone decides, and good work always counts beside much work (S4-9, S4-32, S4-34).
LEAST_PARTS, LARGEST_SHARE = 3, Decimal("0.5")
_PART = re.compile(
    r"(?P<metric>[a-z][a-z0-9_]*)\s+(?P<target>\d{1,12}(\.\d{1,6})?)(?P<percent>%?)\s+(?P<weight>\d{1,4})"
)
_REMEDY = Text(
    zh="写作 团队: 指标 目标 权重; …，如 外呼组: dials 80 30; connect_rate 30% 30; call_conversion 5% 40",
    en="Write team: metric target weight; …, as callers: dials 80 30; connect_rate 30% 30; call_conversion 5% 40",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One figure of a scorecard.

    target: of a sum what one person shall reach on a working day, of a quotient its value; money in major units.
    weight: against those of the other parts.
    """

    metric: str
    target: Decimal
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """The same parts for everybody of a team (S4-33)."""

    team: str
    parts: tuple[Part, ...]

    @property
    def weights(self) -> int:
        """All weights together."""
        return sum(part.weight for part in self.parts)


def scorecard_of(text: str) -> Scorecard:
    """A scorecard as it stands in the settings: ``callers: dials 80 30; connect_rate 30% 30; call_conversion 5% 40``.

    Raises
    ------
    InvalidInput
        ``bad_scorecard``: written otherwise, a part twice, fewer than three, or one that outweighs the others
    """
    team, colon, rest = text.partition(":")
    found = [_PART.fullmatch(part.strip()) for part in rest.split(";") if part.strip()]
    parts = tuple(_part(one) for one in found if one is not None)
    card = Scorecard(team=team.strip(), parts=parts)
    if not colon or not card.team or None in found or any(part.target == 0 for part in parts):
        raise bad_scorecard(text, Text(zh="写法不对", en="not written as one"))
    if len({part.metric for part in parts}) < max(LEAST_PARTS, len(parts)):
        raise bad_scorecard(text, Text(zh="至少三个不同的指标", en="at least three different figures"))
    if any(part.weight > LARGEST_SHARE * card.weights or part.weight == 0 for part in parts):
        raise bad_scorecard(
            text, Text(zh="每个指标的权重须大于零且不超过一半", en="each weighs something, none more than half")
        )
    return card


def bad_scorecard(text: str, why: Text) -> InvalidInput:
    """A scorecard that cannot be one."""
    return InvalidInput(
        "bad_scorecard",
        Text(zh=f"记分卡“{text}”：{why.zh}", en=f"scorecard {text!r}: {why.en}"),
        _REMEDY,
    )


def _part(found: re.Match[str]) -> Part:
    target = Decimal(found["target"]) / (100 if found["percent"] else 1)
    return Part(metric=found["metric"], target=target, weight=int(found["weight"]))
