"""Policies of interface endpoints: only the account's own principals may use them."""

from collections.abc import Mapping
from types import MappingProxyType

from spot_planning.documents import canonical_json
from spot_planning.iam.policy_documents import document, statement

WITHOUT_POLICIES = frozenset(
    {
        "appmesh-envoy-management",
        "apprunner.requests",
        "appstream.api",
        "appstream.streaming",
        "aps",
        "aps-workspaces",
        "awsconnector",
        "cloudtrail",
        "codeguru-profiler",
        "codeguru-reviewer",
        "codepipeline",
        "datasync",
        "ebs",
        "elastic-inference.runtime",
        "email-smtp",
        "iot.data",
        "iotsitewise.api",
        "iotsitewise.data",
        "iotwireless.api",
        "lorawan.cups",
        "lorawan.lns",
        "macie2",
        "sms",
        "storagegateway",
        "transfer",
        "transfer.server",
    }
)
"""Services whose endpoints do not support policies: AWS refuses to create an endpoint with a policy.

Sources: AWS PrivateLink Guide, "View endpoint policy support" (its example output, which is cut short), and the list
that the guide had before and that AWS's own Landing Zone Accelerator still has (``createVpcEndpointPolicy``). If a
service supports policies by now, its endpoint keeps AWS's default policy. `aws ec2 describe-vpc-endpoint-services`
reports for each service whether it supports policies (``VpcEndpointPolicySupported``). Read on 2026-11-29."""

FOR_CALLERS_WITHOUT_IAM: Mapping[str, str] = MappingProxyType(
    {
        "execute-api": "an API without authorization is called without signature; each private API has its policy",
        "cognito-identity": "GetId and GetCredentialsForIdentity are not signed",
        "cognito-idp": "SignUp, InitiateAuth and all that a user of a pool does are not signed",
        "oidc": "RegisterClient and CreateToken are not signed",
        "portal.sso": "GetRoleCredentials is not signed",
        "signin": "CreateOAuth2Token is not signed",
    }
)
"""Service -> reason why callers may have no IAM identity. A condition on the caller's account would refuse these
callers, so the endpoints keep AWS's default policy. Sources: the operations without signature in botocore's models;
Amazon API Gateway Developer Guide, "Use VPC endpoint policies for private APIs in API Gateway"."""

_UNSIGNED_OF_STS = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]


def interface_endpoint_policy(service: str, *, vpc_arn: str) -> str:
    """Return the policy of an interface endpoint: it allows only the account's own principals.

    Otherwise an attacker in a task could send data to another account with that account's credentials, and no policy of
    this account would apply. IAM policies still decide what this account's principals may do.

    Args:
        service: The service name, the part after the Region. `takes_policy` must be true for it.
        vpc_arn: The VPC's ARN, which contains the account id.

    Returns:
        The policy as JSON.

    Sources: AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies"; AWS IAM User Guide, "AWS
    global condition context keys", aws:PrincipalAccount and aws:ResourceAccount; Amazon ECR User Guide, "Amazon ECR
    interface VPC endpoints": tasks call ecr.api and ecr.dkr as their execution role, and fetch the layers from Amazon
    S3 (`gateway_endpoint_policy`); AWS's data perimeter policy examples, sts_endpoint_policy.json, for federated users.
    """
    account_id = vpc_arn.split(":")[4]
    own = {"StringEquals": {"aws:PrincipalAccount": account_id}}
    statements = [statement("OwnPrincipals", ["*"], ["*"], principal="*", conditions=own)]
    if service == "sts":
        own_roles = {"StringEquals": {"aws:ResourceAccount": account_id}}
        statements.append(
            statement("FederatedToOwnRoles", _UNSIGNED_OF_STS, ["*"], principal="*", conditions=own_roles)
        )
    return canonical_json(document(*statements))


def takes_policy(service: str) -> bool:
    """Check whether an endpoint of the service gets `interface_endpoint_policy`.

    Args:
        service: The service name, the part after the Region; it may end with ``-fips``.
    """
    name = service.removesuffix("-fips")
    return name not in WITHOUT_POLICIES and name not in FOR_CALLERS_WITHOUT_IAM
