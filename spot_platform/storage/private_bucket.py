"""A private, encrypted and versioned bucket that allows only TLS. All buckets of the platform are of this kind."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments, integer_from, one_of, setting
from spot_planning.iam.policy_documents import Document
from spot_planning.iam.policy_statements import BUCKET_POLICY, statement_problems
from spot_planning.names.reserved_prefixes import BUCKET_PREFIXES, name_problems
from spot_planning.problems import Problem
from spot_planning.storage.bucket_lifecycle import STORAGE_CLASSES, lifecycle_problems
from spot_planning.storage.bucket_policy import OWN_SIDS, access_log_delivery, bucket_policy
from spot_planning.storage.cors import BUCKET_ORIGIN, CORS_METHOD_LIST, CORS_METHODS
from spot_platform.component import Component, Transform, check
from spot_platform.planned import BUCKET_ARN, planned_json


@arguments
class BucketTransitionArgs:
    """A transition of objects to a cheaper storage class."""

    days: int = setting(allowed=integer_from(0))
    """Age of the object in days."""
    storage_class: str = setting(allowed=one_of(STORAGE_CLASSES))
    """``STANDARD_IA``, ``INTELLIGENT_TIERING``, ``ONEZONE_IA``, ``GLACIER_IR``, ``GLACIER`` or ``DEEP_ARCHIVE``."""


@arguments
class BucketCorsRuleArgs:
    """A CORS rule: what scripts of other sites may do with the bucket if they have a pre-signed URL."""

    allowed_origins: list[pulumi.Input[str]] = setting(each=BUCKET_ORIGIN)
    """Origins, such as ``https://app.example.com`` or ``https://*.example.com``; ``*`` is not allowed."""
    allowed_methods: list[str] = setting(allowed=CORS_METHOD_LIST, each=one_of(CORS_METHODS))
    """HTTP methods: ``GET``, ``PUT``, ``POST``, ``DELETE`` and ``HEAD``."""
    allowed_headers: list[str] = setting(default_factory=lambda: ["*"])
    """Request headers that a script may send."""
    expose_headers: list[str] = setting(default_factory=lambda: ["ETag"])
    """Response headers that a script may read. To complete a multipart upload, it needs the ``ETag`` of each part."""
    max_age_seconds: int = 3600
    """Seconds that a browser may cache the response to its preflight request."""


@arguments
class PrivateBucketArgs:
    """Arguments of `PrivateBucket`."""

    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the objects (SSE-KMS with a bucket key); None encrypts with keys of Amazon S3 (SSE-S3)."""
    transitions: list[BucketTransitionArgs] = setting(default_factory=list[BucketTransitionArgs])
    """Transitions of current objects to cheaper storage classes, sorted by age."""
    expiration_days: int | None = setting(default=None, allowed=integer_from(1))
    """Age in days at which current objects are deleted; None keeps them."""
    noncurrent_version_expiration_days: int = setting(default=90, allowed=integer_from(1))
    """Days during which replaced and deleted versions can be restored."""
    abort_incomplete_upload_days: int = setting(default=7, allowed=integer_from(1))
    """Days after which the parts of unfinished multipart uploads are deleted; they cost as much as objects."""
    cors_rules: list[BucketCorsRuleArgs] = setting(default_factory=list[BucketCorsRuleArgs])
    """CORS rules for scripts of other sites."""
    access_log_bucket: pulumi.Input[str] | None = None
    """Name of the bucket that gets the server access logs; it must have `receives_access_logs_of`. None for no logs."""
    access_log_prefix: str | None = None
    """Prefix of the server access logs, such as ``uploads/``; None for the component's name and a slash."""
    receives_access_logs_of: pulumi.Input[str] | None = None
    """Id of the account whose buckets may deliver their server access logs to this bucket; None for no account. The
    bucket is then encrypted with SSE-S3 and has no access logs itself, as Amazon S3 requires."""
    extra_policy_statements: list[dict[str, Any]] = setting(default_factory=list[dict[str, Any]])
    """Further statements of the bucket's policy, with IAM's own keys (``Sid`` is optional); values may be
    Outputs. A `Resource` that is not an ARN is relative to the bucket (``/*`` means all objects). To name a resource
    that needs the bucket first, such as a distribution, use ``pulumi.deferred_output``."""
    force_destroy: bool = False
    """Whether destroying the bucket also deletes all versions of its objects."""


