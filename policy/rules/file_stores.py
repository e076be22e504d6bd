"""Amazon EFS, EBS snapshots, AMIs, and access points and objects of S3: encryption, backups and sharing."""

from collections.abc import Iterator
from typing import Final

from policy.checks import every, given, is_given, is_none_of, is_own_key, is_true, own_key
from policy.graph import BUCKET, Graph
from policy.provider.further_defaults import PUBLIC_ACCESS_BLOCKS
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, per_resource, undecided, violation
from policy.rules.resource_policies import not_public
from policy.rules.s3 import ENCRYPTION
from policy.values import State, Value

FILE_SYSTEM: Final = "aws:efs/fileSystem:FileSystem"
FILE_SYSTEM_POLICY: Final = "aws:efs/fileSystemPolicy:FileSystemPolicy"
FILE_BACKUP: Final = "aws:efs/backupPolicy:BackupPolicy"
FILE_ACCESS_POINT: Final = "aws:efs/accessPoint:AccessPoint"
ACCESS_POINT: Final = "aws:s3/accessPoint:AccessPoint"
MULTI_REGION: Final = "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint"
OBJECTS: Final = ("aws:s3/bucketObject:BucketObject", "aws:s3/bucketObjectv2:BucketObjectv2")
OBJECT_COPY: Final = "aws:s3/objectCopy:ObjectCopy"
KMS: Final = ("aws:kms", "aws:kms:dsse")
SNAPSHOT_PERMISSION: Final = "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission"
AMI_PERMISSION: Final = "aws:ec2/amiLaunchPermission:AmiLaunchPermission"
SNAPSHOT_COPY: Final = "aws:ebs/snapshotCopy:SnapshotCopy"
AMI: Final = "aws:ec2/ami:Ami"
AMI_COPY: Final = "aws:ec2/amiCopy:AmiCopy"
ENCRYPTION_BY_DEFAULT: Final = "aws:ebs/encryptionByDefault:EncryptionByDefault"
PUBLIC_ACLS: Final = ("public-read", "public-read-write", "authenticated-read")


def _backed_up(graph: Graph, files: ResourceView, _config: Config) -> Iterator[Verdict]:
    policies = graph.dependents(files, FILE_BACKUP, "fileSystemId")
    if not policies:
        yield violation("id", "no BackupPolicy of the stack is for this file system")
    for policy in policies:
        status = policy.at("backupPolicy.status")
        if status.text() != "ENABLED":
            yield violation(status.path, f"{status}; it must be ENABLED", policy)


def _blocks(point: ResourceView, _config: Config) -> Iterator[Verdict]:
    where = "details.publicAccessBlock" if point.type == MULTI_REGION else "publicAccessBlockConfiguration"
    for name in PUBLIC_ACCESS_BLOCKS:
        value = point.at(f"{where}.{name}")
        if not value.flag():
            yield violation(value.path, f"{value}; it must be true")


def _object_encrypted(graph: Graph, item: ResourceView, _config: Config) -> Iterator[Verdict]:
    key, algorithm = item.at("kmsKeyId"), item.at("serverSideEncryption")
    if given(key):
        yield from own_key(key)
    elif given(algorithm) and algorithm.text() not in KMS:
        yield violation(algorithm.path, f"{algorithm}, in place of what the bucket has; it must be aws:kms")
    else:
        yield from _encrypted_by_bucket(graph, item)


def _encrypted_by_bucket(graph: Graph, item: ResourceView) -> Iterator[Verdict]:
    buckets = graph.targets(item, "bucket", BUCKET)
    if not buckets:
        yield undecided("bucket", "the bucket is not part of this stack")
    for bucket in buckets:
        configurations = graph.dependents(bucket, ENCRYPTION, "bucket")
        rules = [rule for configuration in configurations for rule in configuration.at("rules").items()]
        if not rules:
            yield violation("kmsKeyId", "kmsKeyId is absent, and the bucket has no key")
        for rule in rules:
            yield from guarded(_has_own_key(rule))


def _has_own_key(rule: Value) -> Iterator[Verdict]:
    encryption = rule.at("applyServerSideEncryptionByDefault")
    if encryption.at("sseAlgorithm").text() not in KMS or [*own_key(encryption.at("kmsMasterKeyId"))]:
        yield violation("kmsKeyId", "kmsKeyId is absent, and the bucket's key is not one of your own")


def _image_encrypted(image: ResourceView, _config: Config) -> Iterator[Verdict]:
    for disk in image.at("ebsBlockDevices").items():
        yield from guarded(_disk_encrypted(disk))


def _disk_encrypted(disk: Value) -> Iterator[Verdict]:
    encrypted = disk.at("encrypted")
    # A disk from a snapshot has the encryption of the snapshot.
    if not given(disk.at("snapshotId")) and not encrypted.flag():
        yield violation(encrypted.path, f"{encrypted}; it must be true")


def _own_user(point: ResourceView, _config: Config) -> Iterator[Verdict]:
    user = point.at("posixUser.uid")
    if not user.number():
        yield violation(user.path, f"{user}; it must be another user than root")


def _names_an_account(permission: ResourceView, _config: Config) -> Iterator[Verdict]:
    account = permission.at("accountId")
    if account.state is State.KNOWN and account.text() == "all":
        yield violation(account.path, f"{account}; it must be an account id")
    if permission.type == AMI_PERMISSION:
        group = permission.at("group")
        if group.text() == "all":
            yield violation(group.path, f"{group}; it must name an account instead")


