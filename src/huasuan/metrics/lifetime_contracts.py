"""What customers under contract are still worth: how renewals so far went on, carried on by the sBG model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from huasuan import methods
from huasuan.kernel.text import Text
from huasuan.kernel.time import zone
from huasuan.metrics.lifetime_fits import LEAST_CUSTOMERS, Worth, margin_share
from huasuan.metrics.snapshot import Snapshot
from huasuan.warehouse import Runner

if TYPE_CHECKING:
    from huasuan.methods.retention import RetentionModel

LEAST_ENDED = 20
_MONTHS_A_YEAR = 12
# Contracts of a year end after 12, 24 … months: the longest of these that so many of the ended ones keep to.
_TERMS = (12, 6, 3, 1)
_KEEPING = Fraction(4, 5)
# A contract that runs on for longer than this has no end in sight, and is renewed whenever it is paid.
_FAR_MONTHS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contract:
    """One customer: months under contract so far and still ahead, whether it ended, what was paid in minor units."""

    customer: Any
    months: int
    ahead: int
    ended: bool
    paid: int


def renewals_to_come(runner: Runner, snapshot: Snapshot) -> Worth | Text:
    """The discounted margin of the renewals each customer will still make within the horizon, or why nobody can tell.

    What is paid already is no renewal; a customer without a contract, or whose contract ended, brings none.
    """
    margin = margin_share(runner, snapshot)
    if isinstance(margin, Text):
        return margin
    contracts = _contracts(runner, snapshot)
    ended = [one.months for one in contracts if one.ended]
    if len(contracts) < LEAST_CUSTOMERS or 0 < len(ended) < LEAST_ENDED:
        return Text(
            zh=f"合同太少（客户 {len(contracts)}，已结束 {len(ended)}；至少需要 {LEAST_CUSTOMERS} 与 {LEAST_ENDED}）",
            en=f"too few contracts ({len(contracts)} customers, {len(ended)} ended; "
            f"it takes {LEAST_CUSTOMERS} and {LEAST_ENDED})",
        )
    term = _term(ended)
    model = _learn(contracts, term)
    if isinstance(model, Text):
        return model
    worth = {one.customer: _worth(one, term, model, snapshot) * float(margin) for one in contracts}
    return Worth(of=worth, note=_note(snapshot, contracts, len(ended), term, margin))


def _contracts(runner: Runner, snapshot: Snapshot) -> list[_Contract]:
    today = f"CAST('{snapshot.as_of.astimezone(zone(snapshot.rules.zone)).date().isoformat()}' AS DATE)"
    months, sale = snapshot.tables["customer_month"], snapshot.tables["sale"]
    rows = runner.rows(
        f"SELECT customer_id, sum(CASE WHEN day <= {today} THEN 1 ELSE 0 END) AS months, "
        f"sum(CASE WHEN day > {today} THEN 1 ELSE 0 END) AS ahead, "
        f"max(CASE WHEN lost AND next_day <= {today} THEN next_day END) AS lost_day, "
        f"max(CASE WHEN day <= {today} THEN day END) AS last_day "
        f"FROM {months} WHERE trade = 'contract' GROUP BY customer_id"
    )
    paid = dict(
        runner.rows(
            "SELECT customer_id, sum(value_minor - returned_minor - cancelled_minor) AS paid FROM "
            f"{sale} WHERE customer_id IS NOT NULL AND value_minor IS NOT NULL GROUP BY customer_id"
        )
    )
    found = [
        _Contract(
            customer=customer,
            months=int(so_far),
            ahead=0 if int(ahead) > _FAR_MONTHS else int(ahead),
            # Somebody who came back after the end is under contract again.
            ended=lost_day is not None and lost_day > last_day,
            paid=int(paid.get(customer, 0)),
        )
        for customer, so_far, ahead, lost_day, last_day in rows
        if int(so_far)
    ]
    return sorted(found, key=lambda one: int(one.customer))


def _term(ended: Sequence[int]) -> int:
    """How many months a contract runs: the longest usual term that nearly all of the ended ones were multiples of."""
    for term in _TERMS:
        if sum(months % term == 0 for months in ended) >= _KEEPING * len(ended) > 0:
            return term
    return 1


def _learn(contracts: Sequence[_Contract], term: int) -> "RetentionModel | Text | None":
    """Chances to renew; None where nobody ever left."""
    if not any(one.ended for one in contracts):
        return None
    renewals = [max(1, round(one.months / term)) if one.ended else _renewed(one, term) for one in contracts]
    curve = methods.kaplan_meier(renewals, [one.ended for one in contracts])
    shares = [curve.at(float(number)) for number in range(max(renewals) + 1)]
    survivors = [round(len(contracts) * share.estimate) for share in shares if share is not None]
    try:
        return methods.fit_retention(survivors)
    except ValueError:
        return Text(zh="观察到的续约不足两次", en="fewer than two renewals were seen so far")


def _renewed(one: _Contract, term: int) -> int:
    """How often a contract that runs was renewed."""
    return math.ceil(one.months / term) - 1


def _worth(one: _Contract, term: int, model: "RetentionModel | None", snapshot: Snapshot) -> float:
    """What is paid at each renewal to come, times its chance, discounted from its month."""
    if one.ended:
        return 0.0
    each = one.paid / (one.months + one.ahead) * term
    rules, total = snapshot.rules, 0.0
    done = max(_renewed(one, term), round((one.months + one.ahead) / term) - 1)
    for number in range(1, rules.lifetime_months // term + 1):
        month = one.ahead + (number - 1) * term
        if month >= rules.lifetime_months:
            break
        chance = 1.0 if model is None else model.survival(done + number) / model.survival(done)
        total += each * chance / (1 + rules.discount_percent / 100) ** (month / _MONTHS_A_YEAR)
    return total


def _note(snapshot: Snapshot, contracts: Sequence[_Contract], ended: int, term: int, margin: Fraction) -> Text:
    rules, share = snapshot.rules, round(Decimal(margin.numerator) * 100 / margin.denominator, 1)
    return Text(
        zh=f"口径：毛利（占实收 {share}%），展望 {rules.lifetime_months} 个月，年折现 {rules.discount_percent}%，"
        f"由 {len(contracts)} 位合同客户（{ended} 位已结束，合同期 {term} 个月）推得",
        en=f"level: margin ({share} % of what is paid), {rules.lifetime_months} months ahead, discounted by "
        f"{rules.discount_percent} % a year, learnt from {len(contracts)} customers under contract of whom {ended} "
        f"left, contracts of {term} months",
    )
