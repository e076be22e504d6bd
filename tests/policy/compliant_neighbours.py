"""Compliant resources that a team adds beside the components."""

from policy.rules.instances import EVENTS
from tests.policy.nodes import Json, Node, Ref, Stack

PROVIDER = Node("pulumi:providers:aws", {"region": "us-east-1", "allowedAccountIds": '["123456789012"]'})
BLOCKED = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
OWN = {"AWS": "123456789012"}


def _policy(action: str) -> Json:
    return Json({"Statement": [{"Effect": "Allow", "Principal": OWN, "Action": action, "Resource": "*"}]})


_DEAD_LETTERS = "arn:aws:sqs:us-east-1:123456789012:dead"
_EVENTS_TRUST = Json(
    {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
            }
        ]
    }
)
_RUNS_A_TASK = Json(
    {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "ecs:RunTask",
                "Resource": "arn:aws:ecs:us-east-1:123456789012:task-definition/api:*",
            }
        ]
    }
)


def serverless() -> Stack:
    return {
        "function": Node(
            "aws:lambda/function:Function",
            {
                "environment": {"variables": {"TABLE": "items"}},
                "kmsKeyArn": Ref("key"),
                "runtime": "python3.13",
                "deadLetterConfig": {"targetArn": _DEAD_LETTERS},
                "reservedConcurrentExecutions": 10,
                "codeSigningConfigArn": "arn:aws:lambda:us-east-1:1:code-signing-config:x",
                "vpcConfig": {"subnetIds": [Ref("private"), Ref("isolated")], "securityGroupIds": [Ref("task-group")]},
                "tracingConfig": {"mode": "Active"},
            },
        ),
        "pull-through": Node(
            "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
            {"ecrRepositoryPrefix": "public", "upstreamRegistryUrl": "public.ecr.aws"},
        ),
        "permission": Node(
            "aws:lambda/permission:Permission",
            {
                "function": Ref("function"),
                "action": "lambda:InvokeFunction",
                "principal": "s3.amazonaws.com",
                "sourceArn": Ref("data"),
            },
        ),
        "function-url": Node(
            "aws:lambda/functionUrl:FunctionUrl",
            {"authorizationType": "AWS_IAM", "cors": {"allowOrigins": ["https://example.com"]}},
        ),
        "http-api": Node(
            "aws:apigatewayv2/api:Api",
            {"protocolType": "HTTP", "corsConfiguration": {"allowOrigins": ["https://example.com"]}},
        ),
        "http-route": Node(
            "aws:apigatewayv2/route:Route", {"apiId": Ref("http-api"), "routeKey": "GET /x", "authorizationType": "JWT"}
        ),
        "http-stage": Node(
            "aws:apigatewayv2/stage:Stage",
            {
                "apiId": Ref("http-api"),
                "stageVariables": {"x": "y"},
                "accessLogSettings": {"destinationArn": Ref("log-group"), "format": "{}"},
                "defaultRouteSettings": {"throttlingRateLimit": 100, "throttlingBurstLimit": 200},
            },
        ),
        "http-domain": Node(
            "aws:apigatewayv2/domainName:DomainName", {"domainNameConfiguration": {"securityPolicy": "TLS_1_2"}}
        ),
        "event-rule": Node("aws:cloudwatch/eventRule:EventRule", {"state": "ENABLED"}),
        "event-target": Node(
            "aws:cloudwatch/eventTarget:EventTarget",
            {
                "rule": Ref("event-rule"),
                "arn": Ref("cluster"),
                "roleArn": Ref("events-role"),
                "deadLetterConfig": {"arn": _DEAD_LETTERS},
                "ecsTarget": {"networkConfiguration": {"assignPublicIp": False}},
            },
        ),
        "events-role": Node("aws:iam/role:Role", {"assumeRolePolicy": _EVENTS_TRUST}),
        "events-role-policy": Node(
            "aws:iam/rolePolicy:RolePolicy", {"role": Ref("events-role"), "policy": _RUNS_A_TASK}
        ),
        "function-rule": Node("aws:cloudwatch/eventRule:EventRule", {"state": "ENABLED"}),
        "function-target": Node(
            "aws:cloudwatch/eventTarget:EventTarget",
            {"rule": Ref("function-rule"), "arn": Ref("function"), "deadLetterConfig": {"arn": _DEAD_LETTERS}},
        ),
        "events-permission": Node(
            "aws:lambda/permission:Permission",
            {
                "function": Ref("function"),
                "action": "lambda:InvokeFunction",
                "principal": "events.amazonaws.com",
                "sourceArn": Ref("function-rule"),
            },
        ),
        "event-bus-policy": Node(
            "aws:cloudwatch/eventBusPolicy:EventBusPolicy", {"policy": _policy("events:PutEvents")}
        ),
        "api-destination": Node(
            "aws:cloudwatch/eventApiDestination:EventApiDestination", {"invocationEndpoint": "https://example.com"}
        ),
        "schedule": Node(
            "aws:scheduler/schedule:Schedule",
            {
                "state": "ENABLED",
                "kmsKeyArn": Ref("key"),
                "target": {
                    "deadLetterConfig": {"arn": _DEAD_LETTERS},
                    "ecsParameters": {"networkConfiguration": {"assignPublicIp": False}},
                },
            },
        ),
    }


