"""The cuts a question may make, and how each reads from every star table that has it."""

import re
from dataclasses import dataclass
from functools import cache

from huasuan.kernel.text import Text
from huasuan.kernel.workdays import exceptions
from huasuan.metrics.canon import canon_dimensions
from huasuan.metrics.stars import SCOPE, STARS

_TIME = {
    "day": "CAST({day} AS VARCHAR)",
    "week": "strftime({day}, '%G-W%V')",
    "month": "strftime({day}, '%Y-%m')",
    "weekday": "CAST(isodow({day}) AS TINYINT)",
    "quarter": "CAST(year({day}) AS VARCHAR) || '-Q' || CAST(quarter({day}) AS VARCHAR)",
}
# What a calendar tells: ``on_calendar`` puts the days of the workspace's own in its place.
_WORKING = "is_working_day"
_TIME["working_day"] = f"{_WORKING}({{day}})"
_ASKED = re.compile(rf"{_WORKING}\(([^()]*)\)")
_NUMBERS = {"tracking_number": "in", "caller_number": "out"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One cut. ``column`` is its name in the star tables; time dimensions are worked out from the day instead."""

    key: str
    text: Text
    note: str
    column: str
    kind: str

    def expression(self, star: str, day: str) -> str | None:
        """How to read it from a star table whose rows belong to the column ``day``; None if the table lacks it."""
        if self.key in _TIME:
            return _TIME[self.key].format(day=day)
        return f'"{self.column}"' if self.column in STARS[star] else None

    def of_pool(self) -> str | None:
        """How a cost pool says it itself; None where only the facts that bear the cost can tell."""
        if self.key in _TIME:
            return _TIME[self.key].format(day="day")
        if self.key in ("cost_kind", "supplier", "entry"):
            return f'"{self.column}"'
        if self.key in _NUMBERS:
            # A scope's number is a tracking number or one we show only where the direction is stated with it.
            return f"CASE WHEN direction = '{_NUMBERS[self.key]}' THEN own_number END"
        return f'"{self.column}"' if self.column in SCOPE else None


def on_calendar(sql: str, calendar: str) -> str:
    """A statement that asks for working days, by the calendar of a country."""
    return _ASKED.sub(lambda asked: _working(asked[1], calendar), sql) if _WORKING in sql else sql


@cache
def _working(day: str, calendar: str) -> str:
    free, worked = ([f"CAST('{one}' AS DATE)" for one in days] for days in exceptions(calendar))
    weekday = f"isodow({day}) <= 5"
    if free:
        weekday = f"({weekday} AND {day} NOT IN ({', '.join(free)}))"
    return f"({weekday} OR {day} IN ({', '.join(worked)}))" if worked else f"({weekday})"


# Cuts of the canon that compare workspaces.
_LATER = frozenset({"workspace"})
# Cuts of our own, for records that have them.
_OWN = {
    "working_day": Text(zh="工作日", en="working day"),
    "callee_hour": Text(zh="被叫当地小时", en="hour where it rang"),
    "callee_weekday": Text(zh="被叫当地星期", en="weekday where it rang"),
    "touch_kind": Text(zh="触点类型", en="kind of touch"),
    "template": Text(zh="消息模板", en="message template"),
    "side": Text(zh="说话方", en="side of the call"),
    "part": Text(zh="通话段落", en="part of the call"),
    "verdict": Text(zh="裁定", en="verdict"),
    "mode": Text(zh="移交方式", en="way of handing over"),
    "failed_side": Text(zh="未接方", en="side that did not answer"),
    "via": Text(zh="途径", en="by what way"),
    "trade": Text(zh="交易方式", en="kind of trade"),
    "reason": Text(zh="理由", en="reason"),
    "status": Text(zh="记录状态", en="state of the record"),
    "call_number": Text(zh="第几次来电", en="which call of the contact"),
    "call_number_in_cycle": Text(zh="周期内第几次来电", en="which call of the contact in the cycle"),
    "traffic": Text(zh="关键词流量或自然流量", en="keyword or organic traffic"),
    "first_channel": Text(zh="首次来电渠道", en="channel of the contact's first call"),
    "first_campaign": Text(zh="首次来电活动", en="campaign of the contact's first call"),
    "cycle_channel": Text(zh="周期起始渠道", en="channel that opened the sales cycle"),
    "cycle_campaign": Text(zh="周期起始活动", en="campaign that opened the sales cycle"),
    "classed_by": Text(zh="分类依据", en="who told the class"),
    "excluded_by": Text(zh="排除原因", en="why it was left out"),
}


def _dimension(row: dict[str, str]) -> Dimension:
    key = row["key"]
    return Dimension(
        key=key,
        text=Text(zh=row["zh"], en=row["en"]),
        note=row["note"],
        column=key,
        kind=row["kind"],
    )


DIMENSIONS: dict[str, Dimension] = {
    **{key: _dimension(row) for key, row in canon_dimensions().items() if key not in _LATER},
    **{key: Dimension(key=key, text=text, note="", column=key, kind="attribute") for key, text in _OWN.items()},
}

# Not a cut people ask for: one line of the ledger, for drill-down.
ENTRY = Dimension(key="entry", text=Text(zh="费用条目", en="cost line"), note="", column="entry", kind="attribute")
