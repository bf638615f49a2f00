"""What the CEL alone tells about one call: bridges show who really talked, hang-ups show why a dial failed."""

from collections.abc import Sequence

from huasuan.connectors.asterisk.channels import device, first_argument, is_local, whole_seconds
from huasuan.connectors.asterisk.types import CelEvent, Contact, Sight, Story

# The application of the called half, by the application of the calling one.
_CALLED = {"Queue": "AppQueue", "Dial": "AppDial"}


def root_events(story: Story) -> list[CelEvent]:
    """The events of the call's first channel, else of the channel that appeared first."""
    own = [event for event in story.cel if event.uniqueid == story.key]
    first = story.cel[0].uniqueid if story.cel else ""
    return own or [event for event in story.cel if event.uniqueid == first]


def originated(story: Story) -> bool:
    """Whether Asterisk itself called out on the first channel (AMI Originate, call file, ARI): AppDial2."""
    roots = root_events(story)
    return any(event.app == "AppDial2" for event in roots)


def see_cel(story: Story, *, outbound: bool) -> Sight:
    """The call as its CEL events show it; an empty sight without events."""
    events = story.cel
    if not events:
        return Sight()
    hangups = [event for event in events if event.kind == "HANGUP"]
    statuses = tuple(dict.fromkeys(event.dialstatus for event in reversed(hangups) if event.dialstatus))
    answers = [event for event in events if event.kind == "ANSWER"]
    carrier = [event for event in answers if event.app == "AppDial" and not is_local(event.channel)]
    first = (carrier if outbound else []) or answers
    answered = _answered(events, statuses, outbound=outbound)
    over = any(event.kind in ("LINKEDID_END", "CHAN_END", "HANGUP") for event in events)
    desk, desk_seconds = _desk(story) if outbound else (None, None)
    entered = next((event for event in events if event.kind == "APP_START" and event.app == "Queue"), None)
    contacts = _contacts(events, outbound=outbound)
    return Sight(
        started=events[0].at,
        answered_at=first[0].at if first and answered else None,
        ended=events[-1].at if over else None,
        answered=answered,
        contacts=contacts,
        queue=first_argument(entered.appdata) if entered else None,
        queue_entered=entered.at if entered else None,
        queue_seconds=_waited(events, contacts),
        queue_exit=_queue_exit(events),
        last_app=next((event.app for event in reversed(root_events(story)) if event.kind == "APP_START"), None),
        desk=desk,
        desk_seconds=desk_seconds,
        causes=_causes(hangups),
        dialstatus=statuses,
    )


def _answered(events: Sequence[CelEvent], statuses: Sequence[str], *, outbound: bool) -> bool | None:
    """None when hang-ups or answers are not switched on in cel.conf and so nothing can be said."""
    if outbound and statuses:
        return "ANSWER" in statuses
    if any(event.kind == "ANSWER" for event in events):
        return True
    return False if any(event.kind == "HANGUP" for event in events) else None


def _causes(hangups: Sequence[CelEvent]) -> tuple[int, ...]:
    """Q.850 causes, those of real lines before those of Local channels, the last attempt first."""
    told = [event for event in reversed(hangups) if event.cause is not None]
    lines = [event.cause for event in told if not is_local(event.channel)]
    others = [event.cause for event in told if is_local(event.channel)]
    return tuple(cause for cause in [*lines, *others] if cause is not None)


def _bridged(events: Sequence[CelEvent], channel: str, bridge: str) -> int | None:
    """Seconds this channel stayed in this bridge."""
    inside = [event for event in events if event.channel == channel and event.bridge == bridge]
    enter = next((event.at for event in inside if event.kind == "BRIDGE_ENTER"), None)
    leave = next((event.at for event in reversed(inside) if event.kind == "BRIDGE_EXIT"), None)
    return whole_seconds(enter, leave) if enter and leave else None


def _contacts(events: Sequence[CelEvent], *, outbound: bool) -> tuple[Contact, ...]:
    """One contact per bridge a caller entered out of Queue, or (inbound) out of Dial."""
    found: dict[str, Contact] = {}
    called_halves = {event.channel.removesuffix(";1") for event in events if event.app in _CALLED.values()}
    for event in events:
        joins = event.app == "Queue" or (event.app == "Dial" and not outbound)
        # the far half of an agent's Local channel dials the telephone: that is the same contact once more
        inner = is_local(event.channel) and event.channel.removesuffix(";2") in called_halves
        if event.kind != "BRIDGE_ENTER" or not joins or inner or event.bridge in found:
            continue
        other = next(
            (peer for peer in events if peer.bridge == event.bridge and peer.app == _CALLED[event.app]),
            None,
        )
        found[event.bridge] = Contact(
            by=event.app.lower(),
            agent=device(other.channel) if other else None,
            queue=first_argument(event.appdata) if event.app == "Queue" else None,
            joined=event.at,
            talk_seconds=_bridged(events, event.channel, event.bridge),
        )
    return tuple(found.values())


def _waited(events: Sequence[CelEvent], contacts: Sequence[Contact]) -> int | None:
    """Seconds in queues until the first agent, or until the caller left them."""
    total, waited = 0.0, False
    joined = next((contact.joined for contact in contacts if contact.by == "queue"), None)
    for start in events:
        if start.kind != "APP_START" or start.app != "Queue":
            continue
        if joined is not None and start.at >= joined:
            continue
        end = next((event.at for event in events if _ends(event, start)), None)
        until = min((moment for moment in (joined, end) if moment is not None), default=None)
        if until is None:
            return None
        total, waited = total + (until - start.at).total_seconds(), True
    return round(total) if waited else None


def _ends(event: CelEvent, start: CelEvent) -> bool:
    return (
        event.kind in ("APP_END", "HANGUP")
        and event.uniqueid == start.uniqueid
        and event.at >= start.at
        and (event.kind == "HANGUP" or event.app == "Queue")
    )


def _queue_exit(events: Sequence[CelEvent]) -> str | None:
    """How a caller without an agent left the queue: "left" by hanging up, "released" by the dialplan."""
    started = [event for event in events if event.kind == "APP_START" and event.app == "Queue"]
    if not started:
        return None
    last = started[-1]
    own = [event for event in events if event.uniqueid == last.uniqueid and event.at >= last.at]
    hangup = next((event for event in own if event.kind == "HANGUP"), None)
    moved_on = any(event.kind == "APP_START" and event.at > last.at for event in own)
    if hangup is None and not moved_on:
        return None
    by_dialplan = hangup is not None and hangup.source.startswith("dialplan")
    return "released" if moved_on or by_dialplan else "left"


def _desk(story: Story) -> tuple[str | None, int | None]:
    """An agent who dialled by hand: the telephone that is the first channel and runs Dial; and the bridged seconds."""
    roots = [event for event in root_events(story) if not is_local(event.channel)]
    dial = next((event for event in roots if event.kind == "APP_START" and event.app == "Dial"), None)
    if dial is None:
        return None, None
    enter = next((event for event in roots if event.kind == "BRIDGE_ENTER"), None)
    seconds = _bridged(story.cel, enter.channel, enter.bridge) if enter else None
    return device(dial.channel), seconds
