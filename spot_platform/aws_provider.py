"""Where resources are made: which account, which region, which endpoints."""

import inspect
from collections.abc import Mapping

import pulumi_aws as aws

UNROUTED_SERVICES = frozenset(
    {
        "accountaccess",
        "agentregistry",
        "bedrockruntime",
        "cloudwatchomni",
        "devopsagent",
        "directoryservicedata",
        "eventbridgev2",
        "interconnect",
        "lambdacore",
        "lambdamicrovms",
        "lambdaweb",
        "mailmanager",
        "networksecuritymanager",
        "pricingplanmanager",
        "resiliencehubv2",
        "s3files",
        "uxc",
    }
)
"""Services that this package knows and plugins built from older sources do not: they refuse the whole block for one
service that they do not know. Nothing here uses them."""


def aws_provider(
    region: str,
    account_id: str | None = None,
    endpoint_url: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> aws.Provider:
    """Make the provider of a stack.

    It is the only one: what has to be in another region, such as CloudFront's certificate, says so with its own
    ``region`` ("Enhanced Region Support", Terraform AWS provider 6, which Pulumi AWS 7 is made from).

    Args:
        region: The stack's region.
        account_id: The only account that the stack may be deployed to; anyone's with credentials without it.
        endpoint_url: Where every AWS service answers, when that is an emulator: its credentials are then test/test, and
            what it does not know fails after seconds instead of being tried again for minutes.
        tags: Tags of every resource that has tags.

    Returns:
        The provider, named ``aws-<region>``.
    """
    emulated = True if endpoint_url is not None else None
    return aws.Provider(
        f"aws-{region}",
        region=region,
        # Asks AWS for the account, which is why skip_requesting_account_id stays off even for an emulator.
        allowed_account_ids=None if account_id is None else [account_id],
        default_tags=aws.ProviderDefaultTagsArgs(tags=dict(tags or {})),
        endpoints=None if endpoint_url is None else [service_endpoints(endpoint_url)],
        s3_use_path_style=emulated,
        access_key="test" if emulated else None,
        secret_key="test" if emulated else None,
        skip_credentials_validation=emulated,
        skip_metadata_api_check=emulated,
        skip_region_validation=emulated,
        max_retries=5 if emulated else None,
        # S3 Control puts the account into the host name, which no resolver knows for an emulator: as a proxy, the
        # emulator gets such requests all the same.
        http_proxy=endpoint_url,
    )


def service_endpoints(endpoint_url: str) -> aws.ProviderEndpointArgs:
    """The same endpoint for every service that the provider has.

    Args:
        endpoint_url: The endpoint.

    Returns:
        The provider's endpoint block, read off the package so that no service is forgotten and reaches AWS.
    """
    known = set(inspect.signature(aws.ProviderEndpointArgs).parameters) - UNROUTED_SERVICES
    return aws.ProviderEndpointArgs(**dict.fromkeys(sorted(known), endpoint_url))
