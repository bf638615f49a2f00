"""The table of calls."""

from huasuan.calls.rules import check_call, completion, customer_identities, own_number
from huasuan.facts.calls import Call
from huasuan.store import fact_kind

CALL = fact_kind(
    "call",
    Call,
    check=check_call,
    completion=completion,
    identities=customer_identities,
    extra={"own_number": own_number},
)
KINDS = (CALL,)
