"""What platforms publish of their limits: a ``limits.toml`` in each folder, with its source and when it was read."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Limits by name. ``sources`` are where they stand, ``read_on`` when somebody looked."""

    sources: tuple[str, ...]
    read_on: date
    numbers: Mapping[str, int]

    def __getitem__(self, name: str) -> int:
        """A number."""
        return self.numbers[name]

    def hours(self, name: str) -> timedelta:
        """A number of hours as a time."""
        return timedelta(hours=self.numbers[name])


@cache
def limits_of(platform: str) -> Published:
    """The limits of the platform in the folder of that name."""
    text = files("huasuan.connectors").joinpath(platform, "limits.toml").read_text(encoding="utf-8")
    said = tomllib.loads(text)
    return Published(sources=tuple(said["sources"]), read_on=said["read_on"], numbers=said["limits"])
