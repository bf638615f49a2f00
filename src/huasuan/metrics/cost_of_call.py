"""What one call bears of the costs of its day, kind by kind."""

from dataclasses import dataclass
from datetime import date, timedelta

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue.money import TOTAL_COST
from huasuan.metrics.cells import rounded_costs
from huasuan.metrics.cost_plan import CostRequest, cost_select
from huasuan.metrics.dimensions import DIMENSIONS, Dimension
from huasuan.metrics.question import Question
from huasuan.metrics.snapshot import Snapshot
from huasuan.warehouse import Cursor, DuckRunner


@dataclass(frozen=True, slots=True, kw_only=True)
class _OneCall(Dimension):
    """The number of a call, which other tables use for facts of their own."""

    def expression(self, star: str, day: str) -> str | None:
        return Dimension.expression(self, star, day) if star == "call" else None


_CALL = _OneCall(key="call", text=Text(zh="通话", en="call"), note="", column="fact_id", kind="attribute")


def cost_of_call(reader: Cursor, snapshot: Snapshot, *, fact_id: int, day: date) -> dict[str, int]:
    """Minor units by cost kind that the call of that local day bears, largest remainder: they add up to its cost."""
    question = Question(metrics=("total_cost",), date_from=day, date_to=day + timedelta(days=1))
    request = CostRequest(
        question=question,
        dimensions=(DIMENSIONS["cost_kind"],),
        costs=(TOTAL_COST,),
        marketing_kinds=snapshot.rules.marketing_kinds,
        shapes=snapshot.shapes(DuckRunner(reader), question),
        tables=snapshot.tables,
        only=((_CALL, (str(fact_id),)),),
    )
    rows = reader.execute(snapshot.then(cost_select(request).sql)).fetchall()
    return {str(kind): minor for (_, (kind,)), minor in rounded_costs(rows, 1).items() if minor}
