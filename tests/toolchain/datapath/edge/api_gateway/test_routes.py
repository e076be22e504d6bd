"""A request's path selects the same resource as in API Gateway."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolchain.datapath.edge.api_gateway.routes import (
    BasePathMapping,
    Match,
    Routes,
    Target,
    mapped,
    method_for,
    staged,
)

ROUTES = Routes(
    ["/", "/companies", "/companies/{id}", "/companies/mine", "/companies/{id}/files/{file}", "/a/{proxy+}"]
)


@pytest.mark.parametrize(
    ("path", "resource", "parameters"),
    [
        ("/", "/", {}),
        ("", "/", {}),
        ("/companies", "/companies", {}),
        ("/companies/", "/companies", {}),
        ("/companies/mine", "/companies/mine", {}),
        ("/companies/7", "/companies/{id}", {"id": "7"}),
        ("/companies/a%20b%2Fc", "/companies/{id}", {"id": "a b/c"}),
        ("/companies/mine/files/x", "/companies/{id}/files/{file}", {"id": "mine", "file": "x"}),
        ("/a/b/c", "/a/{proxy+}", {"proxy": "b/c"}),
        ("/c%6Fmpanies", "/companies", {}),
    ],
)
def test_a_path_leads_to_the_most_specific_resource(path, resource, parameters):
    assert ROUTES.match(path) == Match(resource, parameters)


@pytest.mark.parametrize("path", ["/nothing", "/companies//files/x", "/companies/7/files", "/a", "//companies"])
def test_other_paths_lead_nowhere(path):
    assert ROUTES.match(path) is None


def test_a_parameter_of_a_way_that_leads_nowhere_is_not_kept():
    routes = Routes(["/x/{id}/end", "/{proxy+}"])
    assert routes.match("/x/1/other") == Match("/{proxy+}", {"proxy": "x/1/other"})


@given(st.text(min_size=1).filter(lambda text: text != "mine"), st.text(min_size=1))
def test_any_encoded_segments_come_back_decoded(first, second):
    text = first.encode("utf-8", "replace").decode(), second.encode("utf-8", "replace").decode()
    path = f"/companies/{quote(text[0], safe='')}/files/{quote(text[1], safe='')}"
    assert ROUTES.match(path) == Match("/companies/{id}/files/{file}", {"id": text[0], "file": text[1]})


def test_any_is_for_methods_that_the_resource_lacks():
    assert method_for({"GET": 1, "ANY": 2}, "get") == 1
    assert method_for({"GET": 1, "ANY": 2}, "POST") == 2
    assert method_for({"GET": 1}, "POST") is None


def test_the_longest_base_path_wins():
    mappings = [BasePathMapping("", "all", "s"), BasePathMapping("v1", "one", "s"), BasePathMapping("v1/x", "two", "")]
    assert mapped(mappings, "/v1/pets") == Target("one", "s", "/pets")
    assert mapped(mappings, "/v1") == Target("one", "s", "/")
    assert mapped(mappings, "/v1/x/prod/pets") == Target("two", "prod", "/pets")
    assert mapped(mappings, "/v10/pets") == Target("all", "s", "/v10/pets")
    assert mapped(mappings[1:], "/pets") is None


def test_the_first_segment_is_the_stage_under_execute_api():
    assert staged("a", "/prod/pets/1") == Target("a", "prod", "/pets/1")
    assert staged("a", "/prod") == Target("a", "prod", "/")
