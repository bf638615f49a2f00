"""Tables of deal events and products."""

from huasuan.deals.rules import check_deal_event, deal_identities
from huasuan.facts.deals import DealEvent, Product
from huasuan.store import fact_kind

DEAL_EVENT = fact_kind(
    "deal_event", DealEvent, check=check_deal_event, identities=deal_identities, history=True, by_person=True
)
PRODUCT = fact_kind("product", Product)
KINDS = (DEAL_EVENT, PRODUCT)
