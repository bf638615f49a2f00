"""What makes a deal event possible."""

from collections.abc import Sequence
from dataclasses import replace

from huasuan.facts.deals import DealEvent
from huasuan.facts.marks import Identity
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.money import minor_digits
from huasuan.kernel.text import Text

_VALUED = frozenset({"won", "changed"})


def deal_identities(event: DealEvent, _source_key: str) -> Sequence[Identity]:
    """Who bought, as far as the event says."""
    named = (("phone", event.phone), ("customer", event.customer))
    return tuple((kind, value) for kind, value in named if value)


def check_deal_event(event: DealEvent) -> DealEvent:
    """The event with its amount stated.

    Raises
    ------
    InvalidInput
        ``unknown_currency``, ``no_amount`` (won or changed without a value), ``negative_amount``,
        ``lines_differ`` (the lines do not add up to the amount)
    """
    minor_digits(event.currency)
    amount = event.amount_minor
    if event.lines:
        total = sum(line.value_minor for line in event.lines)
        if amount is not None and amount != total:
            raise InvalidInput(
                "lines_differ",
                Text(zh=f"明细合计 {total} 与金额 {amount} 不符", en=f"the lines add up to {total}, not {amount}"),
                Text(zh="请改正明细或金额（单位：最小货币单位）。", en="Mend the lines or the amount (minor units)."),
            )
        amount = total
    if amount is None and event.kind in _VALUED:
        raise InvalidInput(
            "no_amount",
            Text(zh=f"{event.kind} 事件没有金额", en=f"a {event.kind} event needs an amount"),
            Text(zh="请提供 amount 或 lines。", en="Give amount or lines."),
        )
    if amount is not None and amount < 0:
        raise InvalidInput(
            "negative_amount",
            Text(zh="金额不能为负", en="the amount must not be negative"),
            Text(zh="退货请用 returned 或 part_returned。", en="For goods given back use returned or part_returned."),
        )
    return replace(event, amount_minor=amount)
