"""Security schemes and requirements of a document, in the import document."""

from typing import Any

import pytest

from tests.openapi_options import open_options
from tests.unit.planning.api.openapi.small_documents import OK, SCHEMES, build, refused


@pytest.mark.parametrize(
    ("root", "own", "forced", "key", "authorizer"),
    [
        (None, None, False, False, None),
        (None, None, True, True, None),
        ([{"key": []}], None, False, False, None),
        ([{"key": []}], None, True, True, None),
        ([{"key": []}], [], False, False, None),
        ([{"key": []}], [], True, False, None),
        ([{"key": []}], [{"bearer": []}], False, False, None),
        ([{"key": []}], [{"bearer": []}], True, True, None),
        ([{"key": []}, {"bearer": []}], None, False, False, None),
        ([{"key": []}, {"key": [], "bearer": []}], None, True, True, None),
        ([{"key": []}, {}], None, False, False, None),
        ([{"one": ["a"]}], None, False, False, "one"),
        ([{"one": [], "key": []}], None, False, False, "one"),
        ([{"one": [], "key": []}], None, True, True, "one"),
        ([{"iam": []}], None, False, False, "iam"),
        ([{"query": []}], None, False, False, None),
    ],
)
def test_security_is_pushed_down(root: Any, own: Any, forced: bool, key: bool, authorizer: str | None) -> None:
    operation = OK if own is None else {**OK, "security": own}
    more = {} if root is None else {"security": root}
    made = build(
        {"/x": {"get": operation}},
        open_options(api_key_required=forced),
        components={"securitySchemes": SCHEMES},
        **more,
    )
    planned = next(each for each in made.operations if each.http_method == "GET")
    assert (planned.api_key_required, planned.authorizer) == (key, authorizer)
    security = made.document["paths"]["/x"]["get"]["security"]
    assert [set(each) for each in security] == (
        [{*(["key"] if key else []), *([authorizer] if authorizer else [])}] if key or authorizer else []
    )
    assert "security" not in made.document
    assert "security" not in made.document["paths"]["/x"]["options"]
    # The import would warn about schemes that API Gateway cannot verify, and some imports fail on warnings.
    assert set(made.document.get("components", {}).get("securitySchemes", {})) == {
        name for each in security for name in each
    }


@pytest.mark.parametrize(
    "security", [[{"one": []}, {"two": []}], [{"one": [], "two": []}], [{"one": []}, {"key": []}], [{"one": []}, {}]]
)
def test_alternatives_to_an_authorizer_are_refused(security: Any) -> None:
    assert refused({"/x": {"get": {**OK, "security": security}}}, components={"securitySchemes": SCHEMES}) == [
        ("security", "paths./x.get.security")
    ]


def test_an_api_key_scheme_is_made_where_the_document_has_none() -> None:
    made = build({"/x": {"get": OK}}, open_options(api_key_required=True))
    assert made.document["components"]["securitySchemes"] == {
        "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"}
    }


def test_an_unknown_scheme_is_refused() -> None:
    assert refused({"/x": {"get": {**OK, "security": [{"missing": []}]}}}) == [("security", "paths./x.get.security[0]")]
