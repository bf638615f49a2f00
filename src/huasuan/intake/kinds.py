"""Every kind of fact the door knows. A new kind is made in its room and named here."""

from difflib import get_close_matches

from huasuan import calls, consent, contacts, costs, deals, dialing, journeys, leads, listening, numbers, people
from huasuan.kernel.errors import UnknownName
from huasuan.kernel.text import Text
from huasuan.store import FactKind

KINDS: dict[str, FactKind] = {
    kind.kind: kind
    for room in (people, contacts, consent, costs, calls, leads, deals, numbers, journeys, dialing, listening)
    for kind in room.KINDS
}


def kind_named(name: str) -> FactKind:
    """The kind of that name; a wrong name is answered with the nearest."""
    if name in KINDS:
        return KINDS[name]
    near = get_close_matches(name, KINDS, n=1, cutoff=0.0)
    names = ", ".join(KINDS)
    raise UnknownName(
        "unknown_kind",
        Text(zh=f"未知的记录种类：{name}", en=f"unknown kind of record: {name}"),
        Text(
            zh=f"最接近的是 {near[0]}；全部：{names}",
            en=f"The nearest is {near[0]}; all: {names}",
        ),
    )
