"""Laws of the calling rules: all zones, clock changes, holidays, worked weekends, days on which a rule changes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from huasuan.consent import Ask, ConsentEntry, Reason, Standing, loosened, parse_book, published
from huasuan.consent.rules import Case, earliest, reasons
from huasuan.consent.windows import is_open, next_open
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.workdays import is_holiday, is_worked_weekend

ZONES = sorted(available_timezones() - {"Factory", "localtime"})
MOMENTS = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
BOOK = published()
AGREED = (ConsentEntry(at=datetime(2020, 1, 1, tzinfo=UTC), purpose="marketing", given=True, evidence=True),)


def case(country: str, at: datetime, *zones: str, ask: Ask | None = None, **standing: object) -> Case:
    known = Standing(**{"consents": AGREED, **standing})  # type: ignore[arg-type]
    return Case(ask=ask or Ask(number="+86"), standing=known, book=BOOK, country=country, zones=zones, at=at)


def codes(found: tuple[Reason, ...]) -> list[str]:
    return [reason.code for reason in found]


@settings(deadline=None)
@given(st.sampled_from(ZONES), MOMENTS, st.sampled_from(["CN", "US", "GB", "DE"]))
def test_nobody_is_called_at_night_by_the_own_clock_in_any_zone(zone: str, at: datetime, country: str) -> None:
    found = codes(reasons(case(country, at, zone)))
    local = at.astimezone(ZoneInfo(zone))
    if not 8 <= local.hour < 21:
        assert found == ["outside_window"]
    if country == "US":
        assert (found == []) == (8 <= local.hour < 21)


@settings(deadline=None)
@given(st.lists(st.sampled_from(ZONES), min_size=2, max_size=4), MOMENTS)
def test_a_number_of_several_zones_is_open_where_all_of_them_are(zones: list[str], at: datetime) -> None:
    every = all(not reasons(case("US", at, zone)) for zone in zones)
    assert (not reasons(case("US", at, *zones))) == every


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES), MOMENTS, st.sampled_from(["CN", "US", "GB", "DE", "FR"]))
@example("Europe/Paris", datetime(2026, 3, 28, 19, 0, tzinfo=UTC), "FR")  # the clock goes forward at night
@example("Europe/Berlin", datetime(2026, 10, 24, 21, 0, tzinfo=UTC), "DE")  # and back
@example("America/New_York", datetime(2026, 3, 8, 3, 0, tzinfo=UTC), "US")
@example("America/Havana", datetime(2026, 3, 8, 2, 0, tzinfo=UTC), "US")  # at midnight
@example("Australia/Lord_Howe", datetime(2026, 4, 4, 10, 0, tzinfo=UTC), "US")  # by half an hour
def test_the_next_time_is_open_and_no_earlier_one_is(zone: str, at: datetime, country: str) -> None:
    terms = BOOK.clause("R05", country, at.date())[1].terms
    found = next_open(terms, country, [zone], at)
    assert found is not None
    assert found >= at
    assert is_open(terms, country, [zone], found)
    step = at
    while step < found:
        assert not is_open(terms, country, [zone], step)
        step += timedelta(minutes=15)
    if found > at:
        assert not is_open(terms, country, [zone], found - timedelta(seconds=1))


@settings(deadline=None)
@given(
    st.sampled_from(ZONES), MOMENTS, st.lists(st.integers(0, 60 * 24 * 40), max_size=8), st.sampled_from(["CN", "FR"])
)
def test_at_the_earliest_time_nothing_forbids(zone: str, at: datetime, ago: list[int], country: str) -> None:
    attempts = tuple(sorted(at - timedelta(minutes=minutes) for minutes in ago))

    def forbidding(moment: datetime) -> tuple[Reason, ...]:
        return reasons(case(country, moment, zone, attempts=attempts))

    found = earliest(forbidding, at)
    assert found is not None
    assert forbidding(found) == ()
    assert all(forbidding(at + (found - at) * part / 7) for part in range(7) if found > at)


@settings(deadline=None)
@given(st.dates(date(2025, 1, 1), date(2026, 12, 31)), st.integers(0, 23))
def test_china_rests_on_holidays_and_works_on_days_worked_in_their_place(day: date, hour: int) -> None:
    at = datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))
    open_now = codes(reasons(case("CN", at, "Asia/Shanghai"))) == []
    assert open_now == (9 <= hour < 21 and not is_holiday("CN", day))


def test_worked_weekends_and_days_off_in_their_stead() -> None:
    """2026: Saturday 14 February is worked, Friday 20 February is taken off for it."""
    assert is_worked_weekend("CN", date(2026, 2, 14))
    for day, expected in ((14, []), (16, ["outside_window"]), (20, ["outside_window"]), (24, [])):
        at = datetime(2026, 2, day, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
        assert codes(reasons(case("CN", at, "Asia/Shanghai"))) == expected, day


def test_a_worked_saturday_has_the_hours_of_a_workday() -> None:
    own = BOOK.with_overrides(
        [_override("R05", "CN", windows=["1-5 09:00-18:00", "6-7 10:00-12:00"], pause=None)],
    )
    terms = own.clause("R05", "CN", date(2026, 2, 14))[1].terms
    shanghai = ZoneInfo("Asia/Shanghai")
    assert is_open(terms, "CN", ["Asia/Shanghai"], datetime(2026, 2, 14, 17, tzinfo=shanghai))
    assert not is_open(terms, "CN", ["Asia/Shanghai"], datetime(2026, 3, 14, 17, tzinfo=shanghai))


def test_france_asks_for_consent_from_the_eleventh_of_august_2026_on() -> None:
    """On the 10th whoever is not on Bloctel may be called; on the 11th nobody who did not agree (R01, R16)."""
    free = {"consents": (), "list_ages": {"FR-BLOCTEL": 3}}
    paris = ZoneInfo("Europe/Paris")
    before = reasons(case("FR", datetime(2026, 8, 10, 19, 59, tzinfo=paris), "Europe/Paris", **free))
    after = reasons(case("FR", datetime(2026, 8, 11, 10, 0, tzinfo=paris), "Europe/Paris", **free))
    assert before == ()
    assert [(reason.code, reason.rule, reason.version) for reason in after] == [("no_consent", "R01", 2)]
    listed = reasons(
        case("FR", datetime(2026, 8, 10, 11, tzinfo=paris), "Europe/Paris", listed=("FR-BLOCTEL",), **free)
    )
    assert codes(listed) == ["listed"]
    contract = Ask(number="+33", contract=True)
    assert reasons(case("FR", datetime(2026, 8, 11, 11, tzinfo=paris), "Europe/Paris", ask=contract, **free)) == ()
    # It is midnight in Paris that counts: 22:00 UTC of the 10th is the 11th there.
    late = datetime(2026, 8, 10, 22, 30, tzinfo=UTC)
    assert "no_consent" in codes(reasons(case("FR", late, "Europe/Paris", **free)))
    assert "no_consent" not in codes(reasons(case("FR", late - timedelta(hours=1), "Europe/Paris", **free)))


def test_a_registry_must_be_there_and_young_enough() -> None:
    noon = datetime(2026, 9, 16, 16, 0, tzinfo=UTC)
    for ages, expected in (({}, ["registry_missing"]), ({"US-DNC": 31}, []), ({"US-DNC": 32}, ["registry_old"])):
        assert codes(reasons(case("US", noon, "America/New_York", consents=(), list_ages=ages))) == expected
    for purpose in ("renewal", "marketing"):
        asked = Ask(number="+1", purpose=purpose)
        found = reasons(case("US", noon, "America/New_York", ask=asked, consents=()))
        assert codes(found) == ["registry_missing"], "a purpose of one's own is no way around the registry"
    service = Ask(number="+1", purpose="service")
    assert codes(reasons(case("US", noon, "America/New_York", ask=service, consents=()))) == []
    robot = Ask(number="+1", voice="bot")
    assert codes(reasons(case("US", noon, "America/New_York", ask=robot, consents=(), list_ages={"US-DNC": 1}))) == [
        "no_consent"
    ]


def test_businesses_may_be_called_where_consumers_must_have_agreed() -> None:
    """R01 ``b2b_opt_out``: a decision of one's own, looser than asking everybody and stricter than asking nobody."""
    noon = datetime(2026, 9, 16, 11, 0, tzinfo=UTC)
    own = BOOK.with_overrides([_override("R01", "DE", mode="b2b_opt_out")])
    for business, expected in ((False, ["no_consent"]), (True, [])):
        asked = Ask(number="+49", business=business)
        asking = replace(case("DE", noon, "Europe/Berlin", ask=asked, consents=()), book=own)
        assert codes(reasons(asking)) == expected
    assert loosened(_override("R01", "DE", mode="b2b_opt_out")) == ("mode",)
    assert loosened(_override("R01", "US", mode="b2b_opt_out")) == ()


