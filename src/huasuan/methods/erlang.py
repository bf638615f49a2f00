"""How many agents are needed: queues of incoming calls, with callers who wait for ever or hang up."""

import math
from dataclasses import dataclass

from scipy import special


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What comes in: calls per second and the seconds an agent is busy with one (talk and after-call work).

    ``patience_seconds`` is the mean time a caller waits before hanging up; ``None`` means callers wait for ever
    (Erlang C), which asks for more agents than are needed and serves as the careful check.
    """

    calls_per_second: float
    handle_seconds: float
    patience_seconds: float | None = None

    def __post_init__(self) -> None:
        """Refuse times and rates that are not positive."""
        patient = self.patience_seconds is None or self.patience_seconds > 0
        if not (self.calls_per_second > 0 and self.handle_seconds > 0 and patient):
            raise ValueError(f"rates and times must be positive: {self}")

    @property
    def erlangs(self) -> float:
        """Offered load: the number of agents that would be busy on average if nobody ever waited."""
        return self.calls_per_second * self.handle_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What callers and agents meet with a number of agents at work; shares are 0..1, times in seconds.

    ``service_level`` is the share of all offered calls answered within the target time; ``mean_wait_seconds`` is over
    all offered calls, those that hung up included.
    """

    agents: int
    service_level: float
    waiting_share: float
    mean_wait_seconds: float
    mean_queue: float
    abandoned_share: float
    occupancy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """The smallest number of agents that meets the target, and how many to roster for it."""

    agents: int
    rostered: int
    queue: Queue


def erlang_b(erlangs: float, lines: int) -> float:
    """Share of calls that find all lines busy and are lost.

    ``erlangs`` >= 0 offered to ``lines`` >= 0. Assumptions: (1) calls come at random (Poisson), (2) a blocked call is
    lost and does not come back. Holding times may have any law. Erlang 1917; the stable recursion over lines.
    """
    if erlangs < 0 or lines < 0:
        raise ValueError(f"negative load or lines: {erlangs}, {lines}")
    blocked = 1.0
    for line in range(1, lines + 1):
        blocked = erlangs * blocked / (line + erlangs * blocked)
    return blocked


def erlang_c(erlangs: float, agents: int) -> float:
    """Share of calls that must wait when callers wait for ever.

    Needs more agents than erlangs, else the queue grows without end: ``ValueError``. Assumptions: (1) calls come at
    random, (2) handle times are exponential, (3) nobody hangs up, (4) the period is long against the handle time.
    Erlang 1917; Gans, Koole and Mandelbaum, "Telephone call centers", M&SOM 5, 2003.
    """
    if agents <= erlangs:
        raise ValueError(f"{agents} agents cannot keep up with {erlangs} erlangs")
    blocked = erlang_b(erlangs, agents)
    return blocked / (1 - (erlangs / agents) * (1 - blocked))


def queue(load: Load, agents: int, *, target_seconds: float = 20.0) -> Queue:
    """What callers meet with so many agents: Erlang A when patience is known, else Erlang C.

    ``target_seconds`` >= 0 is the time within which a call should be answered. Raises ``ValueError`` for less than one
    agent, a negative target, or without patience when there are not more agents than erlangs.

    Assumptions: those of ``erlang_c``, and for Erlang A instead of (3): patience is exponential and independent of
    the queue. Palm 1957; Garnett, Mandelbaum and Reiman, "Designing a call center with impatient customers",
    M&SOM 4, 2002; the wait of an answered call follows from death rates that grow by one step per caller.
    """
    if agents < 1 or target_seconds < 0:
        raise ValueError(f"needs an agent and a target: {agents}, {target_seconds}")
    if load.patience_seconds is None:
        return _endless_patience(load, agents, target_seconds)
    return _finite_patience(load, load.patience_seconds, agents, target_seconds)


