"""Small OpenAPI documents, and what the import makes of them."""

from typing import Any

import pytest

from spot_planning.api.openapi_import import ImportOptions, ImportPlan, OpenApiError, Severity, build_import_document
from tests.openapi_options import open_options

INTEGRATION = "x-amazon-apigateway-integration"
OK = {"responses": {"200": {"description": "ok"}}}
JSON_BODY = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
REQUIRED_QUERY = {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}
AUTHORIZER = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {"type": "token"},
}
SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "query": {"type": "apiKey", "in": "query", "name": "token"},
    "custom": {"type": "apiKey", "in": "header", "name": "X-Token"},
    "one": AUTHORIZER,
    "two": AUTHORIZER,
    "iam": {"type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "awsSigv4"},
}


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": paths, **more}


def build(paths: dict[str, Any], options: ImportOptions | None = None, **more: Any) -> ImportPlan:
    return build_import_document(document(paths, **more), options or open_options())


def refused(paths: dict[str, Any], options: ImportOptions | None = None, **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(OpenApiError) as caught:
        build(paths, options, **more)
    return [(each.code, each.location) for each in caught.value.findings if each.severity is Severity.REFUSAL]


def codes(made: ImportPlan, severity: Severity | None = None) -> list[str]:
    return [each.code for each in made.report if severity in {None, each.severity}]
