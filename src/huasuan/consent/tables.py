"""The ledger of consent, and what protects people from calls."""

from collections.abc import Sequence

from huasuan.facts.consent import Complaint, Decision, OptOut
from huasuan.facts.contacts import Consent
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.store import Identity, fact_kind, named_identities


def check_consent(consent: Consent) -> Consent:
    """Consent of nobody proves nothing."""
    if not consent.phone and not consent.customer:
        raise InvalidInput(
            "nobody",
            Text(zh="同意记录没有电话也没有客户", en="the consent names neither a phone nor a customer"),
            Text(zh="请提供 phone 或 customer。", en="Give phone or customer."),
        )
    return consent


def consent_identities(consent: Consent, _source_key: str) -> Sequence[Identity]:
    """Whose consent it is."""
    named = (("phone", consent.phone), ("customer", consent.customer))
    return tuple((kind, value) for kind, value in named if value)


CONSENT = fact_kind("consent", Consent, check=check_consent, identities=consent_identities)
OPT_OUT = fact_kind("opt_out", OptOut, identities=named_identities)
COMPLAINT = fact_kind("complaint", Complaint, identities=named_identities)
DECISION = fact_kind("decision", Decision, identities=named_identities)
KINDS = (CONSENT, OPT_OUT, COMPLAINT, DECISION)
