"""How credit is asked for: a model with its parameters, in words such as ``time-decay:14@60``."""

from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import entry_points

from huasuan.kernel.errors import InvalidInput, UnknownName
from huasuan.kernel.text import Text

MODELS = ("first", "last", "last-non-direct", "linear", "position", "time-decay", "stages", "markov", "shapley")
PLUGGED = "huasuan.attribution"
STAGES = ("first", "lead", "won", "rest")
_MOST_DAYS = 3660
_MOST_STAGES = 20
_SHAPES = {
    "position": Text(
        zh="position:首/末（百分数），如 position:40/40", en="position:first/last in percent, position:40/40"
    ),
    "time-decay": Text(zh="time-decay:半衰期天数，如 time-decay:7", en="time-decay:half-life in days, time-decay:7"),
    "stages": Text(
        zh="stages:首触点/线索/成交/其余（份额，可加 ~半衰期天数），如 stages:30/30~7/30/10；或按商机自己的阶段："
        "stages:first=20/报价=30~7/won=40/rest=10",
        en="stages:first/lead/won/rest as shares, each with ~half-life in days if wanted, stages:30/30~7/30/10; or by "
        "the deal's own stages, stages:first=20/offer=30~7/won=40/rest=10",
    ),
    "markov": Text(zh="markov:阶（1 到 3），如 markov:2", en="markov:order, 1 to 3, as markov:2"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """A model of attribution, ready to be reckoned (S2-37).

    numbers: position: percent of first and last; time-decay: the half-life in days; stages: the shares of ``STAGES``,
    or of ``names`` (the deal's own stages by their names, and those of ``STAGES``); markov: the order.
    half_lives: of stages, in days; None: all of the share goes to the touch just before the stage.
    lookback_days: only touches at most so long before the sale, by the clock and not by the calendar day.
    """

    model: str
    numbers: tuple[float, ...] = ()
    half_lives: tuple[float | None, ...] = ()
    names: tuple[str, ...] = ()
    lookback_days: int = 90

    @property
    def text(self) -> str:
        """As it is written in a question, with everything that is left out by default."""
        parts = [
            (f"{self.names[at]}=" if self.names else "")
            + f"{number:g}"
            + ("" if at >= len(self.half_lives) or self.half_lives[at] is None else f"~{self.half_lives[at]:g}")
            for at, number in enumerate(self.numbers)
        ]
        return self.model + (":" + "/".join(parts) if parts else "") + f"@{self.lookback_days}"

    @property
    def stages(self) -> tuple[tuple[str, float, float | None], ...]:
        """Each stage with its share and half-life."""
        halves = (*self.half_lives, *(None for _ in self.numbers))
        return tuple(zip(self.names or STAGES, self.numbers, halves, strict=False))


_DEFAULTS: dict[str, tuple[float, ...]] = {
    "position": (40, 40),
    "time-decay": (7,),
    "stages": (30, 30, 30, 10),
    "markov": (1,),
}


def plugged_models() -> tuple[str, ...]:
    """Models that other packages bring (entry points ``huasuan.attribution``)."""
    return tuple(sorted(point.name for point in entry_points(group=PLUGGED)))


def attribution_of(text: str, *, lookback_days: int = 90) -> Attribution:
    """Read ``model[:numbers][@days]``; ``lookback_days`` holds where none are written.

    Raises
    ------
    UnknownName
        ``unknown_model``, with the nearest
    InvalidInput
        ``bad_attribution``, with how it is written
    """
    written, _, days = text.strip().partition("@")
    model, _, numbers = written.partition(":")
    # Names of stages stay as they are written.
    model = model.strip().lower().replace("_", "-")
    if model not in MODELS and model not in plugged_models():
        raise _unknown(model)
    try:
        lookback = int(days) if days else lookback_days
        named = [part.rpartition("=") for part in numbers.split("/")] if numbers else []
        parts = [part.partition("~") for _, _, part in named]
        found = Attribution(
            model=model,
            numbers=tuple(float(number) for number, _, _ in parts) or _DEFAULTS.get(model, ()),
            half_lives=tuple(float(half) if half else None for _, _, half in parts) if "~" in numbers else (),
            names=tuple(name.strip() for name, _, _ in named) if any(sign for _, sign, _ in named) else (),
            lookback_days=lookback,
        )
    except ValueError:
        raise _bad(text, model) from None
    if not _is_right(found):
        raise _bad(text, model)
    return found


def _is_right(found: Attribution) -> bool:
    numbers, halves = found.numbers, [half for half in found.half_lives if half is not None]
    if not 1 <= found.lookback_days <= _MOST_DAYS:
        return False
    if found.names:
        known = found.model == "stages" and all(found.names) and len(set(found.names)) == len(found.names)
        if not known or len(found.names) > _MOST_STAGES:
            return False
    elif len(numbers) != len(_DEFAULTS.get(found.model, ())):
        return False
    if any(not 0 <= number < 1e6 for number in numbers) or any(not 0 < half < 1e6 for half in halves):
        return False
    match found.model:
        case "position":
            return 0 < sum(numbers) <= 100 and not halves
        case "time-decay":
            return numbers[0] > 0 and not halves
        case "stages":
            return sum(numbers) > 0
        case "markov":
            return numbers[0] in {1, 2, 3} and not halves
        case _:
            return True


def _bad(text: str, model: str) -> InvalidInput:
    shape = _SHAPES.get(model, Text(zh=f"{model} 没有参数", en=f"{model} has no numbers"))
    return InvalidInput(
        "bad_attribution",
        Text(zh=f"读不懂归因模型：{text}", en=f"not an attribution model: {text}"),
        Text(
            zh=f"写法：{shape.zh}；回溯期写在 @ 之后（1 到 {_MOST_DAYS} 天），如 @90。",
            en=f"It is written {shape.en}; the look-back stands behind @ (1 to {_MOST_DAYS} days), as @90.",
        ),
    )


def _unknown(model: str) -> UnknownName:
    known = (*MODELS, *plugged_models())
    near = get_close_matches(model, known, n=1, cutoff=0.4) or known[:1]
    return UnknownName(
        "unknown_model",
        Text(zh=f"没有归因模型 {model}", en=f"there is no attribution model {model}"),
        Text(
            zh=f"最接近的是 {near[0]}；可用：{'、'.join(known)}",
            en=f"The nearest is {near[0]}; known: {', '.join(known)}",
        ),
    )
