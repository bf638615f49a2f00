"""Attribution models by the names people give them, with their parameters, for aggregated paths."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module

from huasuan import methods
from huasuan.kernel.errors import InvalidInput, UnknownName
from huasuan.kernel.text import Text
from huasuan.methods.attribution import DIRECT, FIRST_SHARE, HALF_LIFE_DAYS, LAST_SHARE, Credit, Weigher
from huasuan.methods.paths import Paths

NAMES = ("first", "last", "last-non-direct", "linear", "position", "time-decay", "markov", "shapley")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is free in the models. ``order``: how many touches Markov remembers; ``direct``: names of direct visits."""

    first: float = FIRST_SHARE
    last: float = LAST_SHARE
    half_life_days: float = HALF_LIFE_DAYS
    order: int = 1
    direct: tuple[str, ...] = DIRECT


def model_named(name: str, settings: Settings) -> Callable[[Paths], Credit]:
    """The model of that name; ``module:function`` is a function of one's own that weighs the touches of ``Paths``.

    Raises
    ------
    UnknownName
        there is no such model or function
    InvalidInput
        a parameter that cannot be, in words of its own
    """
    key = name.strip().lower().replace("_", "-")
    if ":" in key:
        return _rule(_own(name.strip()))
    if key == "markov":
        return lambda found: methods.markov_credit(found, settings.order)
    if key == "shapley":
        return methods.set_shapley
    rules: dict[str, Callable[[], Weigher]] = {
        "first": lambda: methods.first_touch,
        "last": lambda: methods.last_touch,
        "last-non-direct": lambda: methods.last_non_direct(settings.direct),
        "linear": lambda: methods.linear,
        "position": lambda: methods.position(settings.first, settings.last),
        "time-decay": lambda: methods.time_decay(settings.half_life_days),
    }
    if key not in rules:
        raise _unknown(name)
    return _rule(_stated(rules[key]))


def _stated(make: Callable[[], Weigher]) -> Weigher:
    try:
        return make()
    except ValueError as error:
        raise InvalidInput(
            "model_parameter",
            Text(zh=f"模型参数不成立：{error}", en=f"a parameter of the model cannot be: {error}"),
            Text(zh="首末份额之和应大于0且不超过1；半衰期应大于0天。", en="Mend the shares or the half-life."),
        ) from error


def _rule(weigh: Weigher) -> Callable[[Paths], Credit]:
    return lambda found: methods.credit(found, weigh)


def _own(name: str) -> Weigher:
    module, _, function = name.partition(":")
    try:
        weigh: Weigher = getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise UnknownName(
            "unknown_function",
            Text(zh=f"找不到函数 {name}：{error}", en=f"there is no function {name}: {error}"),
            Text(
                zh="写成 模块:函数；模块须能被 Python 导入（可设 PYTHONPATH）。",
                en="Write module:function; Python has to find the module (PYTHONPATH helps).",
            ),
        ) from error
    return weigh


def _unknown(name: str) -> UnknownName:
    near = get_close_matches(name, NAMES, n=1, cutoff=0.4)
    zh, en = (f"最接近的是 {near[0]}。", f"The nearest is {near[0]}. ") if near else ("", "")
    known = ", ".join(NAMES)
    return UnknownName(
        "unknown_model",
        Text(zh=f"没有归因模型 {name}", en=f"there is no attribution model {name}"),
        Text(zh=f"{zh}可用：{known}，或 模块:函数", en=f"{en}There are: {known}, or module:function"),
    )
