"""The columns a learnt score reads of a lead, known when it came and not later (S3-34)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from huasuan import methods
from huasuan.leads.types import Traits
from huasuan.leads.what_came_before import Behaviour

# What a lead says of itself; each is a category of which the frequent values have a code.
SAID = ("origin", "channel", "source", "campaign", "list", "supplier", "industry", "region", "interest")
NUMBERS = (
    "hour", "weekday", "wanted_days", "calls_in", "calls_out", "touches", "touch_age_days", "earlier_leads",
)  # fmt: skip
NAMES = (*SAID, *NUMBERS)
# A value seen less often says nothing yet, and may be somebody's own words.
_LEAST_SEEN, _MOST_VALUES = 20, 50

Vocabulary = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A lead to learn from or to score; ``before`` is None where it cannot be known now."""

    traits: Traits
    at: datetime
    wanted_by: date | None
    before: Behaviour | None


def vocabulary(leads: Sequence[Candidate]) -> dict[str, list[str]]:
    """The frequent values of each category, the most frequent first; their places are their codes."""
    words = {}
    for name in SAID:
        counted = Counter(value for lead in leads if (value := getattr(lead.traits, name)))
        words[name] = [value for value, times in counted.most_common(_MOST_VALUES) if times >= _LEAST_SEEN]
    return words


def features(leads: Sequence[Candidate], words: Vocabulary, zone: ZoneInfo) -> "methods.Features":
    """One row a lead; what is not known, or was too rare to be learnt, is NaN."""
    codes = {name: {value: float(code) for code, value in enumerate(words[name])} for name in SAID}
    rows = [
        [*(codes[name].get(getattr(lead.traits, name), np.nan) for name in SAID), *_numbers(lead, zone)]
        for lead in leads
    ]
    values = np.array(rows, float).reshape(len(rows), len(NAMES))
    return methods.Features(names=NAMES, values=values, categories=frozenset(SAID))


def _numbers(lead: Candidate, zone: ZoneInfo) -> tuple[float, ...]:
    local, before = lead.at.astimezone(zone), lead.before
    wanted = np.nan if lead.wanted_by is None else float((lead.wanted_by - local.date()).days)
    if before is None:
        return (local.hour, local.isoweekday(), wanted, np.nan, np.nan, np.nan, np.nan, np.nan)
    age = np.nan if before.touch_age_days is None else before.touch_age_days
    return (
        local.hour, local.isoweekday(), wanted, before.calls_in, before.calls_out, before.touches, age,
        before.earlier_leads,
    )  # fmt: skip


def shown(lead: Candidate, name: str, value: float) -> str:
    """A feature's value for people."""
    if name in SAID:
        return str(getattr(lead.traits, name) or "")
    return "" if np.isnan(value) else f"{value:.0f}"
