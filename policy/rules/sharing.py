"""Resource policies and permissions of services that have no rules of their own: who may use what is shared."""

from collections.abc import Iterator
from typing import Final

from policy.checks import given
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, violation
from policy.rules.resource_policies import not_public
from policy.rules.retention import REPLICATION
from policy.values import Value

OTHER_POLICIES: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            "aws:acmpca/policy:Policy",
            "aws:ecr/registryPolicy:RegistryPolicy",
            "aws:ecrpublic/repositoryPolicy:RepositoryPolicy",
            "aws:glue/resourcePolicy:ResourcePolicy",
            "aws:kinesis/resourcePolicy:ResourcePolicy",
            "aws:s3/accessPoint:AccessPoint",
            "aws:s3control/accessPointPolicy:AccessPointPolicy",
            "aws:s3control/bucketPolicy:BucketPolicy",
            "aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy",
            "aws:schemas/registryPolicy:RegistryPolicy",
            "aws:ses/identityPolicy:IdentityPolicy",
            "aws:sesv2/emailIdentityPolicy:EmailIdentityPolicy",
            "aws:vpclattice/authPolicy:AuthPolicy",
        ),
        "policy",
    ),
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": "accessPolicy",
    "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": "policyDocument",
    "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy": "details.policy",
}
"""Type -> the property with its resource policy."""
EVENT_PERMISSION: Final = "aws:cloudwatch/eventPermission:EventPermission"
LAYER_PERMISSION: Final = "aws:lambda/layerVersionPermission:LayerVersionPermission"
NARROWED_BY: Final = {EVENT_PERMISSION: "condition", LAYER_PERMISSION: "organizationId"}
"""Type of a permission with a principal -> what narrows a principal that is everybody."""


def _not_for_everybody(resource: ResourceView, config: Config) -> Iterator[Verdict]:
    if resource.type not in NARROWED_BY:
        yield from not_public(OTHER_POLICIES[resource.type])(resource, config)
        return
    principal = resource.at("principal")
    narrowing = resource.at(NARROWED_BY[resource.type])
    if principal.text() == "*" and not narrowing.present:
        yield violation(principal.path, f"{principal}, and {narrowing.path} narrows it to nobody; name the account")


def shared_with(resource: ResourceView) -> Iterator[tuple[str, str]]:
    """Read with whom a resource is shared by name.

    Args:
        resource: One of ``SHARED``.

    Yields:
        Pairs of a path, and an account or an ARN.

    Raises:
        UndecidableError: Nobody knows yet with whom.
    """
    value = resource.at(SHARED[resource.type])
    if given(value) if isinstance(value.content, str) else value.present:
        listed = value.texts() if value.path in LISTS else [value.text() or ""]
        for text in listed:
            yield from ((value.path, name.strip()) for name in text.split(","))


SHARED: Final[dict[str, str]] = {
    EVENT_PERMISSION: "principal",
    LAYER_PERMISSION: "principal",
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": "accountId",
    "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission": "accountId",
    "aws:ec2/vpcEndpointService:VpcEndpointService": "allowedPrincipals",
    "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": "principalArn",
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": "peerOwnerId",
    "aws:ec2transitgateway/peeringAttachment:PeeringAttachment": "peerAccountId",
    "aws:kms/grant:Grant": "granteePrincipal",
    "aws:lambda/permission:Permission": "principal",
    "aws:opensearch/authorizeVpcEndpointAccess:AuthorizeVpcEndpointAccess": "account",
    "aws:ram/principalAssociation:PrincipalAssociation": "principal",
    "aws:rds/clusterSnapshot:ClusterSnapshot": "sharedAccounts",
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": "sharedAccounts",
    "aws:rds/snapshot:Snapshot": "sharedAccounts",
    "aws:rds/snapshotCopy:SnapshotCopy": "sharedAccounts",
    "aws:ssm/document:Document": "permissions.accountIds",
}
"""Type -> the property that names accounts, or principals of them, that it is shared with; several after commas."""
LISTS: Final = frozenset({"allowedPrincipals", "sharedAccounts"})
"""Those of them that are lists."""


def sent_to(resource: ResourceView) -> Iterator[Value]:
    """Read where a resource sends what happens, or copies.

    Args:
        resource: One of ``SENT``.

    Yields:
        An ARN, an account, or another place such as a mail address.
    """
    owners = resource.at("rules").items() if resource.type == REPLICATION else [resource.whole]
    for owner in owners:
        value = owner.at(SENT[resource.type])
        if value.present:
            yield value


SENT: Final[dict[str, str]] = {
    "aws:cloudwatch/eventTarget:EventTarget": "arn",
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": "destinationArn",
    "aws:pipes/pipe:Pipe": "target",
    "aws:scheduler/schedule:Schedule": "target.arn",
    "aws:sns/topicSubscription:TopicSubscription": "endpoint",
    REPLICATION: "destination.account",
}
"""Type -> the property that says where it sends what happens."""


RULES = (
    Rule(
        id="resource-policy-not-public",
        title="Nobody in the world uses what a resource policy is about",
        problem="The whole world may use what the policy is about",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        types=(*OTHER_POLICIES, *NARROWED_BY),
        remediation="Name the principal, or narrow it with a condition such as aws:PrincipalOrgID.",
        check=_not_for_everybody,
        note="Of services without a rule of their own on this; buckets, keys, queues and others have theirs.",
    ),
)
