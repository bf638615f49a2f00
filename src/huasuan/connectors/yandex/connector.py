"""Offline conversions and calls as Yandex Metrica takes them: CSV files by browser number or click id."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

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
    unreadable,
    unsendable,
)
from huasuan.kernel.money import is_currency, to_decimal
from huasuan.kernel.text import Text

LIMITS = limits_of("yandex")
_CALLS, _CONVERSIONS = "upload_calls", "upload"
_USUAL: Mapping[Goal, str] = {
    "unique_call": "unique_call", "target_call": "target_call", "unique_target_call": "unique_target_call",
    "sale": "sale",
}  # fmt: skip
_ID = re.compile(rf"\d{{1,{LIMITS['id_digits']}}}", re.ASCII)


class YandexMetrica(PlainPlatform):
    """Whether a row sent twice counts once is documented nowhere, so nothing is repeated by itself."""

    name: str = "yandex"
    title: Text = Text(zh="Yandex Metrica 离线转化与通话", en="Yandex Metrica offline conversions and calls")
    takes_back: Text = Text(zh="不支持撤回或更正", en="nothing")
    address: str = "https://api-metrika.yandex.net"
    fields: tuple[AccountField, ...] = (
        AccountField(name="counter", text=Text(zh="计数器编号", en="counter number"), pattern=r"\d{1,12}"),
        AccountField(name="token", text=Text(zh="OAuth 令牌", en="OAuth token"), secret=True),
        *goal_fields(Text(zh="目标标识", en="goal id"), r"[\w.-]{1,100}"),
    )
    rows_a_request: int = LIMITS["rows_a_request"]
    knows_repeats: bool = False
    counts_junk: bool = True
    region: str = ""

    def row_of(self, conversion: Conversion, target: Target, now: datetime) -> Row | Unsendable:
        """A call as such, other goals by their name in the counter."""
        if conversion.step != "conversion":
            return unsendable(conversion, "no_taking_back", "Metrica 不接受撤回或更正", "Metrica takes nothing back")
        ids = {"ClientId": conversion.ym_client, "Yclid": conversion.yclid}
        found = next(((name, one) for name, one in ids.items() if one and _ID.fullmatch(one)), None)
        if found is None:
            return unsendable(
                conversion,
                "no_visitor",
                "没有 Metrica 的 ClientId 或 yclid",
                "neither a ClientId of Metrica nor a yclid",
            )
        if conversion.happened_at >= now:
            return unsendable(conversion, "future", "转化时间在未来", "the conversion lies in the future")
        until = (conversion.clicked_at or conversion.happened_at) + LIMITS.hours("oldest_hours")
        if until < now:
            return unsendable(
                conversion, "visit_too_old", "访问早于 21 天前，Metrica 不再关联", "the visit is older than 21 days"
            )
        if not is_currency(conversion.currency):
            return unsendable(conversion, "currency", "币种须为 ISO 4217 代码", "the currency is an ISO 4217 code")
        name, value = found
        payload: dict[str, Any] = {name: value, "DateTime": str(int(conversion.happened_at.timestamp()))}
        if conversion.goal == "call":
            payload |= {
                "StaticCall": "0",
                "TalkDuration": str(conversion.talk_seconds or 0),
                "CallMissed": str(int(conversion.missed)),
                "Tag": target.account.get("call_as", "call"),
            }
            return Row(method=f"{_CALLS}/{name}", key=conversion.key, payload=payload, not_after=until)
        payload["Target"] = named_goal(target, conversion.goal, _USUAL)
        worth = conversion.value_minor
        payload["Price"] = "" if worth is None else str(to_decimal(worth, conversion.currency))
        payload["Currency"] = "" if worth is None else conversion.currency
        return Row(method=f"{_CONVERSIONS}/{name}", key=conversion.key, payload=payload, not_after=until)

    def request(self, target: Target, rows: Sequence[Row], batch: str, now: datetime, token: str) -> Request:
        """One file; rows of one request have the same columns."""
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(rows[0].payload), lineterminator="\n")
        writer.writeheader()
        writer.writerows(row.payload for row in rows)
        line = f"--huasuan-{batch}"
        body = (
            f'{line}\r\nContent-Disposition: form-data; name="file"; filename="{batch}.csv"\r\nContent-Type: text/csv'
            f"\r\n\r\n{text.getvalue()}\r\n{line}--\r\n"
        )
        base, counter = target.address or self.address, target.account["counter"]
        return Request(
            address=f"{base}/management/v1/counter/{counter}/offline_conversions/{rows[0].method.partition('/')[0]}",
            headers={
                "Authorization": f"OAuth {target.secrets.get('token', '')}",
                "Content-Type": f"multipart/form-data; boundary={line[2:]}",
            },
            body=body.encode(),
        )

    def read(self, reply: Reply, rows: Sequence[Row]) -> Mapping[str, Refused] | Missed:
        """The file is taken as a whole; what could be matched stands in Metrica hours later."""
        missed = missed_by_status(reply)
        if missed is not None:
            return missed
        return {} if "uploading" in (json_of(reply) or {}) else unreadable()


YANDEX: Final = YandexMetrica()
