"""A definition that contradicts itself or the canon fails when it is made."""

import dataclasses
from typing import Any

import pytest

from huasuan.kernel.text import Text
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.catalogue.about import about
from huasuan.metrics.language import About, Base, Combined, CostBase, DefinitionError, Ratio, catalogue, parts

NONE = Text(zh="没有", en="none")
COUNT = Base(about=about("dials", "拨打", "dials"), star="call", unit="count")
SECONDS = Base(about=about("talk_seconds", "秒", "seconds"), star="call", unit="seconds", amount="talk_seconds")
MONEY = CostBase(about=about("total_cost", "费用", "cost"), kinds="all")


def base(**changes: Any) -> Base:
    return dataclasses.replace(COUNT, **changes)


@pytest.mark.parametrize("missing", ["zh", "en"])
def test_a_text_needs_both_languages(missing: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        about("dials", **({"zh": "拨打", "en": "dials"} | {missing: ""}))
    words = {"zh": "拨打", "en": "dials"}
    del words[missing]
    with pytest.raises((ValueError, TypeError)):
        Text(**words)


@pytest.mark.parametrize("blank", ["", " ", "\u3000"])
def test_a_blank_is_no_text(blank: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Text(zh=blank, en="dials")


def test_requirements_are_those_of_the_canon() -> None:
    with pytest.raises(DefinitionError, match="S9-99"):
        About(key="dials", text=NONE, meaning=NONE, requirements=("S0-1", "S9-99"))
    assert About(key="dials", text=NONE, meaning=NONE, requirements=("S0-1",)).requirements == ("S0-1",)


@pytest.mark.parametrize("key", ["Dials", "cost per dial", "1st", ""])
def test_a_key_is_a_small_identifier(key: str) -> None:
    with pytest.raises(DefinitionError):
        About(key=key, text=NONE, meaning=NONE)


@pytest.mark.parametrize(
    ("top", "bottom", "right", "wrong"),
    [
        (COUNT, COUNT, ("share", "ratio", "per_mille"), ("money", "seconds", "days", "count", "per_hour")),
        (MONEY, COUNT, ("money",), ("share", "ratio", "count", "seconds", "per_hour")),
        (MONEY, MONEY, ("share", "ratio"), ("money", "count", "days")),
        (SECONDS, COUNT, ("seconds", "days"), ("money", "share", "count")),
        (SECONDS, SECONDS, ("share", "ratio"), ("seconds", "days", "money")),
        (COUNT, SECONDS, ("per_hour",), ("share", "count", "seconds")),
        (COUNT, MONEY, (), ("share", "ratio", "money", "count")),
        (MONEY, SECONDS, (), ("money", "per_hour", "ratio")),
        (SECONDS, MONEY, (), ("seconds", "ratio")),
    ],
)
def test_a_quotient_has_the_unit_of_its_sides(
    top: Any, bottom: Any, right: tuple[str, ...], wrong: tuple[Any, ...]
) -> None:
    for unit in right:
        made: Any = unit
        assert Ratio(about=COUNT.about, numerator=top, denominator=bottom, unit=made, zero=NONE).unit == unit
    for unit in wrong:
        with pytest.raises(DefinitionError, match="dials"):
            Ratio(about=COUNT.about, numerator=top, denominator=bottom, unit=unit, zero=NONE)


def test_only_one_unit_is_added_up() -> None:
    with pytest.raises(DefinitionError, match="adds up"):
        Combined(about=COUNT.about, terms=((1, COUNT), (1, SECONDS)))
    with pytest.raises(DefinitionError, match="adds up"):
        Combined(about=COUNT.about, terms=())


@pytest.mark.parametrize(
    "changes",
    [
        {"where": ("direction = 'out'", "handed = TRUE")},
        {"amount": "talk_minutes"},
        {"distinct": "person"},
        {"once_per": "person"},
        {"missing": "value_minor IS NULL", "reason": NONE},
        {"cohort_day": "origin_day"},
        {"event_day": "won_day"},
        {"fact": "call_id"},
    ],
)
def test_only_columns_of_the_star_are_read(changes: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError, match="dials"):
        base(**changes)


@pytest.mark.parametrize("fragment", ["direction = ", "((talk_seconds > 3)", "AND", "talk_seconds >"])
def test_a_fragment_is_sql(fragment: str) -> None:
    with pytest.raises(DefinitionError):
        base(where=(fragment,))


def test_a_star_must_exist() -> None:
    with pytest.raises(DefinitionError, match="visits"):
        base(star="visits")


def test_what_is_missing_says_why() -> None:
    with pytest.raises(DefinitionError, match="reason"):
        base(missing="talk_seconds IS NULL")
    with pytest.raises(DefinitionError, match="reason"):
        base(reason=NONE)


def test_a_key_stands_once_in_a_catalogue_and_in_the_canon() -> None:
    assert list(catalogue([COUNT, SECONDS])) == ["dials", "talk_seconds"]
    with pytest.raises(DefinitionError, match="twice"):
        catalogue([COUNT, SECONDS, COUNT])
    other = base(about=About(key="made_up", text=NONE, meaning=NONE))
    with pytest.raises(DefinitionError, match="made_up"):
        catalogue([other])


def test_signs_multiply_down_the_terms() -> None:
    inner = Combined(about=COUNT.about, terms=((1, COUNT), (-1, COUNT)))
    outer = Combined(about=COUNT.about, terms=((-1, inner), (1, COUNT)))
    assert [sign for sign, _ in parts(outer)] == [-1, 1, 1]


def test_different_bases_never_share_a_name() -> None:
    names: dict[str, Any] = {}
    for metric in METRICS.values():
        for _, found in parts(metric):
            assert names.setdefault(found.name, found) == found
