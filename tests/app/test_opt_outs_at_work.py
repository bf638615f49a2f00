"""Opt-outs while agents dial from a queue: nobody is called later than a second after saying no (R03)."""

import random
import threading
import time
from collections import defaultdict

from huasuan.app.opting_out import opt_out
from huasuan.consent import Ask, ask_gate, place_call
from huasuan.intake import deliver
from huasuan.kernel.errors import Conflict
from huasuan.kernel.time import now
from huasuan.people import Workspace
from huasuan.seams import Permit, Placed
from huasuan.store import Store

PEOPLE, AGENTS, OPT_OUTS = 60, 6, 40


class Clocked:
    """A line that notes when it was told to call whom."""

    def __init__(self) -> None:
        self.called: dict[str, list[float]] = defaultdict(list)

    def dial(self, permit: Permit) -> Placed:
        self.called[permit.number].append(time.monotonic())
        return Placed(reference="r")


def test_nobody_is_called_a_second_after_opting_out(store: Store, workspace: Workspace) -> None:
    numbers = [f"+86139{number:08d}" for number in range(PEOPLE)]
    agreed = [
        {"key": n, "at": "2026-09-01T10:00:00+08:00", "purpose": "callback", "given": True, "phone": n} for n in numbers
    ]
    deliver(store, workspace=workspace.id, kind_name="consent", source="test", records=agreed)
    line, out, ended = Clocked(), dict[str, float](), threading.Event()

    def agent(seed: int) -> None:
        dice = random.Random(seed)
        while not ended.is_set():
            # Calls made are forgotten at once, so that counts and gaps stand in nobody's way.
            number = dice.choice(numbers)
            time.sleep(0.005)
            with store.write() as connection:
                connection.exec_driver_sql("DELETE FROM contact_attempt WHERE used_at IS NOT NULL")
                asked = Ask(number=number, purpose="callback")
                answer = ask_gate(connection, workspace=workspace.id, ask=asked, at=now())
            if answer.permit is not None:
                try:
                    place_call(store, line, answer.permit)
                except Conflict:
                    continue

    agents = [threading.Thread(target=agent, args=(seed,)) for seed in range(AGENTS)]
    for one in agents:
        one.start()
    for number in numbers[:OPT_OUTS]:
        opt_out(store, workspace=workspace.id, number=number, via="sms")
        out[number] = time.monotonic()
    # Long enough for a late call to be late.
    time.sleep(1.3)
    ended.set()
    for one in agents:
        one.join()
    late = {n: at - out[n] for n, calls in line.called.items() if n in out for at in calls if at > out[n] + 1}
    assert late == {}
    assert line.called, "the agents were at work"
