"""The OpenAPI 3.1 document, made from the declared endpoints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from .endpoint import Endpoint
from .problem import CODES, Problem
from .values import RowBlock

_TEMPLATE = "#/components/schemas/{name}"
_CELL: dict[str, Any] = {
    "description": "A database value; what JSON cannot carry is an object with one key: "
    "$int, $float, $bytes, $badtext, $cut.",
    "anyOf": [
        {"type": ["null", "boolean", "number", "string"]},
        {"type": "object", "minProperties": 1, "maxProperties": 1},
    ],
}


def _schema_hook(kind: type) -> dict[str, Any]:
    if kind is RowBlock:
        return {"type": "array", "items": {"type": "array", "items": _CELL}}
    raise TypeError(f"{kind.__name__} has no schema")


def document(endpoints: Iterable[Endpoint[Any, Any]], version: str) -> dict[str, Any]:
    """The whole document as JSON-ready values; one operation per endpoint."""
    listed = list(endpoints)
    types: list[Any] = [Problem]
    for endpoint in listed:
        types += [endpoint.request, endpoint.response]
    unique = list(dict.fromkeys(types))
    schemas, components = msgspec.json.schema_components(
        unique, schema_hook=_schema_hook, ref_template=_TEMPLATE
    )
    by_type = dict(zip(unique, schemas, strict=True))
    components["Problem"]["properties"]["code"]["enum"] = sorted(CODES)
    paths: dict[str, Any] = {}
    for endpoint in listed:
        operation = _operation(endpoint, by_type, components)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Backlight", "version": version, "license": {"name": "MIT", "identifier": "MIT"}},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(
    endpoint: Endpoint[Any, Any], schemas: dict[Any, dict[str, Any]], components: dict[str, Any]
) -> dict[str, Any]:
    answer_type = "application/jsonl" if endpoint.stream else "application/json"
    answers = {answer_type: {"schema": schemas[endpoint.response]}}
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "description": f"Needs a token that may {endpoint.scope}.",
        "tags": [endpoint.capability],
        "responses": {
            "200": {"description": "Done", "content": answers},
            "default": {
                "description": "A problem",
                "content": {"application/json": {"schema": schemas[Problem]}},
            },
        },
    }
    if endpoint.method == "POST":
        content = {"application/json": {"schema": schemas[endpoint.request]}}
        operation["requestBody"] = {"required": True, "content": content}
    else:
        shape = components[schemas[endpoint.request]["$ref"].rsplit("/", 1)[1]]
        operation["parameters"] = [
            {"name": name, "in": "query", "required": name in shape.get("required", []), "schema": field}
            for name, field in shape.get("properties", {}).items()
        ]
    return operation