@dataclass(frozen=True, kw_only=True)
class PrivateBucketTransforms:
    """Changes to the arguments of `PrivateBucket`'s resources."""

    bucket: Transform | None = None
    public_access_block: Transform | None = None
    ownership_controls: Transform | None = None
    versioning: Transform | None = None
    encryption: Transform | None = None
    lifecycle: Transform | None = None
    cors: Transform | None = None
    logging: Transform | None = None
    policy: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class PrivateBucketNodes:
    """The resources of `PrivateBucket`."""

    bucket: aws.s3.Bucket
    public_access_block: aws.s3.BucketPublicAccessBlock
    ownership_controls: aws.s3.BucketOwnershipControls
    versioning: aws.s3.BucketVersioning
    encryption: aws.s3.BucketServerSideEncryptionConfiguration
    lifecycle: aws.s3.BucketLifecycleConfiguration
    cors: aws.s3.BucketCorsConfiguration | None
    logging: aws.s3.BucketLogging | None
    policy: aws.s3.BucketPolicy


class PrivateBucket(Component):
    """spot-platform:index:PrivateBucket: a private, encrypted and versioned bucket that allows only TLS.

    Makes: the bucket; its public access block (all four settings, Security Hub S3.8); ownership of every object by the
    bucket's owner, which turns ACLs off (S3.12); versioning (S3.14); default encryption; a lifecycle for old versions
    and unfinished uploads (S3.13); a policy that denies requests without TLS 1.2 (S3.5); and, with `cors_rules` and
    `access_log_bucket`, CORS and server access logs (S3.9).

    Costs: 0.023 USD per GB-month, 0.005 USD per 1000 writes, 0.0004 USD per 1000 reads; old versions and access logs
    cost as much as objects. The bucket key reduces requests to KMS, 0.03 USD per 10 000, to a few in an hour.

    Risks: a request can override the default encryption with its own header: a client must not request ``AES256`` if a
    KMS key is required. AWS refuses to delete a bucket with objects, unless `force_destroy` is true.
    """

    bucket_name: pulumi.Output[str]
    """Name of the bucket."""
    arn: pulumi.Output[str]
    """ARN of the bucket."""
    regional_domain_name: pulumi.Output[str]
    """Host name of the bucket in its Region, for the origin of a distribution."""

    def __init__(
        self,
        name: str,
        args: PrivateBucketArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: PrivateBucketTransforms | None = None,
    ) -> None:
        statements = args.extra_policy_statements
        of_statements = statement_problems("extra_policy_statements", statements, BUCKET_POLICY, OWN_SIDS)
        further = chain(name_problems(name, BUCKET_PREFIXES), of_statements)
        check(PrivateBucket, name, args, (_lifecycle_problems, _access_log_problems), further)
        super().__init__(name, opts)
        self._transforms = transforms = transforms or PrivateBucketTransforms()

        bucket = self._bucket = aws.s3.Bucket(
            name, force_destroy=args.force_destroy, tags={"Name": name}, opts=self.child(transforms.bucket)
        )
        public_access_block = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self.child(transforms.public_access_block),
        )
        ownership_controls = aws.s3.BucketOwnershipControls(
            name,
            bucket=bucket.bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=self.child(transforms.ownership_controls),
        )
        versioning = aws.s3.BucketVersioning(
            name,
            bucket=bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=self.child(transforms.versioning),
        )
        self.nodes = PrivateBucketNodes(
            bucket=bucket,
            public_access_block=public_access_block,
            ownership_controls=ownership_controls,
            versioning=versioning,
            encryption=self._encryption(name, args),
            lifecycle=self._lifecycle(name, args, versioning),
            cors=self._cors(name, args) if args.cors_rules else None,
            logging=None if args.access_log_bucket is None else self._logging(name, args, args.access_log_bucket),
            policy=aws.s3.BucketPolicy(
                name,
                bucket=bucket.bucket,
                policy=_policy(bucket.arn, args),
                # Of two simultaneous changes of a bucket's access, Amazon S3 refuses one (OperationAborted).
                opts=self.child(
                    transforms.policy,
                    pulumi.ResourceOptions(depends_on=[public_access_block, ownership_controls]),
                ),
            ),
        )
        self.bucket_name = bucket.bucket
        self.arn = bucket.arn
        self.regional_domain_name = bucket.bucket_regional_domain_name
        self.finish()

    def _encryption(self, name: str, args: PrivateBucketArgs) -> aws.s3.BucketServerSideEncryptionConfiguration:
        has_key = args.kms_key_arn is not None
        return aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=self._bucket.bucket,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="aws:kms" if has_key else "AES256", kms_master_key_id=args.kms_key_arn
                    ),
                    bucket_key_enabled=has_key,
                )
            ],
            opts=self.child(self._transforms.encryption),
        )

    def _lifecycle(
        self, name: str, args: PrivateBucketArgs, versioning: aws.s3.BucketVersioning
    ) -> aws.s3.BucketLifecycleConfiguration:
        return aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=self._bucket.bucket,
            rules=[
                aws.s3.BucketLifecycleConfigurationRuleArgs(
                    id="retention",
                    status="Enabled",
                    filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                    transitions=[
                        aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(
                            days=transition.days, storage_class=transition.storage_class
                        )
                        for transition in args.transitions
                    ]
                    or None,
                    # Expiration by age also deletes expired delete markers, and cannot be combined with this setting.
                    expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=args.expiration_days)
                    if args.expiration_days is not None
                    else aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True),
                    noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                        noncurrent_days=args.noncurrent_version_expiration_days
                    ),
                    abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                        days_after_initiation=args.abort_incomplete_upload_days
                    ),
                )
            ],
            # Amazon S3 refuses a rule for noncurrent versions while versioning is off.
            opts=self.child(self._transforms.lifecycle, pulumi.ResourceOptions(depends_on=[versioning])),
        )

    def _cors(self, name: str, args: PrivateBucketArgs) -> aws.s3.BucketCorsConfiguration:
        return aws.s3.BucketCorsConfiguration(
            name,
            bucket=self._bucket.bucket,
            cors_rules=[
                aws.s3.BucketCorsConfigurationCorsRuleArgs(
                    allowed_origins=rule.allowed_origins,
                    allowed_methods=rule.allowed_methods,
                    allowed_headers=rule.allowed_headers,
                    expose_headers=rule.expose_headers,
                    max_age_seconds=rule.max_age_seconds,
                )
                for rule in args.cors_rules
            ],
            opts=self.child(self._transforms.cors),
        )

    def _logging(self, name: str, args: PrivateBucketArgs, target_bucket: pulumi.Input[str]) -> aws.s3.BucketLogging:
        return aws.s3.BucketLogging(
            name,
            bucket=self._bucket.bucket,
            target_bucket=target_bucket,
            target_prefix=f"{name}/" if args.access_log_prefix is None else args.access_log_prefix,
            opts=self.child(self._transforms.logging),
        )


def _lifecycle_problems(args: PrivateBucketArgs) -> Iterator[Problem]:
    return lifecycle_problems([(each.days, each.storage_class) for each in args.transitions], args.expiration_days)


def _access_log_problems(args: PrivateBucketArgs) -> Iterator[Problem]:
    if args.receives_access_logs_of is None:
        return
    if args.kms_key_arn is not None:
        text = "is not allowed with receives_access_logs_of: server access logs need SSE-S3; allowed: None"
        yield Problem(("kms_key_arn",), text, shows_value=False)
    if args.access_log_bucket is not None:
        text = "is not allowed with receives_access_logs_of: a bucket that logs itself never stops; allowed: None"
        yield Problem(("access_log_bucket",), text, shows_value=False)


def _policy(bucket_arn: pulumi.Output[str], args: PrivateBucketArgs) -> pulumi.Output[str]:
    def document(arn: str, account: str | None, statements: list[dict[str, Any]]) -> Document:
        logs = [] if account is None else [access_log_delivery(account)]
        return bucket_policy(arn, [*logs, *statements])

    return planned_json(
        document,
        stand_in=BUCKET_ARN,
        arn=bucket_arn,
        account=args.receives_access_logs_of,
        statements=args.extra_policy_statements,
    )
