"""What Pulumi's own public packs decide for the services used here, and which rules of this pack decide the same.

Read in: pulumi/pulumi-policy-aws (AWSGuard) ``src/{apiGateway,compute,database,iam,network,security,storage}.ts``;
pulumi/compliance-policies ``vendor-aws/aws/**`` (one file a policy; its name is the last part of the path).
The checks of other tools are in the coverage table.
"""

from typing import Final, NamedTuple


class Peer(NamedTuple):
    """One policy of another pack.

    Attributes:
        name: As that pack calls it.
        rules: The rules here that decide it; empty when none does.
        why: Why none does, or how far they go.
    """

    name: str
    rules: tuple[str, ...]
    why: str = ""


AWSGUARD: Final = (
    Peer("cmk-backing-key-rotation-enabled", ("kms-rotation",)),
    Peer("rds-storage-encrypted", ("rds-storage-encrypted",)),
    Peer("rds-instance-public-access-check", ("rds-not-public",)),
    Peer("rds-instance-backup-enabled", ("rds-backup-retention",), "there an absent value counts as 7 days"),
    Peer("s3-bucket-logging-enabled", ("s3-access-logs",), "there by the bucket's deprecated `loggings`"),
    Peer("elb-deletion-protection-enabled", ("load-balancer-deletion-protection",)),
    Peer("elb-logging-enabled", ("load-balancer-access-logs",), "application load balancers"),
    Peer("alb-http-to-https-redirection", ("load-balancer-tls-listener",), "here no listener is without TLS"),
    Peer("encrypted-volumes", ("ec2-instance-volumes-encrypted", "ebs-volume-encrypted")),
    Peer("apigateway-method-cached-and-encrypted", ("api-gateway-cache-encrypted",), "here a cache is not demanded"),
    Peer("apigateway-stage-cached", (), "a cache of 15 USD a month and more is no matter of security"),
    Peer(
        "apigateway-endpoint-type-check", (), "edge-optimised endpoints are its default; here regional ones are meant"
    ),
    Peer("ec2-instance-no-public-ip", (), "the only instance is the NAT instance, which needs one"),
    Peer("ec2-instance-detailed-monitoring-enabled", (), "the NAT instance is for stacks where nobody watches"),
    Peer("ec2-volume-inuse", (), "demands volumes of every instance"),
    Peer("iam-role-no-policy-management-conflicts", (), "about the provider's own conflicts, not about security"),
    Peer("access-keys-rotated", ("iam-no-users",), "here there are none to rotate"),
    Peer("mfa-enabled-for-iam-console-access", ("iam-no-users",), "here there are no users"),
    Peer("acm-certificate-expiration", (), "asks AWS at run time; certificates with DNS validation renew themselves"),
)

