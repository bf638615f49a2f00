"""What a file may hold: the kinds of fact under the names people use, and how a row becomes facts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache
from typing import Any, cast

import orjson

from huasuan.calls import result_by_times
from huasuan.facts.shape import shape_of
from huasuan.intake.deal_rows import DealRow, events_of
from huasuan.intake.door import content_key
from huasuan.intake.files import FieldMapping, FieldSpec, Money, call_side_specs, field_specs, with_sides
from huasuan.intake.files import Mapping as FileMapping
from huasuan.intake.kinds import KINDS
from huasuan.intake.making import maker
from huasuan.kernel.errors import InvalidInput, UnknownName
from huasuan.kernel.text import Text
from huasuan.store import FactKind

Record = dict[str, object]
RowFacts = Sequence[tuple[str, Any]]
"""The facts of one row with their source keys."""

_ALIASES = {
    "通话": "call", "话单": "call", "电话": "call", "客户": "customer", "公司": "company", "企业": "company",
    "线索": "lead", "触点": "touch", "触达": "touch", "订单": "deal", "成交": "deal", "order": "deal", "sale": "deal",
    "订单事件": "deal_event", "成交事件": "deal_event", "费用": "cost", "成本": "cost", "花费": "cost", "spend": "cost",
    "班次": "shift", "排班": "shift", "坐席": "agent", "座席": "agent", "产品": "product", "商品": "product",
    "汇率": "fx_rate", "同意": "consent", "评分": "score", "坐席状态": "agent_state",
    "名单记录": "list_record", "名单明细": "list_record", "活动目标": "campaign_target", "目标客户": "campaign_target",
    "机器人结论": "bot_verdict", "会议": "meeting", "预约": "meeting", "演示": "meeting", "移交": "handover",
    "线索质量": "lead_quality", "线索评分": "lead_quality", "短信": "message", "消息": "message", "sms": "message",
    "回呼请求": "callback_request", "回呼": "callback_request", "callback": "callback_request", "投诉": "complaint",
    "退订": "opt_out", "拒绝名单": "opt_out", "拦截": "decision", "拨打裁定": "decision", "问卷": "survey_answer",
    "满意度": "survey_answer", "survey": "survey_answer", "质检": "quality_score", "质检评分": "quality_score",
    "关键词命中": "transcript_hit", "情绪": "sentiment", "号码标记": "number_tag", "排班计划": "planned_state",
    "来电标记": "call_tag", "通话标记": "call_tag", "广告时段": "ad_spot", "广告排期": "ad_spot", "播出表": "ad_spot",
    "spot": "ad_spot",
}  # fmt: skip
_PLURALS = {"companies": "company", "touches": "touch"}
# A row with none of these says nothing; a file without any of them is of another kind.
_TELLING: Mapping[str, tuple[str, ...]] = {
    "call": ("dialed_at", "ringing_at", "queue_entered_at", "answered_at"),
    "customer": ("key", "name", "phones", "emails", "visitors"),
    "company": ("key", "name"),
    "deal": ("won_at", "paid_at", "opened_at", "cancelled_at", "returned_at", "lost_at", "received_at"),
    "cost": ("amount", "rate"),
}
# Reports of advertising are sent again with other figures; these fields do not make another line of it.
FIGURES = frozenset({"amount", "rate", "impressions", "clicks", "note"})
_AD_FIELDS = frozenset({"impressions", "clicks", "keyword", "ad_group", "creative"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind:
    """One kind of file: which facts its rows become and which fields its columns may feed.

    ``telling``: fields of which at least one must be there, in the file and in every row.
    """

    name: str
    kind: FactKind
    record: type
    specs: tuple[FieldSpec, ...]
    telling: tuple[str, ...]

    def completed(self, mapping: FileMapping) -> FileMapping:
        """A guessed mapping with what such files leave unsaid: a report with clicks and no kind of cost is of ads."""
        named = mapping.fields.keys()
        if self.name == "cost" and "cost_kind" not in named and named & _AD_FIELDS:
            return mapping.with_field("cost_kind", FieldMapping(constant="ads"))
        return mapping


@cache
def file_kind_named(name: str) -> FileKind:
    """The kind of file of that name: singular, plural or Chinese.

    Raises
    ------
    UnknownName
        ``unknown_kind`` with the nearest names.
    """
    wanted = name.strip().lower().replace("-", "_")
    names = {*KINDS, "deal"}
    wanted = _ALIASES.get(wanted) or _PLURALS.get(wanted) or wanted
    if wanted not in names:
        singular = wanted.removesuffix("s")
        wanted = _ALIASES.get(singular, singular)
    if wanted not in names:
        near = get_close_matches(wanted, names, n=1, cutoff=0.0)
        known = ", ".join(sorted(names))
        raise UnknownName(
            "unknown_kind",
            Text(zh=f"未知的文件种类：{name}", en=f"unknown kind of file: {name}"),
            Text(zh=f"最接近的是 {near[0]}；全部：{known}", en=f"The nearest is {near[0]}; all: {known}"),
        )
    return _file_kind(wanted)


def _file_kind(name: str) -> FileKind:
    telling = _TELLING.get(name, ())
    if name == "deal":
        kind, record = KINDS["deal_event"], cast(type, DealRow)
        specs = tuple(_with_deal_words(spec) for spec in field_specs("deal", DealRow) if spec.name != "key")
    else:
        kind = KINDS[name]
        record = kind.record
        specs = field_specs(name, record)
    if name == "call":
        specs = (*specs, *call_side_specs())
    return FileKind(name=name, kind=kind, record=record, specs=specs, telling=telling)


def _with_deal_words(spec: FieldSpec) -> FieldSpec:
    """A status nobody knows (待发货) is no reason to refuse a deal whose moments are there."""
    if spec.name != "status":
        return spec
    events = next(one for one in field_specs("deal_event", KINDS["deal_event"].record) if one.name == "kind")
    return replace(spec, choices=events.choices, otherwise="stage")


def facts_builder(
    kind: FileKind, mapping: FileMapping, columns: Sequence[str], *, currency: str
) -> Callable[[Record, Sequence[object]], RowFacts]:
    """How converted rows of one file become facts: (record, cells) → facts with keys.

    The function raises ``InvalidInput`` for a row that can be no fact.
    """
    build = _record_builder(kind.record, mapping, currency=currency)
    key_of = key_reader(kind, mapping)
    telling = kind.telling
    status = mapping.fields.get("result")
    status_place = columns.index(status.column) if status is not None and status.column is not None else None
    sided = not mapping.fields.keys().isdisjoint(("called", "customer_phone", "our_phone"))

    def one(record: Record, _cells: Sequence[object]) -> RowFacts:
        if telling and all(not record.get(name) for name in telling):
            raise _empty_row(telling)
        key = key_of(record)
        return ((key, build(record)),)

    def call(record: Record, cells: Sequence[object]) -> RowFacts:
        key = key_of(record)
        stated = record.get("result")
        if stated == "unknown" and status_place is not None and not record.get("raw_cause"):
            record["raw_cause"] = str(cells[status_place])
        fact = build(with_sides(record) if sided else record)
        if stated is None and fact.raw_cause is not None:
            # A cause beside no status explains the end of the call; it does not make its result unknown.
            fact = replace(fact, result=result_by_times(fact))
        return ((key, fact),)

    def deal(record: Record, _cells: Sequence[object]) -> RowFacts:
        return events_of(build(record))

    return {"call": call, "deal": deal}.get(kind.name, one)


def _record_builder(record: type, mapping: FileMapping, *, currency: str) -> Callable[[Record], Any]:
    """Converted values → the dataclass: amounts to minor units, one currency a row, defaults for what is empty."""
    shape, make = shape_of(record), maker(record)
    amounts = [(item.wire_name, item.name) for item in shape if item.mark.money and item.wire_name in mapping.fields]
    # Where an empty cell is not simply None in the record.
    defaulted = [item.name for item in fields(record) if item.default is not None and item.name in mapping.fields]
    has_currency = any(item.name == "currency" for item in shape)

    def build(values: Record) -> Any:  # noqa: ANN401  any fact
        for name in defaulted:
            if values[name] is None:
                del values[name]
        if has_currency:
            _unpack_amounts(values, amounts, currency)
        return make(**values)

    return build


def _unpack_amounts(values: Record, amounts: Sequence[tuple[str, str]], usual: str) -> None:
    """Amounts to minor units, and the one currency of the row."""
    stated = values.get("currency")
    for wire_name, name in amounts:
        money = values.pop(wire_name)
        if isinstance(money, Money):
            if stated is not None and stated != money.currency:
                raise _two_currencies(str(stated), money.currency)
            stated, values[name] = money.currency, money.minor
    values["currency"] = stated or usual


def key_reader(kind: FileKind, mapping: FileMapping) -> Callable[[Record], str]:
    """The row's own key, else one made of its content."""
    report = kind.name == "cost" and not mapping.fields.keys().isdisjoint(("impressions", "clicks"))
    left_out = FIGURES if report else frozenset[str]()

    def key_of(record: Record) -> str:
        key = record.pop("key", None)
        if key:
            return str(key)
        said = {name: value for name, value in record.items() if value is not None and name not in left_out}
        return content_key(orjson.dumps(said, default=_plain, option=orjson.OPT_SORT_KEYS))

    return key_of


def _plain(value: object) -> object:
    if isinstance(value, Money):
        return [value.minor, value.currency]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _empty_row(telling: Sequence[str]) -> InvalidInput:
    names = ", ".join(telling)
    return InvalidInput(
        "row_says_nothing",
        Text(zh=f"该行没有 {names} 中的任何一项", en=f"the row has none of {names}"),
        Text(zh="请补上其中一项，或删除该行。", en="Fill in one of them or delete the row."),
    )


def _two_currencies(one: str, other: str) -> InvalidInput:
    return InvalidInput(
        "two_currencies",
        Text(zh=f"同一行中有两种货币：{one} 和 {other}", en=f"the row names two currencies: {one} and {other}"),
        Text(zh="请统一该行的货币。", en="Use one currency in a row."),
    )
