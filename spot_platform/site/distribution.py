"""The CloudFront distribution of the site."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from spot_planning.site.spa_frontend import ASSETS_PREFIX, CACHING_OPTIMIZED, INDEX_DOCUMENT, SpaPlan
from spot_platform.site.api_behavior import api_behavior, api_origin
from spot_platform.site.arguments import SpaFrontendArgs

_ORIGIN_ID = "site"


@dataclass(frozen=True, kw_only=True)
class SiteDistributionWiring:
    """Arguments that the distribution gets from `SpaFrontend`."""

    plan: SpaPlan
    origin_domain_name: pulumi.Input[str]
    origin_access_control_id: pulumi.Input[str]
    function_arn: pulumi.Input[str] | None
    api_function_arn: pulumi.Input[str] | None
    response_headers_policy_id: pulumi.Input[str]


def site_distribution(
    name: str, args: SpaFrontendArgs, wiring: SiteDistributionWiring, opts: pulumi.ResourceOptions
) -> aws.cloudfront.Distribution:
    """Create the distribution.

    Args:
        name: Logical name.
        args: The arguments of `SpaFrontend`.
        wiring: Further arguments of the distribution.
        opts: Options of the resource.
    """
    behavior: dict[str, Any] = {
        "target_origin_id": _ORIGIN_ID,
        "viewer_protocol_policy": "redirect-to-https",
        "allowed_methods": ["GET", "HEAD"],
        "cached_methods": ["GET", "HEAD"],
        "cache_policy_id": CACHING_OPTIMIZED,
        "compress": True,
        "response_headers_policy_id": wiring.response_headers_policy_id,
    }
    return aws.cloudfront.Distribution(
        name,
        comment=name,
        enabled=True,
        aliases=args.domain_names,
        default_root_object=INDEX_DOCUMENT,
        http_version="http2and3",
        is_ipv6_enabled=True,
        price_class=args.price_class,
        origins=[
            aws.cloudfront.DistributionOriginArgs(
                origin_id=_ORIGIN_ID,
                domain_name=wiring.origin_domain_name,
                origin_access_control_id=wiring.origin_access_control_id,
            ),
            *([] if args.api is None else [api_origin(args.api)]),
        ],
        default_cache_behavior=aws.cloudfront.DistributionDefaultCacheBehaviorArgs(
            **behavior,
            function_associations=[]
            if wiring.function_arn is None
            else [
                aws.cloudfront.DistributionDefaultCacheBehaviorFunctionAssociationArgs(
                    event_type="viewer-request", function_arn=wiring.function_arn
                )
            ],
        ),
        ordered_cache_behaviors=[
            *(
                []
                if args.api is None or wiring.api_function_arn is None
                else [api_behavior(args.api, wiring.api_function_arn, wiring.response_headers_policy_id)]
            ),
            # The same behaviour without the function: assets are most of the requests and never deep links.
            aws.cloudfront.DistributionOrderedCacheBehaviorArgs(path_pattern=f"{ASSETS_PREFIX}*", **behavior),
        ],
        custom_error_responses=[
            aws.cloudfront.DistributionCustomErrorResponseArgs(
                error_code=response.error_code,
                response_code=response.response_code,
                response_page_path=response.response_page_path,
                error_caching_min_ttl=response.caching_seconds,
            )
            for response in wiring.plan.error_responses
        ],
        restrictions=aws.cloudfront.DistributionRestrictionsArgs(
            geo_restriction=aws.cloudfront.DistributionRestrictionsGeoRestrictionArgs(restriction_type="none")
        ),
        viewer_certificate=aws.cloudfront.DistributionViewerCertificateArgs(cloudfront_default_certificate=True)
        if wiring.plan.minimum_protocol_version is None
        else aws.cloudfront.DistributionViewerCertificateArgs(
            acm_certificate_arn=args.certificate_arn,
            ssl_support_method="sni-only",
            minimum_protocol_version=wiring.plan.minimum_protocol_version,
        ),
        web_acl_id=args.web_acl_arn,
        tags={"Name": name},
        opts=opts,
    )
