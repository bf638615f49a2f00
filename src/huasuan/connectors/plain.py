"""What most platforms have in common: no row names a person, and every request carries what opens the account."""

from collections.abc import Mapping
from datetime import datetime

from huasuan.journeys import (
    AccountField,
    Goal,
    Missed,
    Person,
    Reply,
    Request,
    Row,
    Target,
    Token,
    Unsendable,
    unreadable,
)
from huasuan.kernel.text import Text

GOALS: Mapping[Goal, Text] = {
    "call": Text(zh="来电", en="call"),
    "unique_call": Text(zh="唯一来电", en="unique call"),
    "target_call": Text(zh="目标来电", en="target call"),
    "unique_target_call": Text(zh="唯一目标来电", en="unique target call"),
    "sale": Text(zh="成交", en="sale"),
}


class PlainPlatform:
    """Nothing to add to a row and no token to ask for."""

    def completed(self, row: Row, person: Person, target: Target) -> Row | Unsendable:
        """As it is."""
        return row

    def entry(self, target: Target) -> Request | None:
        """None is needed."""
        return None

    def token_of(self, reply: Reply, now: datetime) -> Token | Missed:
        """Nobody asks for one."""
        return unreadable()


def goal_fields(what: Text, pattern: str) -> tuple[AccountField, ...]:
    """One optional field for each goal: the account's own name or number of it."""
    return tuple(
        AccountField(
            name=f"{goal}_as",
            text=Text(zh=f"{text.zh}对应的{what.zh}", en=f"{what.en} of a {text.en}"),
            pattern=pattern,
            required=False,
        )
        for goal, text in GOALS.items()
    )


def named_goal(target: Target, goal: Goal, usual: Mapping[Goal, str]) -> str | None:
    """What the account calls a goal, else what is usual; None: it is not told."""
    return target.account.get(f"{goal}_as") or usual.get(goal)
