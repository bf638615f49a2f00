"""What the CDR alone tells about one call.

A CDR row is a leg, not a call: ANSWERED may mean that the exchange itself picked up. An agent is only proven by a row
of Queue or Dial that was answered *and* names the other channel.
"""

from collections.abc import Sequence

from huasuan.connectors.asterisk.channels import (
    device,
    first_argument,
    is_local,
    pair,
    whole_seconds,
)
from huasuan.connectors.asterisk.types import CdrRow, Contact, Sight, Story


def root_rows(story: Story) -> list[CdrRow]:
    """The rows of the call's first channel (uniqueid = linkedid), else the very first row."""
    own = [row for row in story.cdr if row.uniqueid == story.key]
    return own or list(story.cdr[:1])


def in_order(rows: Sequence[CdrRow]) -> list[CdrRow]:
    """Rows by sequence (the order of creation), then start, then content; lines in the file are in no order."""
    return sorted(rows, key=lambda row: (row.sequence, row.start, row.channel, row.dstchannel, row.app, repr(row)))


def billed(row: CdrRow) -> int | None:
    """Seconds from answer to end of a row.

    cdr_csv cuts off fractions (6.99 s is 6), so its own stamps are the better, unbiased measure; a change of the clock
    within the call shows as a disagreement of more than two seconds, and then the counted seconds hold.
    """
    if row.fractions and row.billed_seconds is not None:
        return round(row.billed_seconds)
    stamped = whole_seconds(row.answer, row.end) if row.answer and row.end else None
    if row.billed_seconds is None:
        return stamped
    counted = int(row.billed_seconds)
    return stamped if stamped is not None and abs(stamped - counted) <= 2 else counted


def see_cdr(story: Story, *, outbound: bool) -> Sight:
    """The call as its CDR rows show it; an empty sight without rows."""
    rows = story.cdr
    if not rows:
        return Sight()
    roots = root_rows(story)
    last = max(roots, key=lambda row: (row.end or row.start, row.sequence))
    dials = [row for row in rows if row.app == "Dial" and row.dstchannel]
    counted = dials if outbound and dials else rows
    queues = [row for row in rows if row.app == "Queue"]
    desk = next((row for row in dials if outbound and row in roots and not is_local(row.channel)), None)
    # rows that dialled say why a dial failed; the trailing Hangup row may say FAILED after a plain ring-out
    reasons = dials if outbound and dials else [last]
    return Sight(
        started=min(row.start for row in rows),
        answered_at=min((row.answer for row in counted if row.answered and row.answer), default=None),
        ended=max((row.end for row in rows if row.end), default=None),
        answered=any(row.answered for row in counted),
        contacts=_contacts(rows, outbound=outbound),
        queue=next((name for row in queues if (name := first_argument(row.appdata))), None),
        queue_exit="left" if queues and last.app == "Queue" and last in queues else None,
        last_app=last.app or None,
        desk=device(desk.channel) if desk else None,
        desk_seconds=billed(desk) if desk and desk.answered else None,
        sip=tuple(row.sip for row in reversed(rows) if row.sip is not None),
        causes=tuple(row.cause for row in reversed(rows) if row.cause is not None),
        dispositions=tuple(dict.fromkeys(row.disposition for row in reasons if row.disposition)),
    )


def _contacts(rows: Sequence[CdrRow], *, outbound: bool) -> tuple[Contact, ...]:
    found = []
    for row in rows:
        joins = row.app == "Queue" or (row.app == "Dial" and not outbound and not _is_agent_leg(row, rows))
        if not (joins and row.answered and row.dstchannel):
            continue
        legs = [leg for leg in rows if leg is not row and pair(leg.channel) == pair(row.dstchannel)]
        answered = [leg for leg in legs if leg.answered and leg.answer]
        if legs and not answered:
            continue
        found.append(_contact(row, answered))
    return tuple(sorted(found, key=lambda contact: (contact.joined is None, contact.joined, contact.agent)))


def _is_agent_leg(row: CdrRow, rows: Sequence[CdrRow]) -> bool:
    """Whether this row is the far half of a Local channel another row already dialled."""
    return is_local(row.channel) and any(
        pair(other.dstchannel) == pair(row.channel) for other in rows if other is not row
    )


def _contact(row: CdrRow, legs: Sequence[CdrRow]) -> Contact:
    if legs:
        leg = min(legs, key=lambda leg: (leg.answer, leg.sequence))
        joined, talk = leg.answer, billed(leg)
    elif row.app == "Dial":
        joined, talk = row.answer, billed(row)
    else:
        joined, talk = None, None  # the row of a queue counts the waiting as well
    name = first_argument(row.appdata) if row.app == "Queue" else None
    return Contact(by=row.app.lower(), agent=device(row.dstchannel), queue=name, joined=joined, talk_seconds=talk)
