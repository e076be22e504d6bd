"""Quotas of API Gateway: what is refused, what is warned of, and what is left out to stay below them."""

from spot_planning.api.openapi_import import ImportQuotas
from tests.openapi_options import open_options
from tests.unit.planning.api.openapi.small_documents import OK, REQUIRED_QUERY, SCHEMES, build, codes, refused


def test_over_the_quota_of_resources_is_refused_and_near_it_warned_of() -> None:
    paths = {f"/p{index}": {"get": OK} for index in range(300)}
    assert refused(paths) == [("resources", "paths")]
    assert codes(build({path: paths[path] for path in list(paths)[:299]})) == ["resources"]
    assert codes(build({path: paths[path] for path in list(paths)[:238]})) == []
    assert build(paths, open_options(quotas=ImportQuotas(resources=400))).usage.resources == 301


def test_segments_are_counted_not_paths() -> None:
    assert build({"/a/b/c/{d}": {"get": OK}, "/a/b": {"get": OK}}).usage.resources == 5


def test_over_the_import_size_descriptions_go_first() -> None:
    operation = {**OK, "description": "d" * 3000, "parameters": [{**REQUIRED_QUERY, "description": "p" * 3000}]}
    paths = {"/x": {"get": operation}}
    small = build(paths, open_options(quotas=ImportQuotas(import_bytes=3000)))
    assert codes(small)[:2] == ["documentation", "documentation"]
    assert "description" not in small.document["paths"]["/x"]["get"]
    half = build(paths, open_options(quotas=ImportQuotas(import_bytes=6000)))
    assert half.document["paths"]["/x"]["get"]["description"] == "d" * 3000
    assert refused(paths, open_options(quotas=ImportQuotas(import_bytes=1000))) == [("import-size", "document")]


def test_over_the_documentation_parts_descriptions_go() -> None:
    made = build(
        {"/x": {"get": {**OK, "summary": "s", "parameters": [{**REQUIRED_QUERY, "description": "p"}]}}},
        open_options(quotas=ImportQuotas(documentation_parts=2)),
    )
    assert made.usage.documentation_parts == 2
    assert made.document["paths"]["/x"]["get"]["summary"] == "s"


def test_a_model_that_is_too_large_is_left_to_the_backend() -> None:
    schema = {"type": "object", "properties": {f"property{index}": {"type": "string"} for index in range(50)}}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    made = build({"/x": {"post": {**OK, "requestBody": body}}}, open_options(quotas=ImportQuotas(model_bytes=500)))
    assert made.document["components"]["schemas"] == {"PostXRequest": {"type": "object"}}
    assert codes(made) == ["model-size"]


def test_other_quotas() -> None:
    assert refused(
        {"/x": {"get": {**OK, "security": [{"one": []}]}}},
        open_options(quotas=ImportQuotas(authorizers=0)),
        components={"securitySchemes": SCHEMES},
    ) == [("authorizers", "components.securitySchemes")]
    assert refused({"/x": {"get": OK}}, **{"x-amazon-apigateway-policy": {"Statement": ["x" * 9000]}}) == [
        ("length", "x-amazon-apigateway-policy")
    ]
