"""The response headers policy of the site."""

import pulumi
import pulumi_aws as aws

from spot_planning.site.security_headers import (
    CROSS_ORIGIN_OPENER_POLICY,
    HSTS_MAX_AGE_SECONDS,
    REFERRER_POLICY,
    REMOVED_HEADERS,
)


def security_headers(
    name: str,
    *,
    content_security_policy: pulumi.Input[str],
    permissions_policy: str,
    hsts_preload: bool,
    opts: pulumi.ResourceOptions,
) -> aws.cloudfront.ResponseHeadersPolicy:
    """Make the response headers policy of a site.

    The policy overrides what the origin says, so that an object's metadata cannot weaken it.

    Args:
        name: Logical name of the policy.
        content_security_policy: Value of the header of that name.
        permissions_policy: Value of the header of that name.
        hsts_preload: Whether the site may be put on the browsers' preload list.
        opts: Options of the resource.
    """
    return aws.cloudfront.ResponseHeadersPolicy(
        name,
        comment=f"Security headers of {name}",
        security_headers_config=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs(
            strict_transport_security=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs(
                access_control_max_age_sec=HSTS_MAX_AGE_SECONDS,
                include_subdomains=True,
                preload=hsts_preload,
                override=True,
            ),
            content_security_policy=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicyArgs(
                content_security_policy=content_security_policy, override=True
            ),
            content_type_options=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs(
                override=True
            ),
            frame_options=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigFrameOptionsArgs(
                frame_option="DENY", override=True
            ),
            referrer_policy=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigReferrerPolicyArgs(
                referrer_policy=REFERRER_POLICY, override=True
            ),
        ),
        # No Cache-Control here: it would also hold for the 404 of a missing asset.
        custom_headers_config=aws.cloudfront.ResponseHeadersPolicyCustomHeadersConfigArgs(
            items=[
                aws.cloudfront.ResponseHeadersPolicyCustomHeadersConfigItemArgs(
                    header=header, value=value, override=True
                )
                for header, value in (
                    ("Cross-Origin-Opener-Policy", CROSS_ORIGIN_OPENER_POLICY),
                    ("Permissions-Policy", permissions_policy),
                )
            ]
        ),
        remove_headers_config=aws.cloudfront.ResponseHeadersPolicyRemoveHeadersConfigArgs(
            items=[
                aws.cloudfront.ResponseHeadersPolicyRemoveHeadersConfigItemArgs(header=header)
                for header in REMOVED_HEADERS
            ]
        ),
        opts=opts,
    )
