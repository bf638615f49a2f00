"""Tables of the cost ledger and of exchange rates."""

from huasuan.costs.rules import check_cost, check_rate
from huasuan.facts.costs import Cost, FxRate
from huasuan.store import fact_kind

COST = fact_kind("cost", Cost, check=check_cost, history=True)
FX_RATE = fact_kind("fx_rate", FxRate, check=check_rate, history=True)
KINDS = (COST, FX_RATE)
