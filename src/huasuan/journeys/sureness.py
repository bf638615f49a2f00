"""How sure credit is: how far it would move, had other customers like these come."""

from typing import NamedTuple

from huasuan import methods
from huasuan.kernel.text import Text
from huasuan.metrics.honesty import LARGEST_SHARE, LEAST_CUSTOMERS, LEVEL
from huasuan.warehouse import Cursor

METHOD = Text(
    zh="对客户重抽样（矩的闭式，修正偏度，Hall 1992），95%；模型权重视为给定",
    en="customers resampled (in closed form, corrected for skewness, Hall 1992), 95 %; the model's weights as they are",
)


class Spread(NamedTuple):
    """Both ends of an interval; without them ``reason`` says why."""

    low: float | None
    high: float | None
    reason: Text | None


def spreads(cursor: Cursor, parted: str, step: str) -> dict[str | None, tuple[Spread, Spread]]:
    """For each step the intervals of its sales (in millionths) and of its money (in minor units).

    parted: the beginning of a statement with a table ``parted`` of parts: columns ``step``, who, credit, part.
    """
    sums = ", ".join(
        f"sum({one}), sum(power({one}, 2)), sum(power({one}, 3)), count_if({one} <> 0), sum(abs({one})), "
        f"max(abs({one}))"
        for one in ("credit", "part")
    )
    rows = cursor.execute(
        f'{parted}, mine AS (SELECT "{step}" AS step, who, CAST(sum(credit) AS DOUBLE) AS credit, '
        f"CAST(sum(part) AS DOUBLE) AS part FROM parted GROUP BY ALL) SELECT step, {sums} FROM mine GROUP BY step"
    ).fetchall()
    return {step: (_spread(*told[:6]), _spread(*told[6:])) for step, *told in rows}


def _spread(  # noqa: PLR0917  in the order of the statement
    total: float | None,
    squares: float | None,
    cubes: float | None,
    customers: int,
    size: float | None,
    most: float | None,
) -> Spread:
    if total is None or squares is None or cubes is None or not size or most is None:
        return Spread(None, None, _few(0))
    if customers < LEAST_CUSTOMERS:
        return Spread(None, None, _few(customers))
    if most > LARGEST_SHARE * size:
        share = most / size
        return Spread(
            None,
            None,
            Text(zh=f"一位客户占了 {share:.0%}，超过一半", en=f"one customer makes up {share:.0%}, more than half"),
        )
    found = methods.total_of_moments(total, squares, cubes, level=LEVEL)
    if isinstance(found, methods.Unknown):
        return Spread(None, None, _few(customers))
    return Spread(max(0.0, found.low) if total >= size else found.low, found.high, None)


def _few(customers: int) -> Text:
    return Text(
        zh=f"客户太少（{customers} 位，至少需要 {LEAST_CUSTOMERS} 位）",
        en=f"too few customers ({customers}; it takes {LEAST_CUSTOMERS})",
    )
