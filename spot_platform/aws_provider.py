"""The AWS provider of a stack: account, Region and endpoints."""

import inspect
from collections.abc import Mapping

import pulumi_aws as aws

from spot_planning.account import ACCOUNT_ID, REGION
from spot_planning.checking import problems
from spot_planning.declarations import arguments, matching, setting
from spot_planning.problems import ArgumentError

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
"""Services that this package knows but that plugins built from older sources do not know. Such a plugin refuses the
whole endpoint block for a single unknown service. The platform does not use these services."""


@arguments
class _Arguments:
    region: str = setting(allowed=REGION)
    account_id: str | None = setting(allowed=ACCOUNT_ID)
    endpoint_url: str | None = setting(
        allowed=matching(r"https?://[^\s/]+/?", "an address such as http://127.0.0.1:5000")
    )
    tags: Mapping[str, str] | None


def aws_provider(
    region: str,
    account_id: str | None = None,
    endpoint_url: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> aws.Provider:
    """Create the AWS provider of a stack.

    It is the only provider: a resource in another Region, such as CloudFront's certificate, has its own ``region``
    argument ("Enhanced Region Support", Terraform AWS provider 6, from which Pulumi AWS 7 is made).

    Args:
        region: The stack's Region.
        account_id: The only account to which the stack may be deployed; None for the account of any credentials.
        endpoint_url: Endpoint of an emulator for every AWS service; None for AWS. With an emulator the credentials are
            test/test, and requests that it does not support fail after seconds instead of being retried for minutes.
        tags: Tags of every resource that can have tags.

    Returns:
        The provider, named ``aws-<region>``.

    Raises:
        ArgumentError: An argument has another type, or a value that is not allowed.
    """
    given = _Arguments(region=region, account_id=account_id, endpoint_url=endpoint_url, tags=tags)
    for problem in problems(given):
        raise ArgumentError("aws_provider", None, problem, given)
    emulated = True if endpoint_url is not None else None
    return aws.Provider(
        f"aws-{region}",
        region=region,
        # The provider asks AWS for the account, so skip_requesting_account_id stays off even for an emulator.
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
        # S3 Control puts the account into the host name, which DNS cannot resolve for an emulator. With the emulator as
        # the proxy, it still gets these requests.
        http_proxy=endpoint_url,
    )


def service_endpoints(endpoint_url: str) -> aws.ProviderEndpointArgs:
    """Return the provider's endpoint block with the same endpoint for every service.

    Args:
        endpoint_url: The endpoint.

    Returns:
        The endpoint block. Its services are read from the package, so that no service is forgotten and reaches AWS.
    """
    known = set(inspect.signature(aws.ProviderEndpointArgs).parameters) - UNROUTED_SERVICES
    return aws.ProviderEndpointArgs(**dict.fromkeys(sorted(known), endpoint_url))
