"""What identifies a person stays in its country unless the rule or the person lets it leave (R14)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from huasuan.consent import Override, keep_override, may_leave
from huasuan.consent.types import ConsentEntry
from huasuan.people import Workspace
from huasuan.store import Store

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "to", "free"),
    [
        ("+8613900139001", "US", False),
        ("+8613900139001", "CN", True),
        ("+4915112345678", "US", False),
        ("+4915112345678", "EU", True),
        ("+12025550123", "CN", True),
        ("+81312345678", "US", False),  # a country without rules: those of all hold
        (None, "US", False),
    ],
)
def test_the_rule_of_the_country_tells(
    store: Store, workspace: Workspace, number: str | None, to: str, free: bool
) -> None:
    with store.read() as connection:
        told = may_leave(connection, workspace=workspace.id, number=number, to=to, entries=(), at=NOON)
    assert told is free


def test_the_last_word_of_the_person_counts_and_ends(store: Store, workspace: Workspace) -> None:
    yes = ConsentEntry(at=NOON - timedelta(days=9), purpose="abroad", given=True, expires_at=NOON + timedelta(days=1))
    no = ConsentEntry(at=NOON - timedelta(days=1), purpose="abroad", given=False)
    other = ConsentEntry(at=NOON, purpose="ads", given=True)
    with store.read() as connection:

        def told(number: str, *entries: ConsentEntry, at: datetime = NOON) -> bool:
            return may_leave(connection, workspace=workspace.id, number=number, to="US", entries=entries, at=at)

        assert told("+8613900139001", yes, other)
        assert not told("+8613900139001", yes, no)
        assert not told("+8613900139001", yes, at=NOON + timedelta(days=2))
        assert not told("+12025550123", no), "who refused is not told abroad whatever the rule allows"


def test_an_own_rule_lets_numbers_leave_from_its_day_on(store: Store, workspace: Workspace) -> None:
    rule = Override(
        rule="R14", country="CN", parameters={"egress": True}, valid_from=date(2026, 11, 24), reason="standard contract"
    )
    with store.write() as connection:
        keep_override(connection, workspace=workspace.id, override=rule, legal_basis="PIPL 38", by="an")
        for days, free in ((0, False), (1, True)):
            at = NOON + timedelta(days=days)
            assert (
                may_leave(connection, workspace=workspace.id, number="+8613900139001", to="US", entries=(), at=at)
                is free
            )
