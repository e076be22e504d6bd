"""Which AWS services are reached inside the VPC."""

import re

from spot_planning.documents import canonical_json
from spot_planning.iam.policy_documents import document, statement

GATEWAY_SERVICES = ("s3", "dynamodb")
"""The services that have gateway endpoints, which cost nothing ("Gateway endpoints", AWS PrivateLink Guide)."""

_SERVICE_NAME = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")


def gateway_endpoint_policy(service: str, *, vpc_arn: str, region: str) -> str:
    """What goes through a gateway endpoint: to the account's own, and to what AWS keeps in buckets of its own.

    The default policy lets everybody reach every bucket of every account, so that a task that was taken over could send
    data away without leaving AWS's network.

    Args:
        service: ``s3`` or ``dynamodb``.
        vpc_arn: The VPC's ARN, which names partition and account.
        region: The Region.

    Returns:
        The policy as JSON.

    Source: AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies", with the condition key
    aws:ResourceAccount (AWS IAM User Guide); Amazon ECR User Guide, "Amazon ECR interface VPC endpoints", Minimum
    Amazon S3 Bucket Permissions for Amazon ECR; the repositories of Amazon Linux 2023 are those that
    ``dnf repolist -v`` shows.
    """
    _, partition, _, _, account_id, *_ = vpc_arn.split(":")
    own = statement(
        "ReachOwnResources",
        [f"{service}:*"],
        ["*"],
        principal="*",
        conditions={"StringEquals": {"aws:ResourceAccount": account_id}},
    )
    if service != "s3":
        return canonical_json(document(own))
    buckets = {
        "FetchImageLayers": f"prod-{region}-starport-layer-bucket",
        "FetchPackages": f"al2023-repos-{region}-de612dc2",
    }
    fetched = [
        statement(sid, ["s3:GetObject"], [f"arn:{partition}:s3:::{bucket}/*"], principal="*")
        for sid, bucket in buckets.items()
    ]
    return canonical_json(document(own, *fetched))


def is_interface_endpoint(service: str) -> bool:
    """Whether this is what follows the Region in ``com.amazonaws.<region>.<name>``; not of a gateway endpoint."""
    return (
        _SERVICE_NAME.fullmatch(service) is not None
        and service not in GATEWAY_SERVICES
        and not service.startswith(("com.amazonaws.", "cn.com.amazonaws."))
    )
