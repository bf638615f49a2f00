"""What a question is asked of: the present star tables, or those rebuilt as they were known on a day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from huasuan.kernel.time import to_micros
from huasuan.metrics.cost_plan import PlacedShape
from huasuan.metrics.derived import churn, deals, pools, selling_on
from huasuan.metrics.derived.types import Rules
from huasuan.metrics.dimensions import on_calendar
from huasuan.metrics.limits import Guard
from huasuan.metrics.question import Question
from huasuan.metrics.rolled.seen import Seen
from huasuan.metrics.stars import STARS
from huasuan.metrics.statements import NOW, period
from huasuan.metrics.unrated import COLUMNS, Unrated, unrated_of
from huasuan.warehouse import Cursor, Runner

TABLES: Mapping[str, str] = {**{name: name for name in STARS}, "cost_pool": "cost_pool", "cost_line": "cost_line"}

# Made of deals alone.
_REBUILT = ("sale", "sale_back", "deal_open", "customer_month")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The tables to read, the rules they follow, and the moment they reach to.

    placed: what ``shapes`` finds, where that is known beforehand. rolls: the roll-ups there are, if any.
    guard: refuses what would take too much.
    """

    rules: Rules
    as_of: datetime
    tables: Mapping[str, str]
    placed: tuple[PlacedShape, ...] | None = None
    rolls: Seen | None = None
    guard: Guard | None = None

    def then(self, sql: str) -> str:
        """A statement with the moment it reaches to in the place of the clock, and the workspace's own calendar."""
        return on_calendar(sql.replace(NOW, str(to_micros(self.as_of))), self.rules.calendar)

    def shapes(self, runner: Runner, question: Question | None = None) -> list[PlacedShape]:
        """Which drivers, shapes of scope, cost kinds, directions and voices the placed cost pools of a period have."""
        if self.placed is not None:
            return list(self.placed)
        table = self.tables["cost_pool"]
        conditions = " AND ".join(["placed", *([] if question is None else period(question, "day"))])
        rows = runner.rows(
            f"SELECT DISTINCT driver, shape, cost_kind, direction, voice FROM {table} WHERE {conditions}"
        )
        return [PlacedShape(*row) for row in rows]

    def unrated(self, runner: Runner, question: Question) -> list[Unrated]:
        """The cost lines of the period that cannot be told in the workspace's currency."""
        conditions = ["missing"]
        if question.date_from is not None:
            conditions.append(f"last_day >= DATE '{question.date_from}'")
        if question.date_to is not None:
            conditions.append(f"first_day < DATE '{question.date_to}'")
        columns, table = ", ".join(f'"{name}"' for name in COLUMNS), self.tables["cost_line"]
        return unrated_of(runner.rows(f"SELECT {columns} FROM {table} WHERE {' AND '.join(conditions)}"), question)


def as_known(reader: Cursor, rules: Rules, as_of: datetime) -> Snapshot:
    """Deals, what follows from them and costs as they were known before ``as_of``, in temporary tables of this reader.

    Calls, leads and identities are the present ones; nothing that happened later can be in a version known before.
    """
    known = replace(rules, as_of=as_of.replace(tzinfo=None))
    for table in ("deal_line", "deal_back", "cost_line", "cost_pool", *_REBUILT):
        reader.execute(f"DROP TABLE IF EXISTS temp.{table}")
    deals.prepare_deals(reader, temporary=True)
    pools.prepare_pools(reader, temporary=True)
    for star in _REBUILT:
        reader.execute(f"CREATE TEMP TABLE {star} AS SELECT * FROM main.{star} LIMIT 0")
    # Unqualified names now mean the temporary tables, so the same statements fill them.
    deals.fold_deals(reader, known, which="TRUE")
    deals.derive_sales(reader, known, which="TRUE", sale="sale", back="sale_back")
    deals.mark_customers(reader, sale="sale", which="TRUE")
    selling_on.mark_selling_on(reader, sale="sale", which="TRUE")
    churn.derive_churn(reader, known, which="TRUE")
    pools.derive_cost_lines(reader, known, which="TRUE")
    pools.derive_pools(
        reader,
        days="SELECT DISTINCT unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))::DATE AS day FROM cost_line",
    )
    return Snapshot(rules=known, as_of=as_of, tables=TABLES)
