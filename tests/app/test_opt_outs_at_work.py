"""Opt-outs while agents and a queue dial: nobody is called later than a second after saying no (R03).

``make soak`` has ten thousand people say no while a hundred agents and a queue are at work.
"""

import os
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from huasuan.app.opting_out import opt_out
from huasuan.consent import Ask, ask_gate, check_chains, place_call
from huasuan.intake import deliver
from huasuan.kernel.errors import Conflict
from huasuan.kernel.time import now
from huasuan.people import Workspace
from huasuan.seams import Permit, Placed
from huasuan.store import Store

OPT_OUTS = int(os.environ.get("HUASUAN_OPT_OUTS", "40"))
AGENTS = 100 if OPT_OUTS >= 10_000 else 6
# A hundred agents dial once in two seconds, far more often than people do; few ones all the time.
PAUSE_SECONDS = 2.0 if AGENTS == 100 else 0.005
# The queue asks beforehand and dials a little later, as a dialler does that keeps calls ready.
KEPT_SECONDS, DOORS, SETTLED_SECONDS = 0.3, 4, 1.3
# Agents call people who say no about now: the last and the next so many.
NEAR = 300 if AGENTS == 100 else 30


class Clocked:
    """A line that notes when it was told to call whom."""

    def __init__(self) -> None:
        self.called: list[tuple[str, float]] = []

    def dial(self, permit: Permit) -> Placed:
        self.called.append((permit.number, time.monotonic()))
        return Placed(reference="r")


@dataclass(slots=True)
class Floor:
    """What goes on: who says no next, when each said it and when they were told that it is done."""

    store: Store
    workspace: int
    numbers: Sequence[str]
    line: Clocked = field(default_factory=Clocked)
    ended: threading.Event = field(default_factory=threading.Event)
    said: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    failed: list[BaseException] = field(default_factory=list)
    refused: int = 0

    def permit(self, dice: random.Random) -> Permit | None:
        """Leave to call somebody who says no about now."""
        place = len(self.said) + dice.randrange(-NEAR, NEAR)
        number = self.numbers[min(max(place, 0), len(self.numbers) - 1)]
        with self.store.write() as connection:
            asked = Ask(number=number, purpose="callback")
            answer = ask_gate(connection, workspace=self.workspace, ask=asked, at=now())
        return answer.permit

    def dial(self, permit: Permit) -> None:
        try:
            place_call(self.store, self.line, permit)
        except Conflict:
            self.refused += 1

    def agent(self, seed: int) -> None:
        dice = random.Random(seed)
        while not self.ended.wait(dice.expovariate(1 / PAUSE_SECONDS)):
            if (permit := self.permit(dice)) is not None:
                self.dial(permit)

    def queue(self) -> None:
        dice = random.Random("queue")
        while not self.ended.is_set():
            ready = [permit for _ in range(5) if (permit := self.permit(dice)) is not None]
            self.ended.wait(KEPT_SECONDS)
            for permit in ready:
                self.dial(permit)

    def door(self, first: int) -> None:
        for number in self.numbers[first:OPT_OUTS:DOORS]:
            self.said[number] = time.monotonic()
            opt_out(self.store, workspace=self.workspace, identity=("phone", number), via="sms")
            self.answered[number] = time.monotonic()

    def run(self) -> None:
        """Until everybody said no, and long enough for a late call to be late."""
        at_work = [self._begin(self.agent, seed) for seed in range(AGENTS)] + [self._begin(self.queue)]
        for door in [self._begin(self.door, first) for first in range(DOORS)]:
            door.join()
        time.sleep(SETTLED_SECONDS)
        self.ended.set()
        for one in at_work:
            one.join()

    def _begin(self, act, *given) -> threading.Thread:
        def guarded() -> None:
            try:
                act(*given)
            except BaseException as error:
                self.failed.append(error)
                raise

        thread = threading.Thread(target=guarded)
        thread.start()
        return thread


def test_nobody_is_called_a_second_after_opting_out(store: Store, workspace: Workspace) -> None:
    numbers = [f"+86139{number:08d}" for number in range(OPT_OUTS + NEAR)]
    wished = now().isoformat()
    agreed = [{"key": n, "at": wished, "purpose": "callback", "given": True, "phone": n} for n in numbers]
    for first in range(0, len(agreed), 1000):
        part = agreed[first : first + 1000]
        deliver(store, workspace=workspace.id, kind_name="consent", source="test", records=part)
    floor = Floor(store, workspace.id, numbers)
    begun, cpu = time.monotonic(), time.process_time()
    floor.run()
    seconds, cpu = time.monotonic() - begun, time.process_time() - cpu
    assert floor.failed == []
    assert len(floor.answered) == OPT_OUTS
    after = [at - floor.answered[n] for n, at in floor.line.called if n in floor.answered]
    since = [at - floor.said[n] for n, at in floor.line.called if n in floor.said]
    took = sorted(floor.answered[n] - floor.said[n] for n in floor.answered)
    print(  # noqa: T201  what the soak measures
        f"{OPT_OUTS} opt-outs, {AGENTS} agents: {len(floor.line.called)} calls, {floor.refused} permits withdrawn; "
        f"latest call {max(after, default=0):+.3f} s after the answer, {max(since, default=0):+.3f} s after the word; "
        f"answered in {took[len(took) // 2]:.3f} s (median), {took[-1]:.3f} s (most); {seconds:.0f} s, {cpu:.0f} CPU s"
    )
    assert max(after, default=0) <= 1
    assert floor.line.called, "the agents were at work"
    with store.read() as connection:
        assert all(found.broken_at is None for found in check_chains(connection))
