"""The tables of touches and of messages."""

from collections.abc import Sequence

from huasuan.facts.journeys import Touch
from huasuan.facts.messages import Message
from huasuan.store import Identity, fact_kind, named_identities


def touch_identities(touch: Touch, _source_key: str) -> Sequence[Identity]:
    """Who was touched, as far as it is known."""
    named = (("phone", touch.phone), ("email", touch.email), ("visitor", touch.visitor), ("customer", touch.customer))
    return tuple((kind, value) for kind, value in named if value)


TOUCH = fact_kind("touch", Touch, identities=touch_identities)
MESSAGE = fact_kind("message", Message, identities=named_identities)
KINDS = (TOUCH, MESSAGE)
