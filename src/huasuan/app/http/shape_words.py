"""Words that the shapes of answers share."""

from typing import Literal

from pydantic import BaseModel

Cut = str | int | bool | None
Number = str | int | None
UnitName = Literal[
    "count", "money", "seconds", "minutes", "days", "share", "ratio", "per_hour", "per_mille", "points", "score"
]


class BothLanguages(BaseModel):
    """A text in both languages."""

    zh: str
    en: str
