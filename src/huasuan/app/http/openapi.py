"""The OpenAPI description: the shape of every kind of record, and of every error."""

from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from huasuan.app.http.facts import DELIVERY_SCHEMA, NDJSON
from huasuan.app.http.problems import PROBLEM_SCHEMA, PROBLEM_TYPE
from huasuan.app.http.routes import addresses
from huasuan.app.http.shapes import describe_shapes
from huasuan.intake import KINDS, wire_model

_REFERENCE = "#/components/schemas/{model}"
_FACTS_PATH = "/facts/{kind}"
_BOTH_LANGUAGES: dict[str, Any] = {
    "type": "object",
    "required": ["zh", "en"],
    "properties": {"zh": {"type": "string"}, "en": {"type": "string"}},
}


def describe(app: FastAPI) -> None:
    """Let the application describe itself completely; made at the first request for it, then kept."""

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
            app.openapi_schema = _complete(schema, {one.operation: one.demand for one in addresses(app)})
        return app.openapi_schema

    # FastAPI's own way to extend its description.
    app.openapi = complete  # type: ignore[method-assign]


def _complete(schema: dict[str, Any], rights: dict[str, str]) -> dict[str, Any]:
    models = [(wire_model(kind.record), "validation") for kind in KINDS.values()]
    _, definitions = models_json_schema(models, ref_template=_REFERENCE)  # type: ignore[arg-type]
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    components.update(definitions["$defs"])
    components |= {"Problem": PROBLEM_SCHEMA, "BothLanguages": _BOTH_LANGUAGES, "Delivery": DELIVERY_SCHEMA}
    describe_shapes(schema)
    for path in list(schema["paths"]):
        for operation in schema["paths"][path].values():
            _add_problems(operation)
            operation["x-huasuan-right"] = rights[operation["operationId"]]
        if path.endswith(_FACTS_PATH):
            _split_by_kind(schema["paths"], path)
    return schema


def _add_problems(operation: dict[str, Any]) -> None:
    """Errors leave as problem details, not in FastAPI's own shape."""
    content = {PROBLEM_TYPE: {"schema": {"$ref": _REFERENCE.format(model="Problem")}}}
    responses = operation["responses"]
    responses.pop("422", None)
    responses["4XX"] = {"description": "Refused; says why and what to do", "content": content}
    responses["5XX"] = {"description": "The installation is at fault", "content": content}


def _split_by_kind(paths: dict[str, Any], path: str) -> None:
    """One documented address for each kind of record, so that each shows its own fields."""
    general = paths.pop(path)["post"]
    for name, kind in KINDS.items():
        operation = deepcopy(general)
        record = {"$ref": _REFERENCE.format(model=wire_model(kind.record).__name__)}
        operation["operationId"] = f"post_{name}"
        operation["summary"] = f"Send records: {name}"
        operation["parameters"] = [given for given in operation["parameters"] if given["name"] != "kind"]
        operation["requestBody"] = {
            "required": True,
            "content": {
                "application/json": {"schema": {"type": "array", "items": record, "minItems": 1}},
                NDJSON: {"schema": record},
            },
        }
        operation["responses"]["200"] = {
            "description": "Durable",
            "content": {"application/json": {"schema": {"$ref": _REFERENCE.format(model="Delivery")}}},
        }
        paths[path.replace("{kind}", name)] = {"post": operation}
