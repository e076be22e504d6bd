"""ObjectStorage: three buckets, their logs, and the service's permissions on them."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from spot_platform.storage.object_storage import ObjectStorage, ObjectStorageArgs, ObjectStorageTransforms
from spot_platform.storage.private_bucket import PrivateBucketTransforms
from tests.program import record_as_aws
from tests.recording import Recording, record

APPLICATION_BUCKETS = ("uploads", "documents", "backups")
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/k"
ORIGIN = "https://app.example.com"
ARGS = ObjectStorageArgs(account_id="123456789012", kms_key_arn=KEY_ARN, cors_allowed_origins=[ORIGIN])


def build(args: ObjectStorageArgs = ARGS, *, preview: bool = False, **options: Any) -> Recording:
    def program() -> dict[str, object]:
        storage = ObjectStorage("app", args, **options)
        outputs = {key: getattr(storage, key) for key in ObjectStorage.__annotations__}
        return {
            **outputs,
            "bucket_arns": storage.bucket_arns,
            "environment": storage.environment,
            "origins": storage.origins,
            "statements": storage.task_policy_statements,
        }

    return record_as_aws(program, preview=preview)


def test_every_input_is_known_and_a_preview_registers_the_same() -> None:
    assert build().unknown_inputs() == []
    assert len(build(preview=True).resources) == len(build().resources)


def test_there_are_three_buckets_and_one_for_their_logs() -> None:
    buckets = build().all("aws:s3/bucket:Bucket")
    assert {b.name for b in buckets} == {"app-access-logs", *(f"app-{bucket}" for bucket in APPLICATION_BUCKETS)}


def test_objects_are_encrypted_with_the_key_and_logs_with_what_they_need() -> None:
    recording = build()
    used = {}
    for encryption in recording.all("BucketServerSideEncryptionConfiguration"):
        (rule,) = encryption.inputs["rules"]
        used[encryption.name] = rule["applyServerSideEncryptionByDefault"].get("kmsMasterKeyId")
    assert used == {"app-access-logs": None, "app-uploads": KEY_ARN, "app-documents": KEY_ARN, "app-backups": KEY_ARN}


def test_every_access_is_logged_once_the_log_bucket_may_be_written_to() -> None:
    recording = build()
    logs = {logging.name: logging for logging in recording.all("BucketLogging")}
    assert set(logs) == {f"app-{bucket}" for bucket in APPLICATION_BUCKETS}
    policy = recording.one("BucketPolicy", "app-access-logs")
    for bucket in APPLICATION_BUCKETS:
        logging = logs[f"app-{bucket}"]
        assert logging.inputs["targetBucket"] == recording.result["access_log_bucket_name"]
        assert logging.inputs["targetPrefix"] == f"{bucket}/"
        assert policy.urn in logging.property_dependencies["targetBucket"]


def test_load_balancers_of_the_account_deliver_their_logs_only_when_told_to() -> None:
    def statements(args: ObjectStorageArgs) -> list[dict[str, Any]]:
        document = json.loads(build(args).one("BucketPolicy", "app-access-logs").inputs["policy"])
        return [each for each in document["Statement"] if each["Sid"] == "ReceiveLoadBalancerLogs"]

    assert statements(ARGS) == []
    (allowed,) = statements(replace(ARGS, receives_load_balancer_logs=True))
    assert allowed["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert allowed["Action"] == ["s3:PutObject"]
    (objects,) = allowed["Resource"]
    assert objects.endswith("/load-balancer/AWSLogs/123456789012/*")


def test_named_sites_upload_and_download() -> None:
    rules = {cors.name: cors.inputs["corsRules"][0] for cors in build().all("BucketCorsConfiguration")}
    assert {name: rule["allowedMethods"] for name, rule in rules.items()} == {
        "app-uploads": ["GET", "HEAD", "POST", "PUT"],
        "app-documents": ["GET", "HEAD"],
    }
    assert all(rule["allowedOrigins"] == [ORIGIN] for rule in rules.values())
    assert build(replace(ARGS, cors_allowed_origins=[])).all("BucketCorsConfiguration") == []


def test_objects_grow_old_as_planned() -> None:
    args = replace(ARGS, noncurrent_version_expiration_days=14, access_log_retention_days=60)
    rules = {r.name: r.inputs["rules"][0] for r in build(args).all("BucketLifecycleConfiguration")}
    assert rules["app-documents"]["transitions"] == [{"days": 30, "storageClass": "INTELLIGENT_TIERING"}]
    assert rules["app-backups"]["transitions"] == [{"days": 30, "storageClass": "GLACIER_IR"}]
    assert rules["app-backups"]["expiration"] == {"days": 365}
    assert rules["app-access-logs"]["expiration"] == {"days": 60}
    assert "transitions" not in rules["app-uploads"]
    assert "days" not in rules["app-uploads"]["expiration"]
    for bucket in APPLICATION_BUCKETS:
        assert rules[f"app-{bucket}"]["noncurrentVersionExpiration"] == {"noncurrentDays": 14}


@pytest.mark.parametrize("force", [True, False])
def test_objects_go_with_the_buckets_only_when_told_to(force: bool) -> None:
    buckets = build(replace(ARGS, force_destroy=force)).all("aws:s3/bucket:Bucket")
    assert {bucket.inputs["forceDestroy"] for bucket in buckets} == {force}


def test_service_gets_names_and_least_privilege() -> None:
    result = build().result
    names, arns = result["bucket_names"], result["bucket_arns"]
    assert result["environment"] == {f"S3_{b.upper()}_BUCKET": names[b] for b in APPLICATION_BUCKETS}
    assert arns == {bucket: f"arn:aws:s3:::{names[bucket]}" for bucket in APPLICATION_BUCKETS}
    statements = {s["Sid"]: s for s in result["statements"]}
    assert {sid: s["Resource"] for sid, s in statements.items()} == {
        "ReadWriteUploads": [f"{arns['uploads']}/*"],
        "ReadWriteDocuments": [f"{arns['documents']}/*"],
        "WriteBackups": [f"{arns['backups']}/*"],
        "ListBuckets": sorted([arns["documents"], arns["uploads"]]),
        "UseKeyThroughS3": [KEY_ARN],
    }
    assert "s3:DeleteObject" not in statements["WriteBackups"]["Action"]
    assert not [a for s in statements.values() for a in s["Action"] if a.endswith("*")]
    json.dumps(result["statements"])


def test_without_a_key_of_its_own_the_service_needs_none() -> None:
    sids = [s["Sid"] for s in build(replace(ARGS, kms_key_arn=None)).result["statements"]]
    assert "UseKeyThroughS3" not in sids
    assert len(sids) == 4


def test_site_may_connect_to_the_buckets_it_uses() -> None:
    result = build().result
    names = result["bucket_names"]
    assert result["origins"] == [
        f"https://{names[bucket]}.s3.us-east-1.amazonaws.com" for bucket in ("uploads", "documents")
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cors_allowed_origins": ["*"]}, "cors_allowed_origins[0]=* is not allowed; allowed: https://host"),
        ({"access_log_retention_days": 0}, "access_log_retention_days=0 is not allowed; allowed: 1 to 2147483647"),
        (
            {"noncurrent_version_expiration_days": 0},
            "noncurrent_version_expiration_days=0 is not allowed; allowed: 1 to 2147483647",
        ),
        ({"backups_expiration_days": 30}, "backups_expiration_days=30 is not allowed; allowed: 31 to 2147483647"),
    ],
)
def test_wrong_arguments_are_refused_before_any_resource(change: dict[str, Any], message: str) -> None:
    refused = []

    def program() -> None:
        with pytest.raises(ValueError, match=f"^ObjectStorage 'app': {re.escape(message)}"):
            ObjectStorage("app", replace(ARGS, **change))
        refused.append(message)

    assert record(program).resources == []
    assert refused == [message]


def test_transforms_reach_the_buckets() -> None:
    kinds = {"access_logs": "app-access-logs", **{bucket: f"app-{bucket}" for bucket in APPLICATION_BUCKETS}}
    transforms = ObjectStorageTransforms(
        **{kind: PrivateBucketTransforms(bucket={"tags": {"Kind": kind}}) for kind in kinds}
    )
    recording = build(transforms=transforms)
    for kind, name in kinds.items():
        assert recording.one("aws:s3/bucket:Bucket", name).inputs["tags"] == {"Kind": kind}
