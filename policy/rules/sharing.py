"""Resource policies and sharing permissions of services that have no rules of their own."""

from collections.abc import Iterator
from typing import Final

from policy.checks import is_false
from policy.iam.conditions import is_somebody
from policy.paths import each
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, violation
from policy.rules.resource_policies import not_public
from policy.values import State, UndecidableError, Value

OTHER_POLICIES: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            "aws:acmpca/policy:Policy",
            "aws:apigateway/domainName:DomainName",
            "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy",
            "aws:codebuild/resourcePolicy:ResourcePolicy",
            "aws:dsql/clusterPolicy:ClusterPolicy",
            "aws:ecr/registryPolicy:RegistryPolicy",
            "aws:ecrpublic/repositoryPolicy:RepositoryPolicy",
            "aws:glacier/vaultLock:VaultLock",
            "aws:glue/resourcePolicy:ResourcePolicy",
            "aws:kinesis/resourcePolicy:ResourcePolicy",
            "aws:lambda/resourcePolicy:ResourcePolicy",
            "aws:mediastore/containerPolicy:ContainerPolicy",
            "aws:msk/clusterPolicy:ClusterPolicy",
            "aws:networkfirewall/resourcePolicy:ResourcePolicy",
            "aws:oam/sinkPolicy:SinkPolicy",
            "aws:opensearchingest/resourcePolicy:ResourcePolicy",
            "aws:redshift/resourcePolicy:ResourcePolicy",
            "aws:redshiftserverless/resourcePolicy:ResourcePolicy",
            "aws:s3/accessPoint:AccessPoint",
            "aws:s3/filesFileSystemPolicy:FilesFileSystemPolicy",
            "aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy",
            "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy",
            "aws:s3control/accessPointPolicy:AccessPointPolicy",
            "aws:s3control/bucketPolicy:BucketPolicy",
            "aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy",
            "aws:schemas/registryPolicy:RegistryPolicy",
            "aws:ses/identityPolicy:IdentityPolicy",
            "aws:sesv2/emailIdentityPolicy:EmailIdentityPolicy",
            "aws:vpclattice/authPolicy:AuthPolicy",
            "aws:vpclattice/resourcePolicy:ResourcePolicy",
        ),
        "policy",
    ),
    **dict.fromkeys(
        (
            "aws:amp/resourcePolicy:ResourcePolicy",
            "aws:codeartifact/domainPermissions:DomainPermissions",
            "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy",
            "aws:xray/resourcePolicy:ResourcePolicy",
        ),
        "policyDocument",
    ),
    **dict.fromkeys(
        (
            "aws:s3tables/tableBucketPolicy:TableBucketPolicy",
            "aws:s3tables/tablePolicy:TablePolicy",
            "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy",
        ),
        "resourcePolicy",
    ),
    "aws:cloudsearch/domainServiceAccessPolicy:DomainServiceAccessPolicy": "accessPolicy",
    "aws:cloudwatch/logDeliveryDestinationPolicy:LogDeliveryDestinationPolicy": "deliveryDestinationPolicy",
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": "accessPolicy",
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": "repositoryPolicy",
    "aws:elasticsearch/domain:Domain": "accessPolicies",
    "aws:elasticsearch/domainPolicy:DomainPolicy": "accessPolicies",
    "aws:glacier/vault:Vault": "accessPolicy",
    "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy": "details.policy",
}
"""Type -> the property with its resource policy."""
EVENT_PERMISSION: Final = "aws:cloudwatch/eventPermission:EventPermission"
LAYER_PERMISSION: Final = "aws:lambda/layerVersionPermission:LayerVersionPermission"
NARROWED_BY: Final = {EVENT_PERMISSION: "condition.value", LAYER_PERMISSION: "organizationId"}
"""Type of a permission -> the path of the organization that limits a principal ``*``."""


def _not_for_everybody(resource: ResourceView, config: Config) -> Iterator[Verdict]:
    if resource.type not in NARROWED_BY:
        yield from not_public(OTHER_POLICIES[resource.type])(resource, config)
        return
    principal = resource.at("principal")
    if principal.text() == "*" and not _is_restricted(resource):
        path = NARROWED_BY[resource.type]
        yield violation(principal.path, f"{principal}, and {path} does not limit it; name the account")


def _is_restricted(permission: ResourceView) -> bool:
    organization = permission.at(NARROWED_BY[permission.type])
    if organization.state is State.UNKNOWN:
        return True
    key = permission.at("condition.key")
    is_asked = permission.type != EVENT_PERMISSION or str(key.content).lower() == "aws:principalorgid"
    return is_asked and organization.present and is_somebody(organization.text() or "")


