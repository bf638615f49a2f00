"""Hours of the day: calls and missed calls beside the staff on duty and the advertising that ran (S2-56 … S2-62)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from huasuan.metrics.question import Question
from huasuan.metrics.snapshot import Snapshot
from huasuan.metrics.statements import filters, period
from huasuan.warehouse import Cursor

Cut = Literal["hour", "weekday", "week"]
# The column of a call, and of a local moment, that tells its slot.
_OF_CALL: Mapping[Cut, str] = {"hour": "hour", "weekday": "weekday", "week": "(weekday::INTEGER - 1) * 24 + hour"}
_OF_SLOT: Mapping[Cut, str] = {
    "hour": "hour(slot)",
    "weekday": "isodow(slot)",
    "week": "(isodow(slot) - 1) * 24 + hour(slot)",
}
_PLACES: Mapping[Cut, range] = {"hour": range(24), "weekday": range(1, 8), "week": range(7 * 24)}
_SHIFTED = "timezone('{zone}', timezone('UTC', {moment}))"

# Without an end it lasted its seconds, without those half a minute (facts: AdSpot).
_SPOT_ENDS = "coalesce(f.ended_at, f.started_at + to_seconds(coalesce(f.seconds, 30)))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One hour of the day (0–23), weekday (1–7) or hour of the week (0–167, from Monday 0:00) over the whole period.

    days: how often it came in the period (for an hour: how many days). staff_hours: hours people were on shift;
    None where no shift was ever entered. spots: how often advertising off the web was on the air,
    a long one in each hour it reaches into.
    """

    at: int
    calls: int
    missed: int
    target: int
    talk_seconds: int
    staff_hours: float | None
    spots: int
    days: int

    @property
    def missed_share(self) -> float | None:
        """Missed over all calls; None without calls."""
        return self.missed / self.calls if self.calls else None


def slots_of(reader: Cursor, snapshot: Snapshot, question: Question, *, cut: Cut) -> Sequence[Slot]:
    """Every slot of the cut in which anything was, in their order; ``question`` gives the period and the filters."""
    conditions = ["direction = 'in'", "NOT excluded", *period(question, "day"), *filters(question, "call", "day")]
    calls = reader.execute(
        snapshot.then(
            f"SELECT {_OF_CALL[cut]}, count(*), count(*) FILTER (NOT joined), count(*) FILTER (call_class = 'target'), "
            f"sum(talk_seconds)::BIGINT FROM call WHERE {' AND '.join(conditions)} GROUP BY 1"
        )
    ).fetchall()
    by_slot = {row[0]: row[1:] for row in calls}
    first, last = _days(reader, question)
    staff, spots = _staff(reader, snapshot, cut, first, last), _spots(reader, snapshot, cut, first, last)
    days = _days_of(cut, first, last)
    return [
        Slot(
            at=at,
            calls=by_slot.get(at, (0, 0, 0, 0))[0],
            missed=by_slot.get(at, (0, 0, 0, 0))[1],
            target=by_slot.get(at, (0, 0, 0, 0))[2],
            talk_seconds=by_slot.get(at, (0, 0, 0, 0))[3] or 0,
            staff_hours=None if staff is None else staff.get(at, 0.0),
            spots=spots.get(at, 0),
            days=days.get(at, 0),
        )
        for at in _PLACES[cut]
        if at in by_slot or spots.get(at) or (staff or {}).get(at)
    ]


def _days(reader: Cursor, question: Question) -> tuple[date, date]:
    """First day and the day after the last; an open end is where the calls begin or end."""
    row = reader.execute("SELECT min(day), max(day) + 1 FROM call WHERE direction = 'in'").fetchall()[0]
    first = question.date_from or row[0] or date.min
    last = question.date_to or row[1] or first
    return first, max(first, last)


def _days_of(cut: Cut, first: date, last: date) -> dict[int, int]:
    length = (last - first).days
    if cut == "hour":
        return dict.fromkeys(range(24), length)
    whole, rest = divmod(length, 7)
    begins = first.isoweekday()
    extra = {(begins - 1 + step) % 7 + 1 for step in range(rest)}
    weekdays = {weekday: whole + (weekday in extra) for weekday in range(1, 8)}
    return weekdays if cut == "weekday" else {at: weekdays[at // 24 + 1] for at in _PLACES["week"]}


def _staff(reader: Cursor, snapshot: Snapshot, cut: Cut, first: date, last: date) -> dict[int, float] | None:
    """Hours on shift; each shift is laid over the hours it reaches into."""
    begun, ended = (
        _SHIFTED.format(zone=snapshot.rules.zone, moment=f"f.{name}") for name in ("started_at", "ended_at")
    )
    rows = reader.execute(
        f"SELECT {_OF_SLOT[cut]}, "
        "sum(epoch_us(least(upto, slot + INTERVAL 1 HOUR)) - epoch_us(greatest(since, slot))) / 3.6e9 "
        f"FROM (SELECT since, upto, unnest(generate_series(date_trunc('hour', since), upto, INTERVAL 1 HOUR)) AS slot "
        f"FROM (SELECT {begun} AS since, {ended} AS upto FROM fact_shift f "
        "WHERE f.ended_at > f.started_at AND f.ended_at < f.started_at + INTERVAL 2 DAY)) "
        f"WHERE slot < upto AND slot >= DATE '{first}' AND slot < DATE '{last}' GROUP BY ALL"
    ).fetchall()
    if not rows and not reader.execute("SELECT 1 FROM fact_shift LIMIT 1").fetchall():
        return None
    return {int(at): float(hours) for at, hours in rows}


def _spots(reader: Cursor, snapshot: Snapshot, cut: Cut, first: date, last: date) -> dict[int, int]:
    """How many spots were on the air, each in every hour, or on every day, it reaches into (S2-58)."""
    begun, ended = (
        _SHIFTED.format(zone=snapshot.rules.zone, moment=moment) for moment in ("f.started_at", f"({_SPOT_ENDS})")
    )
    unit = "day" if cut == "weekday" else "hour"
    # A schedule may run for months: only what lies within the period is unrolled.
    rows = reader.execute(
        f"SELECT {_OF_SLOT[cut]}, count(*) FROM (SELECT unnest(generate_series(date_trunc('{unit}', greatest(since, "
        f"TIMESTAMP '{first}')), least(upto, TIMESTAMP '{last}'), INTERVAL 1 {unit.upper()})) AS slot, since, upto "
        f"FROM (SELECT {begun} AS since, greatest({ended}, {begun} + INTERVAL 1 SECOND) AS upto FROM fact_ad_spot f)) "
        f"WHERE slot < upto AND slot < TIMESTAMP '{last}' GROUP BY ALL"
    ).fetchall()
    return {int(at): int(count) for at, count in rows}
