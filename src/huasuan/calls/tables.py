"""The table of calls."""

from huasuan.calls.rules import check_call, customer_identities, own_number
from huasuan.facts.calls import Call
from huasuan.store import fact_kind

CALL = fact_kind("call", Call, check=check_call, identities=customer_identities, extra={"own_number": own_number})
KINDS = (CALL,)
