"""GeneratedSecret: its value is generated once, is the same for all readers, and is a secret everywhere."""

import json
import re
from dataclasses import replace

import pulumi
import pytest

from spot_planning.documents import canonical_json
from spot_planning.secrets.secret_policy import secret_policy
from spot_platform.secrets.generated_secret import GeneratedSecret, GeneratedSecretArgs, GeneratedSecretTransforms
from tests.recording import Recording, record

SECRET = "aws:secretsmanager/secret:Secret"
POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:session-1a2b3c"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/k"
ARGS = GeneratedSecretArgs(description="Signs sessions")


def build(args: GeneratedSecretArgs = ARGS, *, stored: str | None = None, **options) -> Recording:
    def program() -> dict[str, object]:
        secret = GeneratedSecret("session", args, **options)
        return {"arn": secret.arn, "value": secret.value, "is_secret": secret.value.is_secret()}

    known = {"secretId": SECRET_ARN} if stored is None else {"secretId": SECRET_ARN, "secretString": stored}
    return record(program, outputs={SECRET: {"arn": SECRET_ARN}, VERSION: known})


def stored_string(recording: Recording) -> str:
    return recording.one(VERSION).inputs["secretString"]


def test_value_is_long_random_and_needs_no_escaping() -> None:
    first, second = stored_string(build()), stored_string(build())
    assert re.fullmatch(r"[A-Za-z0-9]{64}", first)
    assert first != second


def test_value_is_secret_as_an_input_and_as_an_output() -> None:
    recording = build()
    assert "secretString" in recording.one(VERSION).secret_inputs
    assert recording.result["is_secret"] is True
    assert recording.unknown_inputs() == []


def test_value_is_in_no_other_input() -> None:
    recording = build(replace(ARGS, value_key="password", fields={"username": "app"}))
    value = json.loads(stored_string(recording))["password"]
    others = [r.inputs for r in recording.resources if r.type != VERSION]
    assert others
    assert value not in json.dumps(others)


def test_later_values_are_ignored() -> None:
    version = build().one(VERSION)
    assert set(version.ignore_changes) == {"secretString", "versionStages"}


def test_readers_take_what_is_stored_after_a_first_up_that_failed_half_way() -> None:
    # The first `up` stored a value and died. The second `up` generates another value, which ignore_changes discards.
    recording = build(stored="the-value-of-the-first-up")
    assert stored_string(recording) != "the-value-of-the-first-up"
    assert recording.result["value"] == "the-value-of-the-first-up"


def test_readers_of_a_json_secret_take_the_value_alone() -> None:
    args = replace(ARGS, value_key="password", fields={"username": "app"})
    assert build(args, stored='{"username":"app","password":"stored"}').result["value"] == "stored"
    assert json.loads(stored_string(build(args)))["username"] == "app"


def test_new_generation_is_a_new_resource() -> None:
    assert build().one(VERSION).name == "session"
    assert build(replace(ARGS, generation=2)).one(VERSION).name == "session-2"
    assert build(replace(ARGS, generation=2)).one(SECRET).name == "session"


def test_arn_is_known_with_the_value() -> None:
    assert build().result["arn"] == SECRET_ARN


def test_other_accounts_are_kept_away_from_the_secret() -> None:
    policy = build().one(POLICY)
    assert policy.inputs == {
        "blockPublicPolicy": True,
        "secretArn": SECRET_ARN,
        "policy": canonical_json(secret_policy(secret_arn=SECRET_ARN)),
    }


def test_key_and_recovery_window_reach_the_secret() -> None:
    inputs = build(replace(ARGS, kms_key_arn=KEY_ARN, recovery_window_days=0)).one(SECRET).inputs
    assert inputs["kmsKeyId"] == KEY_ARN
    assert inputs["recoveryWindowInDays"] == 0
    assert inputs["description"] == "Signs sessions"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"length": 16}, "length=16 is not allowed; allowed: 32 to 128"),
        ({"length": 129}, "length=129 is not allowed; allowed: 32 to 128"),
        ({"recovery_window_days": 3}, "recovery_window_days=3 is not allowed; allowed: 0, or 7 to 30"),
        ({"generation": 0}, "generation=0 is not allowed; allowed: 1 to 2147483647"),
        ({"fields": {"a": "b"}}, "fields needs value_key: a bare value has no room for others"),
        ({"value_key": "a", "fields": {"a": "b"}}, "fields has a, which is the value_key"),
    ],
)
def test_wrong_arguments_are_refused_before_any_resource(change: dict[str, object], message: str) -> None:
    recorded = []

    def program() -> None:
        with pytest.raises(ValueError, match=f"^GeneratedSecret 'session': {re.escape(message)}$"):
            GeneratedSecret("session", replace(ARGS, **change))
        recorded.append("refused")

    assert record(program).resources == []
    assert recorded == ["refused"]


def test_transforms_reach_the_children() -> None:
    transforms = GeneratedSecretTransforms(
        secret={"description": "changed"},
        policy={"block_public_policy": False},
        version={"version_stages": ["AWSPENDING"]},
    )
    recording = build(transforms=transforms)
    assert recording.one(SECRET).inputs["description"] == "changed"
    assert recording.one(POLICY).inputs["blockPublicPolicy"] is False
    assert recording.one(VERSION).inputs["versionStages"] == ["AWSPENDING"]


def test_children_belong_to_the_component() -> None:
    recording = build(opts=pulumi.ResourceOptions(protect=True))
    parent = recording.one("spot-platform:index:GeneratedSecret").urn
    assert {r.parent for r in recording.resources if r.custom} == {parent}
