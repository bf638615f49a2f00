"""What queue_log tells about one call: the only log that names the agent and says that a caller gave up."""

from collections.abc import Sequence

from huasuan.connectors.asterisk.channels import whole_seconds
from huasuan.connectors.asterisk.types import Contact, QueueEvent, Sight, Story

_COMPLETE = frozenset({"COMPLETEAGENT", "COMPLETECALLER", "COMPLETE"})
_TRANSFER = frozenset({"TRANSFER", "BLINDTRANSFER", "ATTENDEDTRANSFER"})
_EXITS = {"ABANDON": "abandoned", "EXITWITHTIMEOUT": "released", "EXITEMPTY": "released", "EXITWITHKEY": "released"}
# Stamps are whole seconds, so events of one second need their natural order.
# An exit comes before a connect: the call went on to the next queue and was taken there at once.
_RANK = {
    "DID": 0,
    "ENTERQUEUE": 1,
    "RINGNOANSWER": 2,
    "EXITWITHTIMEOUT": 3,
    "EXITEMPTY": 3,
    "EXITWITHKEY": 3,
    "CONNECT": 4,
}


def in_order(events: Sequence[QueueEvent]) -> list[QueueEvent]:
    """Events by time, and within a second in the order a call goes through them."""
    return sorted(events, key=lambda event: (event.at, _RANK.get(event.kind, 5), repr(event)))


def see_queue(story: Story) -> Sight:
    """The call as its queue_log lines show it; an empty sight without lines."""
    events = story.queue
    if not events:
        return Sight()
    contacts = _contacts(events)
    exits = [event for event in events if event.kind in _EXITS]
    entered = [event for event in events if event.kind == "ENTERQUEUE"]
    kinds = [_EXITS[event.kind] for event in exits]
    # leaving one queue for the next is no end: with two exits in one second the caller's giving up is the last
    left = "abandoned" if "abandoned" in kinds else (kinds[-1] if kinds else None)
    names = [contact.queue for contact in contacts] or [event.queue for event in (exits or entered)[-1:]]
    return Sight(
        started=entered[0].at if entered else events[0].at,
        ended=max((event.at for event in events if event.kind in _COMPLETE or event.kind == "ABANDON"), default=None),
        answered=True,
        contacts=contacts,
        queue=names[0] if names else None,
        queue_entered=entered[0].at if entered else None,
        queue_seconds=_waited(events),
        queue_exit=None if contacts else left,
    )


def _waited(events: Sequence[QueueEvent]) -> int | None:
    """Seconds in all queues until the first agent; a later queue after a transfer is not waiting for an answer."""
    total: int | None = None
    for event in events:
        if event.wait_seconds is not None and (event.kind == "CONNECT" or event.kind in _EXITS):
            total = (total or 0) + event.wait_seconds
        if event.kind == "CONNECT":
            return total
    if total is None:  # a log that begins in the middle of the call still has it at the end
        return next((event.wait_seconds for event in events if event.kind in _COMPLETE), None)
    return total


def _contacts(events: Sequence[QueueEvent]) -> tuple[Contact, ...]:
    ends = [event for event in events if event.kind in _COMPLETE or event.kind in _TRANSFER]
    found = []
    for start in (event for event in events if event.kind == "CONNECT"):
        end = next((end for end in ends if end.at >= start.at and end.agent == start.agent), None)
        if end is not None:
            ends.remove(end)
        found.append(
            Contact(by="queue", agent=start.agent, queue=start.queue, joined=start.at, talk_seconds=_talked(start, end))
        )
    orphans = [end for end in ends if end.kind in _COMPLETE and not found]
    for end in orphans:
        found.append(Contact(by="queue", agent=end.agent, queue=end.queue, talk_seconds=end.talk_seconds))
    return tuple(found)


def _talked(start: QueueEvent, end: QueueEvent | None) -> int | None:
    """A transfer's data changed its shape between versions, so its talk is taken from the stamps."""
    if end is None:
        return None
    return end.talk_seconds if end.kind in _COMPLETE else whole_seconds(start.at, end.at)
