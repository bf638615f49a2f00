"""The counter where pages ask for numbers: one thread serves all who wait in one transaction of the store.

A commit costs far more than a lease, so whoever arrives while one is under way is served together by the next. When too
many wait the rest are shown the overflow number at once: a flood of requests slows nobody's page and breaks none.
"""

import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from huasuan.kernel.errors import NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, to_micros
from huasuan.numbers import queries
from huasuan.numbers.clock import HoldClock
from huasuan.numbers.leasing import Counter, Plan, Present, statements
from huasuan.numbers.rules import is_id, is_own_page, is_robot
from huasuan.numbers.turned_away import TurnedAway
from huasuan.numbers.types import Asker, Asking, Shown
from huasuan.store import Store

# How many are served together, how many may wait, and for how long the sites are taken to be what they were.
_TOGETHER, _WAITING = 128, 2000
_PLANS_SECONDS = 2.0
_WINDOW_SECONDS = 600.0
_ADDRESSES = 50_000
_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    asking: Asking
    asker: Asker
    answer: "Future[Shown]"


class Desk:
    """Answers pages; safe from any thread. ``close`` when nobody asks any more."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: queue.Queue[_Waiting | None] = queue.Queue(_WAITING)
        self._plans: dict[str, Plan] = {}
        self._planned_at = float("-inf")
        self._clock: HoldClock | None = None
        self._begun = Visitors()
        self._turned_away = TurnedAway()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self, asking: Asking, asker: Asker) -> "Future[Shown]":
        """What the page is to show, once it is on disk.

        The future raises ``NotFound`` (``no_site``) for a key nobody has.
        """
        answer: Future[Shown] = Future()
        self._start()
        try:
            self._waiting.put_nowait(_Waiting(asking=asking, asker=asker, answer=answer))
        except queue.Full:
            plan = self._plans.get(asking.site_key)
            shown = Shown() if plan is None else plan.overflow()
            answer.set_result(replace(shown, allowed=plan is not None and _own(plan, asker)))
        return answer

    def close(self) -> None:
        """Serve whoever waits, then stop."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(_STOP_SECONDS)

    def _start(self) -> None:
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="lease desk", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            served = [first]
            last = False
            while len(served) < _TOGETHER and not last:
                try:
                    one = self._waiting.get_nowait()
                except queue.Empty:
                    break
                last = one is None
                if one is not None:
                    served.append(one)
            self._serve(served)
            if last:
                return

    def _serve(self, waiting: Sequence[_Waiting]) -> None:
        try:
            answers = self._answers(waiting)
        except Exception as error:
            if len(waiting) == 1:
                waiting[0].answer.set_exception(error)
                return
            # One of them may be at fault: none of the others has to pay for it.
            for one in waiting:
                self._serve([one])
            return
        for one, answer in zip(waiting, answers, strict=True):
            if isinstance(answer, Exception):
                one.answer.set_exception(answer)
            else:
                one.answer.set_result(answer)

    def _answers(self, waiting: Sequence[_Waiting]) -> list[Shown | Exception]:
        with self._store.write() as connection:
            clock = self._clock or HoldClock.of(connection)
            self._plan(connection)
            present = Present(wall=to_micros(now()), hold=clock.now())
            found = [self._answer(connection, one, present) for one in waiting]
        self._clock = clock
        return found

    def _answer(self, connection: Connection, one: _Waiting, present: Present) -> Shown | Exception:
        plan = self._plans.get(one.asking.site_key)
        if plan is None:
            return NotFound("no_site", Text(zh="没有这个网站", en="there is no such site"))
        if is_robot(one.asker.program):
            return Shown(allowed=_own(plan, one.asker))
        if not _own(plan, one.asker):
            self._turned_away.note(connection, site=plan.site.id, origin=one.asker.origin)
            return plan.overflow()
        if not (is_id(one.asking.visit) and is_id(one.asking.visitor)):
            return plan.overflow()
        counter = Counter(
            connection=connection, plan=plan, present=present, asking=one.asking, sql=statements(connection)
        )
        may_begin = self._begun.may_begin(plan, one)
        return replace(counter.serve(may_begin=may_begin), allowed=True)

    def _plan(self, connection: Connection) -> None:
        moment = time.monotonic()
        if moment - self._planned_at < _PLANS_SECONDS:
            return
        pools = queries.pools(connection)
        self._plans = {
            site.key: Plan(site=site, pools=tuple(pool for pool in pools if pool.site == site.id))
            for site in queries.sites(connection)
        }
        self._planned_at = moment


class Visitors:
    """How many visits each address began lately; the addresses heard from longest ago are forgotten first."""

    def __init__(self) -> None:
        # Of each site and address: when each visit began, the oldest first.
        self._begun: OrderedDict[tuple[int, str], OrderedDict[str, float]] = OrderedDict()

    def may_begin(self, plan: Plan, one: _Waiting) -> bool:
        """Whether the address may begin this visit, which is then counted; one counted before may be asked about."""
        moment = time.monotonic()
        key = (plan.site.id, one.asker.address)
        mine = self._begun.setdefault(key, OrderedDict())
        self._begun.move_to_end(key)
        if len(self._begun) > _ADDRESSES:
            self._begun.popitem(last=False)
        while mine and next(iter(mine.values())) < moment - _WINDOW_SECONDS:
            mine.popitem(last=False)
        if one.asking.visit in mine:
            return True
        # A page that goes on with its visit begins none.
        if one.asking.renewal is not None or len(mine) >= plan.site.settings.new_visits:
            return False
        mine[one.asking.visit] = moment
        return True


def _own(plan: Plan, asker: Asker) -> bool:
    return is_own_page(asker.origin, plan.site.settings.origins)
