"""Conversion events as Ocean Engine takes them: by the click id of the landing page."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from huasuan.connectors.plain import PlainPlatform, goal_fields, named_goal
from huasuan.connectors.published import limits_of
from huasuan.journeys import (
    AccountField,
    Conversion,
    Goal,
    Missed,
    Refused,
    Reply,
    Request,
    Row,
    Target,
    Unsendable,
    json_of,
    missed_by_status,
    refused_text,
    unreadable,
    unsendable,
)
from huasuan.kernel.money import to_decimal
from huasuan.kernel.text import Text

LIMITS = limits_of("oceanengine")
_METHOD = "conversion"
_USUAL: Mapping[Goal, str] = {
    "call": "phone_connect", "unique_call": "phone_connect", "target_call": "phone_effective",
    "unique_target_call": "phone_effective", "sale": "active_pay",
}  # fmt: skip
_CALLBACK = re.compile(r"[\x21-\x7e]+")


class OceanEngine(PlainPlatform):
    """Whether an event sent twice counts once is documented nowhere, so nothing is repeated by itself."""

    name: str = "oceanengine"
    title: Text = Text(zh="巨量引擎转化回传", en="Ocean Engine conversion events")
    takes_back: Text = Text(zh="不支持撤回或更正", en="nothing")
    address: str = "https://analytics.oceanengine.com/api/v2"
    fields: tuple[AccountField, ...] = goal_fields(Text(zh="事件名", en="event type"), r"[a-z0-9_]{1,60}")
    rows_a_request: int = LIMITS["events_a_request"]
    knows_repeats: bool = False
    counts_junk: bool = False
    region: str = ""

    def row_of(self, conversion: Conversion, target: Target, now: datetime) -> Row | Unsendable:
        """One event of the click."""
        click = conversion.clickid or ""
        if not click:
            return unsendable(conversion, "no_clickid", "没有巨量引擎的 clickid", "there is no clickid of Ocean Engine")
        if len(click) > LIMITS["callback_letters"] or not _CALLBACK.fullmatch(click):
            return unsendable(conversion, "click_id", "点击编号格式不对", "the click id is malformed")
        if conversion.step != "conversion":
            return unsendable(
                conversion, "no_taking_back", "巨量引擎不接受撤回或更正", "Ocean Engine takes nothing back"
            )
        if conversion.junk_reason is not None:
            return unsendable(conversion, "junk", "垃圾来电不告知", "junk calls are not told")
        if conversion.happened_at > now:
            return unsendable(conversion, "future", "转化时间在未来", "the conversion lies in the future")
        payload: dict[str, Any] = {
            "event_type": named_goal(target, conversion.goal, _USUAL),
            "context": {"ad": {"callback": click}},
            "timestamp": int(conversion.happened_at.timestamp() * 1000),
        }
        if conversion.value_minor is not None and conversion.currency == "CNY":
            payload["event_weight"] = float(to_decimal(conversion.value_minor, "CNY"))
        return Row(method=_METHOD, key=conversion.key, payload=payload)

    def request(self, target: Target, rows: Sequence[Row], batch: str, now: datetime, token: str) -> Request:
        """One event."""
        return Request(
            address=f"{target.address or self.address}/{_METHOD}",
            headers={"Content-Type": "application/json"},
            body=orjson.dumps(rows[0].payload),
        )

    def read(self, reply: Reply, rows: Sequence[Row]) -> Mapping[str, Refused] | Missed:
        """Code 0: taken."""
        missed = missed_by_status(reply)
        if missed is not None:
            return missed
        said = json_of(reply)
        if said is None or "code" not in said:
            return unreadable()
        if said["code"] == 0:
            return {}
        return {rows[0].key: Refused(code=f"oceanengine_{said['code']}", text=refused_text(said.get("message", "")))}


OCEAN_ENGINE: Final = OceanEngine()
