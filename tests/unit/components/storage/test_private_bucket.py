"""PrivateBucket: the settings that make it private, and the settings that a caller can add."""

import json
import re
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from spot_planning.iam.policy_documents import Statement, statement
from spot_planning.storage.bucket_lifecycle import STORAGE_CLASSES
from spot_planning.storage.cors import BUCKET_ORIGIN
from spot_platform.storage.private_bucket import (
    BucketCorsRuleArgs,
    BucketTransitionArgs,
    PrivateBucket,
    PrivateBucketArgs,
    PrivateBucketTransforms,
)
from tests.recording import Recording, record

ARN = "arn:aws:s3:::documents-1a2b3c"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/k"
OUTPUTS = {
    "aws:s3/bucket:Bucket": {
        "arn": ARN,
        "bucket": "documents-1a2b3c",
        "bucketRegionalDomainName": "documents-1a2b3c.s3.us-east-1.amazonaws.com",
    }
}
ARGS = PrivateBucketArgs()
FULL = PrivateBucketArgs(
    kms_key_arn=KEY_ARN,
    transitions=[BucketTransitionArgs(days=30, storage_class="INTELLIGENT_TIERING")],
    expiration_days=365,
    cors_rules=[BucketCorsRuleArgs(allowed_origins=["https://app.example.com"], allowed_methods=["PUT"])],
    access_log_bucket="logs",
)


def build(args: PrivateBucketArgs = ARGS, **options: Any) -> Recording:
    def program() -> dict[str, pulumi.Output]:
        bucket = PrivateBucket("documents", args, **options)
        return {key: getattr(bucket, key) for key in PrivateBucket.__annotations__}

    return record(program, outputs=OUTPUTS)


def policy(recording: Recording) -> dict[str, Any]:
    return json.loads(recording.one("BucketPolicy").inputs["policy"])


@pytest.mark.parametrize("args", [ARGS, FULL])
def test_every_input_is_known(args: PrivateBucketArgs) -> None:
    recording = build(args)
    assert recording.unknown_inputs() == []
    assert recording.result == {
        "arn": ARN,
        "bucket_name": "documents-1a2b3c",
        "regional_domain_name": "documents-1a2b3c.s3.us-east-1.amazonaws.com",
    }


