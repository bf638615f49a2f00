"""Conversions as Baidu takes them (OCPC): valid ones by landing address, and invalid ones told to the bidder."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from huasuan.journeys import Conversion, Goal, Row, Unsendable, unsendable

ROWS_A_REQUEST = 99
LONGEST_URL = 1024
VALID, INVALID = "uploadConvertData", "uploadInvalidConvertData"
# Baidu's number of a call that was put through (电话拨通). What an account counts as a sale is its own choice.
CALLS: Mapping[Goal, int] = {"call": 30, "unique_call": 30, "target_call": 30, "unique_target_call": 30}
_SURE = 100


def row_of(conversion: Conversion, now: datetime, kinds: Mapping[Goal, int] = CALLS) -> Row | Unsendable:
    """A valid conversion; a junk call or a cancelled sale is told as an invalid one, with its reason.

    kinds: the account's number of each goal (newType); goals without one are not told.
    """
    url = conversion.landing_url or ""
    if not parse_qs(urlsplit(url).query).get("bd_vid"):
        return unsendable(conversion, "no_bd_vid", "着陆页地址中没有 bd_vid", "the landing address has no bd_vid")
    if len(url) > LONGEST_URL:
        return unsendable(
            conversion, "url_too_long", "着陆页地址超过 1024 个字符", "the landing address has over 1024 characters"
        )
    if conversion.happened_at > now:
        return unsendable(conversion, "future", "转化时间在未来", "the conversion lies in the future")
    if conversion.step == "restatement":
        return unsendable(
            conversion, "no_restatement", "百度不接受更正金额", "Baidu takes no restated value; only a whole sale back"
        )
    if conversion.goal not in kinds:
        return unsendable(
            conversion, "no_kind", "账户没有为此目标设定转化类型", "the account has no kind of conversion for this goal"
        )
    payload: dict[str, Any] = {"logidUrl": url, "newType": kinds[conversion.goal]}
    if conversion.step == "conversion" and conversion.junk_reason is None:
        return Row(method=VALID, key=conversion.key, payload=payload)
    payload |= {
        "convertTime": int(conversion.happened_at.timestamp()),
        "confidence": _SURE,
        "invalidReason": conversion.junk_reason or "cancelled",
    }
    return Row(method=INVALID, key=conversion.key, payload=payload)


def requests(rows: Sequence[Row], token: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests of fewer than 100 rows, as the platform wants them."""
    for method in (VALID, INVALID):
        mine = [row.payload for row in rows if row.method == method]
        for begin in range(0, len(mine), ROWS_A_REQUEST):
            yield method, {"token": token, "conversionTypes": mine[begin : begin + ROWS_A_REQUEST]}
