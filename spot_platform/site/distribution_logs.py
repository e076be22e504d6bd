"""The access logs of a CloudFront distribution."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments
from spot_planning.monitoring.access_log import DISTRIBUTION_LOG_FIELDS, log_delivery_statement
from spot_planning.waf.web_acl import CLOUDFRONT_REGION
from spot_platform.component import Component, Transform
from spot_platform.iam.policy_statements import known_later
from spot_platform.planned import planned
from spot_platform.storage.private_bucket import PrivateBucket, PrivateBucketArgs, PrivateBucketTransforms


@arguments
class DistributionLogsArgs:
    """Arguments of `DistributionLogs`."""

    distribution_arn: pulumi.Input[str]
    """ARN of the distribution."""
    retention_days: int
    """Days that logs are kept."""
    server_access_log_bucket: pulumi.Input[str] | None = None
    """Name of the bucket that gets the server access logs of the log bucket; None for no server access logs."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the logs, in the bucket's Region. The key's policy must allow the delivery service."""
    force_destroy: bool
    """Whether destroying the log bucket also deletes its logs."""


@dataclass(frozen=True, kw_only=True)
class DistributionLogsTransforms:
    """Changes to the arguments of `DistributionLogs`' resources."""

    bucket: PrivateBucketTransforms | None = None
    source: Transform | None = None
    destination: Transform | None = None
    delivery: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class DistributionLogsNodes:
    """The resources of `DistributionLogs`."""

    bucket: PrivateBucket
    source: aws.cloudwatch.LogDeliverySource
    destination: aws.cloudwatch.LogDeliveryDestination
    delivery: aws.cloudwatch.LogDelivery


class DistributionLogs(Component):
    """spot-platform:index:DistributionLogs: standard logging (v2) of a distribution into a private bucket.

    Makes: a private bucket, and the delivery source, destination and delivery, all three in us-east-1 as CloudFront
    requires. Version 2 is used because the older standard logging needs a bucket with ACLs, which Security Hub S3.12
    forbids; AWS Config's rule for CloudFront.5 knows only the older logging.

    Costs: delivery to Amazon S3 nothing; 0.023 USD per GB-month.

    Risks: if the key's policy does not allow the delivery service, logs are lost without any error (`EncryptionKey`
    allows it). Readers of the logs also need `kms:Decrypt`. Logs arrive within minutes, sometimes within hours, and
    some requests may be missing. Logs contain IP addresses, but no cookies, query strings or referrers.
    """

    bucket_name: pulumi.Output[str]
    """Name of the log bucket; the logs are below ``AWSLogs/<account>/CloudFront/``."""

    def __init__(
        self,
        name: str,
        args: DistributionLogsArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: DistributionLogsTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        transforms = transforms or DistributionLogsTransforms()

        source = aws.cloudwatch.LogDeliverySource(
            name,
            region=CLOUDFRONT_REGION,
            log_type="ACCESS_LOGS",
            resource_arn=args.distribution_arn,
            opts=self.child(transforms.source),
        )

        def delivering(distribution_arn: str, source_arn: str) -> dict[str, Any]:
            return log_delivery_statement(account_id=distribution_arn.split(":")[4], delivery_source_arn=source_arn)

        statement = planned(delivering, distribution_arn=args.distribution_arn, source_arn=source.arn)
        bucket = PrivateBucket(
            name,
            PrivateBucketArgs(
                kms_key_arn=args.kms_key_arn,
                expiration_days=args.retention_days,
                # A log is never replaced, so this only applies to objects that somebody deleted.
                noncurrent_version_expiration_days=1,
                access_log_bucket=args.server_access_log_bucket,
                extra_policy_statements=[known_later(statement)],
                force_destroy=args.force_destroy,
            ),
            self.child(),
            transforms=transforms.bucket,
        )
        destination = aws.cloudwatch.LogDeliveryDestination(
            name,
            region=CLOUDFRONT_REGION,
            output_format="json",
            delivery_destination_configuration=aws.cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs(
                destination_resource_arn=bucket.arn
            ),
            opts=self.child(transforms.destination),
        )
        delivery = aws.cloudwatch.LogDelivery(
            name,
            region=CLOUDFRONT_REGION,
            delivery_source_name=source.name,
            delivery_destination_arn=destination.arn,
            record_fields=list(DISTRIBUTION_LOG_FIELDS),
            # There is no S3 path here: AWS adds a prefix to it at creation and drops the prefix at the next update.
            # If a permission were missing, CreateDelivery itself would add it to the bucket's policy, without this
            # program.
            opts=self.child(transforms.delivery, pulumi.ResourceOptions(depends_on=[bucket.nodes.policy])),
        )

        self.nodes = DistributionLogsNodes(bucket=bucket, source=source, destination=destination, delivery=delivery)
        self.bucket_name = bucket.bucket_name
        self.finish()
