"""What makes a deal event possible."""

from datetime import UTC, datetime

import pytest

from huasuan.deals import KINDS
from huasuan.facts.deals import DealEvent, DealLine
from huasuan.kernel.errors import InvalidInput

(DEAL_EVENT, PRODUCT) = KINDS
AT = datetime(2026, 3, 5, tzinfo=UTC)


def test_the_lines_state_the_amount() -> None:
    lines = (DealLine(value_minor=700), DealLine(value_minor=300))
    event = DealEvent(deal="d", kind="won", at=AT, lines=lines)
    assert DEAL_EVENT.check(event).amount_minor == 1000


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (DealEvent(deal="d", kind="won", at=AT), "no_amount"),
        (DealEvent(deal="d", kind="changed", at=AT), "no_amount"),
        (DealEvent(deal="d", kind="returned", at=AT, amount_minor=-1), "negative_amount"),
        (DealEvent(deal="d", kind="won", at=AT, amount_minor=1, lines=(DealLine(value_minor=2),)), "lines_differ"),
        (DealEvent(deal="d", kind="won", at=AT, amount_minor=1, currency="XQZ"), "unknown_currency"),
    ],
)
def test_impossible_events_are_refused(event: DealEvent, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        DEAL_EVENT.check(event)
    assert caught.value.code == code


def test_a_deal_names_its_buyer_by_number_and_by_key() -> None:
    event = DealEvent(deal="d", kind="paid", at=AT, phone="+8613800138000", customer="C1")
    assert DEAL_EVENT.identities(event, "d/paid") == (("phone", "+8613800138000"), ("customer", "C1"))
