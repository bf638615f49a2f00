"""What a report on incoming calls asks to be done: pure decisions over its answers (S2-16 … S2-22, S2-55 … S2-62)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from huasuan import methods
from huasuan.kernel.text import Text
from huasuan.metrics.question import Answer, Cut, Row
from huasuan.reports.hours import Slot

Weight = Literal["do", "watch", "good"]
# Shares of the canon: more missed is a lot; fewer proper calls point to a fault, more are good.
MISSED_FAULT, TARGET_FAULT, TARGET_GOOD = 0.14, 0.50, 0.60
_FEW, _JUNK_FAULT, _DEAR = 5, 0.4, 2
_LARGEST = 8
_ANSWERED_WITHIN, _HOUR_SECONDS = 0.8, 3600.0
_WEEKDAYS = Text(zh="周一 周二 周三 周四 周五 周六 周日", en="Monday Tuesday Wednesday Thursday Friday Saturday Sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing to do, with the figure it rests on.

    section, metric, by: the cell whose facts open; calls: filters of the call log that lists the calls themselves.
    """

    key: str
    weight: Weight
    text: Text
    section: str | None = None
    metric: str | None = None
    by: Mapping[str, Cut] = field(default_factory=dict)
    calls: Mapping[str, str] = field(default_factory=dict)


def advise(
    kind: str, answers: Mapping[str, Answer], *, hours: Sequence[Slot] = (), weekdays: Sequence[Slot] = (), counted: str
) -> list[Advice]:
    """What follows from a report of one of the six kinds; the most pressing first, eight at most."""
    found: list[Advice] = []
    if kind in ("proper", "incoming"):
        found += _on_share(answers)
    if kind in ("missed", "incoming"):
        found += _on_missed(answers)
        found += on_slots(hours, cut="hour") + on_slots(weekdays, cut="weekday")
    if kind == "proper":
        found += _on_keywords(answers.get("keywords"))
    if kind == "channels":
        found += _on_channels(answers.get("channels"), counted)
    if kind == "lines":
        found += _on_lines(answers.get("numbers"), "tracking_number")
    if kind == "callbacks":
        found += _on_sides(answers.get("sides"))
    rank = {"do": 0, "watch": 1, "good": 2}
    return sorted(found, key=lambda one: rank[one.weight])[:_LARGEST]


def on_slots(slots: Sequence[Slot], *, cut: Literal["hour", "weekday"]) -> list[Advice]:
    """Where too many calls are missed for chance: either move the advertising or staff the peak, both said."""
    bad = [slot for slot in slots if slot.calls >= _FEW and _surely_above(slot.missed, slot.calls, MISSED_FAULT)]
    good = [slot for slot in slots if slot.calls >= _FEW and (slot.missed_share or 0) <= MISSED_FAULT]
    good = [slot for slot in good if slot.staff_hours is None or slot.staff_hours > 0]
    best = min(good, key=lambda slot: (slot.missed_share or 0, -slot.calls), default=None)
    found = []
    for slot in sorted(bad, key=lambda slot: -slot.missed)[:3]:
        found.append(
            Advice(
                key=f"missed_{cut}",
                weight="do",
                text=_slot_text(slot, best, cut),
                section="heat",
                calls={cut: str(slot.at), "direction": "in", "result": "missed"},
            )
        )
    return found


def agents_needed(slot: Slot) -> int | None:
    """How many people answer four in five calls of such an hour within 20 s; None where nobody talked."""
    answered = slot.calls - slot.missed
    if not slot.days or not slot.calls or not answered or not slot.talk_seconds:
        return None
    load = methods.Load(
        calls_per_second=slot.calls / slot.days / _HOUR_SECONDS, handle_seconds=slot.talk_seconds / answered
    )
    return methods.staff(load, target_level=_ANSWERED_WITHIN).agents


