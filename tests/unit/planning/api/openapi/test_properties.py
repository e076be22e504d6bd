"""Properties that hold for every document."""

import json
import re
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator, OAS31Validator
from openapi_spec_validator import validate

from spot_planning.api.openapi_import import ImportOptions, ImportPlan, build_import_document
from tests.examples_count import examples
from tests.openapi_documents import METHODS, documents, schemas, value_for
from tests.openapi_options import open_options

slow = settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
OPTIONS = st.builds(
    open_options,
    cors_allowed_origins=st.sampled_from(
        [["*"], ["https://a.example.com"], ["https://a.example.com", "https://b.example.com"]]
    ),
    api_key_required=st.booleans(),
    base_path=st.sampled_from(["prepend", "ignore"]),
)


def _operations(plan: ImportPlan) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, key, operation) for path, item in plan.document["paths"].items() for key, operation in item.items()]


def _shuffled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shuffled(value[key]) for key in reversed(list(value))}
    return [_shuffled(item) for item in value] if isinstance(value, list) else value


@slow
@given(documents(), OPTIONS)
def test_every_document(document: dict[str, Any], options: ImportOptions) -> None:
    before = json.dumps(document)
    plan = build_import_document(document, options)
    assert json.dumps(document) == before, "the source was changed"

    # Every path parameter is declared, and each integration with a URI maps it.
    for path, key, operation in _operations(plan):
        names = re.findall(r"\{([^}]+)\}", path)
        declared = [parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "path"]
        assert declared == names, (path, key)
        integration = operation["x-amazon-apigateway-integration"]
        if integration["type"] != "mock":
            for name in names:
                assert (
                    integration["requestParameters"][f"integration.request.path.{name}"]
                    == f"method.request.path.{name}"
                )
            assert re.findall(r"(?<!\$)\{([^}]+)\}", integration["uri"]) == names

    # Every path answers OPTIONS, without an API key.
    for path, item in plan.document["paths"].items():
        assert "options" in item, path
        assert not item["options"].get("security"), path

    # No operation is lost, and none is served twice.
    expected = {(path, key) for path, item in document["paths"].items() for key in item if key in METHODS}
    assert {(each.source_path, each.http_method.lower()) for each in plan.operations if each.source_path} == expected

    # Siblings in the resource tree: at most one variable.
    children: dict[str, set[str]] = {}
    for path in plan.document["paths"]:
        steps = path.strip("/").split("/")
        for index, step in enumerate(steps):
            if step.startswith("{"):
                children.setdefault("/".join(steps[:index]), set()).add(step)
    assert all(len(names) == 1 for names in children.values())

    validate(plan.document)
    assert build_import_document(document, options).body == plan.body
    assert build_import_document(_shuffled(document), options).body == plan.body


@pytest.mark.parametrize("is_31", [False, True], ids=["3.0", "3.1"])
def test_models_only_widen(is_31: bool) -> None:
    """A model allows every value that the document's schema allows."""

    @settings(slow, max_examples=examples(100))
    @given(st.data())
    def check(data: st.DataObject) -> None:
        names = ("Company", "Audit")
        inner = data.draw(schemas(is_31=is_31, references=names))
        # The schema refers to itself only through a property, so that it is well-founded.
        audit = {"type": "object", "properties": {"alpha": {"$ref": "#/components/schemas/Audit"}, "beta": inner}}
        components = {"Company": data.draw(schemas(is_31=is_31)), "Audit": audit}
        schema = data.draw(schemas(is_31=is_31, references=names))
        document = {
            "openapi": "3.1.0" if is_31 else "3.0.3",
            "info": {"title": "t", "version": "1"},
            "paths": {
                "/": {
                    "post": {
                        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
                        "responses": {"200": {"description": "ok"}},
                    }
                }
            },
            "components": {"schemas": components},
        }
        plan = build_import_document(document)
        model = plan.document["paths"]["/"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        target = jsonschema.Draft4Validator({"allOf": [model], "components": plan.document["components"]})
        source_type = OAS31Validator if is_31 else OAS30Validator
        source = source_type({"allOf": [schema], "components": document["components"]})
        for _ in range(6):
            value = value_for(data.draw, schema, components)
            allowed = source.is_valid(value)
            event(f"allowed by the source: {allowed}")
            if allowed:
                target.validate(value)

    check()
