"""Short ways to write a definition down; names and requirement ids come from the canon, so they are said once."""

from huasuan.kernel.text import Text
from huasuan.metrics.canon import canon_metrics
from huasuan.metrics.language import About, Direction


def about(key: str, zh: str, en: str) -> About:
    """What people read about the canon's metric ``key``; ``zh`` and ``en`` say in plain words what it means."""
    row = canon_metrics()[key]
    direction = row["direction"] or None
    return About(
        key=key,
        text=Text(zh=row["zh"], en=row["en"]),
        meaning=Text(zh=zh, en=en),
        direction=_direction(direction),
        requirements=tuple(row["requirements"].split()),
    )


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
