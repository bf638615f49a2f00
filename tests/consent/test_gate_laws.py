"""Laws of the gate on both databases: whatever is said and asked in whatever order, of whichever number of a person."""

import itertools
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from huasuan.consent import Answer, Ask, ask_gate, record_refusal, use_permit
from huasuan.intake import deliver
from huasuan.kernel.errors import Conflict
from huasuan.people import WorkspaceSettings, create_workspace
from huasuan.seams import Permit
from huasuan.store import Store

# The first two are one person.
NUMBERS = ("+8613900000001", "+8613900000002", "+8613900000003")
PERSON = (0, 0, 1)
# A Wednesday, 10:00 in Shanghai, no holiday for a week.
MORNING = datetime(2026, 9, 9, 2, 0, tzinfo=UTC)
STEPS = st.tuples(
    st.sampled_from(["agree", "agree", "withdraw", "opt_out", "refuse", "ask", "ask", "ask", "use"]),
    st.sampled_from(range(3)),
    st.sampled_from([1, 1, 30, 59, 60, 61, 200, 700, 1500]),
)
_names = itertools.count()


@dataclass(slots=True)
class Person:
    """What the laws of China say of one person, told a second time and otherwise."""

    word: tuple[datetime, bool] | None = None
    out: datetime | None = None
    refused: datetime | None = None
    used: list[datetime] = field(default_factory=list)
    reserved: list[datetime] = field(default_factory=list)

    def forbids(self, at: datetime) -> set[str]:
        agreed_at = self.word[0] if self.word is not None and self.word[1] else None
        found = set()
        if self.word is None:
            found.add("no_consent")
        elif not self.word[1]:
            found.add("consent_withdrawn")
        for code, said in (("opted_out", self.out), ("refused", self.refused)):
            if said is not None and (agreed_at is None or agreed_at <= said):
                found.add(code)
        shanghai = at + timedelta(hours=8)
        if not 9 <= shanghai.hour < 21:
            found.add("outside_window")
        tried = self.used + [one for one in self.reserved if at < one + timedelta(seconds=60)]
        days = Counter((one + timedelta(hours=8)).date() for one in tried)
        week = sum(count for day, count in days.items() if (shanghai.date() - day).days < 7)
        if any(at < one + timedelta(minutes=60) for one in tried):
            found.add("too_soon")
        if days[shanghai.date()] >= 2 or week >= 3:
            found.add("too_often")
        return found


class Town:
    """A workspace of its own in which people speak and somebody dials."""

    def __init__(self, store: Store) -> None:
        self.store = store
        with store.write() as connection:
            name = f"law {next(_names)}"
            self.workspace = create_workspace(connection, name=name, settings=WorkspaceSettings()).id
        self.say("customer", phones=list(NUMBERS[:2]))

    def say(self, kind: str, **fields: object) -> None:
        record = {"key": f"{kind}-{next(_names)}", **fields}
        [outcome] = deliver(
            self.store, workspace=self.workspace, kind_name=kind, source="test", records=[record]
        ).outcomes
        assert outcome.status == "created", outcome

    def ask(self, number: str, at: datetime) -> Answer:
        with self.store.write() as connection:
            return ask_gate(connection, workspace=self.workspace, ask=Ask(number=number), at=at)

    def use(self, permit: Permit, at: datetime) -> bool:
        try:
            with self.store.write() as connection:
                use_permit(connection, permit, at=at)
        except Conflict:
            return False
        return True


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=4, max_size=14))
@example([("agree", 0, 1), ("ask", 1, 1), ("use", 0, 1), ("ask", 0, 59), ("ask", 1, 61), ("use", 1, 1), ("ask", 0, 61)])
@example([("agree", 0, 1), ("ask", 0, 1), ("opt_out", 1, 1), ("use", 0, 1), ("agree", 0, 1), ("ask", 1, 1)])
@example([("agree", 2, 1), ("refuse", 2, 1), ("ask", 2, 1), ("agree", 2, 1), ("ask", 2, 1), ("withdraw", 2, 1)])
def test_the_gate_says_what_the_rules_say_in_whatever_order(store: Store, steps: list[tuple[str, int, int]]) -> None:
    """Consent, withdrawal, opt-out, refusal and attempts of all numbers of a person count together (R01-R06)."""
    town, people, at = Town(store), (Person(), Person()), MORNING
    held: dict[int, Permit] = {}
    for what, place, minutes in steps:
        at += timedelta(minutes=minutes)
        number, person = NUMBERS[place], people[PERSON[place]]
        if what in {"agree", "withdraw"}:
            given = what == "agree"
            town.say("consent", at=at.isoformat(), purpose="marketing", given=given, phone=number, evidence="f")
            person.word = (at, given)
        elif what == "opt_out":
            town.say("opt_out", received_at=at.isoformat(), phone=number)
            person.out = at
        elif what == "refuse":
            with store.write() as connection:
                record_refusal(connection, workspace=town.workspace, number=number, at=at)
            person.refused = at
        elif what == "ask":
            answer = town.ask(number, at)
            assert {reason.code for reason in answer.reasons} == person.forbids(at)
            assert answer.allowed == (answer.permit is not None) == (not answer.reasons)
            if answer.permit is not None:
                held[place] = answer.permit
                person.reserved.append(at)
        elif place in held:
            # A minute and more has gone by: whatever was permitted then, nothing is dialled by it now.
            assert not town.use(held.pop(place), at)
            permit = town.ask(number, at).permit
            if permit is not None:
                said = at + timedelta(seconds=1)
                assert town.use(permit, said)
                assert not town.use(permit, said), "a permit dials once"
                person.used.append(said)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(range(3)), min_size=2, max_size=6))
def test_however_many_diallers_ask_at_once_each_person_is_permitted_once(store: Store, asked: list[int]) -> None:
    """By whichever of their numbers; nobody is left out who may be called."""
    town = Town(store)
    for number in NUMBERS:
        town.say("consent", at="2026-09-01T10:00:00+08:00", purpose="marketing", given=True, phone=number)
    ready = threading.Barrier(len(asked))

    def dialler(place: int) -> tuple[int, bool]:
        ready.wait()
        return PERSON[place], town.ask(NUMBERS[place], MORNING).allowed

    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(dialler, asked))
    permitted = Counter(person for person, allowed in answers if allowed)
    assert permitted == dict.fromkeys({PERSON[place] for place in asked}, 1)
