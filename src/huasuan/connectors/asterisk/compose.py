"""One Call out of the lines of one linkedid."""

from collections.abc import Iterable
from datetime import datetime

from huasuan.connectors.asterisk import rules, texts
from huasuan.connectors.asterisk.see_cdr import see_cdr
from huasuan.connectors.asterisk.see_cel import see_cel
from huasuan.connectors.asterisk.see_queue import see_queue
from huasuan.connectors.asterisk.types import CdrRow, CelEvent, Contact, DirectionRule, Story
from huasuan.facts.calls import Call, Direction, Leg
from huasuan.kernel.text import Text


def compose(story: Story, rule: DirectionRule) -> tuple[Call, tuple[Text, ...]]:
    """The call these lines tell of, and what a reader of it should know."""
    way = rules.direction(story, rule)
    evidence = rules.Evidence(
        queue=see_queue(story),
        cel=see_cel(story, outbound=way == "out"),
        cdr=see_cdr(story, outbound=way == "out"),
        amd=rules.amd_of(story),
    )
    call = _call(story, rule, way, evidence)
    return call, _notes(story, evidence, call)


def _call(story: Story, rule: DirectionRule, way: Direction, evidence: rules.Evidence) -> Call:
    by_time = (evidence.cel, evidence.cdr, evidence.queue)  # CEL has microseconds, the others whole seconds
    by_people = (evidence.queue, evidence.cel, evidence.cdr)
    result, cause = (rules.outbound_result(evidence), None) if way == "out" else rules.inbound_result(evidence)
    caller, called = rules.numbers(story, way)
    contacts = evidence.contacts
    first = contacts[0] if contacts else None
    return Call(
        direction=way,
        dialed_at=_first(sight.started for sight in by_time),
        queue_entered_at=_first(sight.queue_entered for sight in by_time),
        answered_at=_first(sight.answered_at for sight in by_time),
        agent_joined_at=_joined(evidence, first),
        ended_at=max((sight.ended for sight in by_time if sight.ended), default=None)
        if evidence.cel.ended is None
        else evidence.cel.ended,
        queue_seconds=next((sight.queue_seconds for sight in by_people if sight.queue_seconds is not None), None),
        talk_seconds=_talk(evidence),
        result=result,
        cause=cause,
        raw_cause=rules.raw_cause(evidence, story),
        caller=caller,
        called=called,
        lead=rules.lead_of(story, rule),
        agent=first.agent if first else evidence.cel.desk or evidence.cdr.desk,
        queue=next((sight.queue for sight in by_people if sight.queue), None),
        campaign=rules.campaign_of(story),
        excluded="internal" if rules.is_internal(story, rule) else None,
        legs=_legs(story),
    )


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return next((moment for moment in moments if moment is not None), None)


def _joined(evidence: rules.Evidence, first: Contact | None) -> datetime | None:
    """When the first agent joined; the CEL's microseconds when it saw the same kind of contact."""
    if first is None:
        return None
    precise = [contact.joined for contact in evidence.cel.contacts if contact.by == first.by]
    return _first([*precise, first.joined])


def _talk(evidence: rules.Evidence) -> int | None:
    """Seconds with agents; None when any part is unknown, or when no agent talked."""
    parts = [contact.talk_seconds for contact in evidence.contacts]
    known = [part for part in parts if part is not None]
    if parts:
        return sum(known) if len(known) == len(parts) else None
    return evidence.cel.desk_seconds if evidence.cel.desk_seconds is not None else evidence.cdr.desk_seconds


def _legs(story: Story) -> tuple[Leg, ...]:
    """Every CDR row, and the channels only the CEL knows (the carrier's leg, which holds the cause)."""
    named = {row.uniqueid for row in story.cdr}
    channels: dict[str, list[CelEvent]] = {}
    for event in story.cel:
        if event.uniqueid not in named:
            channels.setdefault(event.uniqueid, []).append(event)
    return tuple(_cdr_leg(row) for row in story.cdr) + tuple(_cel_leg(events) for events in channels.values())


def _cdr_leg(row: CdrRow) -> Leg:
    name = row.uniqueid or row.channel
    return Leg(
        leg=f"{name}#{row.sequence}" if row.sequence else name,
        caller=row.src or None,
        called=row.dst or None,
        started_at=row.start,
        answered_at=row.answer,
        ended_at=row.end,
        result=row.disposition or None,
    )


def _cel_leg(events: list[CelEvent]) -> Leg:
    over = [event for event in events if event.kind in ("HANGUP", "CHAN_END")]
    cause = next((event.cause for event in over if event.cause is not None), None)
    return Leg(
        leg=events[0].uniqueid,
        caller=next((event.cid for event in events if event.cid), None),
        called=next((event.exten for event in events if event.exten), None),
        started_at=events[0].at,
        answered_at=next((event.at for event in events if event.kind == "ANSWER"), None),
        ended_at=over[-1].at if over else None,
        result=None if cause is None else f"q850={cause}",
    )


def _notes(story: Story, evidence: rules.Evidence, call: Call) -> tuple[Text, ...]:
    rows = story.cdr
    unlinked = bool(rows) and not any(row.linkedid for row in rows) and not story.cel
    reasons = bool(evidence.cdr.sip or evidence.cel.causes or evidence.cdr.causes)
    checks = (
        (unlinked and any(row.uniqueid for row in rows), texts.NO_LINKEDID),
        (unlinked and not any(row.uniqueid for row in rows), texts.NO_UNIQUEID),
        (not rows and not story.cel, texts.START_FROM_QUEUE),
        (call.direction == "out" and call.result == "no_answer" and not reasons, texts.NO_CAUSE),
        (call.result == "answered_unverified", texts.UNVERIFIED),
        (call.result == "human" and not evidence.verdict, texts.HUMAN_BY_AGENT),
        (call.agent is not None and not evidence.queue.contacts, texts.AGENT_IS_DEVICE),
        (bool(evidence.contacts) and call.talk_seconds is None, texts.TALK_UNKNOWN),
        (call.direction == "out" and call.called is None, texts.NUMBER_UNKNOWN),
    )
    return tuple(text for holds, text in checks if holds)
