"""The application's buckets: for users' uploads, for documents and for its own backups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from spot_planning.account import ACCOUNT_ID
from spot_planning.declarations import arguments, setting
from spot_planning.repetition import nothing_twice
from spot_planning.storage.bucket_policy import load_balancer_log_delivery
from spot_planning.storage.object_access import key_statement, list_statement, object_access_statement
from spot_planning.storage.settings import ObjectStorageSettings
from spot_platform.component import Component, check
from spot_platform.iam.policy_statements import known_later
from spot_platform.planned import planned
from spot_platform.storage.private_bucket import (
    BucketCorsRuleArgs,
    BucketTransitionArgs,
    PrivateBucket,
    PrivateBucketArgs,
    PrivateBucketTransforms,
)

UPLOADS, DOCUMENTS, BACKUPS = "uploads", "documents", "backups"

DOCUMENTS_TIERING_DAYS = 30
"""Most documents of a case are not opened again after a month. Intelligent-Tiering detects which ones."""

BACKUPS_ARCHIVE_DAYS = 30

_CORS_METHODS: Mapping[str, Sequence[str]] = {UPLOADS: ("GET", "HEAD", "POST", "PUT"), DOCUMENTS: ("GET", "HEAD")}

_TRANSITIONS: Mapping[str, Sequence[tuple[int, str]]] = {
    DOCUMENTS: ((DOCUMENTS_TIERING_DAYS, "INTELLIGENT_TIERING"),),
    BACKUPS: ((BACKUPS_ARCHIVE_DAYS, "GLACIER_IR"),),
}


@arguments
class ObjectStorageArgs(ObjectStorageSettings):
    """Arguments of `ObjectStorage`."""

    account_id: str = setting(allowed=ACCOUNT_ID)
    """The account, 12 digits."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the objects. The access logs are encrypted with keys of Amazon S3, which S3 requires."""
    site_origin: pulumi.Input[str] | None = None
    """Origin of a site with CloudFront's own name, in addition to `cors_allowed_origins`; it may be an Output. None for
    none."""
    receives_load_balancer_logs: bool = False
    """Whether the account's load balancers may deliver access logs to the bucket for access logs, below
    ``load-balancer/``."""


@dataclass(frozen=True, kw_only=True)
class ObjectStorageTransforms:
    """Changes to the arguments of `ObjectStorage`'s resources."""

    access_logs: PrivateBucketTransforms | None = None
    uploads: PrivateBucketTransforms | None = None
    documents: PrivateBucketTransforms | None = None
    backups: PrivateBucketTransforms | None = None


@dataclass(frozen=True, kw_only=True)
class ObjectStorageNodes:
    """The resources of `ObjectStorage`."""

    access_logs: PrivateBucket
    uploads: PrivateBucket
    documents: PrivateBucket
    backups: PrivateBucket