def shared_with(resource: ResourceView) -> Iterator[tuple[str, str]]:
    """Read the accounts, organizations and ARNs that a resource is shared with.

    Args:
        resource: One of ``SHARED``.

    Yields:
        Pairs of a path, and an account id, an organization or an ARN.

    Raises:
        UndecidableError: One of the values is unknown; raised after the known ones.
    """
    unknown: Value | None = None
    for path in SHARED[resource.type]:
        for value in each(resource.whole, path):
            if value.state is State.UNKNOWN:
                unknown = value
                continue
            yield from ((value.path, name.strip()) for name in (value.text() or "").split(",") if name.strip())
    if unknown is not None:
        raise UndecidableError(unknown.path, unknown.urn)


SHARED: Final[dict[str, tuple[str, ...]]] = {
    EVENT_PERMISSION: ("principal", "condition.value"),
    LAYER_PERMISSION: ("principal", "organizationId"),
    "aws:acmpca/permission:Permission": ("principal",),
    "aws:cfg/aggregateAuthorization:AggregateAuthorization": ("accountId",),
    "aws:dlm/lifecyclePolicy:LifecyclePolicy": ("policyDetails.schedules[].shareRule.targetAccounts[]",),
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": ("accountId", "organizationArn", "organizationalUnitArn"),
    "aws:ec2/networkInterfacePermission:NetworkInterfacePermission": ("awsAccountId",),
    "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission": ("accountId",),
    "aws:ec2/vpcEndpointService:VpcEndpointService": ("allowedPrincipals[]",),
    "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": ("principalArn",),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": ("peerOwnerId",),
    "aws:ec2transitgateway/peeringAttachment:PeeringAttachment": ("peerAccountId",),
    "aws:eks/accessEntry:AccessEntry": ("principalArn",),
    "aws:globalaccelerator/crossAccountAttachment:CrossAccountAttachment": ("principals[]",),
    "aws:imagebuilder/distributionConfiguration:DistributionConfiguration": (
        "distributions[].amiDistributionConfiguration.targetAccountIds[]",
        "distributions[].amiDistributionConfiguration.launchPermission.userIds[]",
        "distributions[].amiDistributionConfiguration.launchPermission.organizationArns[]",
        "distributions[].amiDistributionConfiguration.launchPermission.organizationalUnitArns[]",
    ),
    "aws:kms/grant:Grant": ("granteePrincipal", "retiringPrincipal"),
    "aws:lakeformation/permissions:Permissions": ("principal",),
    "aws:lambda/permission:Permission": ("principal", "principalOrgId", "sourceAccount", "sourceArn"),
    "aws:licensemanager/licenseGrant:LicenseGrant": ("principal",),
    "aws:opensearch/authorizeVpcEndpointAccess:AuthorizeVpcEndpointAccess": ("account",),
    "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy": ("policy![].Principal[]",),
    "aws:ram/principalAssociation:PrincipalAssociation": ("principal",),
    "aws:ram/resourceShareAssociationsExclusive:ResourceShareAssociationsExclusive": ("principals[]",),
    "aws:rds/clusterSnapshot:ClusterSnapshot": ("sharedAccounts[]",),
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": ("sharedAccounts[]",),
    "aws:rds/snapshot:Snapshot": ("sharedAccounts[]",),
    "aws:rds/snapshotCopy:SnapshotCopy": ("sharedAccounts[]",),
    "aws:redshift/endpointAuthorization:EndpointAuthorization": ("account",),
    "aws:s3control/accessGrant:AccessGrant": ("grantee.granteeIdentifier",),
    "aws:securitylake/subscriber:Subscriber": ("subscriberIdentity.principal",),
    "aws:servicecatalog/portfolioShare:PortfolioShare": ("principalId",),
    "aws:signer/signingProfilePermission:SigningProfilePermission": ("principal",),
    "aws:ssm/document:Document": ("permissions.accountIds",),
}
"""Type -> the paths, as `policy.paths.each` takes them, of the accounts, principals or organizations that it is shared
with. A value may be a list separated by commas."""


RESOURCE_SHARE: Final = "aws:ram/resourceShare:ResourceShare"

RULES = (
    Rule(
        id="ram-share-inside-organization",
        title="Resources are shared with the accounts of the organization only",
        problem="A resource share may be given to accounts outside the organization, here or by hand",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        types=(RESOURCE_SHARE,),
        remediation="Set allowExternalPrincipals to false.",
        check=is_false("allowExternalPrincipals"),
        note="no-foreign-accounts checks the principals that the stack itself shares with.",
    ),
    Rule(
        id="resource-policy-not-public",
        title="Resource policies do not open their resource to the whole world",
        problem="Anybody in the world may use the resource of the policy",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        types=(*OTHER_POLICIES, *NARROWED_BY),
        remediation="Name the principal, or narrow it with a condition such as aws:PrincipalOrgID.",
        check=_not_for_everybody,
        note="It checks services that have no such rule of their own; buckets, keys, queues and others have one.",
    ),
)
