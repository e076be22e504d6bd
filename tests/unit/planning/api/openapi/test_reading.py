"""Reading documents: YAML 1.2, encodings, and hostile files."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spot_planning.api.openapi_import import OpenApiError, build_import_document, read_document
from tests.examples_count import examples
from tests.openapi_options import open_options

ROOT = Path(__file__).parents[5]
MINIMAL: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "t", "version": "1"},
    "paths": {"/": {"get": {"responses": {"200": {"description": "ok"}}}}},
}
BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(10)
)


def test_yaml_follows_the_core_schema_of_1_2() -> None:
    document = read_document(
        "base: &base {a: 1, b: two}\n"
        "countries: [NO, on, yes, 2026-01-12, 012, 0x10, 0o10, 1e3, .5, ~, null, true, '1']\n"
        "merged: {<<: *base, b: three}\n"
        "responses:\n  200: ok\n  404: missing\n"
        "text: |\n  lines\n"
    )
    assert document["countries"] == ["NO", "on", "yes", "2026-01-12", 12, 16, 8, 1000.0, 0.5, None, None, True, "1"]
    assert document["merged"] == {"a": 1, "b": "three"}
    assert document["responses"] == {"200": "ok", "404": "missing"}
    assert document["text"] == "lines\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", ['{"über": 1}', "über: 1"], ids=["json", "yaml"])
def test_encodings(encoding: str, text: str) -> None:
    assert read_document(text.encode(encoding)) == {"über": 1}


@pytest.mark.parametrize(
    ("text", "location", "message"),
    [
        ("", "document", "must be an object, not null"),
        ("- 1", "document", "must be an object, not a list"),
        ("[1]", "document", "must be an object, not a list"),
        ("a: [1\n", "line 2, column 1", "did not find expected"),
        ('{"a": 1,,}', "line 1, column 9", "did not find expected"),
        ("a: 1\nb: 2\na: 3\n", "line 3, column 1", "'a' is there twice"),
        ('{"a": 1, "a": 2}', "line 1, column 10", "'a' is there twice"),
        ('{\n"b": "NaN",\n"a": {"c": 1,\n  "c": 2}}', "line 4, column 3", "'c' is there twice"),
        ('{"a": 1,\n\t"a": 2}', "line 2, column 2|document", "'a' is there twice"),
        ('{"b": "' + "x" * 2_000_000 + '", "a": 1, "a": 2}', "document", "'a' is there twice"),
        (
            "a: !!python/object/apply:os.system [id]",
            "line 1, column 4",
            "tag:yaml.org,2002:python/object/apply:os.system",
        ),
        ("a: !own 1", "line 1, column 4", "the tag !own is not allowed"),
        ("a: &a [*a]", "line 1, column 8", "inside its own value"),
        ("a: *missing", "line 1, column 4", "undefined alias|no anchor"),
        ("? [1]\n: 2", "line 1, column 3", "a key must be a string"),
        ("a: 1\n---\nb: 2\n", "line 2, column 1", "a second YAML document"),
        ("a: 1\x00", "line 1", "U\\+0000 is not allowed"),
        ('{"a": NaN}', "line 1, column 7", "NaN is not a JSON number"),
        ('{"b": "NaN \\" Infinity",\n "a": [-Infinity]}', "line 2, column 8", "-Infinity is not a JSON number"),
        ('{"a": ' + "9" * 5000 + "}", "line 1, column 7", "too many digits"),
        ('{"a": -' + "9" * 5000 + "}", "line 1, column 7", "too many digits"),
        ("[" * 5000, "document|line 1, column 101", "100 levels deep|must be"),
        ("a: " + "[" * 5000, "line 1, column 10[0-9]", "100 levels deep"),
        ('{"a":' * 5000, "line 1, column 50[0-9]", "100 levels deep"),
        (BOMB, "line 7, column [0-9]+", "more than 2000000 values with its aliases written out"),
        (b"a: caf\xe9", "line 1", "not UTF-8: byte 6 is 0xe9"),
        (b"\xff\xfea", "line 1", "not UTF-16"),
        ("a: 1\n" + "#" * (17 * 1024 * 1024), "document", "at most 16777216 are read"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_refusals_have_a_place(text: str | bytes, location: str, message: str) -> None:
    with pytest.raises(OpenApiError, match=message) as caught:
        read_document(text)
    assert re.fullmatch(location, caught.value.location), caught.value.location
    assert "\n" not in str(caught.value)


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200)))
@settings(max_examples=examples(300), deadline=None)
def test_anything_is_read_or_refused(source: str | bytes) -> None:
    try:
        document = read_document(source)
    except OpenApiError:
        return
    assert isinstance(document, dict)


def _fuzz(document: Any, path: list[Any], value: Any) -> Any:
    if not path:
        return value
    step = path[0]
    if isinstance(document, dict) and document:
        key = sorted(document)[step % len(document)]
        return {**document, key: _fuzz(document[key], path[1:], value)}
    if isinstance(document, list) and document:
        index = step % len(document)
        return [_fuzz(item, path[1:], value) if at == index else item for at, item in enumerate(document)]
    return value


FULL = read_document((ROOT / "examples" / "halalsphere-openapi.yaml").read_bytes())
SMALL = {**FULL, "paths": dict(list(FULL["paths"].items())[10:16])}


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=9),
    st.sampled_from(
        [None, 1, -1.5, "x", "", [], {}, [[]], {"$ref": "#/paths"}, {"$ref": "https://x.y/z"}, {"a": {"$ref": 1}}, True]
    ),
)
@settings(max_examples=examples(400), deadline=None)
def test_a_document_with_any_value_replaced_is_built_or_refused(path: list[int], value: Any) -> None:
    told = ""
    try:
        told = build_import_document(_fuzz(SMALL, path, value), open_options(api_key_required=True)).body
    except OpenApiError as error:
        told = str(error)
    assert told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("change", "location", "message"),
    [
        ({"swagger": "2.0"}, "swagger", "Swagger 2.0 is not read"),
        ({"openapi": "3.2.0"}, "openapi", "'3.2.0' is not OpenAPI 3.0 or 3.1"),
        ({"openapi": 3.0}, "openapi", "3.0 is not OpenAPI"),
        ({"info": {}}, "info", "needs a title"),
        ({"paths": []}, "paths", "must be an object, not a list"),
        ({"paths": {}}, "paths", "there is no operation"),
        ({"paths": {"/x": {"get": 1}}}, "paths./x.get", "must be an object, not a number"),
        ({"paths": {"/x": {"$ref": "other.yaml"}}}, "paths./x", "other.yaml is not resolved"),
        ({"paths": {"/x": {"$ref": "#/paths/~1x"}}}, "paths./x", "leads back to itself"),
        ({"paths": {"/x": {"$ref": "#/nowhere"}}}, "paths./x", "leads nowhere"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_wrong_documents(change: dict[str, Any], location: str, message: str) -> None:
    with pytest.raises(OpenApiError, match=message) as caught:
        build_import_document({**MINIMAL, **change})
    assert caught.value.location == location


def test_a_mapping_that_contains_itself() -> None:
    document: dict[str, Any] = {**MINIMAL}
    document["x-self"] = document
    with pytest.raises(OpenApiError, match="contains itself"):
        build_import_document(document)