COMPLIANCE_POLICIES: Final = (
    Peer("alb/Listener/configureSecureTls, lb/Listener/configureSecureTls", ("load-balancer-tls-policy",)),
    Peer("alb, lb/Listener/disallowUnencryptedTraffic", ("load-balancer-tls-listener",)),
    Peer("alb, lb/LoadBalancer/enableAccessLogging, configureAccessLogging", ("load-balancer-access-logs",)),
    Peer("apigateway/DomainName/configureSecurityPolicy", ("api-gateway-domain-tls",)),
    Peer("cloudfront/Distribution/enableAccessLogging, configureAccessLogging", ("cloudfront-logs",)),
    Peer(
        "cloudfront/Distribution/configureSecureTls",
        ("cloudfront-minimum-tls",),
        "there TLSv1.2_2021 exactly, so that stronger policies are refused",
    ),
    Peer(
        "cloudfront/Distribution/configureSecureTlsToOrigin, enableTlsToOrigin",
        ("cloudfront-origin-tls", "cloudfront-origin-https"),
    ),
    Peer("cloudfront/Distribution/configureWaf", ("cloudfront-web-acl",)),
    Peer("cloudfront/Distribution/disallowUnencryptedTraffic", ("cloudfront-https-only",)),
    Peer("ebs/Volume/disallowUnencryptedVolume", ("ebs-volume-encrypted",)),
    Peer(
        "ec2/Instance/disallowUnencryptedBlockDevice, disallowUnencryptedRootBlockDevice",
        ("ec2-instance-volumes-encrypted",),
    ),
    Peer("ec2/Instance/disallowPublicIp", (), "the only instance is the NAT instance, which needs one"),
    Peer("ec2/Instance/requireApprovedAmi", (), "there is one image, which the stack looks up from Amazon"),
    Peer(
        "ec2/SecurityGroup/disallowPublicInternetIngress, disallowInboundHttpTraffic",
        ("security-group-world-ingress",),
        "here rules of their own resource too, not only inline ones",
    ),
    Peer("ec2/SecurityGroup/missingDescription", ("security-group-description",)),
    Peer("ecr/Repository/enableImageScan, configureImageScan", ("ecr-scanned",)),
    Peer("ecr/Repository/disallowMutableImage", ("ecr-immutable-tags",)),
    Peer("ecr/Repository/disallowUnencryptedRepository, configureCustomerManagedKey", ("ecr-encrypted",)),
    Peer("ecs/TaskDefinition/disallowHostPidMode", ("ecs-no-host-process-namespace",)),
    Peer("ecs/TaskDefinition/disallowPrivilegedContainers", ("ecs-not-privileged",)),
    Peer("ecs/TaskDefinition/disallowSecretsInEnvVars", ("ecs-no-secret-in-environment",)),
    Peer("ecs/Service/requireTags", (), "the provider's default tags are on everything"),
    Peer("kms/Key/enableKeyRotation", ("kms-rotation",)),
    Peer("kms/Key/disallowBypassPolicyLockoutSafetyCheck", ("kms-lockout-check",)),
    Peer("rds/Cluster, rds/Instance/disallowUnencryptedStorage", ("rds-storage-encrypted",)),
    Peer("rds/ClusterInstance, rds/Instance/disallowPublicAccess", ("rds-not-public",)),
    Peer("rds/Cluster, rds/Instance/enableBackupRetention, configureBackupRetention", ("rds-backup-retention",)),
    Peer(
        "rds/Cluster/disallowSingleAvailabilityZone", (), "Aurora keeps data in three zones; the stacks have no cluster"
    ),
    Peer("rds/Instance/disallowUnencryptedInTransit", ("rds-tls-only",)),
    Peer(
        "rds/ClusterInstance, rds/Instance/enablePerformanceInsights, disallowUnencryptedPerformanceInsights",
        ("rds-performance-insights-encrypted",),
    ),
    Peer("rds/Cluster, rds/Instance/configureCustomerManagedKey", ("rds-customer-managed-key",)),
    Peer(
        "s3/Bucket, s3/BucketV2/enableServerSideEncryption, configureServerSideEncryptionKms",
        ("s3-encrypted",),
        "here by the resource that configures the bucket, not by deprecated properties of the bucket",
    ),
    Peer("s3/Bucket, s3/BucketV2/disallowPublicRead", ("s3-no-acls", "s3-public-access-block", "s3-no-public-read")),
    Peer("s3/Bucket/enableReplicationConfiguration", (), "AWS Backup copies what must survive a region"),
    Peer("secretsmanager/Secret/configureCustomerManagedKey", ("secret-encrypted",)),
    Peer("iam/PolicyAttachment, iam/UserPolicyAttachment/onlyPermissionsViaGroups", ("iam-no-users",)),
)

PACKS: Final = (
    ("AWSGuard (pulumi/pulumi-policy-aws)", AWSGUARD),
    ("pulumi/compliance-policies", COMPLIANCE_POLICIES),
)
"""Title and policies of each pack that was read."""
