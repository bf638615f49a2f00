"""Each parameter of a calling rule tells what a form asks for it."""

from dataclasses import fields

import pytest

from huasuan.consent.book import published
from huasuan.consent.terms import TERMS, terms_of


@pytest.mark.parametrize("rule", sorted(TERMS))
def test_every_parameter_has_its_kind_and_nothing_else_is_asked(rule: str) -> None:
    assert [one.name for one in terms_of(rule)] == [field.name for field in fields(TERMS[rule])]


def test_hours_lists_and_choices_are_told_apart() -> None:
    kinds = {
        one.name: (one.kind, one.optional) for rule in ("R01", "R05", "R06", "R09", "R16") for one in terms_of(rule)
    }
    assert kinds["opt_in_voices"] == ("texts", False)
    assert kinds["windows"] == ("windows", False)
    assert kinds["pause"] == ("pause", True)
    assert kinds["limits"] == ("limits", False)
    assert kinds["max_days"] == ("number", True)
    assert kinds["registries"] == ("registries", False)
    assert terms_of("R01")[0].choices == ("opt_in", "opt_out", "b2b_opt_out")


def test_what_is_published_fits_the_kinds() -> None:
    """A form begins with these values: a list is asked as a list, a number as a number."""
    shapes = {"yes_no": bool, "number": int, "text": str, "choice": str, "pause": str}
    for rule in published().rules:
        for clause in rule.clauses.values():
            for term in terms_of(rule.id):
                value = getattr(clause.terms, term.name)
                assert (value is None and term.optional) or isinstance(value, shapes.get(term.kind, tuple))
