"""Encoding and decoding of the engine's wire format."""

import json

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import UNKNOWN

from toolchain.offline import structs
from toolchain.offline.structs import Secret, from_struct, to_struct

KEYS = st.text("abcdefghij", min_size=1, max_size=5)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer()),
    st.text(max_size=20),
    st.just(UNKNOWN),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4), inner.map(Secret)),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_what_is_sent_comes_back(values: dict[str, object]) -> None:
    assert from_struct(to_struct(values)) == values


def wire(value: object) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update({"x": value})
    return struct


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (structs.UNKNOWN_STRING, UNKNOWN),
        ("6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", UNKNOWN),
        ({structs.SIGNATURE: structs.SECRET, "value": "s"}, Secret("s")),
        ({structs.SIGNATURE: structs.OUTPUT, "value": 1, "dependencies": ["urn"]}, 1),
        ({structs.SIGNATURE: structs.OUTPUT, "dependencies": []}, UNKNOWN),
        ({structs.SIGNATURE: structs.OUTPUT, "value": "s", "secret": True}, Secret("s")),
        ({structs.SIGNATURE: structs.OUTPUT, "secret": True}, Secret(UNKNOWN)),
        ({structs.SIGNATURE: structs.RESOURCE, "urn": "urn", "id": "vpc-1"}, "vpc-1"),
        ({structs.SIGNATURE: structs.RESOURCE, "urn": "urn", "id": structs.UNKNOWN_STRING}, UNKNOWN),
        ({structs.SIGNATURE: structs.RESOURCE, "urn": "urn"}, "urn"),
        (5432.0, 5432),
        (0.5, 0.5),
        (None, None),
    ],
)
def test_signatures_and_sentinels(value: object, expected: object) -> None:
    assert from_struct(wire(value))["x"] == expected


def test_assets_and_archives_pass_through_as_they_are() -> None:
    asset = {structs.SIGNATURE: structs.ASSET, "hash": "h", "path": "file"}
    assert from_struct(wire(asset))["x"] == asset
    assert from_struct(to_struct({"x": asset}))["x"] == asset


def test_what_is_none_is_left_out_at_the_top_and_null_below() -> None:
    assert dict(to_struct({"x": None})) == {}
    assert from_struct(to_struct({"x": [None]})) == {"x": [None]}


def test_secrets_in_a_providers_json_are_secrets() -> None:
    text = json.dumps({"tags": {structs.SIGNATURE: structs.SECRET, "value": {"a": "b"}}})
    assert structs.from_json(text) == {"tags": Secret({"a": "b"})}


def test_looking_into_values() -> None:
    value = {"a": [Secret({"b": UNKNOWN})]}
    assert structs.has_unknown(value)
    assert structs.has_secret(value)
    assert structs.revealed(value) == {"a": [{"b": UNKNOWN}]}
    assert not structs.has_unknown({"a": [1, "x", None]})
    assert not structs.has_secret({"a": [1, "x", None]})


def test_a_value_that_is_none_of_the_engines_is_refused() -> None:
    with pytest.raises(TypeError, match="object cannot be sent to the engine"):
        to_struct({"x": object()})