class ObjectStorage(Component):
    """spot-platform:index:ObjectStorage: private buckets for uploads, documents and backups, and their access logs.

    Makes: four `PrivateBucket`. With pre-signed URLs of the application, browsers upload to and download from `uploads`
    and download from `documents`. Documents move to Intelligent-Tiering after 30 days. The application can write
    backups but neither read nor delete them; they move to Glacier Instant Retrieval after 30 days and expire after a
    year.

    In addition to the outputs, there are four attributes for other components. Their keys are known before any resource
    exists: `bucket_arns` (for AWS Backup), `environment` (environment variables with the buckets' names), `origins`
        (the origins that the site's Content-Security-Policy must allow) and `task_policy_statements` (statements for
        the task role).

    Costs: 0.023 USD per GB-month, 0.005 USD per 1000 writes; Intelligent-Tiering 0.0025 USD a month per 1000 objects
    above 128 KB, which saves up to 40 % for objects that are not read for a month; Glacier Instant Retrieval 0.004 USD
    per GB-month.

    Risks: an upload that requests ``ServerSideEncryption: AES256`` is not encrypted with the KMS key: leave the header
    out, since the bucket encrypts by default. Everybody with a pre-signed URL has access until it expires: let it
    expire after minutes rather than hours. Pre-signed uploads have no size limit, except with pre-signed POST policies.
    """

    bucket_names: pulumi.Output[dict[str, str]]
    """``uploads``, ``documents`` or ``backups`` -> name of the bucket."""
    access_log_bucket_name: pulumi.Output[str]
    """Name of the bucket for access logs of further buckets and of load balancers, known when its policy allows the
    delivery."""

    def __init__(
        self,
        name: str,
        args: ObjectStorageArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ObjectStorageTransforms | None = None,
    ) -> None:
        check(ObjectStorage, name, args, (nothing_twice("cors_allowed_origins"),))
        super().__init__(name, opts)
        transforms = transforms or ObjectStorageTransforms()

        access_logs = PrivateBucket(
            f"{name}-access-logs",
            PrivateBucketArgs(
                receives_access_logs_of=args.account_id,
                expiration_days=args.access_log_retention_days,
                # Logs are never replaced or deleted by hand, so old versions only exist after the expiration.
                noncurrent_version_expiration_days=1,
                extra_policy_statements=[load_balancer_log_delivery(args.account_id)]
                if args.receives_load_balancer_logs
                else [],
                force_destroy=args.force_destroy,
            ),
            self.child(),
            transforms=transforms.access_logs,
        )
        # An output of the policy: a bucket that logs here before the policy exists would lose its first logs.
        log_bucket = access_logs.nodes.policy.bucket
        made = {
            bucket: PrivateBucket(
                f"{name}-{bucket}", _bucket_args(bucket, args, log_bucket), self.child(), transforms=changes
            )
            for bucket, changes in (
                (UPLOADS, transforms.uploads),
                (DOCUMENTS, transforms.documents),
                (BACKUPS, transforms.backups),
            )
        }

        self.nodes = ObjectStorageNodes(
            access_logs=access_logs, uploads=made[UPLOADS], documents=made[DOCUMENTS], backups=made[BACKUPS]
        )
        names = {bucket: one.bucket_name for bucket, one in made.items()}
        self.bucket_names = pulumi.Output.all(*names.values()).apply(lambda known: dict(zip(names, known, strict=True)))
        self.access_log_bucket_name = log_bucket
        self.bucket_arns: dict[str, pulumi.Output[str]] = {bucket: one.arn for bucket, one in made.items()}
        self.environment: dict[str, pulumi.Input[str]] = {
            f"S3_{bucket.upper()}_BUCKET": bucket_name for bucket, bucket_name in names.items()
        }
        self.origins: list[pulumi.Input[str]] = [
            pulumi.Output.concat("https://", made[bucket].regional_domain_name) for bucket in (UPLOADS, DOCUMENTS)
        ]
        self.task_policy_statements: list[dict[str, Any]] = self._statements(args)
        self.finish()

    def _statements(self, args: ObjectStorageArgs) -> list[dict[str, Any]]:
        account_id = args.account_id

        def access(bucket: str) -> dict[str, Any]:
            def access_to(arn: str) -> dict[str, Any]:
                return object_access_statement(bucket.capitalize(), arn, account_id, read=bucket != BACKUPS)

            return known_later(planned(access_to, arn=self.bucket_arns[bucket]), principal=False)

        def listing(arns: list[str]) -> dict[str, Any]:
            return list_statement(arns, account_id)

        read = [self.bucket_arns[UPLOADS], self.bucket_arns[DOCUMENTS]]
        statements = [access(bucket) for bucket in self.bucket_arns]
        statements.append(known_later(planned(listing, arns=read), principal=False))
        if args.kms_key_arn is not None:
            using = planned(key_statement, kms_key_arn=args.kms_key_arn)
            statements.append(known_later(using, principal=False))
        return statements


def _bucket_args(bucket: str, args: ObjectStorageArgs, log_bucket: pulumi.Output[str]) -> PrivateBucketArgs:
    origins = [*args.cors_allowed_origins, *([] if args.site_origin is None else [args.site_origin])]
    methods = _CORS_METHODS.get(bucket) if origins else None
    return PrivateBucketArgs(
        kms_key_arn=args.kms_key_arn,
        transitions=[
            BucketTransitionArgs(days=days, storage_class=storage_class)
            for days, storage_class in _TRANSITIONS.get(bucket, ())
        ],
        expiration_days=args.backups_expiration_days if bucket == BACKUPS else None,
        noncurrent_version_expiration_days=args.noncurrent_version_expiration_days,
        cors_rules=[BucketCorsRuleArgs(allowed_origins=origins, allowed_methods=list(methods))] if methods else [],
        access_log_bucket=log_bucket,
        access_log_prefix=f"{bucket}/",
        force_destroy=args.force_destroy,
    )
