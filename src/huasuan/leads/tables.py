"""Tables of leads and their scores."""

from collections.abc import Sequence

from huasuan.facts.contacts import Score
from huasuan.facts.journeys import Lead
from huasuan.store import Identity, fact_kind


def lead_identities(lead: Lead, _source_key: str) -> Sequence[Identity]:
    """Everything one lead names; it is taken to be one person."""
    named = (("phone", lead.phone), ("email", lead.email), ("visitor", lead.visitor), ("customer", lead.customer))
    return tuple((kind, value) for kind, value in named if value)


def score_identities(score: Score, _source_key: str) -> Sequence[Identity]:
    """The customer a score is about."""
    return (("customer", score.customer),) if score.customer else ()


LEAD = fact_kind("lead", Lead, identities=lead_identities, links=True)
SCORE = fact_kind("score", Score, identities=score_identities)
KINDS = (LEAD, SCORE)