def test_nobody_outside_gets_in() -> None:
    recording = build()
    block = recording.one("BucketPublicAccessBlock").inputs
    assert block.pop("bucket") == "documents-1a2b3c"
    assert block == {
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    assert recording.one("BucketOwnershipControls").inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_versions_are_kept() -> None:
    assert build().one("BucketVersioning").inputs["versioningConfiguration"] == {"status": "Enabled"}


def test_all_belongs_to_the_bucket() -> None:
    parts = [r for r in build(FULL).resources if r.custom and r.type != "aws:s3/bucket:Bucket"]
    assert len(parts) == 8
    assert {r.inputs["bucket"] for r in parts} == {"documents-1a2b3c"}


@pytest.mark.parametrize(
    ("args", "algorithm", "key", "bucket_key"),
    [(ARGS, "AES256", None, False), (FULL, "aws:kms", KEY_ARN, True)],
)
def test_objects_are_encrypted(args: PrivateBucketArgs, algorithm: str, key: str | None, bucket_key: bool) -> None:
    (rule,) = build(args).one("BucketServerSideEncryptionConfiguration").inputs["rules"]
    default = rule["applyServerSideEncryptionByDefault"]
    assert default["sseAlgorithm"] == algorithm
    assert default.get("kmsMasterKeyId") == key
    assert rule["bucketKeyEnabled"] is bucket_key


def test_policy_follows_the_public_access_block() -> None:
    recording = build()
    before = {recording.one(t).urn for t in ("BucketPublicAccessBlock", "BucketOwnershipControls")}
    assert before <= recording.one("BucketPolicy").dependencies


def test_policy_denies_what_is_not_recent_tls() -> None:
    denials = {s["Sid"]: s for s in policy(build())["Statement"]}
    assert denials["DenyInsecureTransport"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert denials["DenyOutdatedTls"]["Condition"] == {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
    for denial in denials.values():
        assert (denial["Effect"], denial["Principal"], denial["Action"]) == ("Deny", "*", ["s3:*"])
        assert denial["Resource"] == [ARN, f"{ARN}/*"]


def test_old_versions_uploads_and_delete_markers_go() -> None:
    recording = build()
    lifecycle = recording.one("BucketLifecycleConfiguration")
    (rule,) = lifecycle.inputs["rules"]
    assert rule == {
        "id": "retention",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "expiration": {"expiredObjectDeleteMarker": True},
        "noncurrentVersionExpiration": {"noncurrentDays": 90},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
    }
    assert recording.one("BucketVersioning").urn in lifecycle.dependencies


def test_objects_move_and_expire_when_told_to() -> None:
    (rule,) = build(FULL).one("BucketLifecycleConfiguration").inputs["rules"]
    assert rule["transitions"] == [{"days": 30, "storageClass": "INTELLIGENT_TIERING"}]
    assert rule["expiration"] == {"days": 365}


def test_browsers_of_named_sites_may_upload() -> None:
    assert build().all("BucketCorsConfiguration") == []
    (rule,) = build(FULL).one("BucketCorsConfiguration").inputs["corsRules"]
    assert rule["allowedOrigins"] == ["https://app.example.com"]
    assert rule["allowedMethods"] == ["PUT"]
    assert rule["exposeHeaders"] == ["ETag"]


def test_access_is_logged_where_told() -> None:
    assert build().all("BucketLogging") == []
    logging = build(FULL).one("BucketLogging").inputs
    assert (logging["targetBucket"], logging["targetPrefix"]) == ("logs", "documents/")
    assert build(replace(FULL, access_log_prefix="d/")).one("BucketLogging").inputs["targetPrefix"] == "d/"


def test_log_bucket_takes_logs_of_the_account_only() -> None:
    recording = build(replace(ARGS, receives_access_logs_of="123456789012"))
    (delivery,) = [s for s in policy(recording)["Statement"] if s["Effect"] == "Allow"]
    assert delivery["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert delivery["Resource"] == [f"{ARN}/*"]
    assert delivery["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_statement_can_be_about_what_is_made_from_the_bucket() -> None:
    def program() -> None:
        distribution_arn, resolve = pulumi.deferred_output()
        given = {
            "Sid": "ReadThroughDistribution",
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "s3:GetObject",
            "Resource": "/*",
            "Condition": {"StringEquals": {"aws:SourceArn": distribution_arn}},
        }
        bucket = PrivateBucket("documents", replace(ARGS, extra_policy_statements=[given]))
        resolve(pulumi.Output.concat("distribution-of-", bucket.bucket_name))

    added = policy(record(program, outputs=OUTPUTS))["Statement"][-1]
    assert added["Resource"] == [f"{ARN}/*"]
    assert added["Condition"] == {"StringEquals": {"aws:SourceArn": "distribution-of-documents-1a2b3c"}}


def test_statement_may_hold_outputs_as_values() -> None:
    def planned(resource: str) -> Statement:
        return statement("Read", ["s3:GetObject"], [resource], principal={"AWS": "arn:aws:iam::123456789012:root"})

    def program() -> None:
        known = pulumi.Output.from_input("/*").apply(planned)
        given = {key: known[key] for key in ("Sid", "Effect", "Principal", "Action", "Resource")}
        PrivateBucket("documents", replace(ARGS, extra_policy_statements=[given]))

    added = policy(record(program, outputs=OUTPUTS))["Statement"][-1]
    assert added == {**planned("/*"), "Resource": [f"{ARN}/*"]}


NO_DAYS = " is not allowed; allowed: 1 to 2147483647"
NO_LOG_BUCKET = " is not allowed with receives_access_logs_of: "


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expiration_days": 0}, "expiration_days=0" + NO_DAYS),
        ({"noncurrent_version_expiration_days": 0}, "noncurrent_version_expiration_days=0" + NO_DAYS),
        ({"abort_incomplete_upload_days": -1}, "abort_incomplete_upload_days=-1" + NO_DAYS),
        (
            {"kms_key_arn": KEY_ARN, "receives_access_logs_of": "123456789012"},
            "kms_key_arn" + NO_LOG_BUCKET + "server access logs need SSE-S3; allowed: None",
        ),
        (
            {"access_log_bucket": "logs", "receives_access_logs_of": "123456789012"},
            "access_log_bucket" + NO_LOG_BUCKET + "a bucket that logs itself never stops; allowed: None",
        ),
        (
            {"cors_rules": [BucketCorsRuleArgs(allowed_origins=["*"], allowed_methods=["GET"])]},
            f"cors_rules[0].allowed_origins[0]=* is not allowed; allowed: {BUCKET_ORIGIN.text}",
        ),
        (
            {"cors_rules": [BucketCorsRuleArgs(allowed_origins=[], allowed_methods=["PATCH"])]},
            "cors_rules[0].allowed_methods[0]=PATCH is not allowed; allowed: GET, PUT, POST, DELETE, HEAD",
        ),
        (
            {"cors_rules": [BucketCorsRuleArgs(allowed_origins=[], allowed_methods=[])]},
            "cors_rules[0].allowed_methods=[] is not allowed; allowed: one or more of GET, PUT, POST, DELETE, HEAD",
        ),
        (
            {"transitions": [BucketTransitionArgs(days=0, storage_class="COLD")]},
            f"transitions[0].storage_class=COLD is not allowed; allowed: {', '.join(STORAGE_CLASSES)}",
        ),
        (
            {"transitions": [BucketTransitionArgs(days=-1, storage_class="GLACIER")]},
            "transitions[0].days=-1 is not allowed; allowed: 0 to 2147483647",
        ),
        (
            {"transitions": [BucketTransitionArgs(days=90, storage_class="GLACIER")], "expiration_days": 90},
            "expiration_days=90 is not allowed with a transition at 90 days; allowed: 91 or more, or None",
        ),
        (
            {"extra_policy_statements": [{"Sid": "Read"}]},
            "extra_policy_statements[0] needs Principal",
        ),
    ],
)
def test_wrong_arguments_are_refused_before_any_resource(change: dict[str, Any], message: str) -> None:
    refused = []

    def program() -> None:
        with pytest.raises(ValueError, match=f"^PrivateBucket 'documents': {re.escape(message)}$"):
            PrivateBucket("documents", replace(ARGS, **change))
        refused.append(message)

    assert record(program).resources == []
    assert refused == [message]


@pytest.mark.parametrize(("name", "prefix"), [("sthree-shop", "sthree-"), ("amzn-s3-demo-shop", "amzn-s3-demo-")])
def test_a_name_that_amazon_s3_reserves_is_refused(name: str, prefix: str) -> None:
    def program() -> None:
        with pytest.raises(ValueError, match=f"^PrivateBucket '{name}': name begins with {prefix}, which AWS reserves"):
            PrivateBucket(name, ARGS)

    assert record(program).resources == []


def test_transforms_reach_the_children() -> None:
    changed = {
        "bucket": ("Bucket", {"tags": {"Name": "changed"}}),
        "public_access_block": ("BucketPublicAccessBlock", {"region": "changed"}),
        "ownership_controls": ("BucketOwnershipControls", {"region": "changed"}),
        "versioning": ("BucketVersioning", {"mfa": "changed"}),
        "encryption": ("BucketServerSideEncryptionConfiguration", {"region": "changed"}),
        "lifecycle": ("BucketLifecycleConfiguration", {"region": "changed"}),
        "cors": ("BucketCorsConfiguration", {"region": "changed"}),
        "logging": ("BucketLogging", {"region": "changed"}),
        "policy": ("BucketPolicy", {"region": "changed"}),
    }
    transforms = PrivateBucketTransforms(**{kind: change for kind, (_, change) in changed.items()})
    recording = build(FULL, transforms=transforms)
    assert set(changed) == set(PrivateBucketTransforms.__dataclass_fields__)
    for type_, change in changed.values():
        assert change.items() <= recording.one(type_).inputs.items(), type_
