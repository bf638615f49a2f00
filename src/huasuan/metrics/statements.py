"""The pieces statements are made of: periods, filters, groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from huasuan.metrics.dimensions import DIMENSIONS, Dimension
from huasuan.metrics.language import Base, CostBase
from huasuan.metrics.question import Question

# How a definition says "until now" (microseconds since 1970); an answer means the moment it reaches to.
NOW = "epoch_us(now())"


class Place(NamedTuple):
    """Where a row of a statement says a base: its figure, its number of facts, how many of them make it unknown.

    facts: None for costs, of which the rows say only amounts. missing: None where nothing can make it unknown.
    """

    figure: int
    facts: int | None
    missing: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """One statement and where its rows say what. Each row: for costs whether it is unplaced; the cuts; the figures.

    Figures of costs are whole multiples of ``1/SCALE`` of a minor unit. question, dimensions: what it was made for.
    """

    sql: str
    bases: tuple[Base | CostBase, ...]
    places: tuple[Place, ...]
    is_cost: bool
    question: Question
    dimensions: tuple[Dimension, ...]


def period(question: Question, day: str) -> list[str]:
    """Conditions that keep the rows of the period."""
    found = []
    if question.date_from is not None:
        found.append(f"{day} >= {_date(question.date_from)}")
    if question.date_to is not None:
        found.append(f"{day} < {_date(question.date_to)}")
    return found


def _date(day: date) -> str:
    return f"CAST('{day.isoformat()}' AS DATE)"


def firm(question: Question, star: str, tables: Mapping[str, str]) -> list[str]:
    """Conditions that keep the deals whose return window had closed, and what came back of them."""
    if not isinstance(question.firm, date) or star not in {"sale", "sale_back"}:
        return []
    closed = f"firm_day < {_date(question.firm)}"
    return [closed if star == "sale" else f"deal_id IN (SELECT deal_id FROM {tables['sale']} WHERE {closed})"]


def filters(question: Question, star: str, day: str) -> list[str]:
    """Conditions of the question's filters on one star table."""
    return [
        accepts(DIMENSIONS[key].expression(star, day) or "NULL", values)
        for key, values in (question.where or {}).items()
    ]


def implied_by_filters(question: Question, star: str, day: str) -> frozenset[str]:
    """The conditions of bases that every row the filters keep meets anyway, so that no row need be asked twice."""
    return frozenset(
        f"{DIMENSIONS[key].column} = {quoted(values[0])}"
        for key, values in (question.where or {}).items()
        if len(values) == 1 and values[0] and DIMENSIONS[key].expression(star, day) == f'"{DIMENSIONS[key].column}"'
    )


def accepts(expression: str, values: Sequence[str]) -> str:
    """A condition that an expression has one of the values; "" accepts NULL."""
    given = [value for value in values if value != ""]
    listed = ", ".join(map(quoted, given))
    conditions = []
    if given:
        conditions.append(f"CAST({expression} AS VARCHAR) IN ({listed})")
    if len(given) < len(values):
        conditions.append(f"{expression} IS NULL")
    return f"({' OR '.join(conditions)})"


def quoted(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def group_by(columns: int, *, after: int = 0) -> str:
    """The clause that groups by ``columns`` columns of the statement; ``after`` constants stand before them."""
    numbers = ", ".join(str(after + number + 1) for number in range(columns))
    return f" GROUP BY {numbers}" if columns else ""
