"""The response headers policy of the site."""

import pulumi
import pulumi_aws as aws

from spot_planning.site.security_headers import (
    REFERRER_POLICY,
    REMOVED_HEADERS,
)
from spot_planning.site.settings import SpaFrontendSettings


def security_headers(
    name: str,
    *,
    content_security_policy: pulumi.Input[str],
    settings: SpaFrontendSettings,
    hsts_include_subdomains: bool,
    opts: pulumi.ResourceOptions,
) -> aws.cloudfront.ResponseHeadersPolicy:
    """Create the response headers policy of a site.

    The policy overrides the origin's headers, so that an object's metadata cannot weaken it.

    Args:
        name: Logical name of the policy.
        content_security_policy: Value of the Content-Security-Policy header.
        settings: Settings of the site, with the values of the other headers.
        hsts_include_subdomains: Whether browsers use HTTPS only for all subdomains of the site too.
        opts: Options of the resource.
    """
    return aws.cloudfront.ResponseHeadersPolicy(
        name,
        comment=f"Security headers of {name}",
        security_headers_config=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs(
            strict_transport_security=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs(
                access_control_max_age_sec=settings.hsts_max_age_seconds,
                include_subdomains=hsts_include_subdomains,
                preload=settings.hsts_preload,
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
        # No Cache-Control here: it would also apply to the 404 of a missing asset.
        custom_headers_config=aws.cloudfront.ResponseHeadersPolicyCustomHeadersConfigArgs(
            items=[
                aws.cloudfront.ResponseHeadersPolicyCustomHeadersConfigItemArgs(
                    header=header, value=value, override=True
                )
                for header, value in (
                    ("Cross-Origin-Opener-Policy", settings.cross_origin_opener_policy),
                    ("Permissions-Policy", settings.permissions_policy),
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