@given(
    st.sampled_from(["CN", "US", "GB", "DE", "FR"]),
    st.integers(-1000, 60 * 24 * 40),
    st.one_of(st.none(), st.integers(0, 60 * 24 * 40)),
)
def test_a_wish_to_be_called_back_is_no_lasting_leave(country: str, minutes: int, ends: int | None) -> None:
    """It ends when it says so itself, else after the days of R01; then nothing of it lifts hours or registries."""
    wished = datetime(2026, 9, 16, 2, 0, tzinfo=UTC)
    ends_at = None if ends is None else wished + timedelta(minutes=ends)
    said = ConsentEntry(at=wished, purpose="callback", given=True, expires_at=ends_at)
    asked = Ask(number="+1", purpose="callback")
    found = codes(
        reasons(case(country, wished + timedelta(minutes=minutes), "Asia/Shanghai", ask=asked, consents=(said,)))
    )
    holds = 0 <= minutes < (60 * 24 * 14 if ends is None else ends)
    assert ("no_consent" in found or "consent_expired" in found) != holds
    assert ("consent_expired" in found) == (minutes >= 0 and not holds)
    assert ("registry_missing" in found) == (country in {"US", "GB"} and not holds)


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (Ask(number="+86", age=13), "too_young"),
        (Ask(number="+86", bought_list=True), "no_provenance"),
        (Ask(number="+86", caller_number="+864008008000"), "caller_barred"),
        (Ask(number="+86", caller_number="+8695588"), "caller_barred"),
        (Ask(number="+86", caller_number=""), "caller_withheld"),
        (Ask(number="+86", abandoned=(4, 100)), "abandon_rate"),
    ],
)
def test_what_the_asker_brings_may_forbid(ask: Ask, code: str) -> None:
    at = datetime(2026, 9, 16, 2, 0, tzinfo=UTC)
    assert codes(reasons(case("CN", at, "Asia/Shanghai", ask=ask))) == [code]


