"""Lists the value that the provider uses for a property that a program leaves out.

A rule that does not know this value decides wrongly: AWSGuard reads an absent ``backupRetentionPeriod`` as 7 days,
although the provider's default is 0. So a rule that reads an absent property which is not listed here has a bug. None
means that neither the provider nor AWS has a default.

Sources: the argument reference of each resource of the AWS provider, and for documents inside properties the
reference of the service.
"""

from collections.abc import Mapping
from typing import Final

from policy.provider.further_defaults import FURTHER, OPERATION, PUBLIC_ACCESS_BLOCKS, Default

_SECURITY_GROUP_SOURCES: Final[dict[str, Default]] = {
    "cidrBlocks[]": None,
    "ipv6CidrBlocks[]": None,
    "protocol": None,
    "fromPort": None,
    "toPort": None,
}
_SECURITY_GROUP_RULES: Final[dict[str, Default]] = {
    f"{direction}[].{name}": default
    for direction in ("egress", "ingress")
    for name, default in _SECURITY_GROUP_SOURCES.items()
}

_OF_COMPONENTS: Final[Mapping[str, Mapping[str, Default]]] = {
    "aws:acm/certificate:Certificate": {
        "keyAlgorithm": "RSA_2048",
        "options.certificateTransparencyLoggingPreference": "ENABLED",
    },
    "aws:apigateway/domainName:DomainName": {"securityPolicy": "TLS_1_0"},
    "aws:apigateway/integration:Integration": {"connectionType": "INTERNET", "credentials": None, "type": None},
    "aws:apigateway/method:Method": {"apiKeyRequired": False, "authorization": None, "httpMethod": None},
    "aws:apigateway/methodSettings:MethodSettings": {
        "methodPath": None,
        "settings.cacheDataEncrypted": False,
        "settings.cachingEnabled": False,
        "settings.dataTraceEnabled": False,
        "settings.loggingLevel": "OFF",
        "settings.throttlingBurstLimit": -1,
        "settings.throttlingRateLimit": -1,
    },
    "aws:apigateway/restApi:RestApi": {
        "disableExecuteApiEndpoint": False,
        "securityPolicy": "TLS_1_0",
        **OPERATION,
    },
    "aws:apigateway/stage:Stage": {
        "accessLogSettings.destinationArn": None,
        "accessLogSettings.format": None,
        "clientCertificateId": None,
        "xrayTracingEnabled": False,
    },
    "aws:apigateway/usagePlan:UsagePlan": {"throttleSettings.rateLimit": None},
    "aws:appautoscaling/target:Target": {"maxCapacity": None, "minCapacity": None, "resourceId": None},
    "aws:backup/plan:Plan": {
        "rules[].copyActions[].lifecycle.deleteAfter": None,
        "rules[].lifecycle.deleteAfter": None,
    },
    "aws:backup/selection:Selection": {"resources[]": None},
    "aws:backup/vault:Vault": {"forceDestroy": False, "kmsKeyArn": None},
    "aws:cloudfront/distribution:Distribution": {
        "loggingConfig.bucket": None,
        **{
            f"{behaviour}.{property_}": None
            for behaviour in ("defaultCacheBehavior", "orderedCacheBehaviors[]")
            for property_ in ("responseHeadersPolicyId", "viewerProtocolPolicy")
        },
        "defaultRootObject": None,
        "origins[].customOriginConfig.originProtocolPolicy": None,
        "origins[].customOriginConfig.originSslProtocols[]": None,
        "origins[].domainName": None,
        "origins[].originAccessControlId": None,
        "viewerCertificate.acmCertificateArn": None,
        "viewerCertificate.cloudfrontDefaultCertificate": False,
        "viewerCertificate.iamCertificateId": None,
        "viewerCertificate.minimumProtocolVersion": "TLSv1",
        "viewerCertificate.sslSupportMethod": None,
        "webAclId": None,
    },
    "aws:cloudfront/originAccessControl:OriginAccessControl": {"signingBehavior": None},
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": {
        "securityHeadersConfig.strictTransportSecurity.accessControlMaxAgeSec": None,
    },
    # 0 keeps logs forever.
    "aws:cloudwatch/logGroup:LogGroup": {"kmsKeyId": None, "retentionInDays": 0},
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": {"actionsEnabled": True},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {"actionsEnabled": True},
    "aws:ebs/volume:Volume": {"encrypted": False},
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _SECURITY_GROUP_RULES,
    "aws:ec2/flowLog:FlowLog": {"trafficType": None},
    "aws:ec2/instance:Instance": {
        "ebsBlockDevices[].encrypted": False,
        "rootBlockDevice.encrypted": False,
    },
    "aws:ec2/networkAcl:NetworkAcl": {
        f"ingress[].{name}": None for name in ("action", "fromPort", "protocol", "toPort")
    },
    "aws:ec2/networkAclRule:NetworkAclRule": {
        "egress": False,
        "fromPort": None,
        "protocol": None,
        "ruleAction": None,
        "toPort": None,
    },
    "aws:ec2/securityGroup:SecurityGroup": {
        "description": "Managed by Pulumi",
        **_SECURITY_GROUP_RULES,
    },
    "aws:ec2/securityGroupRule:SecurityGroupRule": {**_SECURITY_GROUP_SOURCES, "type": None},
    "aws:ec2/subnet:Subnet": {"mapPublicIpOnLaunch": False},
    "aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions": {"internetGatewayBlockMode": "off"},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"serviceName": None},
    "aws:ecr/repository:Repository": {
        "encryptionConfigurations[].encryptionType": "AES256",
        "encryptionConfigurations[].kmsKey": None,
        "forceDelete": False,
        "imageScanningConfiguration.scanOnPush": False,
        "imageTagMutability": "MUTABLE",
    },
    "aws:ecs/cluster:Cluster": {
        "configuration.executeCommandConfiguration.logging": "DEFAULT",
        "settings[].name": None,
        "settings[].value": None,
    },
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {"capacityProviders[]": None},
    "aws:ecs/service:Service": {
        "capacityProviderStrategies[].base": 0,
        "capacityProviderStrategies[].capacityProvider": None,
        "capacityProviderStrategies[].weight": 0,
        "deploymentCircuitBreaker.enable": False,
        "deploymentCircuitBreaker.rollback": False,
        "desiredCount": 0,
        "enableExecuteCommand": False,
        "networkConfiguration.assignPublicIp": False,
        "platformVersion": "LATEST",
    },
    "aws:ecs/taskDefinition:TaskDefinition": {
        "containerDefinitions[].environment[].name": None,
        "containerDefinitions[].environment[].value": None,
        "containerDefinitions[].image": None,
        "containerDefinitions[].logConfiguration.logDriver": None,
        "containerDefinitions[].privileged": False,
        "containerDefinitions[].readonlyRootFilesystem": False,
        "containerDefinitions[].stopTimeout": None,
        "executionRoleArn": None,
        "taskRoleArn": None,
        # root, unless the image sets another user, which cannot be known here.
        "containerDefinitions[].user": None,
        "networkMode": "bridge",
        "ipcMode": None,
        "pidMode": None,
        "runtimePlatform.operatingSystemFamily": None,
        "volumes[].efsVolumeConfiguration.transitEncryption": "DISABLED",
    },
    "aws:ecs/taskSet:TaskSet": {"networkConfiguration.assignPublicIp": False},
    "aws:elasticache/cluster:Cluster": {"replicationGroupId": None},
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "authToken": None,
        "authTokenWo": None,
        "atRestEncryptionEnabled": False,
        "autoMinorVersionUpgrade": True,
        "automaticFailoverEnabled": False,
        "engine": "redis",
        "kmsKeyId": None,
        "multiAzEnabled": False,
        "port": 6379,
        "snapshotRetentionLimit": 0,
        "subnetGroupName": None,
        "transitEncryptionEnabled": False,
        "transitEncryptionMode": "required",
    },
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": {"policyArn": None},
    "aws:iam/policyAttachment:PolicyAttachment": {"policyArn": None},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {"policyArn": None},
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": {"policyArns[]": None},
    "aws:iam/role:Role": {"managedPolicyArns[]": None},
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": {"policyArn": None},
    "aws:kms/keyPolicy:KeyPolicy": {"bypassPolicyLockoutSafetyCheck": False},
    "aws:kms/key:Key": {
        "bypassPolicyLockoutSafetyCheck": False,
        "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "enableKeyRotation": False,
        "keyUsage": "ENCRYPT_DECRYPT",
    },
    "aws:lb/listener:Listener": {"protocol": None, "sslPolicy": "ELBSecurityPolicy-2016-08"},
    "aws:lb/loadBalancer:LoadBalancer": {
        "accessLogs.enabled": False,
        "desyncMitigationMode": "defensive",
        "dropInvalidHeaderFields": False,
        "enableDeletionProtection": False,
        "internal": False,
        "loadBalancerType": "application",
    },
    "aws:lb/targetGroup:TargetGroup": {
        "deregistrationDelay": 300,
        # TCP for a network load balancer's group, HTTP for an application load balancer's.
        "healthCheck.protocol": None,
        "protocol": None,
    },
    "aws:rds/cluster:Cluster": {
        "backupRetentionPeriod": 1,
        "dbSubnetGroupName": None,
        "copyTagsToSnapshot": False,
        "deletionProtection": False,
        "iamDatabaseAuthenticationEnabled": False,
        "kmsKeyId": None,
        "port": 5432,
        "replicationSourceIdentifier": None,
        "skipFinalSnapshot": False,
        "storageEncrypted": False,
    },
    "aws:rds/clusterInstance:ClusterInstance": {
        "autoMinorVersionUpgrade": True,
        "monitoringInterval": 0,
        "performanceInsightsEnabled": False,
        "performanceInsightsKmsKeyId": None,
        "publiclyAccessible": False,
    },
    "aws:rds/eventSubscription:EventSubscription": {
        "enabled": True,
        "eventCategories[]": None,
        "sourceType": None,
    },
    "aws:rds/instance:Instance": {
        "autoMinorVersionUpgrade": True,
        "backupRetentionPeriod": 0,
        "copyTagsToSnapshot": False,
        "dbSubnetGroupName": None,
        "deleteAutomatedBackups": True,
        "deletionProtection": False,
        "enabledCloudwatchLogsExports[]": None,
        "engineVersion": None,
        "iamDatabaseAuthenticationEnabled": False,
        "kmsKeyId": None,
        "monitoringInterval": 0,
        "multiAz": False,
        "parameterGroupName": None,
        "performanceInsightsEnabled": False,
        "performanceInsightsKmsKeyId": None,
        # The default port of the database engine, such as 5432 for PostgreSQL.
        "port": 5432,
        "publiclyAccessible": False,
        "replicateSourceDb": None,
        "skipFinalSnapshot": False,
        "storageEncrypted": False,
        "username": None,
    },
    "aws:rds/parameterGroup:ParameterGroup": {
        "family": None,
        "parameters[].name": None,
        "parameters[].value": None,
    },
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": dict.fromkeys(PUBLIC_ACCESS_BLOCKS, False),
    "aws:s3/bucket:Bucket": {"corsRules[].allowedOrigins[]": None, "forceDestroy": False},
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": {"corsRules[].allowedOrigins[]": None},
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {"rules[].status": None},
    # Since April 2023, when a bucket has no ownership controls.
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {"rule.objectOwnership": "BucketOwnerEnforced"},
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": dict.fromkeys(PUBLIC_ACCESS_BLOCKS, False),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
        "rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId": None,
        "rules[].applyServerSideEncryptionByDefault.sseAlgorithm": "AES256",
    },
    "aws:s3/bucketVersioning:BucketVersioning": {"versioningConfiguration.status": None},
    "aws:secretsmanager/secret:Secret": {"kmsKeyId": None, "recoveryWindowInDays": 30},
    "aws:secretsmanager/secretRotation:SecretRotation": {
        f"rotationRules.{name}": None for name in ("automaticallyAfterDays", "scheduleExpression")
    },
    # OFF, when there is no logging configuration.
    "aws:sfn/stateMachine:StateMachine": {
        "loggingConfiguration.level": "OFF",
        "loggingConfiguration.logDestination": None,
        "tracingConfiguration.enabled": False,
    },
    "aws:sns/topicSubscription:TopicSubscription": {"protocol": None},
    "aws:sns/topic:Topic": {"kmsMasterKeyId": None},
    # SSE-SQS, for queues made since October 2022.
    "aws:sqs/queue:Queue": {
        "kmsMasterKeyId": None,
        "redrivePolicy.deadLetterTargetArn": None,
        "sqsManagedSseEnabled": True,
    },
    "aws:sqs/redrivePolicy:RedrivePolicy": {"redrivePolicy.deadLetterTargetArn": None},
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
        "fromPort": None,
        "ipProtocol": None,
        "toPort": None,
    },
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
        "fromPort": None,
        "ipProtocol": None,
        "toPort": None,
    },
    "aws:wafv2/ruleGroup:RuleGroup": {
        "rules[].visibilityConfig.cloudwatchMetricsEnabled": False,
        "rulesJson[].VisibilityConfig.cloudwatchMetricsEnabled": False,
        "rulesJson[].visibilityConfig.cloudwatchMetricsEnabled": False,
        "visibilityConfig.cloudwatchMetricsEnabled": False,
    },
    "aws:wafv2/webAclAssociation:WebAclAssociation": {"webAclArn": None},
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": {"redactedFields[].singleHeader.name": None},
    "aws:wafv2/webAcl:WebAcl": {
        "ruleJson[].VisibilityConfig.cloudwatchMetricsEnabled": False,
        "ruleJson[].visibilityConfig.cloudwatchMetricsEnabled": False,
        "rules[].visibilityConfig.cloudwatchMetricsEnabled": False,
        "visibilityConfig.cloudwatchMetricsEnabled": False,
    },
}

DEFAULTS: Final[Mapping[str, Mapping[str, Default]]] = {
    resource_type: {**_OF_COMPONENTS.get(resource_type, {}), **FURTHER.get(resource_type, {})}
    for resource_type in (*_OF_COMPONENTS, *FURTHER)
}
"""Type -> property, with ``[]`` for every index -> the default."""


def of(resource_type: str, pattern: str) -> Default:
    """Return the default of an absent property.

    Args:
        resource_type: A normalised type token.
        pattern: The property's path, with ``[]`` for every index.

    Returns:
        The provider's default; None when there is none.

    Raises:
        LookupError: No default is listed, which is a bug of the rule that reads the property.
    """
    try:
        return DEFAULTS[resource_type][pattern]
    except KeyError:
        raise LookupError(f"no default is written down for {pattern} of {resource_type}") from None
