"""What makes a cost line possible, and the driver each kind of cost has by itself (domain canon, section 4)."""

from dataclasses import replace
from datetime import date, timedelta

from huasuan.facts.costs import Cost, FxRate
from huasuan.kernel.errors import InvalidInput, UnknownName
from huasuan.kernel.money import minor_digits
from huasuan.kernel.text import Text
from huasuan.metrics.drivers import COST_KINDS, DRIVERS

_MONTHS_A_YEAR = 12
MAX_PERIOD_DAYS = 50 * 366


def check_cost(cost: Cost) -> Cost:
    """The cost line with period and driver stated.

    Raises
    ------
    InvalidInput
        ``unknown_currency``, ``amount_or_rate``, ``empty_period``, ``period_too_long``, ``unknown_driver``
    """
    minor_digits(cost.currency)
    if (cost.amount_minor is None) == (cost.rate is None):
        raise InvalidInput(
            "amount_or_rate",
            Text(zh="费用需要金额或单价，且只能有一个", en="a cost needs either an amount or a rate, and not both"),
            Text(zh="请只填写 amount 或 rate。", en="Give amount or rate."),
        )
    driver = cost.driver or default_driver(cost.cost_kind)
    if driver not in DRIVERS:
        raise UnknownName(
            "unknown_driver",
            Text(zh=f"未知的分摊动因：{driver}", en=f"unknown cost driver: {driver}"),
            Text(zh=f"可用：{', '.join(DRIVERS)}", en=f"Known: {', '.join(DRIVERS)}"),
        )
    end = _period_end(cost)
    if not cost.service_from < end <= cost.service_from + timedelta(days=MAX_PERIOD_DAYS):
        raise InvalidInput(
            "empty_period",
            Text(
                zh=f"服务期 {cost.service_from} 至 {end} 不成立",
                en=f"the service period {cost.service_from} to {end} cannot be",
            ),
            Text(zh="service_to 为不含的末日，须晚于 service_from。", en="service_to is excluded and must be later."),
        )
    return replace(cost, driver=driver, service_to=end)


def default_driver(cost_kind: str) -> str:
    """The driver of a kind of cost; a kind nobody knows is borne by all calls alike."""
    known = COST_KINDS.get(cost_kind)
    return "call" if known is None else known.driver


def check_rate(rate: FxRate) -> FxRate:
    """An exchange rate is positive and between two known currencies."""
    minor_digits(rate.currency)
    minor_digits(rate.into)
    if rate.rate <= 0:
        raise InvalidInput(
            "rate_not_positive", Text(zh="汇率必须大于零", en="an exchange rate must be greater than zero")
        )
    return rate


def _period_end(cost: Cost) -> date:
    if cost.service_to is not None:
        return cost.service_to
    if cost.useful_months:
        return _months_later(cost.service_from, cost.useful_months)
    return cost.service_from + timedelta(days=1)


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, _MONTHS_A_YEAR)
    last = _last_day(day.year + years, month + 1)
    return date(day.year + years, month + 1, min(day.day, last))


def _last_day(year: int, month: int) -> int:
    after = date(year + month // _MONTHS_A_YEAR, month % _MONTHS_A_YEAR + 1, 1)
    return (after - timedelta(days=1)).day
