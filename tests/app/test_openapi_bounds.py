"""Whole numbers that come from outside have bounds: what no column can hold is a bad request, never a failure."""

from collections.abc import Iterator
from typing import Any

from huasuan.app.develop.description import description


def test_every_whole_number_a_client_sends_has_a_largest_one() -> None:
    told = description()
    schemas = told["components"]["schemas"]
    found: dict[str, Any] = {}
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                found[f"{method} {path} {parameter['name']}"] = parameter["schema"]
            if "requestBody" in operation:
                found[f"{method} {path}"] = operation["requestBody"]
    numbers = [(place, one) for place, schema in found.items() for one in _numbers(schema, schemas, frozenset())]
    assert len(numbers) > 100
    bounds = {"maximum", "exclusiveMaximum", "enum", "const"}
    assert sorted({place for place, one in numbers if not bounds & one.keys()}) == []


def _numbers(schema: Any, schemas: dict[str, Any], above: frozenset[str]) -> Iterator[dict[str, Any]]:
    """The whole numbers anywhere in a schema; what contains itself is gone through once."""
    if isinstance(schema, list):
        for one in schema:
            yield from _numbers(one, schemas, above)
    elif isinstance(schema, dict):
        if schema.get("type") == "integer":
            yield schema
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name and name not in above:
            yield from _numbers(schemas[name], schemas, above | {name})
        for one in schema.values():
            yield from _numbers(one, schemas, above)
