"""The ledger of consent."""

from collections.abc import Sequence

from huasuan.facts.contacts import Consent
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.store import Identity, fact_kind


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
KINDS = (CONSENT,)
