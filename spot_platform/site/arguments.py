"""The arguments, transforms and nodes of `SpaFrontend`."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments, setting
from spot_planning.names.domain_names import DOMAIN_NAME
from spot_planning.site.settings import SpaFrontendSettings
from spot_platform.component import Transform
from spot_platform.site.api_behavior import SiteApi
from spot_platform.site.distribution_logs import DistributionLogs, DistributionLogsTransforms
from spot_platform.storage.private_bucket import PrivateBucket, PrivateBucketTransforms


@arguments
class SpaFrontendArgs(SpaFrontendSettings):
    """Arguments of `SpaFrontend`."""

    domain_names: list[str] = setting(default_factory=list[str], each=DOMAIN_NAME)
    """Domain names of the site, the main name first; empty for CloudFront's own name."""
    certificate_arn: pulumi.Input[str] | None = None
    """The validated certificate for all names, in us-east-1; needed with `domain_names`."""
    zone_name: str | None = setting(default=None, allowed=DOMAIN_NAME)
    """Name of the DNS zone. If it is one of `domain_names`, or None, HSTS does not include subdomains by default."""
    hosted_zone_id: pulumi.Input[str] | None = None
    """The hosted zone that gets the alias records; None if DNS is managed elsewhere."""
    web_acl_arn: pulumi.Input[str] | None = None
    """A web ACL of the CLOUDFRONT scope; None for none."""
    api_origin: pulumi.Input[str] | None = None
    """URL of the API that the site calls, for the default Content-Security-Policy; its path is ignored. None if there
    is no API, or if it is `api`."""
    api: SiteApi | None = None
    """An API below a path of the site; None for none."""
    storage_origins: list[pulumi.Input[str]] = setting(default_factory=list[pulumi.Input[str]])
    """URLs of the buckets that the site uses with pre-signed URLs, for the default Content-Security-Policy."""
    server_access_log_bucket: pulumi.Input[str] | None = None
    """Name of the bucket that gets the server access logs of the site's bucket and the log bucket; None for no logs."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the site's files and logs. Its policy must allow CloudFront to read and log delivery to write."""


@dataclass(frozen=True, kw_only=True)
class SpaFrontendTransforms:
    """Changes to the arguments of `SpaFrontend`'s resources."""

    bucket: PrivateBucketTransforms | None = None
    origin_access_control: Transform | None = None
    function: Transform | None = None
    api_function: Transform | None = None
    response_headers_policy: Transform | None = None
    distribution: Transform | None = None
    record: Transform | None = None
    logs: DistributionLogsTransforms | None = None


@dataclass(frozen=True, kw_only=True)
class SpaFrontendNodes:
    """The resources of `SpaFrontend`. The key of `records` is name and type."""

    bucket: PrivateBucket
    origin_access_control: aws.cloudfront.OriginAccessControl
    function: aws.cloudfront.Function | None
    api_function: aws.cloudfront.Function | None
    response_headers_policy: aws.cloudfront.ResponseHeadersPolicy
    distribution: aws.cloudfront.Distribution
    records: dict[tuple[str, str], aws.route53.Record]
    logs: DistributionLogs | None