def _slot_text(slot: Slot, best: Slot | None, cut: str) -> Text:
    name, share = _slot_name(slot.at, cut), _percent(slot.missed_share or 0)
    zh = f"{name.zh}：{slot.calls} 通来电中 {slot.missed} 通未接（{share}）"
    en = f"{name.en}: {slot.missed} of {slot.calls} calls were missed ({share})"
    if slot.spots:
        zh += f"，其间播出广告 {slot.spots} 次"
        en += f", and {slot.spots} spots were aired then"
    if slot.staff_hours is not None:
        each = slot.staff_hours / slot.days if slot.days else 0.0
        zh += f"，平均在岗 {each:.1f} 人时"
        en += f", with {each:.1f} staff hours on average"
    zh, en = f"{zh}。", f"{en}."
    if best is not None:
        there = _slot_name(best.at, cut)
        zh += f"要么把广告移到{there.zh}（未接 {_percent(best.missed_share or 0)}）"
        en += f" Either move the advertising to {there.en} ({_percent(best.missed_share or 0)} missed)"
    needed = agents_needed(slot) if cut == "hour" else None
    people = (
        Text(zh=f"安排 {needed} 人值守", en=f"staff it with {needed}") if needed else Text(zh="加人值守", en="staff it")
    )
    zh += f"，要么在此时段{people.zh}。" if best is not None else f"请在此时段{people.zh}，或减少广告。"
    en += f", or {people.en}." if best is not None else f" {people.en.capitalize()}, or cut the advertising."
    return Text(zh=zh, en=en)


def _slot_name(at: int, cut: str) -> Text:
    if cut == "hour":
        return Text(zh=f"{at}–{at + 1} 点", en=f"{at:02}:00–{at + 1:02}:00")
    return Text(zh=_WEEKDAYS.zh.split()[at - 1], en=_WEEKDAYS.en.split()[at - 1])


def _on_share(answers: Mapping[str, Answer]) -> list[Advice]:
    row = _whole(answers.get("all"))
    target, calls = _value(row, "target_calls"), _value(row, "inbound_calls")
    if row is None or target is None or not calls:
        return []
    band = methods.wilson(int(target), int(calls))
    share = _percent(float(target / calls))
    if band.high < TARGET_FAULT:
        text = Text(
            zh=f"目标来电只占 {share}（低于 50%）：广告或流程有问题。先听垃圾来电，给出原因，再停掉其关键词。",
            en=f"Only {share} are proper calls (below 50 %): a fault in advertising or process. Listen to junk calls, "
            "name the reason, then stop the keywords that bring nothing else.",
        )
        return [_cell("target_share", "do", text, "all", "target_call_share")]
    if band.low > TARGET_GOOD:
        text = Text(
            zh=f"目标来电占 {share}，高于 60%：可以放量。", en=f"{share} are proper calls, above 60 %: spend more."
        )
        return [_cell("target_share", "good", text, "all", "target_call_share")]
    text = Text(zh=f"目标来电占 {share}，尚不能说好坏：继续观察。", en=f"{share} are proper calls: watch it for now.")
    return [_cell("target_share", "watch", text, "all", "target_call_share")]


def _on_missed(answers: Mapping[str, Answer]) -> list[Advice]:
    row = _whole(answers.get("all"))
    missed, calls, waiting = (_value(row, key) for key in ("missed", "inbound_calls", "missed_not_called_back"))
    found = []
    if waiting:
        text = Text(
            zh=f"{waiting} 位来电者无人回拨：现在就回拨。", en=f"Nobody called back {waiting} missed calls: do it now."
        )
        found.append(_cell("call_back", "do", text, "all", "missed_not_called_back"))
    if missed is not None and calls and _surely_above(int(missed), int(calls), MISSED_FAULT):
        share = _percent(float(missed / calls))
        text = Text(
            zh=f"未接 {share}，超过 14%：通常不是坐席的错，而是广告的日子与时段不对，见下面的时段。",
            en=f"{share} are missed, more than 14 %: mostly because ads run on the wrong days or hours: see below.",
        )
        found.append(_cell("missed_share", "do", text, "all", "missed_rate"))
    return found


def _on_keywords(answer: Answer | None) -> list[Advice]:
    """Keywords of which surely more than two fifths of the calls are junk, so that they cannot be good."""
    found = []
    for row in _known_rows(answer):
        junk, calls = _value(row, "junk_calls"), _value(row, "inbound_calls")
        if junk and calls and calls >= _FEW and _surely_above(int(junk), int(calls), _JUNK_FAULT):
            found.append((int(junk), int(calls), row))
    return [
        _cell(
            "junk_keyword",
            "do",
            Text(
                zh=f"关键词“{row.by['keyword']}”：{calls} 通来电中 {junk} 通是垃圾。看原因，加为否定词或改写广告。",
                en=f"Keyword “{row.by['keyword']}”: {junk} of {calls} calls are junk. Look at the reasons; make it a "
                "negative keyword or reword the ad.",
            ),
            "keywords",
            "junk_calls",
            by=row.by,
        )
        for junk, calls, row in sorted(found, key=lambda one: -one[0])[:3]
    ]


