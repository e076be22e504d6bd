"""Decoding of the engine's JSON into plain data: unknowns, secrets, assets."""

import json

import pytest
from pulumi.runtime import rpc

from policy.engine.decoding import SECRET, SIGNATURE, UNKNOWNS, Properties, decode, secret_texts
from policy.resources import ResourceView
from policy.secrets.in_text import named_secrets
from policy.secrets.redaction import HIDDEN
from policy.values import UNKNOWN, State, Value, WrongTypeError

INSTANCE = "aws:rds/instance:Instance"
PASSWORD = "hunter2-hunter2"


def secret(value: object) -> dict[str, object]:
    return {SIGNATURE: SECRET, "value": value}


def view(properties: Properties) -> ResourceView:
    return ResourceView(INSTANCE, f"urn:pulumi:s::p::{INSTANCE}::db", properties.content, secrets=properties.secrets)


@pytest.mark.parametrize("marker", sorted(UNKNOWNS))
def test_unknowns_at_every_depth(marker: str) -> None:
    decoded = decode({"a": marker, "b": [1.0, marker, {"c": marker}], "d": {"e": {"f": marker}}})
    assert decoded == Properties({"a": UNKNOWN, "b": [1.0, UNKNOWN, {"c": UNKNOWN}], "d": {"e": {"f": UNKNOWN}}})


def test_markers_are_those_of_pulumi() -> None:
    assert rpc.UNKNOWN in UNKNOWNS
    assert rpc._special_sig_key == SIGNATURE
    assert rpc._special_secret_sig == SECRET


def test_secrets_are_read_and_their_paths_kept() -> None:
    decoded = decode({"username": secret("admin"), "tags": {"list": [{"x": secret(["a", rpc.UNKNOWN])}]}, "port": 1.0})
    assert decoded.content == {"username": "admin", "tags": {"list": [{"x": ["a", UNKNOWN]}]}, "port": 1.0}
    assert decoded.secrets == {"username", "tags.list[0].x"}


def test_encrypted_secret_is_unknown() -> None:
    decoded = decode({"password": {SIGNATURE: SECRET, "ciphertext": "v1:abc"}})
    assert decoded == Properties({"password": UNKNOWN}, frozenset({"password"}))


def test_secret_of_a_state_exported_in_clear_is_read() -> None:
    assert decode({"password": {SIGNATURE: SECRET, "plaintext": json.dumps({"a": 1})}}).content == {
        "password": {"a": 1}
    }


@pytest.mark.parametrize("signature", [rpc._special_asset_sig, rpc._special_archive_sig, "of the future"])
def test_what_is_no_data_is_unknown(signature: str) -> None:
    assert decode({"code": {SIGNATURE: signature, "text": "x"}}).content == {"code": UNKNOWN}


@pytest.mark.parametrize("path", ["username", "list", "list[0]", "list[0].a", "outer", "document.a"])
def test_secret_is_never_shown(path: str) -> None:
    resource = view(
        decode(
            {
                "username": secret(PASSWORD),
                "list": [{"a": secret(PASSWORD)}],
                "outer": {"inner": secret(PASSWORD)},
                "document": secret(json.dumps({"a": PASSWORD})),
            }
        )
    )
    value = resource.at("document").document() if path.startswith("document") else resource.whole
    for step in path.replace("[0]", ".[0]").removeprefix("document.").split("."):
        value = value.items()[0] if step == "[0]" else value.at(step)
    assert value.state is State.KNOWN
    assert str(value) == f"{value.path} is {HIDDEN}"
    with pytest.raises(WrongTypeError) as wrong:
        value.number()
    assert PASSWORD not in str(wrong.value)


def test_what_is_beside_a_secret_is_shown() -> None:
    resource = view(decode({"username": secret("admin"), "usernames": ["x"]}))
    assert str(resource.at("usernames")) == 'usernames is ["x"]'


def test_texts_that_no_message_may_quote() -> None:
    document = json.dumps({"Statement": [{"Sid": "x1"}]})
    decoded = decode({"a": secret("admin"), "b": {"c": [secret({"d": 5432.0, "e": True})]}, "f": secret(document)})
    assert secret_texts(decoded) == {"admin", "5432", document, "x1"}


@pytest.mark.parametrize("text", ["[" * 100000, '{"a":' * 100000, "[1" + "0" * 400 + "]"])
def test_secret_that_no_one_can_read_is_collected_as_it_is(text: str) -> None:
    assert text in secret_texts(Properties({"password": text}, frozenset({"password"})))
    assert [*named_secrets({"environment": text})] == []
    with pytest.raises(WrongTypeError, match="not JSON"):
        Value("t", "u", "policy", "policy", "[" * 100000).document()