RULES = (
    Rule(
        id="efs-encrypted",
        title="File systems are encrypted with a customer-managed key",
        problem="The file system is not encrypted with a key of the account's own",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("EFS.1",),
        checkov=(
            "CKV_AWS_42",
            "CKV_AWS_184",
        ),
        cdk_nag=("AwsSolutions-EFS1",),
        prowler=("efs_encryption_at_rest_enabled",),
        trivy=("AWS-0037",),
        types=(FILE_SYSTEM,),
        remediation="Set encrypted to true and give kmsKeyId.",
        check=every(is_true("encrypted"), is_own_key("kmsKeyId")),
    ),
    Rule(
        id="efs-backed-up",
        title="File systems are backed up",
        problem="The file system is not backed up",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        fsbp=("EFS.2",),
        checkov=("CKV2_AWS_18",),
        prowler=("efs_have_backup_enabled",),
        types=(FILE_SYSTEM, FILE_BACKUP),
        remediation="Add a BackupPolicy with status ENABLED.",
        check_graph=per_resource(_backed_up, FILE_SYSTEM),
    ),
    Rule(
        id="efs-not-public",
        title="File systems are not open to the whole world",
        problem="Anybody in the world may mount the file system",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        prowler=("efs_not_publicly_accessible",),
        types=(FILE_SYSTEM_POLICY,),
        remediation="Name the principal.",
        check=not_public("policy"),
    ),
    Rule(
        id="efs-access-point",
        title="Access points have a root directory and a user of their own",
        problem="The access point does not fix the user of its clients, or gives them the whole file system",
        severity=Severity.MEDIUM,
        concern=Concern.PRIVILEGE,
        fsbp=(
            "EFS.3",
            "EFS.4",
        ),
        checkov=(
            "CKV_AWS_329",
            "CKV_AWS_330",
        ),
        prowler=(
            "efs_access_point_enforce_root_directory",
            "efs_access_point_enforce_user_identity",
        ),
        types=(FILE_ACCESS_POINT,),
        remediation="Give rootDirectory.path, other than /, and posixUser.",
        check=every(is_given("rootDirectory.path"), is_none_of("rootDirectory.path", "/"), _own_user),
    ),
    Rule(
        id="s3-access-point-block",
        title="Access points refuse public access",
        problem="The access point may be opened to the world",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("S3.19",),
        checkov=("CKV_AWS_392",),
        prowler=(
            "s3_access_point_public_access_block",
            "s3_multi_region_access_point_public_access_block",
        ),
        types=(ACCESS_POINT, MULTI_REGION),
        remediation="Leave all four properties of publicAccessBlockConfiguration true.",
        check=_blocks,
    ),
    Rule(
        id="s3-object-not-public",
        title="No object is public by an ACL",
        problem="Anybody in the world may read the object",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        prowler=("s3_bucket_object_public",),
        types=OBJECTS,
        remediation="Remove acl, or set it to private.",
        check=is_none_of("acl", *PUBLIC_ACLS),
    ),
    Rule(
        id="s3-object-encrypted",
        title="Objects that the program writes are encrypted with a customer-managed key",
        problem="The object is not encrypted with a key of the account's own",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        checkov=(
            "CKV_AWS_181",
            "CKV_AWS_186",
        ),
        types=(*OBJECTS, OBJECT_COPY),
        remediation="Give the bucket a key of your own, or the object kmsKeyId.",
        check_graph=per_resource(_object_encrypted, *OBJECTS, OBJECT_COPY),
        note="An object without kmsKeyId has its bucket's key.",
    ),
    Rule(
        id="ec2-image-encrypted",
        title="Disks of images are encrypted",
        problem="A disk of the image is not encrypted",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        checkov=("CKV_AWS_204",),
        types=(AMI,),
        remediation="Set encrypted of each of ebsBlockDevices to true, or give snapshotId an encrypted snapshot.",
        check=_image_encrypted,
        note="A disk from a snapshot has the snapshot's encryption; ebs-copies-encrypted checks snapshots.",
    ),
    Rule(
        id="ebs-snapshot-not-shared",
        title="Snapshots and images of disks are not shared with everybody",
        problem="Anybody in the world may use the snapshot or image",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.1",),
        checkov=("CKV_AWS_205",),
        prowler=(
            "ec2_ami_public",
            "ec2_ebs_public_snapshot",
        ),
        types=(SNAPSHOT_PERMISSION, AMI_PERMISSION),
        remediation="Name the account.",
        check=_names_an_account,
    ),
    Rule(
        id="ebs-copies-encrypted",
        title="Copies of snapshots and images are encrypted with a customer-managed key",
        problem="The copy of the snapshot or image is not encrypted with a key of the account's own",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        checkov=(
            "CKV_AWS_183",
            "CKV_AWS_235",
            "CKV_AWS_236",
        ),
        prowler=("ec2_ebs_snapshots_encrypted",),
        types=(SNAPSHOT_COPY, AMI_COPY),
        remediation="Set encrypted to true and give kmsKeyId.",
        check=every(is_true("encrypted"), is_own_key("kmsKeyId")),
    ),
    Rule(
        id="ebs-encryption-by-default",
        title="New volumes are encrypted by default, where a stack sets this for its account",
        problem="New volumes of the account are not encrypted by default",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("EC2.7",),
        checkov=("CKV_AWS_106",),
        prowler=("ec2_ebs_default_encryption",),
        types=(ENCRYPTION_BY_DEFAULT,),
        remediation="Leave enabled true.",
        check=is_true("enabled"),
        note="This is a setting of the account: the rule checks only stacks that have it as a resource.",
    ),
)
