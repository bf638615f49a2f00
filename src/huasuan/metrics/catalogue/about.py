"""Short ways to write a definition down; names and requirement ids come from the canon, so they are said once."""

import tomllib
from functools import cache
from importlib.resources import files

from huasuan.kernel.text import Text
from huasuan.metrics.canon import canon_row
from huasuan.metrics.language import About, Direction


def about(key: str, zh: str, en: str, variant: str = "") -> About:
    """What people read about the canon's metric ``key``; ``zh`` and ``en`` say in plain words what it means.

    ``variant`` names another reading of the same metric: p90 of ``speed_to_lead`` is ``speed_to_lead_p90``.
    """
    own = f"{key}_{variant}" if variant else key
    row = canon_row(own)
    direction = row["direction"] or None
    return About(
        key=own,
        canon=key if variant else "",
        text=Text(zh=row["zh"], en=row["en"]),
        meaning=Text(zh=zh, en=en),
        direction=_direction(direction),
        requirements=tuple(row["requirements"].split()),
        why=_reasons().get(key),
    )


@cache
def _reasons() -> dict[str, Text]:
    text = files("huasuan.metrics.catalogue").joinpath("why.toml").read_text(encoding="utf-8")
    return {key: Text(zh=zh, en=en) for key, (zh, en) in tomllib.loads(text).items()}


def _direction(name: str | None) -> Direction | None:
    match name:
        case "up":
            return "up"
        case "down":
            return "down"
        case "band":
            return "band"
        case _:
            return None
