"""Creates the web ACLs in front of the site and the API."""

import pulumi

import spot_platform
from configuration.settings import StackSettings
from spot_planning.declarations import with_settings
from spot_planning.waf.web_acl import counted_rules_of


def make_web_acl(
    settings: StackSettings,
    part: str,
    scope: spot_platform.WebAclScope,
    key: spot_platform.EncryptionKey,
    options: pulumi.ResourceOptions,
) -> spot_platform.WebAcl | None:
    """Create the web ACL of one part of the platform; returns None if web ACLs are disabled.

    Args:
        settings: The stack's settings.
        part: The end of the web ACL's name, such as ``site``.
        scope: ``CLOUDFRONT`` for a distribution, ``REGIONAL`` for a resource in the stack's Region.
        key: The key that encrypts the web ACL's log; it must be in us-east-1 for CloudFront.
        options: The component's options, with the stack's provider.
    """
    if not settings.waf.enabled:
        return None
    api_on_site = scope == spot_platform.WebAclScope.CLOUDFRONT and settings.api.path_on_site is not None
    args = with_settings(spot_platform.WebAclArgs, settings.waf)(
        scope=scope,
        api_on_site=api_on_site,
        # Without a domain of its own the API's paths begin with the stage.
        lenient_prefix=settings.api.path_on_site or f"/{pulumi.get_stack()}",
        counted_rules=counted_rules_of(scope, settings.waf.counted_rules, api_on_site=api_on_site),
        kms_key_arn=key.arn,
    )
    return spot_platform.WebAcl(f"{settings.name}-{part}", args, options)
