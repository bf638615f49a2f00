"""What customers will still bring: learnt from all purchases, the same for every cut, unknown where too few buy."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from golden.small import Record, Small, dial, small_business, won
from huasuan import methods
from huasuan.app.analysis import rules_of
from huasuan.metrics.engine import answer
from huasuan.metrics.question import Answer, Question
from huasuan.metrics.snapshot import TABLES, Snapshot
from huasuan.people import WorkspaceSettings
from huasuan.warehouse import DuckRunner

FIRST = date(2024, 1, 1)
NOW = datetime(2025, 1, 1, 4, tzinfo=UTC)
CUSTOMERS = 120
MODEL = "clv_model"


def phone(number: int) -> str:
    return f"138{number:08}"


def history(number: int) -> list[int]:
    """The days on which a customer buys: two in three only once, some again and again."""
    start = number % 60
    every = 20 + number % 7 * 11
    days = (start + every * again for again in range(1 if number % 3 else 2 + number % 5))
    return [day for day in days if day < 360]


def purchases() -> list[Record]:
    return [
        won(
            f"d{number}-{day}",
            f"{FIRST + timedelta(days=day)} 12:00",
            phone=phone(number),
            origin_call=f"k{number}",
            lines=[{"product": "p", "value": str(100 + number % 10), "cost": "60"}],
        )
        for number in range(CUSTOMERS)
        for day in history(number)
    ]


@pytest.fixture(scope="module")
def small(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path_factory.mktemp("lifetime")) as business:
        calls = (
            dial(f"k{n}", "2023-12-30 09:00", phone(n), talk=60, list="small" if n < 10 else "large")
            for n in range(CUSTOMERS)
        )
        business.give("call", *calls)
        business.give("deal_event", *purchases())
        business.analysis.follow()
        yield business


def asked(small: Small, settings: WorkspaceSettings, *metrics: str, by: tuple[str, ...] = ()) -> Answer:
    """As of the first day of 2025."""
    reader = small.analysis.reader()
    snapshot = Snapshot(rules=rules_of(settings), as_of=NOW, tables=TABLES)
    found = answer(DuckRunner(reader), snapshot, Question(metrics=metrics, by=by, intervals=True))
    reader.close()
    return found


def by_hand(settings: WorkspaceSettings) -> float:
    """The mean of expected purchases × expected value × margin, quarter by quarter, in minor units."""
    age = [(date(2025, 1, 1) - FIRST).days - history(n)[0] for n in range(CUSTOMERS)]
    last = [history(n)[-1] - history(n)[0] for n in range(CUSTOMERS)]
    bought = np.array([len(history(n)) for n in range(CUSTOMERS)])
    known = methods.histories(bought - 1, np.array(last) / 7, np.array(age) / 7)
    buying = methods.fit_buying(known)
    values = np.array([100.0 * (100 + n % 10) for n in range(CUSTOMERS)])
    spend = methods.fit_spend(bought, values)
    sold = sum((100 + n % 10) * len(history(n)) for n in range(CUSTOMERS))
    margin = (sold - 60 * bought.sum()) / sold
    total, before = np.zeros(CUSTOMERS), np.zeros(CUSTOMERS)
    for quarter in range(1, settings.lifetime_months // 3 + 1):
        expected = buying.expected(known, quarter * 365.25 / 4 / 7)
        total += (expected - before) / (1 + settings.discount_percent / 100) ** (quarter / 4)
        before = expected
    return float((total * spend.expected(bought, values) * margin).mean())


def test_the_value_is_what_came_and_what_will_come(small: Small) -> None:
    settings = WorkspaceSettings(lifetime_months=24)
    found = asked(small, settings, MODEL, "clv")
    figures = found.rows[0].values
    so_far = figures["clv"].value
    assert so_far is not None
    to_come = Decimal(figures[MODEL].value or 0) - so_far
    assert float(to_come) == pytest.approx(by_hand(settings), rel=1e-9)
    assert (figures[MODEL].numerator, figures[MODEL].denominator) == (figures["clv"].numerator, CUSTOMERS)


def test_the_level_is_always_said(small: Small) -> None:
    note = asked(small, WorkspaceSettings(lifetime_months=24), MODEL).notes[MODEL]
    assert "24 months ahead" in note.en
    assert "10 % a year" in note.en
    assert f"{CUSTOMERS} customers of whom 40 bought again" in note.en
    assert "24 个月" in note.zh


def test_a_cut_with_too_few_customers_is_unknown(small: Small) -> None:
    rows = asked(small, WorkspaceSettings(), MODEL, by=("list",)).rows
    figures = {row.by["list"]: row.values[MODEL] for row in rows}
    assert figures["large"].value is not None
    assert figures["small"].value is None
    assert figures["small"].reason is not None
    assert figures["small"].reason.en == "too few customers (10; it takes 20)"


def test_a_set_margin_and_a_nearer_horizon(small: Small) -> None:
    def to_come(**settings: int) -> Decimal:
        figures = asked(small, WorkspaceSettings(**settings), MODEL, "clv").rows[0].values
        return Decimal(figures[MODEL].value or 0) - Decimal(figures["clv"].value or 0)

    one, half = to_come(margin_percent=50), to_come(margin_percent=25)
    assert float(one / half) == pytest.approx(2)
    assert to_come(lifetime_months=12) < to_come(lifetime_months=60)
    assert to_come(discount_percent=0) > to_come(discount_percent=10)


def test_with_hardly_any_buying_again_nothing_is_foretold(sqlite_template: Path, tmp_path: Path) -> None:
    with small_business(sqlite_template, tmp_path) as business:
        business.give("deal_event", *[record for record in purchases() if "d1-" in record["deal"]])
        figure = business.figure(MODEL)
        assert figure.value is None
        assert figure.reason is not None
        assert figure.reason.en.startswith("too little repeat buying to foretell from (1 customers")


def test_it_is_over_what_a_customer_costs(small: Small) -> None:
    assert asked(small, WorkspaceSettings(), "clv_cac_model").rows[0].values["clv_cac_model"].value is None
    small.give("cost", {"key": "e", "cost_kind": "other", "service_from": "2024-01-01", "amount": "1200"})
    small.analysis.follow()
    figures = asked(small, WorkspaceSettings(), "clv_cac_model", MODEL, "cac").rows[0].values
    quotient = Decimal(figures[MODEL].value or 0) / Decimal(figures["cac"].value or 1)
    assert figures["clv_cac_model"].value == pytest.approx(quotient)


# How many customers had 1, 2, 3 contracts of half a year, and how many are in the fourth.
TERMS = (40, 20, 10, 50)
UNTIL = ("2023-07-14", "2024-01-14", "2024-07-14", "2025-01-14")


@pytest.fixture(scope="module")
def contracts(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path_factory.mktemp("contracts")) as business:
        ends = [until for many, until in zip(TERMS, UNTIL, strict=True) for _ in range(many)]
        line = {"product": "p", "value": "100", "cost": "60"}
        business.give(
            "deal_event",
            *(
                won(f"d{n}", "2023-01-15 12:00", phone=phone(n), contract_until=until, lines=[line])
                for n, until in enumerate(ends)
            ),
        )
        business.analysis.follow()
        yield business


def test_renewals_are_carried_on(contracts: Small) -> None:
    """Of 120 customers 80, 60 and 50 renewed; 50 pay 25 yuan a term at 40 % margin, ten times at most in five years."""
    found = asked(contracts, WorkspaceSettings(), "clv_contract", "clv")
    figures = found.rows[0].values
    model = methods.fit_retention([120, 80, 60, 50])
    each = 2500 * 0.4
    chances = [model.survival(3 + number) / model.survival(3) for number in range(1, 11)]
    worth = sum(each * chance / 1.1 ** (number / 2) for number, chance in enumerate(chances))
    assert figures["clv"].value == 4000
    assert float(figures["clv_contract"].value or 0) == pytest.approx(4000 + worth * 50 / 120, rel=1e-9)
    assert "of whom 70 left, contracts of 6 months" in found.notes["clv_contract"].en


def test_without_contracts_nothing_is_renewed(small: Small) -> None:
    figure = asked(small, WorkspaceSettings(), "clv_contract").rows[0].values["clv_contract"]
    assert figure.value is None
    assert figure.reason is not None
    assert figure.reason.en.startswith("too few contracts (0 customers, 0 ended")
