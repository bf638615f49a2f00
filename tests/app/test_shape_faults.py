"""Every fault that a shape of ours can find is said in Chinese and English, with the field's name."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

import huasuan.app.http.application
from app.people.visitors import program
from huasuan.app.http.consent_rules import OwnRuleBody
from huasuan.app.http.named import PersonBody
from huasuan.consent.terms import TERMS
from huasuan.intake.kinds import KINDS
from huasuan.intake.wire import WireMoney, wire_model
from huasuan.kernel.faults import SAID, said_of
from huasuan.people import Right, Workspace
from huasuan.store import Store

# What a node of a shape can find wrong, by its type and, after a colon, by what it is given besides.
_FOUND_BY = {
    "str": "string_type string_unicode", "str:min_length": "string_too_short", "str:max_length": "string_too_long",
    "str:pattern": "string_pattern_mismatch", "int": "int_type int_parsing int_parsing_size int_from_float",
    "float": "float_type float_parsing", "float:allow_inf_nan": "finite_number", "bool": "bool_type bool_parsing",
    "decimal": "decimal_type decimal_parsing finite_number", "decimal:max_digits": "decimal_max_digits",
    "decimal:decimal_places": "decimal_max_places decimal_whole_digits", "*:gt": "greater_than",
    "*:ge": "greater_than_equal", "*:lt": "less_than", "*:le": "less_than_equal", "*:multiple_of": "multiple_of",
    "list": "list_type", "tuple": "tuple_type", "list:min_length": "too_short", "list:max_length": "too_long",
    "dict:min_length": "too_short", "dict:max_length": "too_long", "dict": "dict_type", "literal": "literal_error",
    "enum": "enum", "date": "date_type date_parsing date_from_datetime_parsing date_from_datetime_inexact",
    "datetime": "datetime_type datetime_parsing datetime_from_date_parsing datetime_object_invalid",
    "datetime:tz_constraint": "timezone_aware", "model": "model_type model_attributes_type",
    "model-fields": "missing", "dataclass": "dataclass_type", "dataclass-args": "missing", "none": "none_required",
    "*:extra_behavior": "extra_forbidden", "*:extra_fields_behavior": "extra_forbidden",
    "function-before": "money_as_float", "function-after": "one_person only_blanks",
}  # fmt: skip
_NOTHING = {
    "any",
    "default",
    "definition-ref",
    "definitions",
    "nullable",
    "union",
    "model-field",
    "dataclass-field",
    "no-info",
}
# Of parameters and of shapes that are no models here; or that the next shape is likely to need.
_SEEN_ELSEWHERE = {"json_invalid", "json_type", "set_type", "frozen_set_type", "mapping_type", "less_than"}
_SEEN_ELSEWHERE |= {"multiple_of", "enum", "none_required"}


def _nodes(schema: object) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str):
            yield schema
        for name, value in schema.items():
            if name not in {"metadata", "serialization", "ref", "cls", "default"}:
                yield from _nodes(value)
    elif isinstance(schema, list | tuple):
        for one in schema:
            yield from _nodes(one)


def _shapes() -> Iterator[object]:
    waiting = [BaseModel]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if kind.__module__.startswith(huasuan.app.http.application.__package__):
            yield kind.__pydantic_core_schema__
    for fact in KINDS.values():
        yield wire_model(fact.record).__pydantic_core_schema__
    for terms in TERMS.values():
        yield TypeAdapter(terms).core_schema


def test_every_fault_that_a_shape_can_find_has_its_words() -> None:
    nodes = [node for shape in _shapes() for node in _nodes(shape)]
    types = {node["type"] for node in nodes}
    assert types - {name.partition(":")[0] for name in _FOUND_BY} <= _NOTHING
    found: set[str] = set()
    for node in nodes:
        for name, faults in _FOUND_BY.items():
            kind, _, given = name.partition(":")
            if kind in {"*", node["type"]} and (not given or given in {**node, **node.get("config", {})}):
                found.update(faults.split())
    assert len(found) > 30
    assert found - SAID.keys() == set()
    assert SAID.keys() - found <= _SEEN_ELSEWHERE


_WRONG: tuple[tuple[Any, Any, str], ...] = (
    (str, 1, "string_type"),
    (str, b"\xff", "string_unicode"),
    (Annotated[str, Field(min_length=2)], "a", "string_too_short"),
    (Annotated[str, Field(max_length=2)], "aaa", "string_too_long"),
    (Annotated[str, Field(pattern="^[0-9]{2}$")], "x", "string_pattern_mismatch"),
    (int, "x", "int_parsing"),
    (int, 1.5, "int_from_float"),
    (int, [], "int_type"),
    (int, "9" * 5000, "int_parsing_size"),
    (float, "x", "float_parsing"),
    (float, [], "float_type"),
    (Annotated[float, Field(allow_inf_nan=False)], "inf", "finite_number"),
    (bool, "x", "bool_parsing"),
    (bool, [], "bool_type"),
    (Decimal, "x", "decimal_parsing"),
    (Decimal, [], "decimal_type"),
    (Annotated[Decimal, Field(max_digits=2)], "123", "decimal_max_digits"),
    (Annotated[Decimal, Field(decimal_places=1)], "1.23", "decimal_max_places"),
    (Annotated[Decimal, Field(max_digits=3, decimal_places=2)], "12.0", "decimal_whole_digits"),
    (Annotated[int, Field(gt=1)], 1, "greater_than"),
    (Annotated[int, Field(ge=1)], 0, "greater_than_equal"),
    (Annotated[int, Field(lt=1)], 1, "less_than"),
    (Annotated[int, Field(le=1)], 2, "less_than_equal"),
    (list[int], "x", "list_type"),
    (tuple[int, ...], "x", "tuple_type"),
    (dict[str, int], [], "dict_type"),
    (Annotated[list[int], Field(min_length=1)], [], "too_short"),
    (Annotated[list[int], Field(max_length=1)], [1, 2], "too_long"),
    (Literal["zh", "en"], "fr", "literal_error"),
    (date, "x", "date_from_datetime_parsing"),
    (date, [], "date_type"),
    (date, "2026-01-01T01:00:00", "date_from_datetime_inexact"),
    (AwareDatetime, "x", "datetime_from_date_parsing"),
    (AwareDatetime, [], "datetime_type"),
    (AwareDatetime, "2026-01-01T00:00:00", "timezone_aware"),
    (None, 1, "none_required"),
    (WireMoney, 1.5, "money_as_float"),
    (PersonBody, {}, "one_person"),
    (PersonBody, 1, "model_type"),
    (PersonBody, {"x": 1, "email": "a@b"}, "extra_forbidden"),
    (OwnRuleBody, {"rule": "R01", "country": "CN", "parameters": {"a": 1}}, "missing"),
)


@pytest.mark.parametrize(("shape", "value", "kind"), _WRONG, ids=[kind for *_, kind in _WRONG])
def test_a_fault_is_said_in_chinese_without_english(shape: Any, value: object, kind: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(shape).validate_python(value)
    faults = caught.value.errors()
    assert [one["type"] for one in faults] == [kind]
    words = said_of(faults)
    (name,) = {str(one["loc"][0]) if one["loc"] else "" for one in faults}
    left = words.zh.removeprefix(name).replace("true", "").replace("false", "").replace("null", "").replace("JSON", "")
    allowed = {"number", "email"} if kind == "one_person" else {"zh", "en"} if kind == "literal_error" else set()
    assert set(re.findall("[A-Za-z]{2,}", left)) <= allowed
    assert words.en.startswith(name or "the content")
    assert "{" not in words.zh.replace("{2}", "")


def test_a_request_of_the_wrong_shape_names_its_fields(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    with program(store, workspace, tmp_path, rights=frozenset(Right)) as client:
        body = {"kind": "radio", "numbers": ["02162000001", ""], "colour": "red"}
        told = client.post("/api/v1/tracking/numbers", json=body).json()
        assert told["code"] == "bad_request"
        assert told["text"]["zh"] == (
            "请求不符合格式：numbers[2]：过短，至少 1 个字符；"
            "kind：须为以下之一：static, pool, overflow, extension, axb, own；"
            "colour：没有这个字段"
        )
        assert told["text"]["en"].endswith("colour: there is no such field")
        broken = client.post("/api/v1/tracking/numbers", content=b"{", headers={"content-type": "application/json"})
        assert broken.json()["text"]["zh"].endswith("不是有效的 JSON")
        refused = client.post("/api/v1/facts/call", json=[{"direction": "sideways"}]).json()["items"][0]
        assert "direction：须为以下之一：in, out" in refused["text"]["zh"]
