"""The settings of a workspace: the trade's own thresholds, with the defaults of the domain canon."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import orjson

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.money import minor_digits
from huasuan.kernel.opening import read_hours, seconds_of_hours
from huasuan.kernel.text import Text
from huasuan.kernel.time import zone
from huasuan.kernel.workdays import is_calendar
from huasuan.metrics.attributing import attribution_of
from huasuan.metrics.scorecards import scorecard_of
from huasuan.people.modules import MODULES

_DAY = 86_400
_YEARS = 3_660
_DECADES = 36_600
_MOST_NUMBERS = 500
_NUMBERS = ("internal_numbers", "test_numbers")
CHOICES = {
    "cycle_start": ("first_call", "last_call"),
    "unique_target": ("first_target", "first_call"),
    "counted_calls": ("inbound_calls", "target_calls", "unique_calls", "unique_target_calls"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSettings:
    """What one business decides for itself.

    zone, currency: in which every report is given.
    junk_seconds: an answered inbound call of at most this talk is junk (S2-5).
    target_seconds: from this talk on it is a target call (S2-8); between the two it is grey.
    cycle_days: the sales cycle in which a contact counts once; 0 counts every call (S2-26, S2-31).
    cycle_start: a cycle runs from its first_call (fixed), or on as long as calls follow within it, from its last_call.
    unique_target: the unique target call is the first_target call of a cycle, or its first_call where that is one.
    counted_calls: by which calls reports compare advertising, a metric (S2-25); credit and goals go by the cycle.
    internal_numbers, test_numbers: whose calls count nowhere (colleagues, testers).
    ghost_seconds: an inbound call that rang shorter than this and nobody took counts nowhere; 0: each one counts.
    conversation_seconds: from this talk on a live call is a meaningful conversation (S4-12).
    return_window_days: revenue younger than this after receipt is open, not firm (S2-44).
    marketing_kinds: the cost kinds that make up marketing spend (S2-25).
    inactive_days: a customer who has not bought for longer than this is lost (S1-22).
    lifetime_months: how far ahead a customer's value is foretold; five years at most, for no loss seen is no proof.
    discount_percent: by how much a year money to come is worth less than money now.
    margin_percent: the margin of a customer's purchases to come; 0 takes it from deals whose goods have a known cost.
    talk_bands: how long a conversation by a script should be, as ``script=60-180`` in seconds (S4-14).
    calendar: the country whose public holidays and worked weekends (调休) hold; empty: Monday to Friday.
    business_hours: when the business is open, as ``1-5 09:00-18:00`` by weekday (1 is Monday); empty: not known.
    deal_stages: the stages of a deal in their order; without them any other stage is a step forward (S4-6).
    attribution: the model by which credited metrics share a sale, as ``time-decay:7`` (S2-37).
    attribution_days: how long before a sale a touch still counts.
    linked_percent: how sure it must be that a call came from a visit, in percent, so that all visits of that visitor
    are the caller's; 0 links none.
    scorecards: what a team's people are to reach, as ``team: metric target weight; …`` (``metrics.scorecards``, S4-26).
    keep_raw_days, keep_recording_days, keep_person_days: after how many days deliveries as they came and uploaded
    files, recordings, and people nothing was heard of are deleted, unless a legal hold covers them; 0: never.
    modules_off: parts of the application this business does without (``people.modules``); their screens are hidden.
    """

    zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    language: str = "zh"
    junk_seconds: int = 30
    target_seconds: int = 60
    cycle_days: int = 30
    cycle_start: str = "first_call"
    unique_target: str = "first_target"
    counted_calls: str = "target_calls"
    internal_numbers: tuple[str, ...] = ()
    test_numbers: tuple[str, ...] = ()
    ghost_seconds: int = 0
    conversation_seconds: int = 30
    return_window_days: int = 7
    marketing_kinds: tuple[str, ...] = ("ads", "events", "list_data", "tracking_numbers", "content")
    inactive_days: int = 90
    lifetime_months: int = 60
    discount_percent: int = 10
    margin_percent: int = 0
    talk_bands: tuple[str, ...] = ()
    calendar: str = "CN"
    business_hours: tuple[str, ...] = ()
    deal_stages: tuple[str, ...] = ()
    attribution: str = "last-non-direct"
    attribution_days: int = 90
    linked_percent: int = 90
    scorecards: tuple[str, ...] = ()
    keep_raw_days: int = 0
    keep_recording_days: int = 0
    keep_person_days: int = 0
    modules_off: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        zone(self.zone)
        minor_digits(self.currency)
        if self.language not in {"zh", "en"}:
            raise _refused("language", self.language, Text(zh="zh 或 en", en="zh or en"))
        self._check_choices()
        for name, most in _LARGEST.items():
            if not 0 <= getattr(self, name) <= most:
                raise _refused(
                    name, getattr(self, name), Text(zh=f"0 到 {most} 的整数", en=f"a number from 0 to {most}")
                )
        for band in self.talk_bands:
            if _read_band(band) is None:
                raise _refused("talk_bands", band, Text(zh="形如 话术=60-180", en="like script=60-180"))
        if not is_calendar(self.calendar):
            raise _refused("calendar", self.calendar, Text(zh="国家代码，如 CN", en="the code of a country, as CN"))
        for hours in self.business_hours:
            if read_hours(hours) is None:
                raise _refused("business_hours", hours, Text(zh="形如 1-5 09:00-18:00", en="like 1-5 09:00-18:00"))
        attribution_of(self.attribution, lookback_days=self.attribution_days)
        for card in self.scorecards:
            scorecard_of(card)
        for module in self.modules_off:
            if module not in MODULES:
                known = Text(zh="、".join(MODULES), en=", ".join(MODULES))
                raise _refused("modules_off", module, Text(zh=f"以下之一：{known.zh}", en=f"one of {known.en}"))
        if self.junk_seconds >= self.target_seconds:
            raise _refused(
                "junk_seconds", self.junk_seconds, Text(zh="小于 target_seconds", en="less than target_seconds")
            )

    def _check_choices(self) -> None:
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise _refused(name, getattr(self, name), Text(zh="、".join(allowed), en=" or ".join(allowed)))
        for name in _NUMBERS:
            if len(getattr(self, name)) > _MOST_NUMBERS:
                raise _refused(
                    name,
                    len(getattr(self, name)),
                    Text(zh=f"至多 {_MOST_NUMBERS} 个号码", en=f"{_MOST_NUMBERS} at most"),
                )

    @property
    def talk_limits(self) -> tuple[tuple[str, int, int], ...]:
        """Script, least and most seconds of each of ``talk_bands``."""
        return tuple(found for found in map(_read_band, self.talk_bands) if found is not None)

    @property
    def modules(self) -> tuple[str, ...]:
        """The parts of the application that are in use."""
        return tuple(name for name in MODULES if name not in self.modules_off)

    @property
    def open_seconds(self) -> tuple[tuple[int, int, int], ...]:
        """Weekday, opening and closing second of the day; what stands later in ``business_hours`` replaces."""
        return seconds_of_hours(self.business_hours)

    def to_json(self) -> str:
        """As kept in the store."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def from_json(cls, text: str) -> "WorkspaceSettings":
        """As read from the store."""
        values = orjson.loads(text)
        for name in _LISTS & values.keys():
            values[name] = tuple(values[name])
        return cls(**values)

    def changed(self, wanted: Mapping[str, str]) -> "WorkspaceSettings":
        """These settings with others in their place, as somebody typed them.

        Raises
        ------
        InvalidInput
            ``unknown_setting``, ``bad_setting``, ``unknown_zone``, ``unknown_currency``
        """
        values: dict[str, Any] = {name: _read(name, text) for name, text in wanted.items()}
        return replace(self, **values)


