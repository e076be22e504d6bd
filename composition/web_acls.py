"""The web ACLs in front of the site and the API."""

from typing import Literal

import pulumi

import spot_platform
from configuration.settings import StackSettings


def make_web_acl(
    settings: StackSettings,
    part: str,
    scope: Literal["REGIONAL", "CLOUDFRONT"],
    key: spot_platform.EncryptionKey,
    options: pulumi.ResourceOptions,
) -> spot_platform.WebAcl | None:
    """Make the web ACL of one part of the platform; None in a stack without.

    Args:
        settings: Those of the stack.
        part: The end of the web ACL's name, such as ``site``.
        scope: What it stands in front of: CloudFront, or something in the stack's region.
        key: Encrypts its log; must be in the region of ``options``.
        options: With the provider of us-east-1 for CloudFront.
    """
    if not settings.waf.enabled:
        return None
    args = spot_platform.WebAclArgs(kms_key_arn=key.arn, **settings.waf.arguments_for(scope))
    return spot_platform.WebAcl(f"{settings.name}-{part}", args, options)
