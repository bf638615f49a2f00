"""Money as whole minor units (fen, cents) of an ISO 4217 currency; never a float."""

from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

# BIGINT everywhere: 9.2e18 minor units are far more than any ledger, this bound leaves room for sums.
MAX_MINOR = 10**15


@cache
def minor_digits(currency: str) -> int:
    """How many decimals the currency has (CNY 2, JPY 0, KWD 3).

    Raises
    ------
    InvalidInput
        ``unknown_currency`` when ISO 4217 knows no such code (source: Unicode CLDR through Babel).
    """
    from babel.core import get_global  # noqa: PLC0415  Babel takes 0.1 s to import, the command line must not wait

    if currency not in get_global("all_currencies"):
        raise InvalidInput(
            "unknown_currency",
            Text(zh=f"未知币种：{currency}", en=f"unknown currency: {currency}"),
            Text(zh="请使用 ISO 4217 代码，例如 CNY、USD。", en="Use an ISO 4217 code such as CNY or USD."),
        )
    fractions = get_global("currency_fractions")
    digits: int = fractions.get(currency, fractions["DEFAULT"])[0]
    return digits


def is_currency(currency: str) -> bool:
    """Whether ISO 4217 knows the code."""
    try:
        minor_digits(currency)
    except InvalidInput:
        return False
    return True


def to_minor(amount: Decimal, currency: str) -> int:
    """The exact number of minor units.

    Raises
    ------
    InvalidInput
        ``too_many_decimals`` if the amount is finer than the currency, ``amount_too_large`` beyond 10^15.
    """
    scaled = amount.scaleb(minor_digits(currency))
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise InvalidInput(
            "too_many_decimals",
            Text(
                zh=f"金额 {amount} 的小数位多于 {currency} 允许", en=f"{amount} has more decimals than {currency} has"
            ),
            Text(zh="请四舍五入到最小货币单位。", en="Round it to the smallest unit of the currency."),
        )
    if abs(scaled) > MAX_MINOR:
        raise InvalidInput("amount_too_large", Text(zh=f"金额 {amount} 过大", en=f"the amount {amount} is too large"))
    return int(scaled)


def to_decimal(minor: int, currency: str) -> Decimal:
    """The amount in major units with all decimals of the currency kept (1230 fen → 12.30)."""
    return Decimal(minor).scaleb(-minor_digits(currency))


def convert_minor(minor: int, *, currency: str, rate: Decimal, into: str) -> int:
    """An amount in another currency at ``rate`` (units of ``into`` per unit of ``currency``), half to even."""
    exact = to_decimal(minor, currency) * rate
    return int(exact.scaleb(minor_digits(into)).to_integral_value(rounding=ROUND_HALF_EVEN))
