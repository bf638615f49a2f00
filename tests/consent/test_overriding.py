"""A business's own rules: stricter freely, looser on a stated legal basis alone, effective with the next question."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan.consent import Ask, Override, end_override, explain, keep_override, loosened, overrides_of
from huasuan.intake import deliver
from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.people import Workspace
from huasuan.store import Store

NOON = datetime(2026, 9, 16, 4, 30, tzinfo=UTC)
NUMBER = "+8613900000001"


def own(rule: str, **parameters: object) -> Override:
    return Override(rule=rule, country="CN", parameters=parameters, reason="house rule")


def test_stricter_holds_at_once_and_ends_on_its_day(store: Store, workspace: Workspace) -> None:
    agreed = {"key": "c", "at": "2026-09-01T09:00:00+08:00", "purpose": "call", "given": True, "phone": NUMBER}
    deliver(store, workspace=workspace.id, kind_name="consent", source="test", records=[agreed])
    stricter = own("R05", windows=["1-5 10:00-11:30"])
    assert loosened(stricter) == ()

    def codes(at: datetime) -> list[str]:
        with store.read() as connection:
            answer = explain(connection, workspace=workspace.id, ask=Ask(number=NUMBER), at=at)
        return [reason.code for reason in answer.reasons]

    open_now = datetime(2026, 9, 16, 7, 0, tzinfo=UTC)
    assert codes(open_now) == []
    with store.write() as connection:
        kept = keep_override(connection, workspace=workspace.id, override=stricter, legal_basis="", by="an")
    assert codes(open_now) == ["outside_window"]
    with store.write() as connection:
        end_override(connection, workspace=workspace.id, number=kept.id, day=date(2026, 9, 16))
        with pytest.raises(NotFound):
            end_override(connection, workspace=workspace.id, number=kept.id + 1, day=date(2026, 9, 16))
    assert codes(open_now) == []
    with store.read() as connection:
        (found,) = overrides_of(connection, workspace=workspace.id)
    assert (found.decided_by, found.override.valid_to, found.loosens) == ("an", date(2026, 9, 16), ())


@pytest.mark.parametrize(
    ("override", "names"),
    [
        (own("R05", windows=["1-7 00:00-24:00"]), ("windows",)),
        (own("R06", gap_minutes=0), ("gap_minutes",)),
        (own("R06", limits=[]), ("limits",)),
        (own("R04", permanent=False, days=1), ("permanent", "days")),
        (own("R08", required=False), ("required",)),
        (own("R13", sla_days=400), ("sla_days",)),
    ],
)
def test_looser_needs_a_legal_basis(
    store: Store, workspace: Workspace, override: Override, names: tuple[str, ...]
) -> None:
    assert set(loosened(override)) == set(names)
    with store.write() as connection:
        with pytest.raises(InvalidInput, match="no_legal_basis") as refused:
            keep_override(connection, workspace=workspace.id, override=override, legal_basis=" ", by="an")
        assert names[0] in refused.value.text.en
        kept = keep_override(connection, workspace=workspace.id, override=override, legal_basis="Art. 13", by="an")
        (found,) = overrides_of(connection, workspace=workspace.id)
    assert set(kept.loosens) == set(names)
    assert found.override.reason == "house rule [Art. 13]"


@given(opens=st.integers(0, 23), closes=st.integers(1, 24), first=st.integers(1, 7), last=st.integers(1, 7))
def test_hours_are_stricter_exactly_if_they_lie_within(opens: int, closes: int, first: int, last: int) -> None:
    if opens >= closes or first > last:
        return
    from huasuan.consent import published
    from huasuan.consent.book import hours

    said = next(rule for rule in published().rules if rule.id == "R05").clauses["CN"].terms
    wanted = f"{first}-{last} {opens:02d}:00-{closes:02d}:00"
    inside = all(
        any(
            one <= day <= two and start <= second < end
            for one, two, start, end in map(hours, said.windows)  # type: ignore[union-attr]
        )
        for day in range(first, last + 1)
        for second in range(opens * 3600, closes * 3600, 60)
    )
    assert (loosened(own("R05", windows=[wanted])) == ()) is inside


def test_what_is_no_rule_is_refused(store: Store, workspace: Workspace) -> None:
    for wrong in (own("R05", hours=["10"]), own("R99"), own("R06", gap_minutes="soon")):
        with store.write() as connection, pytest.raises(InvalidInput, match="bad_rule_file"):
            keep_override(connection, workspace=workspace.id, override=wrong, legal_basis="x", by="an")
