"""Bad values of single properties of the program: a table of resource types, paths and values.

The table follows AWS's documentation of each property, not the rules. No rule reports some of the changes; `SURVIVORS`
has the reasons.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.policy.mutations_of_kinds import OF_KINDS
from tests.policy.nodes import ABSENT, REMOVED, STEP, Stack

WORLD = "0.0.0.0/0"
ANYBODY = {"Effect": "Allow", "Principal": "*", "Resource": "*"}
TAKE = {"Effect": "Allow", "Action": "sts:AssumeRole"}
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
GET = "body!paths./users.get"
LINK = f"{GET}.x-amazon-apigateway-integration"
CONTAINER = "containerDefinitions![0]"


def _off(*paths: str) -> dict[str, tuple[Any, ...]]:
    return dict.fromkeys(paths, (False, ABSENT))


def _on(*paths: str) -> dict[str, tuple[Any, ...]]:
    return dict.fromkeys(paths, (True,))


_OF_PROPERTIES: dict[str, dict[str, tuple[Any, ...]]] = {
    "aws:acm/certificate:Certificate": {
        "keyAlgorithm": ("RSA_1024",),
        "options.certificateTransparencyLoggingPreference": ("DISABLED",),
    },
    "aws:apigateway/account:Account": {"cloudwatchRoleArn": (ABSENT,)},
    "aws:apigateway/domainName:DomainName": {"securityPolicy": ("TLS_1_0", "TLS_1_2", ABSENT)},
    "aws:apigateway/methodSettings:MethodSettings": {
        "settings.loggingLevel": ("OFF", ABSENT),
        "settings.dataTraceEnabled": (True,),
        "settings.cachingEnabled": (True,),
        "settings.throttlingRateLimit": (-1, 0, ABSENT),
        "settings.throttlingBurstLimit": (-1, 0, ABSENT),
    },
    "aws:apigateway/restApi:RestApi": {
        "disableExecuteApiEndpoint": (False, ABSENT),
        f"{GET}.security": ([], [{}], ABSENT),
        f"{LINK}.connectionType": ("INTERNET", ABSENT),
        f"{LINK}.timeoutInMillis": (60000,),
        LINK: (ABSENT,),
        "body!paths./companies.post.x-amazon-apigateway-request-validator": (ABSENT,),
        "body!components.securitySchemes.apiKey": (ABSENT, {"type": "http", "scheme": "bearer"}),
        "body!x-amazon-apigateway-request-validators.body-only.validateRequestBody": (False, ABSENT),
        "body!x-amazon-apigateway-policy": ({"Statement": [{**ANYBODY, "Action": "*"}]},),
        "body!x-amazon-apigateway-security-policy": ("TLS_1_0",),
        "policy": ('{"Statement":[{"Effect":"Allow","Principal":"*","Action":"apigateway:*","Resource":"*"}]}',),
    },
    "aws:apigateway/stage:Stage": {
        "xrayTracingEnabled": (False, ABSENT),
        "accessLogSettings": (ABSENT,),
        "accessLogSettings.destinationArn": ("", ABSENT),
        "accessLogSettings.format": ("", ABSENT),
    },
    "aws:apigateway/usagePlan:UsagePlan": {"throttleSettings": (ABSENT,)},
    "aws:appautoscaling/target:Target": {"maxCapacity": (1, 2)},
    "aws:backup/plan:Plan": {
        "rules[0].lifecycle.deleteAfter": (1,),
        "rules[0].copyActions[0].lifecycle.deleteAfter": (1,),
        "rules[0].copyActions": ([],),
    },
    "aws:backup/selection:Selection": {"": (REMOVED,), "resources": ([],)},
    "aws:backup/vault:Vault": {"kmsKeyArn": (ABSENT, ""), "forceDestroy": (True,)},
    "aws:cloudfront/distribution:Distribution": {
        "defaultRootObject": ("", ABSENT),
        "webAclId": ("", ABSENT),
        "defaultCacheBehavior.viewerProtocolPolicy": ("allow-all",),
        "defaultCacheBehavior.responseHeadersPolicyId": (ABSENT,),
        "defaultCacheBehavior.trustedSigners": (["self"],),
        "origins[0].originAccessControlId": ("", ABSENT),
        "origins[0].customOriginConfig": ({"originProtocolPolicy": "http-only", "originSslProtocols": ["SSLv3"]},),
        "viewerCertificate.minimumProtocolVersion": ("TLSv1", "TLSv1.1_2016", "TLSv1.2_2019", ABSENT),
        "viewerCertificate.sslSupportMethod": ("vip", ABSENT),
        "viewerCertificate": ({"cloudfrontDefaultCertificate": True},),
    },
    "aws:cloudfront/originAccessControl:OriginAccessControl": {"signingBehavior": ("never", "no-override")},
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": {
        "securityHeadersConfig": (ABSENT,),
        "securityHeadersConfig.strictTransportSecurity": (ABSENT,),
        "securityHeadersConfig.strictTransportSecurity.accessControlMaxAgeSec": (60,),
        "securityHeadersConfig.contentSecurityPolicy": (ABSENT,),
        "securityHeadersConfig.contentTypeOptions": (ABSENT,),
        "securityHeadersConfig.frameOptions": (ABSENT,),
        "securityHeadersConfig.referrerPolicy": (ABSENT,),
    },
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": {"": (REMOVED,)},
    "aws:cloudwatch/logGroup:LogGroup": {"kmsKeyId": (ABSENT, ""), "retentionInDays": (1, 0, ABSENT)},
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": {"policyDocument!Statement[0].Principal": ("*",)},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {"alarmActions": ([], ABSENT), "actionsEnabled": (False,)},
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
        "": (REMOVED,),
        "ingress": ([{"protocol": "-1", "self": True, "fromPort": 0, "toPort": 0}],),
        "egress": ([{"protocol": "-1", "cidrBlocks": [WORLD], "fromPort": 0, "toPort": 0}],),
    },
    "aws:ec2/flowLog:FlowLog": {"": (REMOVED,), "trafficType": ("ACCEPT",)},
    "aws:ec2/route:Route": {"gatewayId": ("igw-0123456789abcdef0",)},
    "aws:ec2/routeTable:RouteTable": {"routes": ([{"cidrBlock": WORLD, "gatewayId": "igw-0123456789abcdef0"}],)},
    "aws:ec2/securityGroup:SecurityGroup": {
        "description": ("", ABSENT),
        "ingress": (
            [{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": [WORLD]}],
            [{"protocol": "-1", "fromPort": 0, "toPort": 0, "ipv6CidrBlocks": ["::/0"]}],
        ),
        "egress": ([{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": [WORLD]}],),
    },
    "aws:ec2/subnet:Subnet": {"mapPublicIpOnLaunch": (True,)},
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": {"": (REMOVED,)},
    "aws:ecr/repository:Repository": {
        "imageTagMutability": ("MUTABLE", ABSENT),
        "imageScanningConfiguration.scanOnPush": (False, ABSENT),
        "encryptionConfigurations": ([], ABSENT, [{"encryptionType": "AES256"}]),
        "forceDelete": (True,),
    },
    "aws:ecs/cluster:Cluster": {"settings": ([], ABSENT), "settings[0].value": ("disabled",)},
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {
        "": (REMOVED,),
        "capacityProviders": (["FARGATE"], ["FARGATE_SPOT"], []),
    },
    "aws:ecs/service:Service": {
        "launchType": ("FARGATE",),
        "capacityProviderStrategies": ([], ABSENT, [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]),
        "ignoreChanges": (("taskDefinition",), ()),
        "networkConfiguration.assignPublicIp": (True,),
        "networkConfiguration": (ABSENT,),
        "deploymentCircuitBreaker": (ABSENT,),
        "deploymentCircuitBreaker.rollback": (False, ABSENT),
        "platformVersion": ("1.3.0",),
        "enableExecuteCommand": (True,),
    },
    "aws:ecs/taskDefinition:TaskDefinition": {
        f"{CONTAINER}.privileged": (True,),
        f"{CONTAINER}.readonlyRootFilesystem": (False, ABSENT),
        f"{CONTAINER}.user": ("root", "0:0", ABSENT),
        f"{CONTAINER}.logConfiguration": (ABSENT,),
        f"{CONTAINER}.stopTimeout": (ABSENT, 10, 300),
        f"{CONTAINER}.image": ("nginx", "nginx:latest"),
        f"{CONTAINER}.environment[0]": (
            {"name": "AWS_SECRET_ACCESS_KEY", "value": "x"},
            {"name": "DATABASE_PASSWORD", "value": "x"},
            {"name": "REDIS_URL", "value": "rediss://user:password@cache:6379"},
        ),
        "containerDefinitions": ("{}",),
        "networkMode": ("host", "bridge", ABSENT),
        "pidMode": ("host",),
        "runtimePlatform": (ABSENT,),
        "volumes[0].efsVolumeConfiguration": ({"fileSystemId": "fs-1", "transitEncryption": "DISABLED"},),
    },
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "atRestEncryptionEnabled": (False,),
        "kmsKeyId": (ABSENT,),
        "transitEncryptionEnabled": (False, ABSENT),
        "transitEncryptionMode": ("preferred",),
        "authToken": (ABSENT,),
        "subnetGroupName": (ABSENT, "default"),
        "snapshotRetentionLimit": (0, ABSENT),
        "autoMinorVersionUpgrade": (False,),
        "automaticFailoverEnabled": (False, ABSENT),
        "multiAzEnabled": (False, ABSENT),
    },
    "aws:iam/role:Role": {
        "assumeRolePolicy!Statement[0]": ({**TAKE, "Principal": "*"}, {**TAKE, "Principal": {"AWS": "*"}}),
        "managedPolicyArns": (["arn:aws:iam::aws:policy/AdministratorAccess"],),
        "inlinePolicies": ([{"name": "all", "policy": json.dumps({"Statement": ALL})}],),
    },
    "aws:iam/rolePolicy:RolePolicy": {
        "policy!Statement[0]": (
            ALL,
            {**ALL, "Action": "s3:*"},
            {**ALL, "Action": "kms:Decrypt"},
            {**ALL, "Action": "iam:PassRole"},
        ),
    },
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
        "policyArn": ("arn:aws:iam::aws:policy/AdministratorAccess",),
    },
    "aws:kms/key:Key": {
        "enableKeyRotation": (False, ABSENT),
        "policy!Statement[0].Principal": ("*", {"AWS": "*"}),
        "bypassPolicyLockoutSafetyCheck": (True,),
        "deletionWindowInDays": (7,),
    },
    "aws:lb/listener:Listener": {"protocol": ("UDP",)},
    "aws:lb/loadBalancer:LoadBalancer": {
        "internal": (False, ABSENT),
        "enableDeletionProtection": (False, ABSENT),
        "subnets": (["subnet-0123456789abcdef0"], ABSENT),
    },
    "aws:lb/targetGroup:TargetGroup": {"deregistrationDelay": (300, ABSENT)},
    "aws:rds/eventSubscription:EventSubscription": {"": (REMOVED,), "enabled": (False,)},
    "aws:rds/instance:Instance": {
        **_off(
            "storageEncrypted",
            "multiAz",
            "deletionProtection",
            "iamDatabaseAuthenticationEnabled",
            "copyTagsToSnapshot",
            "performanceInsightsEnabled",
        ),
        **_on("publiclyAccessible", "skipFinalSnapshot", "deleteAutomatedBackups"),
        "autoMinorVersionUpgrade": (False,),
        "backupRetentionPeriod": (0, 1, ABSENT),
        "dbSubnetGroupName": (ABSENT,),
        "enabledCloudwatchLogsExports": ([], ABSENT),
        "kmsKeyId": (ABSENT,),
        "monitoringInterval": (0, ABSENT),
        "performanceInsightsKmsKeyId": (ABSENT,),
        "username": ("postgres", "admin"),
    },
    "aws:rds/parameterGroup:ParameterGroup": {
        "parameters": ([{"name": "rds.force_ssl", "value": "0"}],),
    },
    "aws:s3/bucket:Bucket": {"forceDestroy": (True,), "acl": ("public-read",)},
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": {"corsRules[0].allowedOrigins": (["*"],)},
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
        "": (REMOVED,),
        "rules[0].status": ("Disabled",),
    },
    "aws:s3/bucketLogging:BucketLogging": {"": (REMOVED,)},
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {"rule.objectOwnership": ("ObjectWriter",)},
    "aws:s3/bucketPolicy:BucketPolicy": {
        "": (REMOVED,),
        "policy!Statement[0].Condition": (ABSENT, {"Bool": {"aws:SecureTransport": "true"}}),
        "policy!Statement[0]": ({**ANYBODY, "Action": "s3:GetObject"}, {**ANYBODY, "Action": "s3:PutObject"}),
    },
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
        "": (REMOVED,),
        **_off("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"),
    },
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
        "": (REMOVED,),
        "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm": ("AES256",),
    },
    "aws:s3/bucketVersioning:BucketVersioning": {
        "": (REMOVED,),
        "versioningConfiguration.status": ("Suspended", "Disabled"),
    },
    "aws:secretsmanager/secret:Secret": {"kmsKeyId": (ABSENT,), "recoveryWindowInDays": (0,)},
    "aws:sfn/stateMachine:StateMachine": {
        "loggingConfiguration": (ABSENT,),
        "loggingConfiguration.level": ("OFF",),
        "loggingConfiguration.logDestination": (ABSENT, ""),
        "tracingConfiguration": (ABSENT,),
        "tracingConfiguration.enabled": (False,),
    },
    "aws:sns/topic:Topic": {"kmsMasterKeyId": (ABSENT, "")},
    "aws:sns/topicPolicy:TopicPolicy": {
        "": (REMOVED,),
        "policy!Statement[0]": ({**ANYBODY, "Action": "sns:Publish"},),
    },
    "aws:sns/topicSubscription:TopicSubscription": {"protocol": ("http",)},
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {"ipProtocol": ("-1",)},
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
        "cidrIpv4": (WORLD, "128.0.0.0/1"),
        "cidrIpv6": ("::/0", "2000::/3"),
    },
    "aws:wafv2/webAcl:WebAcl": {
        "rules": ([], ABSENT),
        "rules[0].overrideAction": ({"count": {}},),
        "visibilityConfig.cloudwatchMetricsEnabled": (False,),
        "rules[0].visibilityConfig.cloudwatchMetricsEnabled": (False,),
    },
    "aws:wafv2/webAclAssociation:WebAclAssociation": {"": (REMOVED,)},
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": {"": (REMOVED,), "redactedFields": (ABSENT,)},
}
TABLE: dict[str, dict[str, tuple[Any, ...]]] = {
    type_: {
        path: (*_OF_PROPERTIES.get(type_, {}).get(path, ()), *OF_KINDS.get(type_, {}).get(path, ()))
        for path in (_OF_PROPERTIES.get(type_, {}) | OF_KINDS.get(type_, {}))
    }
    for type_ in (_OF_PROPERTIES | OF_KINDS)
}
"""Resource type -> path -> bad values. The empty path stands for the whole resource."""

SURVIVORS = (
    ("Account", "*", "cloudwatchRoleArn=*", "API Gateway refuses to log without the role, so that the update fails"),
    ("Route", "*-public-*", "gatewayId=*", "the public subnets are meant to reach the internet"),
    ("RouteTable", "*-public", "routes=*", "the table of the public subnets is meant to reach the internet"),
    ("Key", "*", "deletionWindowInDays=7", "seven days are the least that KMS takes"),
    ("Listener", "*", "protocol='UDP'", "exempted: without TLS, one protocol is as open as the other"),
    ("SecurityGroupEgressRule", "*-to-tasks", "ipProtocol=*", "to one security group, which admits one port"),
    ("SecurityGroupEgressRule", "*-to-server", "ipProtocol=*", "to one security group, which admits one port"),
)
"""Changes that no rule reports: patterns of resource type, name and change, and the reason."""


@dataclass(frozen=True)
class Mutation:
    """One change of one resource."""

    type: str
    urn: str
    path: str
    value: Any

    @property
    def change(self) -> str:
        """The change without the resource, such as ``multiAz=False``."""
        return f"{self.path}={self.value!r}"

    def __str__(self) -> str:
        return f"{self.type.split(':')[-1]} {self.urn.split('::')[-1]}: {self.change}"

    @property
    def survives(self) -> str | None:
        """The reason why no rule reports the change; None when a rule must report it."""
        for resource_type, name, change, why in SURVIVORS:
            of_type = fnmatchcase(self.type, f"*:{resource_type}") and fnmatchcase(self.urn, f"*::{name}")
            if of_type and fnmatchcase(self.change, change):
                return why
        return None


def mutations(stack: Stack) -> Iterator[Mutation]:
    """Yield every change of the table for every resource of its type.

    Args:
        stack: A recorded program, by URN.

    Yields:
        Changes with an effect: not a value that the property already has, nor the removal of an absent property.
    """
    for urn, node in stack.items():
        for path, values in TABLE.get(node.type, {}).items():
            current = _current(node.inputs, path)
            yield from (Mutation(node.type, urn, path, value) for value in values if value != current)


def _current(inputs: dict[str, Any], path: str) -> Any:
    value: Any = inputs
    for word, index, mark in STEP.findall(path):
        if mark:
            value = json.loads(value)
        elif index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else ABSENT
        else:
            value = value.get(word, ABSENT) if isinstance(value, dict) else ABSENT
    return value
