"""What customers are still worth: buying again foretold from all purchases so far, the same for every cut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from huasuan import methods
from huasuan.kernel.text import Text
from huasuan.kernel.time import zone
from huasuan.metrics.snapshot import Snapshot
from huasuan.warehouse import Runner

if TYPE_CHECKING:
    from huasuan.methods.lifetime import BuyingModel, Histories
    from huasuan.methods.lifetime_value import SpendModel

# Fewer customers, or fewer of them who bought again, and the numbers of the model swing with each purchase.
LEAST_CUSTOMERS, LEAST_AGAIN = 100, 30
# A mean over fewer customers than this says little of a cut.
LEAST_IN_CELL = 20
# The model is learnt from at most so many customers, chosen evenly: more would not change its third digit.
_LEARNT_FROM = 20_000
_DAYS_A_PERIOD = Fraction(36525, 400)
_PERIODS_A_YEAR = 4
_MONTHS_A_PERIOD = 3
_WEEK = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What each customer's purchases to come are worth today, in minor units of margin; and how that was reckoned."""

    of: Mapping[Any, float]
    note: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Buyers:
    """Everybody who bought and kept something: days with purchases, first and last of them, their mean value."""

    ids: Sequence[Any]
    known: "Histories"
    purchases: Sequence[int]
    mean_values: Sequence[float]

    @property
    def again(self) -> int:
        """How many bought again."""
        return int((self.known.repeats > 0).sum())


def worth_to_come(runner: Runner, snapshot: Snapshot) -> Worth | Text:
    """The discounted margin each customer will still bring within the horizon, or why nobody can tell.

    BG/NBD for how often, Gamma-Gamma for how much (docs/methods.md), margin and discount from the settings.
    """
    margin = margin_share(runner, snapshot)
    if isinstance(margin, Text):
        return margin
    buyers = _buyers(runner, snapshot)
    if buyers is None or len(buyers.ids) < LEAST_CUSTOMERS or buyers.again < LEAST_AGAIN:
        many, again = (0, 0) if buyers is None else (len(buyers.ids), buyers.again)
        return Text(
            zh=f"复购数据太少（客户 {many}，复购 {again}；至少需要 {LEAST_CUSTOMERS} 与 {LEAST_AGAIN}）",
            en=f"too little repeat buying to foretell from ({many} customers, {again} bought again; "
            f"it takes {LEAST_CUSTOMERS} and {LEAST_AGAIN})",
        )
    buying, spend = _learn(buyers)
    each, places = np.unique(
        np.column_stack((buyers.known.repeats, buyers.known.last, buyers.known.age)), axis=0, return_inverse=True
    )
    alike = methods.histories(each[:, 0], each[:, 1], each[:, 2])
    rules = snapshot.rules
    ends = [float(_DAYS_A_PERIOD * n) / _WEEK for n in range(1, rules.lifetime_months // _MONTHS_A_PERIOD + 1)]
    purchases = np.column_stack([buying.expected(alike, end) for end in ends])
    worth = methods.discounted_value(
        purchases[places.ravel()],
        spend.expected(buyers.purchases, buyers.mean_values),
        margin=float(margin),
        discount_per_period=(1 + rules.discount_percent / 100) ** (1 / _PERIODS_A_YEAR) - 1,
    )
    return Worth(of=dict(zip(buyers.ids, worth.tolist(), strict=True)), note=_note(snapshot, buyers, margin, spend))


def _learn(buyers: _Buyers) -> "tuple[BuyingModel, SpendModel]":
    every = max(1, -(-len(buyers.ids) // _LEARNT_FROM))
    known = buyers.known
    some = methods.histories(known.repeats[::every], known.last[::every], known.age[::every])
    return methods.fit_buying(some), methods.fit_spend(buyers.purchases[::every], buyers.mean_values[::every])


def _buyers(runner: Runner, snapshot: Snapshot) -> _Buyers | None:
    today = snapshot.as_of.astimezone(zone(snapshot.rules.zone)).date()
    rows = runner.rows(
        "SELECT customer_id, min(won_day) AS first_day, max(won_day) AS last_day, count(DISTINCT won_day) AS days, "
        "sum(value_minor - returned_minor - cancelled_minor) AS value_minor "
        f"FROM {snapshot.tables['sale']} WHERE kept AND customer_id IS NOT NULL AND value_minor IS NOT NULL "
        f"AND won_day <= CAST('{today.isoformat()}' AS DATE) GROUP BY customer_id"
    )
    bought = sorted((row for row in rows if int(row[4]) > 0), key=lambda row: int(row[0]))
    if not bought:
        return None
    days = [int(row[3]) for row in bought]
    known = methods.histories(
        [number - 1 for number in days],
        [_weeks(row[1], row[2]) for row in bought],
        [_weeks(row[1], today) for row in bought],
    )
    values = [int(row[4]) / number for row, number in zip(bought, days, strict=True)]
    return _Buyers(ids=[row[0] for row in bought], known=known, purchases=days, mean_values=values)


def _weeks(start: date, end: date) -> float:
    return (end - start).days / _WEEK


def margin_share(runner: Runner, snapshot: Snapshot) -> Fraction | Text:
    """The share of what customers pay that is margin: as set, else as in all deals whose goods have a known cost."""
    if snapshot.rules.margin_percent:
        return Fraction(snapshot.rules.margin_percent, 100)
    sold = _sums(runner, snapshot, "sale", "value_minor - tax_minor - cost_minor")
    back = _sums(runner, snapshot, "sale_back", "value_minor - tax_minor - cost_minor + handling_minor")
    value = sold[1] - back[1]
    if value <= 0:
        return Text(
            zh="没有已知成本的成交：请设置 margin_percent", en="no deals with a known product cost: set margin_percent"
        )
    return Fraction(sold[0] - back[0], value)


def _sums(runner: Runner, snapshot: Snapshot, star: str, margin: str) -> tuple[int, int]:
    ((earned, value),) = runner.rows(
        f"SELECT coalesce(sum({margin}), 0) AS earned, coalesce(sum(value_minor), 0) AS value_minor "
        f"FROM {snapshot.tables[star]} WHERE cost_minor IS NOT NULL AND value_minor IS NOT NULL"
    )
    return int(earned), int(value)


def _note(snapshot: Snapshot, buyers: _Buyers, margin: Fraction, spend: "SpendModel") -> Text:
    rules = snapshot.rules
    share = round(Decimal(margin.numerator) * 100 / margin.denominator, 1)
    said = Text(
        zh=f"口径：毛利（占实收 {share}%），展望 {rules.lifetime_months} 个月，年折现 {rules.discount_percent}%，"
        f"由 {len(buyers.ids)} 位客户（{buyers.again} 位复购）推得",
        en=f"level: margin ({share} % of what is paid), {rules.lifetime_months} months ahead, discounted by "
        f"{rules.discount_percent} % a year, learnt from {len(buyers.ids)} customers of whom {buyers.again} "
        "bought again",
    )
    if spend.trustworthy:
        return said
    return Text(
        zh=f"{said.zh}；注意：购买次数与金额相关，结果不太可靠",
        en=f"{said.en}; beware: those who buy more often also pay more or less each time, which the model denies",
    )