def told_settings(typed: Mapping[str, str]) -> dict[str, str]:
    """Settings as the audit log may keep them: of lists of telephone numbers only how many there are."""
    return {
        name: f"{len(tuple(filter(None, value.split(','))))} numbers" if name in _NUMBERS else value
        for name, value in typed.items()
    }


def _read_band(text: str) -> tuple[str, int, int] | None:
    """Script, least and most seconds of ``script=60-180``; None if it is not like that."""
    found = _BAND.fullmatch(text)
    if found is None or int(found["least"]) > int(found["most"]):
        return None
    return found["script"].strip(), int(found["least"]), int(found["most"])


_BAND = re.compile(r"(?P<script>.*\S.*)=\s*(?P<least>\d{1,6})\s*-\s*(?P<most>\d{1,6})\s*")


MEANINGS = {
    "zone": Text(zh="报表所用时区（IANA 名称）。", en="Time zone of every report (IANA name)."),
    "currency": Text(zh="报表所用货币。", en="Currency of every report."),
    "language": Text(zh="默认语言：zh 或 en。", en="Default language: zh or en."),
    "junk_seconds": Text(
        zh="来电接听后通话不超过该秒数为垃圾通话。", en="An answered inbound call of at most this talk is junk."
    ),
    "target_seconds": Text(
        zh="来电通话达到该秒数为目标通话；两者之间为灰色通话。",
        en="From this talk on an inbound call is a target call; between the two it is grey.",
    ),
    "cycle_days": Text(
        zh="销售周期天数，同一联系人在周期内只算一次；0 表示每通都算。",
        en="Days of the sales cycle in which a contact counts once; 0 counts every call.",
    ),
    "cycle_start": Text(
        zh="销售周期从首次来电算起（first_call，固定），或从上一次来电算起（last_call，滚动）。",
        en="A sales cycle runs from its first call (first_call, fixed) or from the last one (last_call, rolling).",
    ),
    "unique_target": Text(
        zh="唯一目标来电：周期内首个目标来电（first_target），或首次来电且为目标来电（first_call）。",
        en="The unique target call: the first target call of a cycle (first_target), or its first call (first_call).",
    ),
    "counted_calls": Text(
        zh="评价广告时计入的来电：inbound_calls、target_calls、unique_calls 或 unique_target_calls。",
        en="The calls advertising is judged by: inbound_calls, target_calls, unique_calls or unique_target_calls.",
    ),
    "internal_numbers": Text(
        zh="同事的号码，逗号分隔；其通话不计入任何报表。",
        en="Numbers of colleagues, by commas; their calls count nowhere.",
    ),
    "test_numbers": Text(
        zh="测试用号码，逗号分隔；其通话不计入任何报表。",
        en="Numbers of testers, by commas; their calls count nowhere.",
    ),
    "ghost_seconds": Text(
        zh="振铃不足该秒数且无人接听的来电不计入；0 表示都计入。",
        en="An inbound call that rang shorter and nobody took counts nowhere; 0 counts each one.",
    ),
    "conversation_seconds": Text(
        zh="呼出真人通话达到该秒数为有意义对话。", en="From this talk on an outbound live call is a conversation."
    ),
    "return_window_days": Text(
        zh="收货后该天数内的收入可能退货，不算确定收入。",
        en="Days after receipt in which revenue is not yet firm.",
    ),
    "marketing_kinds": Text(zh="算作营销花费的成本类别，逗号分隔。", en="Cost kinds of marketing spend, by commas."),
    "inactive_days": Text(zh="超过此天数未再购买即视为流失。", en="Days without buying until a customer is lost."),
    "lifetime_months": Text(
        zh="预测客户价值的月数，至多60。", en="Months ahead for which a customer's value is foretold, 60 at most."
    ),
    "discount_percent": Text(zh="未来收入的年折现率（%）。", en="Discount of money to come, percent a year."),
    "margin_percent": Text(
        zh="预测客户价值所用的毛利率（%）；0 表示取自已知成本的成交。",
        en="Margin of purchases to come, in percent; 0 takes it from deals with a known cost.",
    ),
    "talk_bands": Text(
        zh="各话术合适的对话秒数，如 话术=60-180，逗号分隔。",
        en="How long a conversation by a script should be, in seconds, as script=60-180, by commas.",
    ),
    "calendar": Text(
        zh="工作日历的国家代码（含法定节假日与调休）；留空为周一至周五。",
        en="Country of the working-day calendar, holidays and worked weekends; empty: Monday to Friday.",
    ),
    "business_hours": Text(
        zh="营业时间，如 1-5 09:00-18:00（1为周一），逗号分隔；留空为未知。",
        en="Business hours, as 1-5 09:00-18:00 (1 is Monday), by commas; empty: not known.",
    ),
    "deal_stages": Text(zh="商机阶段的先后顺序，逗号分隔。", en="Stages of a deal in their order, by commas."),
    "attribution": Text(
        zh="默认归因模型，如 last-non-direct、linear、time-decay:7、position:40/40。",
        en="The model of attribution by default, as last-non-direct, linear, time-decay:7, position:40/40.",
    ),
    "attribution_days": Text(
        zh="成交前多少天内的触点算在路径上。", en="How many days before a sale a touch is on its path."
    ),
    "linked_percent": Text(
        zh="来电出自某次访问的把握达到该百分比时，该访客的全部访问算作来电人的；0 表示不关联。",
        en="How sure it must be, in percent, that a call came from a visit, so that all visits of that visitor are the "
        "caller's; 0 links none.",
    ),
    "scorecards": Text(
        zh="各团队的记分卡，如 外呼组: dials 80 30; connect_rate 30% 30; call_conversion 5% 40（指标 目标 权重），"
        "逗号分隔；数量指标的目标为每人每个工作日。",
        en="Scorecards of teams, as callers: dials 80 30; connect_rate 30% 30; call_conversion 5% 40 (metric target "
        "weight), by commas; of a quantity the target is per person and working day.",
    ),
    "keep_raw_days": Text(
        zh="收到的原始数据与上传的文件保留的天数；0 表示永久保留。",
        en="Days for which deliveries as they came and uploaded files are kept; 0 keeps them for ever.",
    ),
    "keep_recording_days": Text(
        zh="录音保留的天数（不少于规则 R09 的最短期限）；0 表示永久保留。",
        en="Days for which recordings are kept (no fewer than rule R09 demands); 0 keeps them for ever.",
    ),
    "keep_person_days": Text(
        zh="多少天没有任何往来的人将被删除；0 表示永不删除。",
        en="Days without anything heard of a person after which they are deleted; 0 never does.",
    ),
    "modules_off": Text(
        zh=f"不使用的模块，逗号分隔：{'、'.join(MODULES)}。", en=f"Modules not in use, by commas: {', '.join(MODULES)}."
    ),
}
_LISTS = frozenset(
    {*_NUMBERS, "marketing_kinds", "talk_bands", "business_hours", "deal_stages", "modules_off", "scorecards"}
)
_LARGEST = {
    "attribution_days": _YEARS,
    "linked_percent": 100,
    "keep_raw_days": _DECADES,
    "keep_recording_days": _DECADES,
    "keep_person_days": _DECADES,
    "junk_seconds": _DAY,
    "target_seconds": _DAY,
    "cycle_days": _YEARS,
    "ghost_seconds": 60,
    "conversation_seconds": _DAY,
    "return_window_days": _YEARS,
    "inactive_days": _YEARS,
    "lifetime_months": 60,
    "discount_percent": 100,
    "margin_percent": 100,
}


def _read(name: str, text: str) -> str | int | tuple[str, ...]:
    if name not in {item.name for item in fields(WorkspaceSettings)}:
        raise InvalidInput(
            "unknown_setting",
            Text(zh=f"没有设置 {name}", en=f"there is no setting {name}"),
            Text(zh=f"可用：{'、'.join(MEANINGS)}", en=f"There are: {', '.join(MEANINGS)}"),
        )
    if name in _LISTS:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if name not in _LARGEST:
        return text
    try:
        return int(text)
    except ValueError:
        raise _refused(name, text, Text(zh="整数", en="a whole number")) from None


def _refused(name: str, value: object, wanted: Text) -> InvalidInput:
    return InvalidInput(
        "bad_setting",
        Text(zh=f"设置 {name} 不能为 {value}", en=f"the setting {name} cannot be {value}"),
        Text(zh=f"须为{wanted.zh}。", en=f"It must be {wanted.en}."),
    )
