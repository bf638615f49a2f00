"""Conversions as JSON to an address of the business' own, signed as Standard Webhooks describes."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from huasuan.connectors.plain import PlainPlatform
from huasuan.journeys import (
    AccountField,
    Conversion,
    Missed,
    Refused,
    Reply,
    Request,
    Row,
    Target,
    Unsendable,
    missed_by_status,
    unsendable,
)
from huasuan.kernel.money import is_currency, to_decimal
from huasuan.kernel.text import Text

METHOD: Final = "conversions"
_PREFIX = "whsec_"
_CLICKS = ("gclid", "gbraid", "wbraid", "clickid", "qz_gdt", "yclid", "landing_url")


class Webhook(PlainPlatform):
    """The other side recognises a repeated request by ``webhook-id`` and a repeated conversion by its key."""

    name: str = "webhook"
    title: Text = Text(zh="自有地址（签名 webhook）", en="an address of your own, by signed webhook")
    takes_back: Text = Text(zh="撤回与更正都会发送", en="everything: retractions and restatements are sent")
    address: str = ""
    fields: tuple[AccountField, ...] = (
        AccountField(
            name="secret",
            text=Text(zh="签名密钥", en="signing secret"),
            pattern=r"whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?|(?!whsec_)[\x21-\x7e]{8,200}",
            secret=True,
        ),
    )
    rows_a_request: int = 100
    knows_repeats: bool = True
    counts_junk: bool = True
    region: str = ""

    def row_of(self, conversion: Conversion, target: Target, now: datetime) -> Row | Unsendable:
        """Everything but who it was: neither numbers nor addresses of people leave this way."""
        if conversion.happened_at > now:
            return unsendable(conversion, "future", "转化时间在未来", "the conversion lies in the future")
        if not is_currency(conversion.currency):
            return unsendable(conversion, "currency", "币种须为 ISO 4217 代码", "the currency is an ISO 4217 code")
        payload: dict[str, Any] = {
            "key": conversion.key,
            "step": conversion.step,
            "goal": conversion.goal,
            "happened_at": conversion.happened_at.isoformat(),
        }
        if conversion.changed_at is not None:
            payload["changed_at"] = conversion.changed_at.isoformat()
        if conversion.value_minor is not None:
            payload["value"] = str(to_decimal(conversion.value_minor, conversion.currency))
            payload["currency"] = conversion.currency
        payload |= {name: value for name in _CLICKS if (value := getattr(conversion, name))}
        return Row(method=METHOD, key=conversion.key, payload=payload)

    def request(self, target: Target, rows: Sequence[Row], batch: str, now: datetime, token: str) -> Request:
        """One POST of all rows."""
        body = orjson.dumps({"conversions": [row.payload for row in rows]})
        moment = str(int(now.timestamp()))
        return Request(
            address=target.address,
            headers={
                "Content-Type": "application/json",
                "Idempotency-Key": batch,
                "webhook-id": batch,
                "webhook-timestamp": moment,
                "webhook-signature": signature(target.secrets["secret"], batch, moment, body),
            },
            body=body,
        )

    def read(self, reply: Reply, rows: Sequence[Row]) -> Mapping[str, Refused] | Missed:
        """``failed`` of the answer, if it has one; the keys are those of the payloads."""
        missed = missed_by_status(reply)
        if missed is not None:
            return missed
        try:
            said = orjson.loads(reply.body)
        except orjson.JSONDecodeError:
            return {}
        failed = said.get("failed") if isinstance(said, dict) else None
        if not isinstance(failed, list):
            return {}
        told = {(row.payload["key"], row.payload["step"]): row.key for row in rows}
        found: dict[str, Refused] = {}
        for one in failed:
            if not isinstance(one, dict):
                continue
            message = str(one.get("message") or one.get("code") or "refused")
            for step in (one["step"],) if "step" in one else ("conversion", "retraction", "restatement"):
                if (key := told.get((one.get("key"), step))) is not None:
                    found[key] = Refused(
                        code=str(one.get("code") or "refused"),
                        text=Text(zh=f"对方拒绝：{message}", en=f"refused by the other side: {message}"),
                        again=one.get("retry") is True,
                    )
        return found


def signature(secret: str, batch: str, moment: str, body: bytes) -> str:
    """``v1,`` and the HMAC-SHA256 of ``id.timestamp.body`` in base64."""
    key = base64.b64decode(secret.removeprefix(_PREFIX)) if secret.startswith(_PREFIX) else secret.encode()
    made = hmac.new(key, f"{batch}.{moment}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


WEBHOOK: Final = Webhook()
