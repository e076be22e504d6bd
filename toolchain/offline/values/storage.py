"""Outputs of S3, RDS, ElastiCache, Secrets Manager, KMS, Backup and Parameter Store."""

from typing import Any

from .templates import Made, Scope

_RDS = "arn:{partition}:rds:{region}:{account}"
_CACHE = "arn:{partition}:elasticache:{region}:{account}"
_BACKUP = "arn:{partition}:backup:{region}:{account}"

_DATABASE_PORTS = {
    "postgres": 5432,
    "aurora-postgresql": 5432,
    "mysql": 3306,
    "mariadb": 3306,
    "aurora-mysql": 3306,
}
_CACHE_PORT = 6379


def _database_port(scope: Scope) -> int:
    engine = str(scope.get("engine", "postgres"))
    return next((port for name, port in _DATABASE_PORTS.items() if engine.startswith(name)), 1433)


def _master_secret(scope: Scope) -> Any:
    if scope.get("manageMasterUserPassword") is not True:
        return []
    return [
        scope.render(
            {
                "secretArn": (
                    "arn:{partition}:secretsmanager:{region}:{account}:secret:rds!db-{uuid:secret}-{lower:6-secret}"
                ),
                "kmsKeyId": scope.get("masterUserSecretKmsKeyId")
                or "arn:{partition}:kms:{region}:{account}:key/{uuid:managed}",
                "secretStatus": "active",
            }
        )
    ]


def _full_version(scope: Scope) -> str:
    version = str(scope.get("engineVersion", "16"))
    return version if "." in version else f"{version}.4"


def _is_clustered(scope: Scope) -> bool:
    return int(scope.given("numNodeGroups", 1)) > 1


def _cache_host(kind: str, clustered: str) -> Any:
    """Return the recipe for the host name of an endpoint; it is empty if AWS has none in this cluster mode.

    Args:
        kind: The kind of endpoint: ``master``, ``replica`` or ``clustercfg``.
        clustered: The host name without TLS, with ``*`` for its end.
    """

    def recipe(scope: Scope) -> str:
        tls = scope.get("transitEncryptionEnabled") is True
        if _is_clustered(scope) != (kind == "clustercfg"):
            return ""
        short = scope.render("{lower:6}.{region_code}.cache.{domain}")
        return scope.render(f"{kind}.{{replicationGroupId}}.{short}" if tls else clustered.replace("*", short))

    return recipe


def _members(scope: Scope) -> list[str]:
    groups = int(scope.given("numNodeGroups", 1))
    each = int(scope.given("numCacheClusters", 1 + int(scope.given("replicasPerNodeGroup", 0))))
    if groups == 1:
        return [scope.render(f"{{replicationGroupId}}-{node:03}") for node in range(1, each + 1)]
    return [
        scope.render(f"{{replicationGroupId}}-{group:04}-{node:03}")
        for group in range(1, groups + 1)
        for node in range(1, each + 1)
    ]


def _alias_target(scope: Scope) -> str:
    key = str(scope["targetKeyId"])
    return key if key.startswith("arn:") else scope.render("arn:{partition}:kms:{region}:{account}:key/{targetKeyId}")


def _companion() -> Made:
    """Return the recipe for a resource that configures an S3 bucket: its id is the bucket's name."""
    return Made("{bucket}")


_PARAMETER = "arn:{partition}:ssm:{region}:{account}:parameter"

