"""The tables of calls, of what listeners say of them, and of the advertising that makes them ring."""

from huasuan.calls.rules import check_call, check_spot, check_tag, completion, customer_identities, own_number
from huasuan.facts.calls import Call, CallTag
from huasuan.facts.schedules import AdSpot
from huasuan.store import fact_kind

CALL = fact_kind(
    "call",
    Call,
    check=check_call,
    completion=completion,
    identities=customer_identities,
    extra={"own_number": own_number},
)
CALL_TAG = fact_kind("call_tag", CallTag, check=check_tag)
AD_SPOT = fact_kind("ad_spot", AdSpot, check=check_spot)
KINDS = (CALL, CALL_TAG, AD_SPOT)
