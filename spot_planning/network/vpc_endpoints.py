"""VPC endpoints, through which AWS services are reached inside the VPC."""

import re

from spot_planning.documents import canonical_json
from spot_planning.iam.policy_documents import document, statement

GATEWAY_SERVICES = ("s3", "dynamodb")
"""The services with gateway endpoints, which are free of charge ("Gateway endpoints", AWS PrivateLink Guide)."""

_SERVICE_NAME = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")


def gateway_endpoint_policy(service: str, *, vpc_arn: str, region: str) -> str:
    """Return the policy of a gateway endpoint: for the account's own resources and a few buckets of AWS.

    With the default policy, everybody can reach every bucket of every account, so an attacker in a task could send data
    away without leaving AWS's network.

    Args:
        service: ``s3`` or ``dynamodb``.
        vpc_arn: The VPC's ARN, which contains the partition and the account id.
        region: The Region.

    Returns:
        The policy as JSON.

    Source: AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies", with the condition key
    aws:ResourceAccount (AWS IAM User Guide); Amazon ECR User Guide, "Amazon ECR interface VPC endpoints", Minimum
    Amazon S3 Bucket Permissions for Amazon ECR; ``dnf repolist -v`` for the repositories of Amazon Linux 2023.
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
    """Check for the last part of an interface endpoint's service name, ``com.amazonaws.<region>.<name>``."""
    return (
        _SERVICE_NAME.fullmatch(service) is not None
        and service not in GATEWAY_SERVICES
        and not service.startswith(("com.amazonaws.", "cn.com.amazonaws."))
    )
