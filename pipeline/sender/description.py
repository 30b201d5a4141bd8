"""The description of the API (OpenAPI 3.1): who may call a route, and what a refusal looks like."""

import re
from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from pipeline.sender.answers import Problem
from pipeline.sender.authentication import GoodFor

__all__ = ["describe", "operation_id"]

_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer gp_…`"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_REFUSED = "Refused: a problem document (RFC 9457) that says what is wrong and how to mend it"


def operation_id(route: APIRoute) -> str:
    """The name of a route for those who make clients of the description, such as `emails_send`."""
    subject = str(route.tags[0]) if route.tags else ""
    return re.sub(r"[^a-z]+", "_", f"{subject.replace('e-mail', 'email')} {route.name}".lower())


def describe(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Have `app` describe itself with scopes and problems; `routers` are those it includes."""
    scopes = dict(_scopes(routers))

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app, scopes)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _described(app: FastAPI, scopes: dict[tuple[str, str], str]) -> dict[str, Any]:
    found = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    parts = found.setdefault("components", {})
    parts["securitySchemes"] = _SCHEMES
    schemas = parts["schemas"]
    own = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(own.pop("$defs"))
    schemas["Problem"] = own
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            _complete(operation, scopes.get((method.upper(), path)))
    return found


def _complete(operation: dict[str, Any], scope: str | None) -> None:
    answers = operation["responses"]
    answers.pop("422", None)
    for one in answers.values():
        for content in one.get("content", {}).values():
            if "$ref" in content.get("schema", {}):  # the model says it all
                content["schema"] = {"$ref": content["schema"]["$ref"]}
    if operation["operationId"].endswith(("_send", "_reply")) and "202" in answers:
        answers["200"] = {**answers["202"], "description": "The same request came before"}
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    answers["default"] = {
        "description": _REFUSED, "content": {"application/problem+json": problem},
    }  # fmt: skip
    if scope is not None:
        operation["security"] = [{"bearer": [scope]}, {"apiKey": [scope]}]
        operation["description"] = (
            f"{operation.get('description', '')}\n\nFor keys with the scope `{scope}`."
        )


def _scopes(routers: Iterable[APIRouter]) -> Iterable[tuple[tuple[str, str], str]]:
    """The scope that each route asks for, by method and path."""
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                for needed in route.dependant.dependencies:
                    if isinstance(needed.call, GoodFor):
                        for method in route.methods or ():
                            yield (method, route.path_format), needed.call.scope
