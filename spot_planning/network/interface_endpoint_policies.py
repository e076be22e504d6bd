"""What goes through an interface endpoint: the calls of the account's own principals."""

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
"""Services whose endpoints take no policy: AWS refuses to make an endpoint that has one.

Sources: AWS PrivateLink Guide, "View endpoint policy support" (its example output, which is cut short), and the list
that the guide had before, as AWS's own Landing Zone Accelerator still keeps it (``createVpcEndpointPolicy``). Where a
service has gained policies since, its endpoint keeps AWS's default policy. `aws ec2 describe-vpc-endpoint-services`
says for each service whether it takes a policy (``VpcEndpointPolicySupported``). Read on 2026-11-29."""

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
"""Services that are called by those who have no IAM identity yet, each with why: a condition on the caller's account
would refuse them, so their endpoints keep AWS's default policy. Sources: the operations without signature in botocore's
models; Amazon API Gateway Developer Guide, "Use VPC endpoint policies for private APIs in API Gateway"."""

_UNSIGNED_OF_STS = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]


def interface_endpoint_policy(service: str, *, vpc_arn: str) -> str:
    """Let the account's own principals through an interface endpoint, and nobody else's.

    A task that was taken over could otherwise send data to another account with that account's credentials, and no
    policy of the own account would notice. What the own principals may do stays the matter of IAM.

    Args:
        service: The service, as named after the Region; one for which `takes_policy` holds.
        vpc_arn: The VPC's ARN, which names the account.

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
    """Whether an endpoint of the service gets `interface_endpoint_policy`.

    Args:
        service: As named after the Region, also with ``-fips`` at its end.
    """
    name = service.removesuffix("-fips")
    return name not in WITHOUT_POLICIES and name not in FOR_CALLERS_WITHOUT_IAM
