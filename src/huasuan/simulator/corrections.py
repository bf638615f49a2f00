"""What is known late, wrongly, or out of order: the same fact again under its key, with another content."""

from collections.abc import Iterator
from datetime import timedelta

from huasuan.simulator.business import PROMOTION
from huasuan.simulator.outbox import Outbox
from huasuan.simulator.world import Record, World

_LATE, _CORRECTED, _STALE = 0.01, 0.016, 0.018
_MOVED = 0.08
_MONTH = timedelta(days=30)
_TIMES = ("dialed_at", "ringing_at", "queue_entered_at", "answered_at", "agent_joined_at", "ended_at")


class Corrections:
    """Sends calls and costs; a few of them late, a few again with another content, a few in the wrong order."""

    def __init__(self, world: World, outbox: Outbox) -> None:
        self._world = world
        self._outbox = outbox
        self._chance = _endless(world)

    def send_call(self, call: Record, day: int) -> None:
        """The call; in rare cases late, or followed by what was found out about it."""
        chance = next(self._chance)
        if chance >= _STALE:
            self._outbox.add("call", call)
            return
        days = 1 + int(next(self._chance) * 9)
        later = call["known_at"] + timedelta(days=days)
        if chance < _LATE and later < self._world.end:
            self._outbox.plan("call", call | {"known_at": later}, later)
            return
        self._outbox.add("call", call)
        right = self._mended(call, day) | {"known_at": later}
        self._outbox.plan("call", right, later)
        if chance >= _CORRECTED:
            # An exchange sends an older state of the call after the newer one; it must not win.
            stale = call | {"disposition": "stale", "known_at": later - timedelta(hours=12)}
            self._outbox.plan("call", stale, later + timedelta(days=1))

    def send_cost(self, cost: Record, fen: int, change: int) -> None:
        """A day's spend; one in ten is restated two days later, one in eighty then arrives once more as it was."""
        self._outbox.plan("cost", cost, cost["known_at"])
        chance = next(self._chance)
        if chance < 0.1:
            later = cost["known_at"] + timedelta(days=2)
            right = cost | {"known_at": later, "amount": f"{(fen + change) // 100}.{(fen + change) % 100:02d}"}
            self._outbox.plan("cost", right, later)
            if chance < 0.0125:
                stale = cost | {"known_at": later - timedelta(hours=30), "note": "nightly copy"}
                self._outbox.plan("cost", stale, later + timedelta(days=1))

    def _mended(self, call: Record, day: int) -> Record:
        which = next(self._chance)
        if which < _MOVED:
            return self._moved(call, day)
        if call["direction"] == "out":
            if call.get("script_version"):
                return call | {"script_version": "v2", "disposition": "call_again"}
            return call | {"disposition": "interested"}
        if call["result"] == "answered":
            junk = which < 0.4
            return call | ({"call_class": "junk", "junk_reason": "job_seeker"} if junk else {"call_class": "target"})
        if call.get("channel") is None:
            return call | {"channel": "referral", "promotion": PROMOTION}
        return call | {"cause": "busy"}

    def _moved(self, call: Record, day: int) -> Record:
        """The clock of the exchange was a month off."""
        step = -_MONTH if day >= _MONTH.days else _MONTH if day + _MONTH.days < self._world.days else timedelta(0)
        return call | {name: call[name] + step for name in _TIMES if name in call}


def _endless(world: World) -> Iterator[float]:
    rng = world.rng(12)
    while True:
        yield from rng.random(4096).tolist()