def _on_channels(answer: Answer | None, counted: str) -> list[Advice]:
    """Channels that cost and bring nothing, and those whose call costs twice the mean; the unknown is left out."""
    rows = [
        (row, cost, count)
        for row in _known_rows(answer)
        if (cost := _value(row, "marketing_spend")) is not None and (count := _value(row, counted)) is not None
    ]
    spent, calls = sum(cost for _, cost, _ in rows), sum(count for _, _, count in rows)
    found = []
    for row, cost, count in sorted(rows, key=lambda one: -one[1]):
        name = row.by["channel"]
        if cost > 0 and count == 0:
            text = Text(
                zh=f"渠道“{name}”有花费，却没有一通计入的来电：停掉，或检查号码是否挂上。",
                en=f"Channel “{name}” costs money and brought no call that counts: stop it, or check its number.",
            )
            found.append(_cell("channel_nothing", "do", text, "channels", "marketing_spend", by=row.by))
        elif count >= _FEW and calls and spent and cost / count > _DEAR * Decimal(spent) / Decimal(calls):
            text = Text(
                zh=f"渠道“{name}”每通计入的来电花费超过平均的两倍：减少投放。",
                en=f"A call that counts costs more than twice the mean in channel “{name}”: spend less there.",
            )
            found.append(_cell("channel_dear", "do", text, "channels", counted, by=row.by))
    return found[:3]


def _on_lines(answer: Answer | None, cut: str) -> list[Advice]:
    found = []
    for row in _known_rows(answer):
        missed, calls = _value(row, "missed"), _value(row, "inbound_calls")
        if missed and calls and calls >= _FEW and _surely_above(int(missed), int(calls), MISSED_FAULT):
            text = Text(
                zh=f"号码 {row.by[cut]}：{calls} 通来电中 {missed} 通未接。检查转接与值守。",
                en=f"Number {row.by[cut]}: {missed} of {calls} calls missed. Check where it leads and who is on duty.",
            )
            found.append(_cell("line_missed", "do", text, "numbers", "missed", by=row.by))
    return found[:3]


def _on_sides(answer: Answer | None) -> list[Advice]:
    failed = {str(row.by["failed_side"]): _value(row, "callback_requests") or 0 for row in _known_rows(answer)}
    staff, customer = failed.get("staff", 0), failed.get("customer", 0)
    if not staff + customer:
        return []
    if staff >= customer:
        text = Text(
            zh=f"{staff} 次回呼是坐席没有接：只在有人值守时显示小部件，其余改为预约。",
            en=f"Staff did not answer {staff} callbacks: show the widget in staffed hours only, else offer a time.",
        )
        return [_cell("callback_staff", "do", text, "sides", "callback_requests", by={"failed_side": "staff"})]
    text = Text(
        zh=f"{customer} 次回呼是客户没有接：缩短等待，一分钟内拨出，并再试一次。",
        en=f"Customers did not answer {customer} callbacks: dial within a minute and try once more.",
    )
    return [_cell("callback_customer", "do", text, "sides", "callback_requests", by={"failed_side": "customer"})]


def _cell(
    key: str, weight: Weight, text: Text, section: str, metric: str, *, by: Mapping[str, Cut] | None = None
) -> Advice:
    return Advice(key=key, weight=weight, text=text, section=section, metric=metric, by=by or {})


def _whole(answer: Answer | None) -> Row | None:
    return answer.rows[0] if answer is not None and answer.rows and not answer.rows[0].by else None


def _known_rows(answer: Answer | None) -> list[Row]:
    rows = () if answer is None else answer.rows
    return [row for row in rows if row.kind == "value" and None not in row.by.values()]


def _value(row: Row | None, metric: str) -> Decimal | None:
    figure = None if row is None else row.values.get(metric)
    return None if figure is None or figure.value is None else Decimal(figure.value)


def _surely_above(part: int, whole: int, limit: float) -> bool:
    """Whether the share is above the limit, not by chance alone."""
    return whole > 0 and methods.wilson(part, whole).low > limit


def _percent(share: float) -> str:
    return f"{math.floor(share * 1000 + 0.5) / 10:g} %"
