"""Reading properties: known, unknown and absent values differ, and secrets are not printed."""

import importlib
import keyword
import sys
from collections.abc import Iterator
from typing import Any, get_args

import pulumi_aws
import pulumi_aws.provider
import pytest
from pulumi._types import input_type_types, is_input_type
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_STRING_VALUE

from policy.engine.decoding import decode
from policy.provider import defaults
from policy.resources import ResourceView, normalised
from policy.values import State, UndecidableError, WrongTypeError, shown, some
from tests.every_case import every_case

INSTANCE = "aws:rds/instance:Instance"


def resource(**inputs: object) -> ResourceView:
    return ResourceView(INSTANCE, f"urn:pulumi:s::p::{INSTANCE}::db", decode(inputs).content)


def test_states() -> None:
    view = resource(port=UNKNOWN_STRING_VALUE, username="x", kmsKeyId=None, tags={"a": UNKNOWN_STRING_VALUE})
    assert view.at("port").state is State.UNKNOWN
    assert view.at("username").state is State.KNOWN
    assert view.at("kmsKeyId").state is State.ABSENT
    assert view.at("nowhere").state is State.ABSENT
    assert view.at("tags.a").state is State.UNKNOWN
    assert [view.at(p).present for p in ("port", "username", "kmsKeyId", "nowhere")] == [True, True, False, False]


def test_below_an_unknown_all_is_unknown_and_below_an_absent_all_is_absent() -> None:
    view = resource(options=UNKNOWN_STRING_VALUE)
    assert view.at("options.a.b").state is State.UNKNOWN
    assert view.at("options.a.b").path == "options"
    assert view.at("other.a.b").state is State.ABSENT
    assert view.at("other.a.b").path == "other.a.b"


def test_below_what_has_no_members_nothing_is_of_any_type() -> None:
    value = resource(multiAz=True).at("multiAz.enabled")
    for read in (value.flag, value.number, value.text, value.items, value.members):
        with pytest.raises(WrongTypeError, match=r"multiAz\.enabled is below true"):
            read()


def test_absent_is_the_providers_default() -> None:
    view = resource()
    assert view.flag("autoMinorVersionUpgrade") is True
    assert view.number("backupRetentionPeriod") == 0
    assert view.text("username") is None
    assert view.at("enabledCloudwatchLogsExports").items() == []


def test_absent_without_a_written_default_is_an_error_of_the_rule() -> None:
    with pytest.raises(LookupError, match=r"no default is written down for colour of aws:rds/instance:Instance"):
        resource().text("colour")


@pytest.mark.parametrize(
    ("content", "expected"), [(True, True), (False, False), ("true", True), ("false", False), (None, False)]
)
def test_flag(content: object, expected: bool) -> None:
    assert resource(multiAz=content).flag("multiAz") is expected


@pytest.mark.parametrize("content", ["yes", 1, 0.0, [], {}, ["true"]])
def test_flag_of_a_wrong_type(content: object) -> None:
    with pytest.raises(WrongTypeError, match="which is not a boolean"):
        resource(multiAz=content).flag("multiAz")


@pytest.mark.parametrize(("content", "expected"), [(7, 7.0), (7.0, 7.0), ("7", 7.0), ("-1", -1.0)])
def test_number(content: object, expected: float) -> None:
    assert resource(port=content).number("port") == expected


@pytest.mark.parametrize("content", ["many", True, [], {}, "", "nan", "inf"])
def test_number_of_a_wrong_type(content: object) -> None:
    with pytest.raises(WrongTypeError, match="which is not a number"):
        resource(port=content).number("port")


@pytest.mark.parametrize("content", [1, True, [], {}])
def test_text_of_a_wrong_type(content: object) -> None:
    with pytest.raises(WrongTypeError, match="which is not a string"):
        resource(username=content).text("username")


def test_lists_and_maps() -> None:
    view = resource(enabledCloudwatchLogsExports=["a", UNKNOWN_STRING_VALUE], tags={"x": "1"})
    items = view.at("enabledCloudwatchLogsExports").items()
    assert [item.path for item in items] == ["enabledCloudwatchLogsExports[0]", "enabledCloudwatchLogsExports[1]"]
    assert [item.state for item in items] == [State.KNOWN, State.UNKNOWN]
    assert list(view.at("tags").members()) == ["x"]
    with pytest.raises(UndecidableError) as unknown:
        view.at("enabledCloudwatchLogsExports").texts()
    assert unknown.value.path == "enabledCloudwatchLogsExports[1]"
    assert unknown.value.urn == view.urn
    with pytest.raises(WrongTypeError, match="which is not a list"):
        view.at("tags").items()


def test_document_keeps_the_path() -> None:
    view = resource(policy='[{"a": {"b": 1}}]')
    assert view.at("policy").document().items()[0].at("a.b").path == "policy[0].a.b"
    with pytest.raises(WrongTypeError, match="policy is text, which is not JSON"):
        resource(policy="password=hunter2").at("policy").document()


