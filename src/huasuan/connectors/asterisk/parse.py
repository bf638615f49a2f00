"""From cells to one frozen record per line; anything a line cannot be is a LineError, never a guess."""

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from huasuan.connectors.asterisk import texts
from huasuan.connectors.asterisk.columns import Layout
from huasuan.connectors.asterisk.lines import LONGEST_LINE, decoded
from huasuan.connectors.asterisk.types import CdrRow, CelEvent, QueueEvent

AMD = re.compile(r"\bamd=([A-Z]+(?:/[^\s;,|]*)?)", re.IGNORECASE)
_EPOCH = re.compile(r"\d{9,10}(\.\d{1,9})?$")
_NEVER = ("0000-00-00", "1970-01-01")
_START = datetime(1970, 1, 1, tzinfo=UTC)
Get = Callable[[str], str]


def moment(column: str, cell: str, zone: ZoneInfo) -> datetime | None:
    """An aware UTC moment from local text, ISO text with offset, or seconds since 1970; empty is None."""
    if not cell or cell.startswith(_NEVER):
        return None
    try:
        if _EPOCH.match(cell):
            return _START + timedelta(microseconds=round(float(cell) * 1_000_000))
        if len(cell) < len("2026-01-01 00:00:00") or cell[4] != "-":
            raise ValueError(cell)
        local = datetime.fromisoformat(cell)
        return (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise texts.bad_value(column, cell, "时间", "a time") from None


def _seconds(column: str, cell: str) -> float | None:
    if not cell:
        return None
    try:
        seconds = float(cell)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds) or seconds < 0:
        raise texts.bad_value(column, cell, "非负的秒数", "a number of seconds")
    return seconds


def _whole(column: str, cell: str) -> int | None:
    if not cell:
        return None
    if not cell.isdecimal() or len(cell) > 18:
        raise texts.bad_value(column, cell, "整数", "a whole number")
    return int(cell)


def _getter(cells: list[str], layout: Layout) -> Get:
    by_name = dict(zip(layout, cells, strict=True))
    return lambda name: by_name.get(name, "").strip()


def amd_of(get: Get) -> str:
    """The answering-machine verdict ``STATUS/CAUSE`` of the userfield (``amd=...``) or of a column named amd."""
    found = AMD.search(get("userfield"))
    return found.group(1) if found else get("amd")


def cdr_row(cells: list[str], layout: Layout, zone: ZoneInfo) -> CdrRow:
    """One CDR line as a record; raises LineError."""
    get = _getter(cells, layout)
    start = moment("start", get("start"), zone)
    if start is None:
        raise texts.bad_value("start", get("start"), "时间", "a time")
    return CdrRow(
        uniqueid=get("uniqueid"),
        linkedid=get("linkedid"),
        sequence=_whole("sequence", get("sequence")) or 0,
        channel=get("channel"),
        dstchannel=get("dstchannel"),
        clid=get("clid"),
        src=get("src"),
        dst=get("dst"),
        context=get("dcontext"),
        app=get("lastapp"),
        appdata=get("lastdata"),
        start=start,
        answer=moment("answer", get("answer"), zone),
        end=moment("end", get("end"), zone),
        billed_seconds=_seconds("billsec", get("billsec")),
        fractions="." in get("billsec"),
        disposition=get("disposition").upper(),
        amd=amd_of(get),
        campaign=get("campaign"),
        lead=get("lead_id"),
        cause=_whole("hangupcause", get("hangupcause")),
        sip=_whole("techcause", get("techcause").removeprefix("SIP").strip()),
    )


def cel_event(cells: list[str], layout: Layout, zone: ZoneInfo) -> CelEvent:
    """One CEL line as a record; raises LineError."""
    get = _getter(cells, layout)
    at = moment("eventtime", get("eventtime"), zone)
    if at is None:
        raise texts.bad_value("eventtime", get("eventtime"), "时间", "a time")
    if not get("linkedid") and not get("uniqueid"):
        raise texts.no_id(",".join(cells)[:200])
    extra = _extra(get("eventextra"))
    cause = extra.get("hangupcause", "")
    return CelEvent(
        kind=get("eventtype").upper(),
        at=at,
        cid=get("cid_num"),
        ani=get("cid_ani"),
        dnid=get("cid_dnid"),
        exten=get("exten"),
        context=get("context"),
        channel=get("channame"),
        app=get("appname"),
        appdata=get("appdata"),
        uniqueid=get("uniqueid"),
        linkedid=get("linkedid"),
        amd=amd_of(get),
        cause=int(cause) if cause.isdecimal() else None,
        source=extra.get("hangupsource", ""),
        dialstatus=extra.get("dialstatus", ""),
        bridge=extra.get("bridge_id", ""),
    )


def _extra(cell: str) -> dict[str, str]:
    """The JSON of the last CEL column as texts; events of other modules may carry free text there."""
    if not cell.startswith("{"):
        return {}
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        raise texts.bad_value("eventextra", cell[:200], "JSON", "JSON") from None
    return {str(name): str(value) for name, value in found.items() if isinstance(value, str | int)}


# (place of the wait, place of the talk) among the data of an event, in seconds; RINGNOANSWER is in ms and not used.
_SECONDS_AT: dict[str, tuple[int | None, int | None]] = {
    "CONNECT": (0, None),
    "COMPLETEAGENT": (0, 1),
    "COMPLETECALLER": (0, 1),
    "COMPLETE": (0, 1),
    "ABANDON": (2, None),
    "EXITWITHTIMEOUT": (2, None),
    "EXITEMPTY": (2, None),
    "EXITWITHKEY": (3, None),
}
WITHOUT_CALL = frozenset({"", "NONE", "MANAGER", "REALTIME"})


def queue_event(raw: bytes) -> QueueEvent | None:
    """One queue_log line; None for lines about no call (pauses, logins, restarts). Raises LineError."""
    text = decoded(raw)
    cells = [cell.strip() for cell in text.split("|")]
    if len(raw) > LONGEST_LINE:
        raise texts.unreadable(text[:80])
    if len(cells) < 5:
        raise texts.wrong_width(text[:200], len(cells), 5)
    if not _EPOCH.match(cells[0]):
        raise texts.bad_value("time", cells[0], "1970 年以来的秒数", "seconds since 1970")
    if cells[1] in WITHOUT_CALL:
        return None
    kind, data = cells[4].upper(), cells[5:]
    wait, talk = _SECONDS_AT.get(kind, (None, None))
    return QueueEvent(
        at=_START + timedelta(microseconds=round(float(cells[0]) * 1_000_000)),
        callid=cells[1],
        queue=cells[2],
        agent=cells[3],
        kind=kind,
        caller=_at(data, 1) if kind == "ENTERQUEUE" else "",
        did=_at(data, 0) if kind == "DID" else "",
        wait_seconds=_whole(kind, _at(data, wait)),
        talk_seconds=_whole(kind, _at(data, talk)),
    )


def _at(data: list[str], place: int | None) -> str:
    return data[place] if place is not None and place < len(data) else ""
