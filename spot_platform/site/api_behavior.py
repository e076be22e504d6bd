"""The origin and the cache behaviour with which a site's distribution forwards a path to an API."""

import pulumi
import pulumi_aws as aws

from spot_planning.api.path_on_site import KEY_HEADER
from spot_planning.declarations import arguments
from spot_planning.site.api_path import (
    ALL_METHODS,
    ALL_VIEWER_EXCEPT_HOST_HEADER,
    CACHING_DISABLED,
    path_pattern,
)

_ORIGIN_ID = "api"


@arguments
class SiteApi:
    """An API below a path of a site; `PrivateApi` with `path_on_site` is such an API."""

    path: str
    """The site's path, such as ``/api``."""
    domain_name: pulumi.Input[str]
    """Host name with which CloudFront calls the API, without a scheme."""
    stage_name: pulumi.Input[str]
    """Name of the stage, the first segment of the paths on that host."""
    api_key: pulumi.Input[str]
    """The API key that CloudFront sends with each request. A secret."""
    read_timeout_seconds: int
    """Seconds that CloudFront waits for a response, more than API Gateway's longest integration timeout."""


def api_origin(api: SiteApi) -> aws.cloudfront.DistributionOriginArgs:
    """Return the origin of an API: TLS 1.2 or newer, with the API key in a header.

    Args:
        api: The API.
    """
    return aws.cloudfront.DistributionOriginArgs(
        origin_id=_ORIGIN_ID,
        domain_name=api.domain_name,
        custom_headers=[
            aws.cloudfront.DistributionOriginCustomHeaderArgs(name=KEY_HEADER, value=pulumi.Output.secret(api.api_key))
        ],
        custom_origin_config=aws.cloudfront.DistributionOriginCustomOriginConfigArgs(
            http_port=80,
            https_port=443,
            origin_protocol_policy="https-only",
            # The oldest allowed version. CloudFront uses TLS 1.3 automatically if the origin supports it.
            origin_ssl_protocols=["TLSv1.2"],
            origin_read_timeout=api.read_timeout_seconds,
        ),
    )


def api_behavior(
    api: SiteApi, function_arn: pulumi.Input[str], response_headers_policy_id: pulumi.Input[str]
) -> aws.cloudfront.DistributionOrderedCacheBehaviorArgs:
    """Return the cache behaviour of an API: all methods, no caching, and every header except Host is forwarded.

    Args:
        api: The API.
        function_arn: ARN of the function from `api_request_function`.
        response_headers_policy_id: The site's response headers policy, since a page of the API is a page of the site.
    """
    return aws.cloudfront.DistributionOrderedCacheBehaviorArgs(
        path_pattern=path_pattern(api.path),
        target_origin_id=_ORIGIN_ID,
        # No redirect to HTTPS: a client would already have sent its token in clear text, and would drop the body.
        viewer_protocol_policy="https-only",
        allowed_methods=list(ALL_METHODS),
        cached_methods=["GET", "HEAD"],
        cache_policy_id=CACHING_DISABLED,
        origin_request_policy_id=ALL_VIEWER_EXCEPT_HOST_HEADER,
        # API Gateway compresses; CloudFront does not compress without caching.
        compress=False,
        response_headers_policy_id=response_headers_policy_id,
        function_associations=[
            aws.cloudfront.DistributionOrderedCacheBehaviorFunctionAssociationArgs(
                event_type="viewer-request", function_arn=function_arn
            )
        ],
    )