def staff(
    load: Load,
    *,
    target_seconds: float = 20.0,
    target_level: float = 0.8,
    highest_occupancy: float = 1.0,
    shrinkage: float = 0.0,
) -> Staffing:
    """The fewest agents that answer ``target_level`` (0..1) of calls within ``target_seconds``.

    Agents are busy at most ``highest_occupancy`` (0..1] of their time; ``shrinkage`` [0..1) is the share of paid time
    spent on breaks, training and sickness, so ``rostered`` = agents / (1 - shrinkage), rounded up. Errors and
    assumptions as ``queue``; ``ValueError`` for shares outside their range.
    """
    if not (0 <= target_level < 1 and 0 < highest_occupancy <= 1 and 0 <= shrinkage < 1):
        raise ValueError(f"not shares: {target_level}, {highest_occupancy}, {shrinkage}")

    def meets(agents: int) -> bool:
        result = queue(load, agents, target_seconds=target_seconds)
        return result.service_level >= target_level and result.occupancy <= highest_occupancy

    enough = 1 if load.patience_seconds is not None else math.floor(load.erlangs) + 1
    too_few, step = enough - 1, 1
    while not meets(enough):
        too_few, enough, step = enough, enough + step, 2 * step
    while enough - too_few > 1:
        middle = (enough + too_few) // 2
        too_few, enough = (too_few, middle) if meets(middle) else (middle, enough)
    # The tiny allowance keeps 14 / 0.7 = 20.000000000000004 at 20.
    rostered = math.ceil(enough / (1 - shrinkage) - 1e-9)
    return Staffing(agents=enough, rostered=rostered, queue=queue(load, enough, target_seconds=target_seconds))


def waiting_time_quantile(load: Load, agents: int, share: float) -> float:
    """Seconds within which ``share`` (0..1) of callers are answered when callers wait for ever (Erlang C).

    Errors and assumptions as ``erlang_c``.
    """
    if not 0 <= share < 1:
        raise ValueError(f"not a share: {share}")
    waiting = erlang_c(load.erlangs, agents)
    if waiting <= 1 - share:
        return 0.0
    return math.log(waiting / (1 - share)) * load.handle_seconds / (agents - load.erlangs)


def _endless_patience(load: Load, agents: int, target_seconds: float) -> Queue:
    waiting = erlang_c(load.erlangs, agents)
    spare = agents - load.erlangs
    mean_wait = waiting * load.handle_seconds / spare
    return Queue(
        agents=agents,
        service_level=1 - waiting * math.exp(-spare * target_seconds / load.handle_seconds),
        waiting_share=waiting,
        mean_wait_seconds=mean_wait,
        mean_queue=load.calls_per_second * mean_wait,
        abandoned_share=0.0,
        occupancy=load.erlangs / agents,
    )


def _finite_patience(load: Load, patience: float, agents: int, target_seconds: float) -> Queue:
    """Birth and death over the number of calls present; leaving rate ``agents / handle + waiting / patience``."""
    states = _state_probabilities(load, patience, agents)
    served_at_once = math.fsum(states[:agents])
    waiting_states = states[agents:]
    mean_queue = math.fsum(ahead * p for ahead, p in enumerate(waiting_states))
    busy = math.fsum(k * p for k, p in enumerate(states[:agents])) + agents * math.fsum(waiting_states)
    # With j calls ahead the wait is a sum of j + 1 exponentials of rates (c + i) / patience, i = 0..j: the time of a
    # linear birth process from c to c + j + 1, a beta law. The factor c / (c + j + 1) is the chance to outlast it.
    c = agents * patience / load.handle_seconds
    reached = -math.expm1(-target_seconds / patience)
    in_time = math.fsum(
        p * c / (c + ahead + 1) * float(special.betainc(ahead + 1, c + 1, reached))
        for ahead, p in enumerate(waiting_states)
    )
    return Queue(
        agents=agents,
        service_level=served_at_once + in_time,
        waiting_share=math.fsum(waiting_states),
        mean_wait_seconds=mean_queue / load.calls_per_second,
        mean_queue=mean_queue,
        abandoned_share=mean_queue / patience / load.calls_per_second,
        occupancy=busy / agents,
    )


def _state_probabilities(load: Load, patience: float, agents: int) -> list[float]:
    """Long-run share of time with 0, 1, 2 ... calls present, cut where the tail no longer shows in a float."""
    logs, highest, state = [0.0], 0.0, 0
    while logs[-1] > highest - 45 or state < max(agents, load.erlangs):
        state += 1
        leaving = min(state, agents) / load.handle_seconds + max(0, state - agents) / patience
        logs.append(logs[-1] + math.log(load.calls_per_second / leaving))
        highest = max(highest, logs[-1])
    weights = [math.exp(value - highest) for value in logs]
    whole = math.fsum(weights)
    return [weight / whole for weight in weights]