def instances() -> Stack:
    return {
        "launch-template": Node(
            "aws:ec2/launchTemplate:LaunchTemplate",
            {
                "userData": "",
                "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
                "networkInterfaces": [{"associatePublicIpAddress": False}],
                "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": True}}],
            },
        ),
        "group": Node(
            "aws:autoscaling/group:Group",
            {
                "launchTemplate": {"id": Ref("launch-template")},
                "targetGroupArns": [Ref("target-group")],
                "healthCheckType": "ELB",
                "defaultCooldown": 300,
            },
        ),
        "group-notification": Node(
            "aws:autoscaling/notification:Notification",
            {"groupNames": [Ref("group")], "topicArn": Ref("topic"), "notifications": EVENTS},
        ),
        "image": Node(
            "aws:ec2/ami:Ami",
            {
                "ebsBlockDevices": [
                    {"deviceName": "/dev/xvda", "encrypted": True},
                    {"deviceName": "/dev/xvdb", "snapshotId": Ref("disk-copy")},
                ]
            },
        ),
        "parameter": Node(
            "aws:ssm/parameter:Parameter", {"name": "/app/SMTP_PASS", "type": "SecureString", "keyId": Ref("key")}
        ),
        "document": Node("aws:ssm/document:Document", {"content": "{}", "permissions": {"accountIds": "123456789012"}}),
    }


def links() -> Stack:
    return {
        "peering-route": Node(
            "aws:ec2/route:Route", {"destinationCidrBlock": "10.1.0.0/16", "vpcPeeringConnectionId": "pcx-1"}
        ),
        "endpoint-service": Node(
            "aws:ec2/vpcEndpointService:VpcEndpointService",
            {"acceptanceRequired": True, "allowedPrincipals": ["arn:aws:iam::123456789012:root"]},
        ),
        "allowed-principal": Node(
            "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple",
            {"principalArn": "arn:aws:iam::123456789012:root"},
        ),
        "transit-gateway": Node(
            "aws:ec2transitgateway/transitGateway:TransitGateway", {"autoAcceptSharedAttachments": "disable"}
        ),
        "client-vpn": Node("aws:ec2clientvpn/endpoint:Endpoint", {"connectionLogOptions": {"enabled": True}}),
        "s3-endpoint": Node(
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            {"vpcId": Ref("vpc"), "serviceName": "com.amazonaws.us-east-1.s3", "policy": _policy("s3:*")},
        ),
    }


