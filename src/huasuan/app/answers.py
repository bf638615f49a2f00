"""Questions and answers as they leave the program, whichever process holds the warehouse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, Protocol

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

Basis = Literal["cohort", "event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as a person or program wrote it, before its names are looked up.

    ``where`` maps a dimension to the wanted values; None among them is "unknown". ``first`` is included, ``last``
    excluded, both local dates; ``as_of`` means known before that day 00:00 local.
    """

    metrics: Sequence[str]
    by: Sequence[str] = ()
    where: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None
    basis: Basis = "cohort"
    as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far the warehouse is behind the store."""

    rows: int
    seconds: float


class Answers(Protocol):
    """Who answers: the warehouses in this process, or the process that owns them."""

    def ask(self, workspace: int, asked: Asked) -> dict[str, Any]:
        """The answer as JSON; waits until everything written before the question is in the warehouse."""
        ...

    def behind(self, workspace: int, asked: Asked, *, limit: int) -> dict[str, Any]:
        """The facts behind one figure (``asked.metrics`` has one entry)."""
        ...

    def lag(self) -> Lag:
        """How far behind the warehouses are, the worst of them."""
        ...


def names_in(values: Sequence[str]) -> list[str]:
    """Names, however they were separated: ``a,b`` and ``a`` ``b`` are the same."""
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def filters_in(values: Sequence[str]) -> dict[str, list[str | None]]:
    """``dimension=value`` pairs; an empty value means unknown, a dimension named twice wants either value.

    Raises
    ------
    InvalidInput
        ``bad_filter``
    """
    found: dict[str, list[str | None]] = {}
    for value in values:
        name, sign, wanted = value.partition("=")
        if not sign or not name.strip():
            raise InvalidInput(
                "bad_filter",
                Text(zh=f"筛选条件不是 维度=值：{value}", en=f"a filter must read dimension=value, not {value}"),
                Text(zh="例如 channel=sms。", en="For example channel=sms."),
            )
        found.setdefault(name.strip(), []).append(wanted.strip() or None)
    return found
