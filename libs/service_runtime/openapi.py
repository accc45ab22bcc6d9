"""The published description of a service: OpenAPI 3.1, with the one shape of every refusal."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service_runtime.callers import SCHEME_NAME
from service_runtime.problems import ProblemDetails, problem_responses


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """Returns the OpenAPI document of an app, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = _made(app)
    return app.openapi_schema


def _made(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=app.openapi_version,
        description=app.description,
        routes=app.routes,
        servers=app.servers,
        contact=app.contact,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    shape = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= shape.pop("$defs", {}) | {"ProblemDetails": shape}
    for operations in document.get("paths", {}).values():
        for operation in operations.values():
            _complete(operation)
    schemes = document["components"].get("securitySchemes", {})
    for name in [name for name in schemes if name.startswith(SCHEME_NAME)]:
        schemes[SCHEME_NAME] = schemes.pop(name)
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    return document


def _complete(operation: dict[str, Any]) -> None:
    """FastAPI documents a 422 that is never given; what any operation can give, one that wants a token and one with a body."""
    if "security" in operation:
        operation["security"] = [_with_scopes(wanted) for wanted in operation["security"]]
    responses = operation.setdefault("responses", {})
    responses.pop("422", None)
    signed_in = (401, 403, 503) if operation.get("security") else ()
    with_body = (413, 415) if "requestBody" in operation else ()
    for status, described in problem_responses(400, 429, 500, *signed_in, *with_body).items():
        responses.setdefault(str(status), described)
    for response in responses.values():
        response.setdefault("headers", {})["API-Version"] = {
            "description": "the full version of this API",
            "schema": {"type": "string"},
        }


def _with_scopes(wanted: dict[str, list[str]]) -> dict[str, list[str]]:
    """FastAPI knows a scheme by its name only, so the scopes of `authorised` travel in it until here."""
    return {name.partition(" ")[0]: scopes + name.split(" ")[1:] for name, scopes in wanted.items()}
