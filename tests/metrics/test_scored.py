"""Scorecards: what may be one, and every step of the index by hand (S4-9, S4-26, S4-32 … S4-34)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from golden.small import Small, dial, small_business
from huasuan.kernel.errors import InvalidInput
from huasuan.metrics.question import Question
from huasuan.metrics.scored import Scores, check_scorecards, scored

CARD = "A: dials 100 40; connect_rate 50% 30; no_answer_rate 35% 30"
FIRST, LAST = date(2025, 7, 1), date(2025, 7, 3)  # Tuesday and Wednesday


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


def _dials(small: Small, agent: str, chosen: str, hour: int, *, dialled: int, answered: int, talk: int = 50) -> None:
    small.give(
        "call",
        *(
            dial(
                f"{agent}-{chosen}-{hour}-{number}",
                f"2025-07-01 {hour}:{number % 60:02d}",
                f"138{number:08d}",
                talk=talk if number < answered else 0,
                agent=agent,
                team="A",
                list=chosen,
            )
            for number in range(dialled)
        ),
    )


def _scores(small: Small, text: str = CARD, *, until: date = LAST) -> Scores:
    (card,) = check_scorecards([text])

    def ask(questions: list[Question]) -> list[object]:
        return [one.result() for one in small.analysis.ask_many(questions)]

    return scored(ask, card, date_from=FIRST, date_to=LAST, until=until, calendar="")


def test_a_hard_list_is_no_fault_of_whoever_worked_it(small: Small) -> None:
    """Both reach half of the easy list and a tenth of the hard one; only their shares of the lists differ."""
    _dials(small, "a1", "easy", 10, dialled=60, answered=30)
    _dials(small, "a1", "hard", 10, dialled=40, answered=4)
    _dials(small, "a2", "easy", 10, dialled=40, answered=20)
    _dials(small, "a2", "hard", 10, dialled=60, answered=6)
    found = _scores(small)
    assert found.mix["connect_rate"] == ("list", "hour", "region")
    one, two = sorted(found.people, key=lambda line: str(line.agent))
    plain = [line.parts[1].figure.value for line in (one, two)]
    assert plain == [Decimal("0.34"), Decimal("0.26")]
    assert [round(line.parts[1].adjusted or 0, 9) for line in (one, two)] == [Decimal("0.3"), Decimal("0.3")]
    # 100 of 200 dials in two days; 30 % against 50 %; 70 % against 35 %, where less is better.
    assert [round(part.attainment or 0, 9) for part in one.parts] == [Decimal("0.5"), Decimal("0.6"), Decimal("0.5")]
    assert one.index == two.index
    assert round(one.index or 0, 6) == 40 * Decimal("0.5") + 30 * Decimal("0.6") + 30 * Decimal("0.5")
    # The team: 100 dials each on average, 60 of 200 answered.
    assert found.team.parts[0].figure.value == 100
    assert found.team.parts[1].figure.value == Decimal("0.3")


def test_better_work_counts_and_no_part_counts_beyond_one_and_a_half(small: Small) -> None:
    _dials(small, "a1", "L", 10, dialled=500, answered=450)
    _dials(small, "a2", "L", 10, dialled=50, answered=30)
    best, other = _scores(small).people
    assert [best.agent, other.agent] == ["a1", "a2"]
    # 500 of 200 dials, 90 % of 50 %, 10 % where 35 % would do; the other has 40 % where 35 % would do.
    assert [part.attainment for part in best.parts] == [Decimal("1.5")] * 3
    assert round(other.parts[2].attainment or 0, 6) == Decimal("0.875")


def test_too_little_to_go_by_leaves_the_index_unknown(small: Small) -> None:
    _dials(small, "a1", "L", 10, dialled=29, answered=20)
    (line,) = _scores(small).people
    assert line.index is None
    assert line.reason is not None
    assert "30" in line.reason.en
    assert line.parts[0].attainment is not None


def test_of_a_period_that_still_runs_the_target_is_that_of_its_days_so_far(small: Small) -> None:
    _dials(small, "a1", "L", 10, dialled=100, answered=50)
    assert _scores(small).people[0].parts[0].attainment == Decimal("0.5")
    assert _scores(small, until=date(2025, 7, 2)).people[0].parts[0].attainment == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("A: dials 100 40; human_answered 50 30; conversations 20 30", "quality"),
        ("A: connect_rate 50% 40; no_answer_rate 50% 30; call_conversion 5% 30", "quantity"),
        ("A: dials 100 60; connect_rate 50% 20; no_answer_rate 50% 20", "more than half"),
        ("A: dials 100 50; connect_rate 50% 50", "three"),
        ("A: dials 100 40; dials 90 30; connect_rate 50% 30", "three"),
        ("A: dials 100 40; nothing 50% 30; no_answer_rate 50% 30", "no figure"),
        ("A: dials 100 40; cost_per_dial 2 30; no_answer_rate 50% 30", "costs"),
        ("A: dials 100 40; aht 50 30; no_answer_rate 50% 30", "better"),
        ("A: dials 0 40; connect_rate 50% 30; no_answer_rate 50% 30", "not written"),
        ("dials 100 40; connect_rate 50% 30; no_answer_rate 50% 30", "not written"),
    ],
)
def test_what_would_judge_people_wrongly_is_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidInput, match="bad_scorecard") as caught:
        check_scorecards([text])
    assert why in str(caught.value)
    assert caught.value.remedy is not None
    assert "connect_rate" in caught.value.remedy.zh


def test_a_team_has_one_scorecard() -> None:
    with pytest.raises(InvalidInput, match="another"):
        check_scorecards([CARD, CARD])