def test_some_is_three_valued() -> None:
    def is_x(value):
        return value.text() == "x"

    def items(*contents):
        return resource(enabledCloudwatchLogsExports=list(contents)).at("enabledCloudwatchLogsExports").items()

    assert some(items(UNKNOWN_STRING_VALUE, "x"), is_x) is True
    assert some(items("a", "b"), is_x) is False
    assert some(items(), is_x) is False
    with pytest.raises(UndecidableError):
        some(items("a", UNKNOWN_STRING_VALUE), is_x)


def test_messages() -> None:
    view = resource(multiAz=False, port=5432.0, tags={"a": UNKNOWN_STRING_VALUE})
    assert str(view.at("multiAz")) == "multiAz is false"
    assert str(view.at("port")) == "port is 5432"
    assert str(view.at("storageEncrypted")) == "storageEncrypted is absent (the provider's default is false)"
    assert str(view.at("username")) == "username is absent"
    assert str(view.at("tags")) == 'tags is {"a": "(not known yet)"}'
    assert len(shown("x" * 1000)) < 100


def test_older_tokens_are_the_same_type() -> None:
    assert normalised("aws:s3/bucketV2:BucketV2") == "aws:s3/bucket:Bucket"
    assert normalised("aws:alb/listener:Listener") == "aws:lb/listener:Listener"
    assert normalised("aws:rds/instance:Instance") == "aws:rds/instance:Instance"


def test_defaults_are_of_normalised_types() -> None:
    assert [resource_type for resource_type in defaults.DEFAULTS if normalised(resource_type) != resource_type] == []


def _input_types(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and is_input_type(hint):
        yield hint
    for part in get_args(hint):
        yield from _input_types(part)


def _is_text(hint: Any) -> bool:
    return hint is str or any(map(_is_text, get_args(hint)))


def _why_not(arguments: type, pattern: str) -> str | None:
    """Return the part of a pattern that the provider's type does not have; parts in a document cannot be checked."""
    name, _dot, below = pattern.partition(".")
    bare, lists = name.removesuffix("[]"), name.endswith("[]")
    hint = input_type_types(arguments).get(bare)
    if hint is None:
        return f"{arguments.__name__} has no {bare}"
    if (inner := next(_input_types(hint), None)) is not None:
        listed = "Sequence" in str(hint)
        if not below or lists != listed:
            return f"{arguments.__name__}.{bare} is {'a list of objects' if listed else 'an object'}"
        return _why_not(inner, below)
    return f"{arguments.__name__}.{bare} has no members" if below and not _is_text(hint) else None


def _arguments(resource_type: str) -> type:
    if resource_type == "pulumi:providers:aws":
        return pulumi_aws.provider.ProviderArgs
    _aws, module, name = resource_type.split(":")
    package = module.split("/")[0]
    package += "_" if keyword.iskeyword(package) else ""
    resource = getattr(importlib.import_module(f"pulumi_aws.{package}"), name)
    declared = vars(sys.modules[resource.__module__])
    # The class is called InitArgs if a nested type already has the other name.
    return declared.get(f"{name}InitArgs", declared[f"{name}Args"])


OPERATION = "operation."
"""Prefix that rules use for an operation of a REST API's document."""


@every_case("resource_type", defaults.DEFAULTS)
def test_defaults_are_of_properties_that_the_provider_has(resource_type: str) -> None:
    arguments = _arguments(resource_type)
    patterns = [pattern for pattern in defaults.DEFAULTS[resource_type] if not pattern.startswith(OPERATION)]
    found = {pattern: _why_not(arguments, pattern) for pattern in patterns}
    assert {pattern: why for pattern, why in found.items() if why is not None} == {}


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("multiAz", None),
        ("replicationSourceIdentifier", "InstanceArgs has no replicationSourceIdentifier"),
        ("multiAz.enabled", "InstanceArgs.multiAz has no members"),
        ("blueGreenUpdate", "InstanceArgs.blueGreenUpdate is an object"),
        ("blueGreenUpdate[].enabled", "InstanceArgs.blueGreenUpdate is an object"),
        ("blueGreenUpdate.colour", "InstanceBlueGreenUpdateArgs has no colour"),
        ("blueGreenUpdate.enabled", None),
    ],
)
def test_invented_property_is_found(pattern: str, why: str | None) -> None:
    assert _why_not(_arguments(INSTANCE), pattern) == why


def test_what_is_not_known_is_shown_as_no_text() -> None:
    view = resource(port=UNKNOWN_STRING_VALUE, enabledCloudwatchLogsExports=["a", UNKNOWN_STRING_VALUE])
    assert str(view.at("port")) == "port is not known yet"
    assert str(view.at("enabledCloudwatchLogsExports")).endswith('is ["a", "(not known yet)"]')


def test_name_that_stands_twice_in_json_is_malformed() -> None:
    view = resource(parameterGroupName='{"a": 1, "b": [{"c": 1, "c": 2}]}')
    with pytest.raises(WrongTypeError, match="is text, which is not JSON that gives each name once") as raised:
        view.at("parameterGroupName").document()
    assert raised.value.malformed
