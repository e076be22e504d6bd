"""Odd but readable documents: built or refused with a place, never a crash, and nothing lost without a word."""

from typing import Any

import pytest

from components.planning.openapi_import import OpenApiError, build_import_document
from tests.unit.planning.test_openapi_import import INTEGRATION, OK, build, document


def _model(schema: Any, version: str = "3.1.0") -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    made = build_import_document({**document({"/x": {"post": {**OK, "requestBody": body}}}), "openapi": version})
    (model,) = made.document["components"]["schemas"].values()
    return model


@pytest.mark.parametrize(
    ("schema", "model"),
    [
        ({"type": ["string", "null"], "format": "date-time"}, {"format": "date-time"}),
        ({"type": ["string"], "format": "date-time"}, {"type": "string", "format": "date-time"}),
        ({"type": ["string", "integer"], "format": "email"}, {"format": "email"}),
        ({"type": ["integer", "null"], "format": "email"}, {}),
        ({"type": "string", "format": "date-time"}, {"type": "string", "format": "date-time"}),
    ],
)
def test_a_format_beside_a_list_of_types(schema: dict[str, Any], model: dict[str, Any]) -> None:
    assert _model(schema) == model


@pytest.mark.parametrize(
    ("change", "location"),
    [
        ({"info": {"title": "t", "version": "1", "description": "\ud800"}}, "info.description"),
        ({"paths": {"/x": {"get": {**OK, "summary": "a\udfff"}}}}, "paths./x.get.summary"),
        ({"components": {"schemas": {"\ud83d": {}}}}, "components.schemas"),
        ({"paths": {"/x": {"get": {**OK, "x-\udfff": 1}}}}, "paths./x.get"),
    ],
)
def test_half_a_surrogate_pair_is_refused_where_it_stands(change: dict[str, Any], location: str) -> None:
    with pytest.raises(OpenApiError, match="half of a surrogate pair") as caught:
        build_import_document({**document({"/x": {"get": OK}}), **change})
    assert caught.value.location == location


def test_a_number_beyond_what_json_readers_keep_is_refused() -> None:
    operation = {**OK, "x-method-settings": {"throttlingRateLimit": 10**400}}
    with pytest.raises(OpenApiError, match="too large") as caught:
        build({"/x": {"get": operation}})
    assert caught.value.location == "paths./x.get.x-method-settings.throttlingRateLimit"
