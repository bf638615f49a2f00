"""Tables of leads, their scores, and what sellers did with them."""

from collections.abc import Sequence

from huasuan.facts.contacts import Score
from huasuan.facts.journeys import Lead
from huasuan.facts.selling import Handover, LeadQuality, Meeting
from huasuan.leads.rules import check_handover, check_lead_quality
from huasuan.store import Identity, fact_kind, named_identities


def lead_identities(lead: Lead, _source_key: str) -> Sequence[Identity]:
    """Everything one lead names; it is taken to be one person."""
    named = (("phone", lead.phone), ("email", lead.email), ("visitor", lead.visitor), ("customer", lead.customer))
    return tuple((kind, value) for kind, value in named if value)


def score_identities(score: Score, _source_key: str) -> Sequence[Identity]:
    """The customer a score is about."""
    return (("customer", score.customer),) if score.customer else ()


LEAD = fact_kind("lead", Lead, identities=lead_identities, links=True)
SCORE = fact_kind("score", Score, identities=score_identities)
MEETING = fact_kind("meeting", Meeting, identities=named_identities)
HANDOVER = fact_kind("handover", Handover, check=check_handover, identities=named_identities)
LEAD_QUALITY = fact_kind("lead_quality", LeadQuality, check=check_lead_quality, identities=named_identities)
KINDS = (LEAD, SCORE, MEETING, HANDOVER, LEAD_QUALITY)