def stores() -> Stack:
    return {
        "domain-name": Node("aws:route53domains/registeredDomain:RegisteredDomain", {"transferLock": True}),
        "table": Node(
            "aws:dynamodb/table:Table",
            {
                "billingMode": "PAY_PER_REQUEST",
                "pointInTimeRecovery": {"enabled": True},
                "serverSideEncryption": {"enabled": True, "kmsKeyArn": Ref("key")},
                "deletionProtectionEnabled": True,
            },
        ),
        "table-policy": Node("aws:dynamodb/resourcePolicy:ResourcePolicy", {"policy": _policy("dynamodb:GetItem")}),
        "dax": Node(
            "aws:dax/cluster:Cluster",
            {
                "serverSideEncryption": {"enabled": True},
                "clusterEndpointEncryptionType": "TLS",
                "replicationFactor": 3,
            },
        ),
        "files": Node("aws:efs/fileSystem:FileSystem", {"encrypted": True, "kmsKeyId": Ref("key")}),
        "files-mounted": Node(
            "aws:efs/mountTarget:MountTarget", {"fileSystemId": Ref("files"), "subnetId": Ref("private")}
        ),
        "files-mounted-too": Node(
            "aws:efs/mountTarget:MountTarget", {"fileSystemId": Ref("files"), "subnetId": Ref("isolated")}
        ),
        "files-backup": Node(
            "aws:efs/backupPolicy:BackupPolicy",
            {"fileSystemId": Ref("files"), "backupPolicy": {"status": "ENABLED"}},
        ),
        "files-policy": Node(
            "aws:efs/fileSystemPolicy:FileSystemPolicy", {"policy": _policy("elasticfilesystem:ClientMount")}
        ),
        "files-access-point": Node(
            "aws:efs/accessPoint:AccessPoint",
            {"rootDirectory": {"path": "/app"}, "posixUser": {"uid": 1001, "gid": 1001}},
        ),
        "access-point-policy": Node(
            "aws:s3control/accessPointPolicy:AccessPointPolicy", {"policy": _policy("s3:GetObject")}
        ),
        "share": Node("aws:ram/resourceShare:ResourceShare", {"allowExternalPrincipals": False}),
        "event-permission": Node("aws:cloudwatch/eventPermission:EventPermission", {"principal": "123456789012"}),
        "access-point": Node("aws:s3/accessPoint:AccessPoint", {"publicAccessBlockConfiguration": BLOCKED}),
        "multi-region": Node(
            "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint", {"details": {"publicAccessBlock": BLOCKED}}
        ),
        "object": Node("aws:s3/bucketObject:BucketObject", {"acl": "private", "bucket": Ref("data")}),
        "object-copy": Node("aws:s3/objectCopy:ObjectCopy", {"bucket": Ref("data"), "kmsKeyId": Ref("key")}),
        "snapshot-permission": Node(
            "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission", {"accountId": "123456789012"}
        ),
        "image-permission": Node(
            "aws:ec2/amiLaunchPermission:AmiLaunchPermission", {"accountId": "123456789012", "imageId": "ami-1"}
        ),
        "disk-copy": Node("aws:ebs/snapshotCopy:SnapshotCopy", {"encrypted": True, "kmsKeyId": Ref("key")}),
        "image-copy": Node("aws:ec2/amiCopy:AmiCopy", {"encrypted": True, "kmsKeyId": Ref("key")}),
        "image-guard": Node("aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess", {"state": "block-new-sharing"}),
        "snapshot-guard": Node(
            "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess", {"state": "block-all-sharing"}
        ),
        "metadata-guard": Node("aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults", {"httpTokens": "required"}),
        "console-guard": Node("aws:ec2/serialConsoleAccess:SerialConsoleAccess", {"enabled": False}),
        "clusters-guard": Node(
            "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration",
            {"blockPublicSecurityGroupRules": True},
        ),
        "documents-guard": Node(
            "aws:ssm/serviceSetting:ServiceSetting",
            {"settingId": "/ssm/documents/console/public-sharing-permission", "settingValue": "Disable"},
        ),
        "encryption-by-default": Node("aws:ebs/encryptionByDefault:EncryptionByDefault", {"enabled": True}),
        "proxy": Node(
            "aws:rds/proxy:Proxy",
            {"requireTls": True, "debugLogging": False, "auths": [{"iamAuth": "REQUIRED"}], "vpcSubnetIds": []},
        ),
        "snapshot": Node("aws:rds/snapshot:Snapshot", {"sharedAccounts": ["123456789012"]}),
        "snapshot-copy": Node("aws:rds/snapshotCopy:SnapshotCopy", {"kmsKeyId": Ref("key"), "sharedAccounts": []}),
        "global-cluster": Node("aws:rds/globalCluster:GlobalCluster", {"storageEncrypted": True}),
        "search": Node(
            "aws:opensearch/domain:Domain",
            {
                "encryptAtRest": {"enabled": True, "kmsKeyId": Ref("key")},
                "nodeToNodeEncryption": {"enabled": True},
                "domainEndpointOptions": {
                    "enforceHttps": True,
                    "tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10",
                },
                "vpcOptions": {"subnetIds": [Ref("private")], "securityGroupIds": [Ref("task-group")]},
                "accessPolicies": _policy("es:ESHttpGet"),
                "advancedSecurityOptions": {"enabled": True, "internalUserDatabaseEnabled": False},
                "logPublishingOptions": [
                    {"logType": kind, "cloudwatchLogGroupArn": Ref("log-group")}
                    for kind in ("AUDIT_LOGS", "ES_APPLICATION_LOGS", "INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS")
                ],
                "clusterConfig": {"instanceCount": 3, "zoneAwarenessEnabled": True, "dedicatedMasterEnabled": True},
            },
        ),
    }


def identities() -> Stack:
    return {
        "user-pool": Node(
            "aws:cognito/userPool:UserPool",
            {
                "passwordPolicy": {
                    "minimumLength": 14,
                    "requireLowercase": True,
                    "requireUppercase": True,
                    "requireNumbers": True,
                    "requireSymbols": True,
                    "temporaryPasswordValidityDays": 7,
                },
                "mfaConfiguration": "ON",
                "userPoolAddOns": {"advancedSecurityMode": "ENFORCED"},
                "deletionProtection": "ACTIVE",
            },
        ),
        "user-pool-client": Node(
            "aws:cognito/userPoolClient:UserPoolClient",
            {"preventUserExistenceErrors": "ENABLED", "enableTokenRevocation": True},
        ),
        "identity-pool": Node("aws:cognito/identityPool:IdentityPool", {"allowUnauthenticatedIdentities": False}),
        "password-policy": Node(
            "aws:iam/accountPasswordPolicy:AccountPasswordPolicy",
            {
                "minimumPasswordLength": 14,
                "passwordReusePrevention": 24,
                "maxPasswordAge": 90,
                "requireLowercaseCharacters": True,
                "requireUppercaseCharacters": True,
                "requireNumbers": True,
                "requireSymbols": True,
            },
        ),
        "budget": Node(
            "aws:budgets/budget:Budget",
            {
                "timeUnit": "MONTHLY",
                "limitAmount": "400",
                "notifications": [{"subscriberEmailAddresses": ["team@example.com"]}],
            },
        ),
    }


def neighbours() -> Stack:
    """Return all of these resources."""
    return {"provider": PROVIDER, **serverless(), **instances(), **links(), **stores(), **identities()}
