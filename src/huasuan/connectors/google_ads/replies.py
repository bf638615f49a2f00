"""What Google Ads answers: partial failures name rows by their place in the request."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from huasuan.journeys import Missed, Refused, Reply, Row, json_of, missed_by_status, refused_text, unreadable

# The row is there already: a repetition of a request whose end was not known.
_THERE = frozenset({
    "CLICK_CONVERSION_ALREADY_EXISTS", "CALL_CONVERSION_ALREADY_EXISTS", "ORDER_ID_ALREADY_IN_USE",
    "CONVERSION_ALREADY_RETRACTED", "RESTATEMENT_ALREADY_EXISTS",
})  # fmt: skip
_LATER = frozenset({
    "TOO_RECENT_EVENT", "TOO_RECENT_CALL", "TOO_RECENT_CONVERSION_ACTION", "TOO_RECENT_CONVERSION", "INTERNAL_ERROR",
    "TRANSIENT_ERROR", "DEADLINE_EXCEEDED", "RESOURCE_TEMPORARILY_EXHAUSTED", "CONCURRENT_MODIFICATION",
})  # fmt: skip


def read_reply(reply: Reply, rows: Sequence[Row]) -> Mapping[str, Refused] | Missed:
    """The rows refused, or why the request as a whole was not taken."""
    missed = missed_by_status(reply)
    if missed is not None:
        return missed
    said = json_of(reply)
    if said is None:
        return unreadable()
    failure = said.get("partialFailureError")
    if not isinstance(failure, dict):
        return {}
    found: dict[str, Refused] = {}
    for place, code, message in _errors(failure):
        if code in _THERE:
            continue
        named = rows if place is None else rows[place : place + 1]
        for row in named:
            found.setdefault(row.key, Refused(code=code.lower(), text=refused_text(message), again=code in _LATER))
    return found


def _errors(failure: Mapping[str, Any]) -> Iterator[tuple[int | None, str, str]]:
    """Place of the row (None: no row is named), code and words of each error."""
    errors = [
        error
        for detail in failure.get("details", [])
        if isinstance(detail, dict)
        for error in detail.get("errors", [])
        if isinstance(error, dict)
    ]
    if not errors:
        yield None, "partial_failure", str(failure.get("message", "refused"))
    for error in errors:
        code = next((str(one) for one in error.get("errorCode", {}).values()), "refused")
        path = error.get("location", {}).get("fieldPathElements", [])
        # Place 0 is left out of the JSON of protobuf messages.
        place = int(path[0].get("index", 0)) if path else None
        yield place, code, str(error.get("message", code))
