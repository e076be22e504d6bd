"""Lists the provider's defaults for absent properties of resources that programs use beside the components.

``policy.provider.defaults`` explains the form, and names the sources.
"""

from collections.abc import Mapping
from typing import Final

from policy.provider.data_store_defaults import BESIDE, Default

PUBLIC_ACCESS_BLOCKS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
"""The properties of every public access block: of a bucket, an account or an access point."""
_COPY: Final[dict[str, Default]] = {"encrypted": False, "kmsKeyId": None}
_METADATA: Final[dict[str, Default]] = {
    "metadataOptions.httpPutResponseHopLimit": 1,
    "metadataOptions.httpTokens": "optional",
}

OPERATION: Final[Mapping[str, Default]] = {
    "operation.x-amazon-apigateway-integration.connectionType": "INTERNET",
    "operation.x-amazon-apigateway-integration.timeoutInMillis": None,
    "operation.x-amazon-apigateway-integration.type": None,
    "operation.x-amazon-apigateway-integration.uri": None,
}
"""Defaults for each operation of an OpenAPI document, for all resources that import one."""

FURTHER: Final[Mapping[str, Mapping[str, Default]]] = {
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": {"policyArns[]": None},
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": {"policyArns[]": None},
    # The default of AWS RAM's API, in CreateResourceShare.
    "aws:ram/resourceShare:ResourceShare": {"allowExternalPrincipals": True},
    "aws:rolesanywhere/profile:Profile": {"managedPolicyArns[]": None},
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": {"managedPolicyArn": None},
    "aws:ssoadmin/managedPolicyAttachmentsExclusive:ManagedPolicyAttachmentsExclusive": {"managedPolicyArns[]": None},
    "aws:apigateway/restApiPut:RestApiPut": OPERATION,
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": {"upstreamRegistryUrl": None},
    "aws:elasticache/user:User": {
        "accessString": None,
        "authenticationMode.type": None,
        "noPasswordRequired": False,
    },
    **BESIDE,
    "aws:appautoscaling/scheduledAction:ScheduledAction": dict.fromkeys(
        ("scalableTargetAction.maxCapacity", "scalableTargetAction.minCapacity")
    ),
    "aws:apigatewayv2/integration:Integration": {"credentialsArn": None},
    "aws:apigatewayv2/domainName:DomainName": {"domainNameConfiguration.securityPolicy": None},
    "aws:apigatewayv2/route:Route": {"apiKeyRequired": False, "authorizationType": "NONE", "routeKey": None},
    "aws:apigatewayv2/stage:Stage": {
        "accessLogSettings.destinationArn": None,
        "accessLogSettings.format": None,
        "defaultRouteSettings.throttlingBurstLimit": None,
        "defaultRouteSettings.throttlingRateLimit": None,
    },
    "aws:apigatewayv2/api:Api": {"corsConfiguration.allowOrigins[]": None, "routeKey": None, "target": None},
    "aws:autoscaling/group:Group": {"defaultCooldown": None, "healthCheckType": None, "launchConfiguration": None},
    "aws:autoscaling/notification:Notification": {"notifications[]": None},
    "aws:backup/plan:Plan": {"rules[].copyActions[].destinationVaultArn": None, "rules[].schedule": None},
    "aws:budgets/budget:Budget": {
        "limitAmount": None,
        "notifications[].threshold": None,
        "notifications[].thresholdType": None,
        "timeUnit": None,
    },
    "aws:cloudfront/distribution:Distribution": {
        "enabled": None,
        "restrictions.geoRestriction.restrictionType": None,
    },
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": {
        **{
            f"securityHeadersConfig.{name}.override": False
            for name in (
                "contentSecurityPolicy",
                "contentTypeOptions",
                "frameOptions",
                "referrerPolicy",
                "strictTransportSecurity",
            )
        },
        "corsConfig.accessControlAllowOrigins.items[]": None,
        "securityHeadersConfig.contentSecurityPolicy.contentSecurityPolicy": None,
        "securityHeadersConfig.strictTransportSecurity.includeSubdomains": False,
    },
    "aws:cloudwatch/eventApiDestination:EventApiDestination": {"invocationEndpoint": None},
    "aws:cloudwatch/eventPermission:EventPermission": {"principal": None},
    "aws:cloudwatch/eventRule:EventRule": {"isEnabled": True, "state": "ENABLED"},
    "aws:cloudwatch/eventTarget:EventTarget": {
        "deadLetterConfig.arn": None,
        "ecsTarget.networkConfiguration.assignPublicIp": False,
        "roleArn": None,
    },
    "aws:cognito/identityPool:IdentityPool": {"allowUnauthenticatedIdentities": False},
    "aws:cognito/userPool:UserPool": {
        "deletionProtection": "INACTIVE",
        "mfaConfiguration": "OFF",
        "passwordPolicy.minimumLength": None,
        "passwordPolicy.requireLowercase": False,
        "passwordPolicy.requireNumbers": False,
        "passwordPolicy.requireSymbols": False,
        "passwordPolicy.requireUppercase": False,
        "passwordPolicy.temporaryPasswordValidityDays": 7,
        "userPoolAddOns.advancedSecurityMode": "OFF",
    },
    "aws:cognito/userPoolClient:UserPoolClient": {"enableTokenRevocation": True, "preventUserExistenceErrors": None},
    "aws:dax/cluster:Cluster": {
        "clusterEndpointEncryptionType": "NONE",
        "replicationFactor": None,
        "serverSideEncryption.enabled": False,
    },
    "aws:dynamodb/table:Table": {
        "billingMode": "PROVISIONED",
        "deletionProtectionEnabled": False,
        "pointInTimeRecovery.enabled": False,
        "serverSideEncryption.enabled": False,
        "serverSideEncryption.kmsKeyArn": None,
    },
    "aws:ebs/encryptionByDefault:EncryptionByDefault": {"enabled": True},
    "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess": {"state": None},
    "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess": {"state": None},
    "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults": {"httpTokens": "no-preference"},
    "aws:ec2/serialConsoleAccess:SerialConsoleAccess": {"enabled": True},
    "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration": {"blockPublicSecurityGroupRules": None},
    "aws:ssm/serviceSetting:ServiceSetting": {"settingId": None, "settingValue": None},
    "aws:ebs/snapshotCopy:SnapshotCopy": _COPY,
    "aws:ec2/ami:Ami": {"ebsBlockDevices[].encrypted": False, "ebsBlockDevices[].snapshotId": None},
    "aws:ec2/amiCopy:AmiCopy": _COPY,
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": {"accountId": None, "group": None},
    "aws:ec2/instance:Instance": {
        **_METADATA,
        "associatePublicIpAddress": False,
        "iamInstanceProfile": None,
        "disableApiTermination": False,
        "monitoring": False,
    },
    "aws:ec2/launchConfiguration:LaunchConfiguration": _METADATA,
    "aws:ec2/launchTemplate:LaunchTemplate": {
        **_METADATA,
        "blockDeviceMappings[].ebs.encrypted": False,
        "networkInterfaces[].associatePublicIpAddress": False,
    },
    "aws:ec2/route:Route": {
        "destinationCidrBlock": None,
        "destinationIpv6CidrBlock": None,
        "networkInterfaceId": None,
        "vpcPeeringConnectionId": None,
    },
    **{
        table: {
            f"routes[].{name}": None
            for name in ("cidrBlock", "ipv6CidrBlock", "networkInterfaceId", "vpcPeeringConnectionId")
        }
        for table in ("aws:ec2/routeTable:RouteTable", "aws:ec2/defaultRouteTable:DefaultRouteTable")
    },
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": {
        f"ingress[].{name}": None for name in ("action", "fromPort", "protocol", "toPort")
    },
    **{
        group: {"egress[].description": None, "ingress[].description": None}
        for group in ("aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    },
    "aws:ec2/securityGroupRule:SecurityGroupRule": {"description": None},
    "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission": {"accountId": None},
    "aws:ec2/vpcEndpointService:VpcEndpointService": {"acceptanceRequired": None, "allowedPrincipals[]": None},
    "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": {"principalArn": None},
    "aws:ebs/volume:Volume": {"kmsKeyId": None},
    "aws:ec2/eip:Eip": {"instance": None, "networkInterface": None},
    "aws:ec2/subnet:Subnet": {"availabilityZone": None, "availabilityZoneId": None},
    "aws:ec2clientvpn/endpoint:Endpoint": {"connectionLogOptions.enabled": False},
    "aws:ec2transitgateway/transitGateway:TransitGateway": {"autoAcceptSharedAttachments": "disable"},
    "aws:ecs/cluster:Cluster": {"configuration.executeCommandConfiguration.kmsKeyId": None},
    "aws:ecs/service:Service": {"deploymentMinimumHealthyPercent": 100},
    "aws:ecs/taskDefinition:TaskDefinition": {
        "containerDefinitions[].linuxParameters.capabilities.add[]": None,
        "cpu": None,
        "memory": None,
    },
    "aws:efs/accessPoint:AccessPoint": {"posixUser.uid": None, "rootDirectory.path": None},
    "aws:efs/backupPolicy:BackupPolicy": {"backupPolicy.status": None},
    "aws:efs/fileSystem:FileSystem": {"encrypted": False, "kmsKeyId": None},
    "aws:iam/accountPasswordPolicy:AccountPasswordPolicy": {
        "maxPasswordAge": None,
        "minimumPasswordLength": None,
        "passwordReusePrevention": None,
        "requireLowercaseCharacters": False,
        "requireNumbers": False,
        "requireSymbols": False,
        "requireUppercaseCharacters": False,
    },
    "aws:kms/key:Key": {"isEnabled": True, "policy": None},
    "aws:lambda/function:Function": {
        "kmsKeyArn": None,
        "packageType": "Zip",
        "runtime": None,
        "tracingConfig.mode": "PassThrough",
    },
    "aws:lambda/functionUrl:FunctionUrl": {"authorizationType": None, "cors.allowOrigins[]": None},
    "aws:lambda/layerVersionPermission:LayerVersionPermission": {"principal": None},
    "aws:lambda/permission:Permission": dict.fromkeys(
        ("functionUrlAuthType", "principal", "principalOrgId", "sourceAccount", "sourceArn")
    ),
    "aws:lb/loadBalancer:LoadBalancer": {"enableCrossZoneLoadBalancing": False},
    "aws:opensearch/domain:Domain": {
        "advancedSecurityOptions.enabled": False,
        "advancedSecurityOptions.internalUserDatabaseEnabled": False,
        "clusterConfig.dedicatedMasterEnabled": False,
        "clusterConfig.instanceCount": 1,
        "clusterConfig.zoneAwarenessEnabled": False,
        "domainEndpointOptions.enforceHttps": True,
        "domainEndpointOptions.tlsSecurityPolicy": None,
        "encryptAtRest.enabled": False,
        "encryptAtRest.kmsKeyId": None,
        "logPublishingOptions[].enabled": True,
        "logPublishingOptions[].logType": None,
        "nodeToNodeEncryption.enabled": False,
    },
    "aws:rds/cluster:Cluster": {
        "backtrackWindow": 0,
        "caCertificateIdentifier": None,
        "engineMode": None,
        "globalClusterIdentifier": None,
        "enabledCloudwatchLogsExports[]": None,
        "dbClusterInstanceClass": None,
        "engine": None,
        "engineVersion": None,
        "masterUsername": None,
    },
    "aws:rds/clusterActivityStream:ClusterActivityStream": {"kmsKeyId": None},
    "aws:rds/clusterInstance:ClusterInstance": {"caCertIdentifier": None},
    "aws:rds/clusterSnapshot:ClusterSnapshot": {"sharedAccounts[]": None},
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": {"kmsKeyId": None, "sharedAccounts[]": None},
    "aws:rds/globalCluster:GlobalCluster": {"storageEncrypted": False},
    "aws:rds/instance:Instance": {"caCertIdentifier": None, "engine": None},
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": {"kmsKeyId": None},
    "aws:rds/proxy:Proxy": {"auths[].iamAuth": None, "debugLogging": False, "requireTls": False},
    "aws:rds/snapshot:Snapshot": {"sharedAccounts[]": None},
    "aws:rds/snapshotCopy:SnapshotCopy": {"kmsKeyId": None, "sharedAccounts[]": None},
    "aws:s3/accessPoint:AccessPoint": {f"publicAccessBlockConfiguration.{name}": True for name in PUBLIC_ACCESS_BLOCKS},
    **{
        domain: dict.fromkeys(
            ("adminPrivacy", "billingPrivacy", "registrantPrivacy", "techPrivacy", "transferLock"), True
        )
        for domain in ("aws:route53domains/registeredDomain:RegisteredDomain", "aws:route53domains/domain:Domain")
    },
    **{
        written: {"acl": None, "kmsKeyId": None, "serverSideEncryption": None}
        for written in (
            "aws:s3/bucketObject:BucketObject",
            "aws:s3/bucketObjectv2:BucketObjectv2",
            "aws:s3/objectCopy:ObjectCopy",
        )
    },
    "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint": {
        f"details.publicAccessBlock.{name}": True for name in PUBLIC_ACCESS_BLOCKS
    },
    "aws:scheduler/schedule:Schedule": {
        "kmsKeyArn": None,
        "state": "ENABLED",
        "target.deadLetterConfig.arn": None,
        "target.ecsParameters.networkConfiguration.assignPublicIp": False,
    },
    "aws:ssm/document:Document": {"permissions.accountIds": None},
    "aws:ssm/parameter:Parameter": {"keyId": None, "type": None},
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {"description": None},
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {"description": None},
    "pulumi:providers:aws": {"accessKey": None, "insecure": False, "secretKey": None, "token": None},
}