def test_an_unknown_zone_is_never_called() -> None:
    assert codes(reasons(case("CN", datetime(2026, 9, 16, 2, tzinfo=UTC)))) == ["zone_unknown"]


def test_every_rule_of_the_book_has_a_source_and_says_whether_it_was_read() -> None:
    assert len(BOOK.rules) == 26
    for rule in BOOK.rules:
        said = [clause for clause in rule.clauses.values() if clause.note]
        assert rule.source
        assert said
        assert rule.id == "R21" or all(clause.verified for clause in said), rule.id


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('windows = ["1-7 09:00-21:00"]', 'windows = ["1-7 21:00-09:00"]'),
        ("gap_minutes = 60", 'gap_minutes = "often"'),
        ("age_min = 14", "age = 14"),
        ('id = "R12"', 'id = "R99"'),
        ("to = 2026-08-11", "to = 2026-08-12"),
        ("[rule.FR]", "[rule.IT]"),
    ],
)
def test_a_rule_file_that_cannot_be_right_is_refused(old: str, new: str) -> None:
    from importlib.resources import files

    text = files("huasuan.consent").joinpath("calling_rules.toml").read_text("utf-8")
    assert old in text
    with pytest.raises(InvalidInput, match="bad_rule_file"):
        parse_book(text.replace(old, new, 1))


def _override(rule: str, country: str, **parameters: object):
    from huasuan.consent import Override

    return Override(rule=rule, country=country, parameters=parameters, reason="own hours")
