"""Requests checked against the shapes and limits that platforms publish, written down apart from the connectors."""

import csv
import io
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema_rs
import orjson

from huasuan.journeys import Request

_TEXT = {"type": "string", "minLength": 1}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": required | optional,
        "required": list(required),
        "additionalProperties": False,
    }


# https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference
_GA4 = _object(
    {
        "client_id": _TEXT,
        "events": {
            "type": "array",
            "minItems": 1,
            "maxItems": 25,
            "items": _object(
                {
                    "name": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]{0,39}$"},
                    "params": {
                        "type": "object",
                        "maxProperties": 25,
                        "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9_]{0,39}$"},
                        "additionalProperties": {"type": ["string", "number"], "maxLength": 100},
                        "required": ["session_id", "engagement_time_msec"],
                    },
                }
            ),
        },
    },
    timestamp_micros={"type": "integer", "minimum": 1_000_000_000_000_000},
    consent=_object(
        {}, ad_user_data={"enum": ["GRANTED", "DENIED"]}, ad_personalization={"enum": ["GRANTED", "DENIED"]}
    ),
)
_URL = {"type": "string", "maxLength": 1024, "pattern": "bd_vid=."}
_SECONDS = {"type": "integer", "minimum": 1_000_000_000, "maximum": 9_999_999_999}
# http://ocpx.baidu.com/developer/ocpc-doc/api/api-doc/api-interface and api-invalid-interface
_BAIDU = {
    "uploadConvertData": _object(
        {
            "token": _TEXT,
            "conversionTypes": {
                "type": "array",
                "minItems": 1,
                "maxItems": 99,
                "items": _object(
                    {"logidUrl": _URL, "newType": {"type": "integer"}},
                    convertTime=_SECONDS,
                    convertValue={"type": "integer", "minimum": 0},
                ),
            },
        }
    ),
    "uploadInvalidConvertData": _object(
        {
            "token": _TEXT,
            "invalidConversionTypes": {
                "type": "array",
                "minItems": 1,
                "maxItems": 99,
                "items": _object(
                    {"logidUrl": _URL, "convertType": {"type": "integer"}, "convertTime": _SECONDS},
                    confidence={"type": "integer", "minimum": 0, "maximum": 100},
                    invalidReason={"type": "string"},
                ),
            },
        }
    ),
}
# https://event-manager.oceanengine.com/docs/8650/all_events/ Those of calls, forms and payment; a name that is not
# among all of them is refused or, worse, kept as an event nobody bids for.
_OCEAN_EVENTS = (
    "phone",
    "phone_confirm",
    "phone_connect",
    "phone_effective",
    "form",
    "clue_confirm",
    "clue_high_intention",
    "customer_effective",
    "active_pay",
)
_OCEAN = _object(
    {
        "event_type": {"enum": _OCEAN_EVENTS},
        "context": _object(
            {"ad": _object({"callback": {"type": "string", "minLength": 1}}, match_type={"enum": [0, 1, 2]})}
        ),
        "timestamp": {"type": "integer", "minimum": 1_000_000_000_000, "maximum": 9_999_999_999_999},
    },
    event_weight={"type": "number", "minimum": 0},
)
# https://developers.e.qq.com/v3.0/docs/api/user_actions/add
_TENCENT = _object(
    {
        "account_id": {"type": "integer"},
        "user_action_set_id": {"type": "integer"},
        "actions": {
            "type": "array",
            "minItems": 1,
            "maxItems": 50,
            "items": _object(
                {
                    "action_time": {"type": "integer", "minimum": 0, "maximum": 2_147_483_647},
                    "action_type": {"type": "string", "pattern": "^[A-Z_]+$"},
                    "outer_action_id": {"type": "string", "pattern": "^[A-Za-z0-9_]{0,255}$"},
                    "trace": _object({"click_id": {"type": "string", "minLength": 1, "maxLength": 64}}),
                    "url": {"type": "string", "minLength": 1, "maxLength": 2048},
                },
                action_param={"type": "object"},
            ),
        },
    }
)
_WEBHOOK = _object({"conversions": {"type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "object"}}})


def check_request(platform: str, request: Request) -> None:
    """Nothing in the request is other than the platform publishes it."""
    if platform == "yandex":
        _yandex(request)
        return
    method = urlsplit(request.address).path.rpartition("/")[2]
    schema = {
        "ga4": _GA4, "oceanengine": _OCEAN, "tencent": _TENCENT, "webhook": _WEBHOOK, "baidu": _BAIDU.get(method),
    }[platform]  # fmt: skip
    assert schema is not None
    jsonschema_rs.validate(schema, orjson.loads(request.body))
    asked = parse_qs(urlsplit(request.address).query)
    if platform == "ga4":
        assert len(request.body) < 130_000
        assert asked.keys() == {"measurement_id", "api_secret"}
    if platform == "tencent":
        assert asked.keys() == {"access_token", "timestamp", "nonce"}
        assert len(asked["nonce"][0]) <= 32
        assert len(request.body) < 50_000


# https://yandex.com/dev/metrika/en/management/offline-conv and /calls
_YANDEX = {
    "upload": {
        "ClientId": r"\d+|", "Yclid": r"\d+|", "Target": r"\S+", "DateTime": r"\d{10}", "Price": r"\d+(\.\d+)?|",
        "Currency": r"[A-Z]{3}|",
    },
    "upload_calls": {
        "ClientId": r"\d+|", "Yclid": r"\d+|", "DateTime": r"\d{10}", "StaticCall": r"0|1|", "TalkDuration": r"\d+|",
        "CallMissed": r"0|1|", "Tag": r"[\w-]*", "Price": r"\d+(\.\d+)?|", "Currency": r"[A-Z]{3}|",
    },
}  # fmt: skip


def _yandex(request: Request) -> None:
    columns = _YANDEX[urlsplit(request.address).path.rpartition("/")[2]]
    boundary = request.headers["Content-Type"].partition("boundary=")[2]
    part = request.body.split(f"--{boundary}".encode())[1]
    text = part.partition(b"\r\n\r\n")[2].decode().removesuffix("\r\n")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows
    for one in rows:
        assert one.keys() <= columns.keys()
        assert one.get("ClientId") or one.get("Yclid")
        for name, value in one.items():
            assert re.fullmatch(columns[name], value), (name, value)
