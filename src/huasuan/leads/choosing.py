"""To whom a lead goes: the first rule that fits, then the best of the agents it allows (S3-32). Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from heapq import nsmallest

from huasuan.kernel.text import Text
from huasuan.leads.types import Choice, Method, Rule, Seat, Traits

_BESIDE = 3
ANYBODY = Rule(name="", method="least_loaded")
METHOD_NAMES: dict[Method, Text] = {
    "round_robin": Text(zh="轮流", en="in turn"),
    "least_loaded": Text(zh="手上线索最少", en="fewest open leads"),
    "longest_idle": Text(zh="空闲最久", en="idle for longest"),
}


class Floor:
    """The agents of a moment, looked through once for many leads: each choice takes what those before it took."""

    def __init__(self, seats: Iterable[Seat]) -> None:
        self.seats = {seat.agent: seat for seat in seats}
        self._free = {agent for agent, seat in self.seats.items() if is_free(seat)}
        self._allowed: dict[tuple[Rule, str | None, str | None], list[str]] = {}

    def is_free(self, agent: str) -> bool:
        """Whether the agent is there and can be given one more."""
        return agent in self._free

    def take(self, agent: str, *, given_at: int) -> None:
        """The agent was given one more."""
        before = self.seats[agent]
        seat = self.seats[agent] = replace(before, open_leads=before.open_leads + 1, given_at=given_at)
        if not is_free(seat):
            self._free.discard(agent)

    def choose(self, traits: Traits, rules: Sequence[Rule]) -> Choice:
        """Who gets a lead; nobody is given it yet.

        Without a rule that fits anybody free may get it; a rule whose agents are all busy keeps the lead waiting for
        them, because that is what the rule is for.
        """
        passed: list[tuple[str, str]] = []
        chosen = ANYBODY
        for rule in rules:
            misfit = _misfit(rule, traits)
            if misfit is None:
                chosen = rule
                break
            passed.append((rule.name, misfit))
        if chosen.pool is not None:
            return Choice(pool=chosen.pool, passed=tuple(passed), rule=chosen.name, rule_version=chosen.version)
        fitting = [self.seats[agent] for agent in self._allowed_by(chosen, traits) if agent in self._free]
        best = nsmallest(_BESIDE + 1, fitting, key=_ORDER[chosen.method])
        return Choice(
            agent=best[0].agent if best else None,
            rule=chosen.name or None,
            rule_version=chosen.version if chosen.name else None,
            method=chosen.method,
            passed=tuple(passed),
            free=len(self._free),
            fitting=len(fitting),
            beside=tuple((seat.agent, seat.open_leads) for seat in best[1:]),
        )

    def _allowed_by(self, rule: Rule, traits: Traits) -> list[str]:
        asked = (rule, traits.region if rule.own_region else None, traits.industry if rule.own_industry else None)
        found = self._allowed.get(asked)
        if found is None:
            found = self._allowed[asked] = [seat.agent for seat in allowed(rule, traits, self.seats.values())]
        return found


def choose(traits: Traits, rules: Sequence[Rule], seats: Sequence[Seat]) -> Choice:
    """Who gets a lead. ``seats`` are all agents; only those ready and below their capacity are given one."""
    return Floor(seats).choose(traits, rules)


def is_free(seat: Seat) -> bool:
    """There, ready and with room for another lead."""
    return seat.active and not seat.sales and seat.state == "ready" and seat.open_leads < seat.capacity


def allowed(rule: Rule, traits: Traits, seats: Iterable[Seat]) -> Iterable[Seat]:
    """Of the seats those that may be given such a lead by the rule."""
    if rule.team is not None:
        seats = [seat for seat in seats if seat.team == rule.team]
    if rule.skill is not None:
        seats = [seat for seat in seats if rule.skill in seat.skills]
    if rule.own_region:
        seats = [seat for seat in seats if traits.region in seat.regions]
    if rule.own_industry:
        seats = [seat for seat in seats if traits.industry in seat.industries]
    return seats


_ORDER: dict[Method, Callable[[Seat], tuple[float, float, str]]] = {
    "round_robin": lambda seat: (seat.given_at, 0, seat.agent),
    "least_loaded": lambda seat: (seat.open_leads / max(seat.capacity, 1), seat.given_at, seat.agent),
    "longest_idle": lambda seat: (seat.since, seat.given_at, seat.agent),
}


def _misfit(rule: Rule, traits: Traits) -> str | None:
    """The first thing asked that the lead is not; None if it fits."""
    asked = (
        ("region", rule.regions, traits.region),
        ("industry", rule.industries, traits.industry),
        ("channel", rule.channels, traits.channel),
        ("source", rule.sources, traits.source),
        ("list", rule.lists, traits.list),
    )
    for name, wanted, value in asked:
        if wanted and value not in wanted:
            return name
    return "score" if traits.score < rule.least_score else None


_MISFITS = {
    "region": Text(zh="地区", en="region"),
    "industry": Text(zh="行业", en="industry"),
    "channel": Text(zh="渠道", en="channel"),
    "source": Text(zh="来源", en="source"),
    "list": Text(zh="名单", en="list"),
    "score": Text(zh="评分", en="score"),
}


def explain(choice: Choice) -> Text:
    """A choice in words."""
    passed_zh = "；".join(f"规则“{name}”不适用（{_MISFITS[why].zh}不符）" for name, why in choice.passed)
    passed_en = "; ".join(f"rule “{name}” does not fit ({_MISFITS[why].en})" for name, why in choice.passed)
    rule = choice.rule
    by_zh, by_en = (f"按规则“{rule}”", f"by rule “{rule}”") if rule else ("无适用规则", "no rule fits")
    said = [passed_zh, by_zh], [passed_en, by_en]
    if choice.pool is not None:
        said[0].append("放入公海")
        said[1].append("into the public pool")
    elif choice.agent is None:
        said[0].append(f"在线空闲 {choice.free} 人，符合 0 人，继续等待")
        said[1].append(f"{choice.free} agents free, none of them fits: it waits")
    elif choice.method is not None:
        method = METHOD_NAMES[choice.method]
        beside = ", ".join(f"{agent}: {held}" for agent, held in choice.beside)
        said[0].append(
            f"符合 {choice.fitting} 人，{method.zh}：{choice.agent}" + (f"（其后 {beside}）" if beside else "")
        )
        said[1].append(f"{choice.fitting} fit, {method.en}: {choice.agent}" + (f" (next {beside})" if beside else ""))
    return Text(zh="；".join(part for part in said[0] if part), en="; ".join(part for part in said[1] if part))
