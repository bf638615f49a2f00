"""Tables of number tags and callback requests."""

from huasuan.facts.numbers import CallbackRequest, NumberTag
from huasuan.store import fact_kind, named_identities

NUMBER_TAG = fact_kind("number_tag", NumberTag)
CALLBACK_REQUEST = fact_kind("callback_request", CallbackRequest, identities=named_identities)
KINDS = (NUMBER_TAG, CALLBACK_REQUEST)
