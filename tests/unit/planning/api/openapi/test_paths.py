"""Paths of a document, and the resources of the REST API that they become."""

from typing import Any

import pytest

from spot_planning.api.openapi_import import Severity
from tests.openapi_options import open_options
from tests.unit.planning.api.openapi.small_documents import INTEGRATION, OK, REQUIRED_QUERY, build, codes, refused


def test_siblings_in_the_tree_share_one_variable_name() -> None:
    made = build({"/users/{userId}/posts/{id}": {"get": OK}, "/users/{id}": {"get": OK}, "/users/me": {"get": OK}})
    assert sorted(made.document["paths"]) == ["/users/me", "/users/{id}", "/users/{id}/posts/{id2}"]
    assert codes(made) == [
        "path-parameter-name",
        "path-parameter-name",
        "path-parameter",
        "path-parameter",
        "path-parameter",
    ]


@pytest.mark.parametrize(
    "path",
    ["no/slash", "/a//b", "/a~b", "/a b", "/ü", "/a/{", "/a/{}", "/{all+}/x", "/a%20b", "/a?b=c", "/{id}/{id}"],
)
def test_paths_that_cannot_be_resources(path: str) -> None:
    assert ("path", f"paths.{path}") in refused({path: {"get": OK}})


def test_a_greedy_parameter_beside_another_variable() -> None:
    assert {code for code, _ in refused({"/x/{id}": {"get": OK}, "/x/{rest+}": {"get": OK}})} == {"path"}


def test_paths_that_become_one_resource() -> None:
    assert refused(
        {"/x/{a}": {"get": {**OK, "security": []}}, "/x/{b}": {"get": {**OK, "parameters": [REQUIRED_QUERY]}}}
    ) == [("same-resource", "paths./x/{b}.get")]
    made = build({"/x": {"get": OK}, "/x/": {"post": OK}})
    assert set(made.document["paths"]["/x"]) == {"get", "post", "options"}


def test_paths_that_the_gateway_serves_alike_share_a_method() -> None:
    made = build({"/compare/{base}...{head}": {"get": OK}, "/compare/{basehead}": {"get": OK}})
    assert list(made.document["paths"]) == ["/compare/{baseHead}"]
    assert codes(made, Severity.WARNING) == ["same-resource"]
    assert {each.source_path for each in made.operations} == {"/compare/{base}...{head}", "/compare/{basehead}", None}


def test_trace_is_refused() -> None:
    assert refused({"/x": {"trace": OK}}) == [("method", "paths./x.trace")]


def test_reserved_paths_are_known() -> None:
    assert codes(build({"/ping": {"get": OK}})) == ["reserved-path"]


@pytest.mark.parametrize(
    ("servers", "base_path", "expected"),
    [
        ([{"url": "https://a.b/v1/"}], "prepend", "/v1/x"),
        ([{"url": "https://a.b/v1"}], "ignore", "/x"),
        ([{"url": "https://a.b"}], "prepend", "/x"),
        ([{"url": "/api"}, {"url": "/other"}], "prepend", "/api/x"),
        (
            [{"url": "https://{h}/{v}", "variables": {"h": {"default": "a.b"}, "v": {"default": "v3"}}}],
            "prepend",
            "/v3/x",
        ),
    ],
)
def test_base_paths(servers: Any, base_path: str, expected: str) -> None:
    made = build({"/x": {"get": OK}}, open_options(base_path=base_path), servers=servers)
    assert list(made.document["paths"]) == [expected]
    assert "servers" not in made.document
    assert made.document["paths"][expected]["get"][INTEGRATION]["uri"].endswith(f"backendHost}}{expected}")
