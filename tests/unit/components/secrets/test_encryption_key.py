"""EncryptionKey: it is rotated, can be recovered, and can be used only by this account."""

import json
import re
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from spot_planning.secrets.encryption_key import key_policy
from spot_platform.secrets.encryption_key import EncryptionKey, EncryptionKeyArgs, EncryptionKeyTransforms
from tests.recording import Recording, record

KEY = "aws:kms/key:Key"
ARN = "arn:aws:kms:us-east-1:123456789012:key/1a2b"
OUTPUTS = {KEY: {"arn": ARN, "keyId": "1a2b"}, "aws:kms/alias:Alias": {"name": "alias/main"}}
ARGS = EncryptionKeyArgs(account_id="123456789012", region="us-east-1")


def build(args: EncryptionKeyArgs = ARGS, **options: Any) -> Recording:
    def program() -> dict[str, pulumi.Output]:
        key = EncryptionKey("main", args, **options)
        return {output: getattr(key, output) for output in EncryptionKey.__annotations__}

    return record(program, outputs=OUTPUTS)


def test_key_is_rotated_and_can_be_brought_back() -> None:
    recording = build()
    inputs = recording.one(KEY).inputs
    assert inputs["enableKeyRotation"] is True
    assert inputs["deletionWindowInDays"] == 30
    assert build(replace(ARGS, deletion_window_days=7)).one(KEY).inputs["deletionWindowInDays"] == 7
    assert recording.unknown_inputs() == []


def test_a_key_that_backups_need_outlives_the_stack() -> None:
    """Snapshots and recovery points cannot be read without the key ("Deleting AWS KMS keys", KMS Developer Guide)."""
    assert build(replace(ARGS, retain=True)).one(KEY).request.retainOnDelete is True
    assert not build().one(KEY).request.retainOnDelete


def test_policy_is_the_planned_one() -> None:
    args = replace(ARGS, region="cn-north-1", partition="aws-cn")
    planned = key_policy(account_id="123456789012", region="cn-north-1", partition="aws-cn")
    assert json.loads(build(args).one(KEY).inputs["policy"]) == planned


def test_alias_has_the_name_of_the_component() -> None:
    recording = build()
    alias = recording.one("aws:kms/alias:Alias").inputs
    assert alias == {"name": "alias/main", "targetKeyId": "1a2b", "region": "us-east-1"}
    assert recording.result == {"arn": ARN, "key_id": "1a2b", "alias": "alias/main"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"account_id": "me"}, "account_id=me is not allowed; allowed: 12 digits in quotes"),
        ({"deletion_window_days": 1}, "deletion_window_days=1 is not allowed; allowed: 7 to 30"),
    ],
)
def test_wrong_arguments_are_refused_before_any_resource(change: dict[str, Any], message: str) -> None:
    refused = []

    def program() -> None:
        with pytest.raises(ValueError, match=f"^EncryptionKey 'main': {re.escape(message)}$"):
            EncryptionKey("main", replace(ARGS, **change))
        refused.append(message)

    assert record(program).resources == []
    assert refused == [message]


def test_transforms_reach_the_children() -> None:
    transforms = EncryptionKeyTransforms(key={"multi_region": True}, alias={"name": "alias/fixed"})
    recording = build(transforms=transforms)
    assert recording.one(KEY).inputs["multiRegion"] is True
    assert recording.one("aws:kms/alias:Alias").inputs["name"] == "alias/fixed"
