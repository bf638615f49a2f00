"""What one call cost and earned: the same pools and the same deals that the figures are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from huasuan.metrics.cost_of_call import cost_of_call
from huasuan.metrics.question import Question
from huasuan.metrics.snapshot import Snapshot
from huasuan.warehouse import Cursor, DuckRunner


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """A won deal that came of the call, in minor units: ``value`` with its tax, ``given_back`` came back."""

    deal: int
    won_at: datetime
    products: Sequence[str]
    value: int
    tax: int
    given_back: int
    tax_given_back: int

    @property
    def net(self) -> int:
        """Revenue as revenue_net counts it: without tax, without what came back."""
        return self.value - self.tax - (self.given_back - self.tax_given_back)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMoney:
    """Minor units of the workspace's currency.

    costs: by cost kind, adding up to what the call cost. missing_rates: lines of its day without an exchange rate, so
    its cost is not fully known. ledger: whether any cost of its day was entered at all.
    """

    costs: Mapping[str, int]
    missing_rates: int
    ledger: bool
    deals: Sequence[Earned]

    @property
    def cost(self) -> int:
        """What it cost, as far as the ledger says."""
        return sum(self.costs.values())

    @property
    def net(self) -> int:
        """What it earned."""
        return sum(deal.net for deal in self.deals)


def money_of_call(reader: Cursor, snapshot: Snapshot, *, fact_id: int, day: date) -> CallMoney:
    """What the call of that local day cost and earned."""
    ((lines,),) = reader.execute(
        f"SELECT count(*) FROM cost_line WHERE first_day <= DATE '{day}' AND last_day >= DATE '{day}'"
    ).fetchall()
    today = Question(metrics=("total_cost",), date_from=day, date_to=date.fromordinal(day.toordinal() + 1))
    return CallMoney(
        costs=cost_of_call(reader, snapshot, fact_id=fact_id, day=day),
        missing_rates=len(snapshot.unrated(DuckRunner(reader), today)),
        ledger=bool(lines),
        deals=_deals(reader, fact_id),
    )


def _deals(reader: Cursor, fact_id: int) -> list[Earned]:
    rows = reader.execute(
        "WITH mine AS (SELECT deal_id, min(won_at) AS won_at, list(DISTINCT product) AS products, "
        "sum(value_minor)::BIGINT AS value, sum(tax_minor)::BIGINT AS tax FROM sale "
        f"WHERE origin_fact_id = {fact_id} GROUP BY deal_id) "
        "SELECT deal_id, won_at, products, value, tax, coalesce(back, 0), coalesce(back_tax, 0) FROM mine LEFT JOIN "
        "(SELECT deal_id, sum(value_minor)::BIGINT AS back, sum(tax_minor)::BIGINT AS back_tax FROM sale_back "
        "WHERE deal_id IN (SELECT deal_id FROM mine) GROUP BY deal_id) USING (deal_id) ORDER BY won_at, deal_id"
    ).fetchall()
    return [
        Earned(
            deal=deal,
            won_at=won_at,
            products=sorted(name for name in products if name is not None),
            value=value,
            tax=tax,
            given_back=back,
            tax_given_back=back_tax,
        )
        for deal, won_at, products, value, tax, back, back_tax in rows
    ]