TABLE: dict[str, Made] = {
    "aws:s3/bucket:Bucket": Made(
        "{bucket}",
        {
            "arn": "arn:{partition}:s3:::{bucket}",
            "bucketDomainName": "{bucket}.s3.{domain}",
            "bucketRegionalDomainName": "{bucket}.s3.{region}.{domain}",
            "bucketRegion": "{region}",
            "hostedZoneId": "{s3_zone}",
            "requestPayer": "BucketOwner",
            "objectLockEnabled": False,
            "bucketNamespace": "global",
        },
    ),
    **{
        f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}": _companion()
        for kind in (
            "BucketAccelerateConfiguration",
            "BucketAcl",
            "BucketCorsConfiguration",
            "BucketLogging",
            "BucketNotification",
            "BucketObjectLockConfiguration",
            "BucketOwnershipControls",
            "BucketPolicy",
            "BucketPublicAccessBlock",
            "BucketReplicationConfig",
            "BucketRequestPaymentConfiguration",
            "BucketServerSideEncryptionConfiguration",
            "BucketVersioning",
        )
    },
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Made(
        "{bucket}", {"transitionDefaultMinimumObjectSize": "all_storage_classes_128K", "expectedBucketOwner": ""}
    ),
    "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": Made(
        "{bucket}",
        {
            "websiteDomain": "s3-website.{region}.{domain}",
            "websiteEndpoint": "{bucket}.s3-website.{region}.{domain}",
        },
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": Made(
        "{bucket}/{key}",
        {
            "arn": "arn:{partition}:s3:::{bucket}/{key}",
            "key": "{urn_name}",
            "etag": "{hex:32}",
            "storageClass": "STANDARD",
            "serverSideEncryption": "AES256",
            "contentType": "application/octet-stream",
        },
    ),
    "aws:rds/instance:Instance": Made(
        "{resourceId}",
        {
            "resourceId": "db-{upper:26}",
            "arn": f"{_RDS}:db:{{identifier}}",
            "address": "{identifier}.{lower:12}.{region}.rds.{domain}",
            "port": _database_port,
            "endpoint": "{address}:{port}",
            "availabilityZone": "{zone}",
            "hostedZoneId": "Z{upper:13}",
            "engineVersionActual": _full_version,
            "masterUserSecrets": _master_secret,
            "status": "available",
            "caCertIdentifier": "rds-ca-rsa2048-g1",
            "backupRetentionPeriod": 0,
            "backupWindow": "03:00-03:30",
            "maintenanceWindow": "sun:04:00-sun:04:30",
            "databaseInsightsMode": "standard",
            "engineLifecycleSupport": "open-source-rds-extended-support",
            "networkType": "IPV4",
            "backupTarget": "region",
            "storageType": "gp2",
            "multiAz": False,
            "licenseModel": "postgresql-license",
            "parameterGroupName": "default.{engine}{engineVersion}",
            "kmsKeyId": lambda scope: (
                scope.render("arn:{partition}:kms:{region}:{account}:key/{uuid:aws-rds}")
                if scope.get("storageEncrypted") is True
                else ""
            ),
        },
    ),
    "aws:rds/subnetGroup:SubnetGroup": Made(
        "{name}",
        {"arn": f"{_RDS}:subgrp:{{name}}", "supportedNetworkTypes": ["IPV4"], "vpcId": "vpc-{hex:17}"},
    ),
    "aws:rds/parameterGroup:ParameterGroup": Made("{name}", {"arn": f"{_RDS}:pg:{{name}}"}),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": Made("{name}", {"arn": f"{_RDS}:cluster-pg:{{name}}"}),
    "aws:rds/eventSubscription:EventSubscription": Made(
        "{name}", {"arn": f"{_RDS}:es:{{name}}", "customerAwsId": "{account}"}
    ),
    "aws:rds/cluster:Cluster": Made(
        "{clusterIdentifier}",
        {
            "clusterIdentifier": "tf-{digits:26}",
            "clusterResourceId": "cluster-{upper:26}",
            "arn": f"{_RDS}:cluster:{{clusterIdentifier}}",
            "endpoint": "{clusterIdentifier}.cluster-{lower:12}.{region}.rds.{domain}",
            "readerEndpoint": "{clusterIdentifier}.cluster-ro-{lower:12}.{region}.rds.{domain}",
            "port": _database_port,
            "hostedZoneId": "Z{upper:13}",
            "engineVersionActual": _full_version,
            "masterUserSecrets": _master_secret,
            "networkType": "IPV4",
            "backupRetentionPeriod": 1,
        },
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": Made(
        "{replicationGroupId}",
        {
            "arn": f"{_CACHE}:replicationgroup:{{replicationGroupId}}",
            "port": _CACHE_PORT,
            "clusterEnabled": _is_clustered,
            "clusterMode": lambda scope: "enabled" if _is_clustered(scope) else "disabled",
            "primaryEndpointAddress": _cache_host("master", "{replicationGroupId}.*"),
            "readerEndpointAddress": _cache_host("replica", "{replicationGroupId}-ro.*"),
            "configurationEndpointAddress": _cache_host("clustercfg", "{replicationGroupId}.*"),
            "memberClusters": _members,
            "engine": "redis",
            "engineVersionActual": lambda scope: (
                f"{version}.0" if (version := str(scope.get("engineVersion", "7.1"))).count(".") == 1 else version
            ),
            "numNodeGroups": 1,
            "numCacheClusters": lambda scope: len(_members(scope)),
            "atRestEncryptionEnabled": lambda scope: scope.get("engine") == "valkey",
            "transitEncryptionEnabled": lambda scope: scope.get("engine") == "valkey",
            "networkType": "ipv4",
            "ipDiscovery": "ipv4",
            "autoMinorVersionUpgrade": True,
            "maintenanceWindow": "sun:05:00-sun:06:00",
            "snapshotWindow": "03:00-04:00",
        },
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": Made(
        "{name}", {"arn": f"{_CACHE}:subnetgroup:{{name}}", "vpcId": "vpc-{hex:17}"}
    ),
    "aws:elasticache/parameterGroup:ParameterGroup": Made("{name}", {"arn": f"{_CACHE}:parametergroup:{{name}}"}),
    "aws:elasticache/serverlessCache:ServerlessCache": Made(
        "{name}",
        {
            "arn": f"{_CACHE}:serverlesscache:{{name}}",
            "createTime": "2026-01-01T00:00:00Z",
            "status": "available",
            "majorEngineVersion": "8",
            "fullEngineVersion": "{majorEngineVersion}.0",
            "endpoints": [{"address": "{name}-{lower:6}.serverless.{region_code}.cache.{domain}", "port": _CACHE_PORT}],
            "readerEndpoints": [
                {"address": "{name}-{lower:6}.serverless.{region_code}.cache.{domain}", "port": _CACHE_PORT + 1}
            ],
        },
    ),
    "aws:elasticache/user:User": Made("{userId}", {"arn": f"{_CACHE}:user:{{userId}}"}),
    "aws:elasticache/userGroup:UserGroup": Made("{userGroupId}", {"arn": f"{_CACHE}:usergroup:{{userGroupId}}"}),
    "aws:secretsmanager/secret:Secret": Made(
        "{arn}", {"arn": "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{lower:6}"}
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Made(
        "{secretId}|{versionId}",
        {
            "arn": "{secretId}",
            "secretArn": "{secretId}",
            "versionId": "{uuid}",
            "versionStages": ["AWSCURRENT"],
            "hasSecretStringWo": False,
        },
    ),
    "aws:secretsmanager/secretPolicy:SecretPolicy": Made("{secretArn}"),
    "aws:secretsmanager/secretRotation:SecretRotation": Made("{secretId}", {"rotationEnabled": True}),
    "aws:kms/key:Key": Made(
        "{keyId}",
        {
            "keyId": "{uuid}",
            "arn": "arn:{partition}:kms:{region}:{account}:key/{keyId}",
            "multiRegion": False,
            "rotationPeriodInDays": lambda scope: 365 if scope.get("enableKeyRotation") is True else 0,
        },
    ),
    "aws:kms/alias:Alias": Made(
        "{name}", {"arn": "arn:{partition}:kms:{region}:{account}:{name}", "targetKeyArn": _alias_target}
    ),
    "aws:backup/vault:Vault": Made(
        "{name}",
        {
            "arn": f"{_BACKUP}:backup-vault:{{name}}",
            "kmsKeyArn": "arn:{partition}:kms:{region}:{account}:key/{uuid:aws-backup}",
        },
    ),
    "aws:backup/vaultPolicy:VaultPolicy": Made(
        "{backupVaultName}", {"backupVaultArn": f"{_BACKUP}:backup-vault:{{backupVaultName}}"}
    ),
    "aws:backup/plan:Plan": Made("{uuid}", {"arn": f"{_BACKUP}:backup-plan:{{id}}", "version": "{lower:48}"}),
    "aws:backup/selection:Selection": Made("{uuid}"),
    "aws:ssm/parameter:Parameter": Made(
        "{name}",
        {
            "arn": lambda scope: scope.render(f"{_PARAMETER}/{str(scope['name']).removeprefix('/')}"),
            "version": 1,
            "tier": "Standard",
            "dataType": "text",
        },
    ),
}
