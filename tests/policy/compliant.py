"""A stack that complies with every rule, with at least one resource of every type that rules check."""

from typing import Any

from policy.rules.waf import MANAGED
from tests.policy.compliant_neighbours import neighbours
from tests.policy.compliant_stores import data_stores, watching
from tests.policy.nodes import Json, Node, Ref, Stack

DENY_PLAIN_HTTP: dict[str, Any] = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def _policy(*statements: dict[str, Any]) -> Json:
    return Json({"Version": "2012-10-17", "Statement": list(statements)})


def _allow(actions: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def bucket(name: str, *, log_bucket: str | None) -> Stack:
    stack = {
        name: Node("aws:s3/bucket:Bucket", {}),
        f"{name}-block": Node(
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
            {
                "bucket": Ref(name),
                "blockPublicAcls": True,
                "blockPublicPolicy": True,
                "ignorePublicAcls": True,
                "restrictPublicBuckets": True,
            },
        ),
        f"{name}-encryption": Node(
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            {
                "bucket": Ref(name),
                "rules": [
                    {
                        "applyServerSideEncryptionByDefault": {
                            "sseAlgorithm": "aws:kms" if log_bucket else "AES256",
                            "kmsMasterKeyId": Ref("key"),
                        }
                    }
                ],
            },
        ),
        f"{name}-versioning": Node(
            "aws:s3/bucketVersioning:BucketVersioning",
            {"bucket": Ref(name), "versioningConfiguration": {"status": "Enabled"}},
        ),
        f"{name}-lifecycle": Node(
            "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
            {
                "bucket": Ref(name),
                "rules": [
                    {"id": "old", "status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}
                ],
            },
        ),
        f"{name}-ownership": Node(
            "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
            {"bucket": Ref(name), "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        ),
        f"{name}-policy": Node(
            "aws:s3/bucketPolicy:BucketPolicy",
            {
                "bucket": Ref(name),
                "policy": _policy(
                    {**DENY_PLAIN_HTTP, "Resource": [Ref(name), "arn:aws:s3:::x/*"]},
                    _allow(
                        "s3:GetObject",
                        "arn:aws:s3:::x/*",
                        Principal={"Service": "cloudfront.amazonaws.com"},
                        Condition={"StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::1:distribution/E"}},
                    ),
                ),
            },
        ),
    }
    if log_bucket:
        stack[f"{name}-logging"] = Node(
            "aws:s3/bucketLogging:BucketLogging", {"bucket": Ref(name), "targetBucket": Ref(log_bucket)}
        )
    return stack


def _subnet(name: str, gateway: dict[str, Any] | None, zone: str) -> Stack:
    stack = {
        name: Node(
            "aws:ec2/subnet:Subnet",
            {"vpcId": Ref("vpc"), "mapPublicIpOnLaunch": False, "availabilityZone": f"us-east-1{zone}"},
        ),
        f"{name}-table": Node("aws:ec2/routeTable:RouteTable", {"vpcId": Ref("vpc")}),
        f"{name}-association": Node(
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            {"subnetId": Ref(name), "routeTableId": Ref(f"{name}-table")},
        ),
    }
    if gateway:
        stack[f"{name}-route"] = Node(
            "aws:ec2/route:Route",
            {"routeTableId": Ref(f"{name}-table"), "destinationCidrBlock": "0.0.0.0/0", **gateway},
        )
    return stack


def network() -> Stack:
    return {
        "vpc": Node("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"}),
        "default-group": Node("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", {"vpcId": Ref("vpc")}),
        "flow-log": Node("aws:ec2/flowLog:FlowLog", {"vpcId": Ref("vpc"), "trafficType": "ALL"}),
        "gateway": Node("aws:ec2/internetGateway:InternetGateway", {"vpcId": Ref("vpc")}),
        "address": Node("aws:ec2/eip:Eip", {"domain": "vpc"}),
        "nat": Node("aws:ec2/natGateway:NatGateway", {"subnetId": Ref("public"), "allocationId": Ref("address")}),
        **_subnet("public", {"gatewayId": Ref("gateway")}, "a"),
        **_subnet("private", {"natGatewayId": Ref("nat")}, "a"),
        **_subnet("isolated", None, "b"),
        **_subnet("second", None, "a"),
        **{
            f"{service}-endpoint": Node(
                "aws:ec2/vpcEndpoint:VpcEndpoint",
                {
                    "vpcId": Ref("vpc"),
                    "serviceName": f"com.amazonaws.us-east-1.{service}",
                    "vpcEndpointType": "Interface",
                },
            )
            for service in ("ec2", "ecr.api", "ecr.dkr", "ssm", "ssm-contacts", "ssm-incidents")
        },
        "task-group": Node("aws:ec2/securityGroup:SecurityGroup", {"vpcId": Ref("vpc"), "description": "tasks"}),
        "inline-group": Node(
            "aws:ec2/securityGroup:SecurityGroup",
            {
                "vpcId": Ref("vpc"),
                "description": "database",
                "ingress": [
                    {
                        "protocol": "tcp",
                        "fromPort": 5432,
                        "toPort": 5432,
                        "cidrBlocks": ["10.0.0.0/16"],
                        "description": "the tasks",
                    }
                ],
            },
        ),
        "ingress": Node(
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            {
                "securityGroupId": Ref("task-group"),
                "ipProtocol": "tcp",
                "fromPort": 3333,
                "toPort": 3333,
                "cidrIpv4": "10.0.0.0/16",
                "description": "the load balancer",
            },
        ),
        "old-ingress": Node(
            "aws:ec2/securityGroupRule:SecurityGroupRule",
            {
                "securityGroupId": Ref("task-group"),
                "type": "ingress",
                "protocol": "tcp",
                "fromPort": 443,
                "toPort": 443,
                "cidrBlocks": ["10.0.0.0/16"],
                "description": "the VPC",
            },
        ),
        "acl": Node(
            "aws:ec2/networkAcl:NetworkAcl",
            {
                "vpcId": Ref("vpc"),
                "subnetIds": [Ref("isolated")],
                "ingress": [
                    {"protocol": "tcp", "fromPort": 443, "toPort": 443, "action": "allow", "cidrBlock": "0.0.0.0/0"}
                ],
            },
        ),
        "acl-rule": Node(
            "aws:ec2/networkAclRule:NetworkAclRule",
            {
                "networkAclId": Ref("acl"),
                "protocol": "tcp",
                "fromPort": 22,
                "toPort": 22,
                "ruleAction": "deny",
                "cidrBlock": "0.0.0.0/0",
            },
        ),
        "bpa": Node(
            "aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions",
            {"internetGatewayBlockMode": "block-ingress"},
        ),
    }


def _made_by(component: str, resource_type: str, name: str) -> str:
    return f"urn:pulumi:test::spot-platform::spot-platform:index:{component}${resource_type}::{name}"


CONTAINER: dict[str, Any] = {
    "name": "api",
    "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/api@sha256:" + "0" * 64,
    "user": "1001:1001",
    "readonlyRootFilesystem": True,
    "stopTimeout": 115,
    "environment": [{"name": "PORT", "value": "3333"}],
    "secrets": [{"name": "JWT_SECRET", "valueFrom": "arn"}],
    "logConfiguration": {"logDriver": "awslogs"},
}


def service() -> Stack:
    return {
        "cluster": Node(
            "aws:ecs/cluster:Cluster",
            {
                "settings": [{"name": "containerInsights", "value": "enabled"}],
                "configuration": {"executeCommandConfiguration": {"logging": "OVERRIDE", "kmsKeyId": Ref("key")}},
            },
            urn=_made_by("ServiceCluster", "aws:ecs/cluster:Cluster", "cluster"),
        ),
        "providers": Node(
            "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
            {"clusterName": Ref("cluster"), "capacityProviders": ["FARGATE", "FARGATE_SPOT"]},
        ),
        "task-role": Node("aws:iam/role:Role", {"assumeRolePolicy": _trust("ecs-tasks.amazonaws.com")}),
        "execution-role": Node("aws:iam/role:Role", {"assumeRolePolicy": _trust("ecs-tasks.amazonaws.com")}),
        "task": Node(
            "aws:ecs/taskDefinition:TaskDefinition",
            {
                "family": "api",
                "networkMode": "awsvpc",
                "runtimePlatform": {"operatingSystemFamily": "LINUX"},
                "taskRoleArn": Ref("task-role"),
                "executionRoleArn": Ref("execution-role"),
                "containerDefinitions": Json(
                    [CONTAINER, {**CONTAINER, "name": "sidecar", "secrets": [{"valueFrom": Ref("secret")}]}]
                ),
                "volumes": [{"name": "shared", "efsVolumeConfiguration": {"transitEncryption": "ENABLED"}}],
                "cpu": "512",
                "memory": "1024",
            },
            urn=_made_by("ServiceTask", "aws:ecs/taskDefinition:TaskDefinition", "task"),
        ),
        "service": Node(
            "aws:ecs/service:Service",
            {
                "cluster": Ref("cluster"),
                "desiredCount": 2,
                "enableExecuteCommand": True,
                "capacityProviderStrategies": [
                    {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
                    {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 4},
                ],
                "taskDefinition": Ref("task"),
                "networkConfiguration": {
                    "subnets": [Ref("private"), Ref("isolated")],
                    "securityGroups": [Ref("task-group")],
                },
                "deploymentMinimumHealthyPercent": 100,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                "loadBalancers": [{"targetGroupArn": Ref("target-group"), "containerName": "api"}],
            },
            ignore_changes=("desiredCount",),
            urn=_made_by("FargateSpotService", "aws:ecs/service:Service", "service"),
        ),
        "scaling": Node(
            "aws:appautoscaling/target:Target",
            {"resourceId": Ref("service"), "minCapacity": 2, "maxCapacity": 10},
        ),
        "target-group": Node(
            "aws:lb/targetGroup:TargetGroup",
            {"protocol": "TLS", "deregistrationDelay": 115, "healthCheck": {"protocol": "HTTPS"}},
        ),
        "balancer": Node(
            "aws:lb/loadBalancer:LoadBalancer",
            {
                "loadBalancerType": "application",
                "internal": True,
                "subnets": [Ref("private"), Ref("isolated")],
                "enableDeletionProtection": True,
                "dropInvalidHeaderFields": True,
                "accessLogs": {"enabled": True, "bucket": Ref("logs")},
            },
        ),
        "network-balancer": Node(
            "aws:lb/loadBalancer:LoadBalancer",
            {
                "loadBalancerType": "network",
                "internal": True,
                "subnets": [Ref("private"), Ref("isolated")],
                "enableDeletionProtection": True,
                "enableCrossZoneLoadBalancing": True,
            },
        ),
        "network-listener": Node(
            "aws:lb/listener:Listener",
            {
                "loadBalancerArn": Ref("network-balancer"),
                "protocol": "TLS",
                "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
            },
        ),
        "listener": Node(
            "aws:lb/listener:Listener",
            {
                "loadBalancerArn": Ref("balancer"),
                "protocol": "HTTPS",
                "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
            },
        ),
        "repository": Node(
            "aws:ecr/repository:Repository",
            {
                "imageScanningConfiguration": {"scanOnPush": True},
                "imageTagMutability": "IMMUTABLE",
                "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": Ref("key")}],
            },
        ),
        "repository-lifecycle": Node(
            "aws:ecr/lifecyclePolicy:LifecyclePolicy",
            {"repository": Ref("repository"), "policy": Json({"rules": [{}]})},
        ),
        "repository-policy": Node(
            "aws:ecr/repositoryPolicy:RepositoryPolicy",
            {
                "repository": Ref("repository"),
                "policy": _policy(_allow("ecr:*", None, Principal={"AWS": "123456789012"})),
            },
        ),
    }


def _trust(service_name: str) -> Json:
    return _policy(
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": service_name},
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        }
    )


INTEGRATION: dict[str, Any] = {
    "type": "http_proxy",
    "connectionType": "VPC_LINK",
    "uri": "http://${stageVariables.backendHost}/companies/{id}",
    "requestParameters": {"integration.request.path.id": "method.request.path.id"},
    "timeoutInMillis": 29000,
}
SCHEMES: dict[str, Any] = {
    "api_key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "cognito": {"type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authorizer": {}},
    "bearer": {"type": "http", "scheme": "bearer"},
    "query": {"type": "apiKey", "in": "query", "name": "x-api-key"},
}
PREFLIGHT: dict[str, Any] = {"x-amazon-apigateway-integration": {"type": "mock"}}


def front_doors() -> Stack:
    return {
        "api": Node(
            "aws:apigateway/restApi:RestApi",
            {
                "disableExecuteApiEndpoint": True,
                "body": Json(
                    {
                        "openapi": "3.0.1",
                        "x-amazon-apigateway-request-validator": "all",
                        "x-amazon-apigateway-request-validators": {
                            "all": {"validateRequestBody": True, "validateRequestParameters": True}
                        },
                        "components": {"securitySchemes": SCHEMES},
                        "x-amazon-apigateway-security-policy": "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
                        "paths": {
                            "/companies/{id}": {
                                "parameters": [],
                                "get": {
                                    "security": [{"api_key": []}],
                                    "parameters": [{"name": "page", "in": "query", "required": True}],
                                    "x-amazon-apigateway-integration": INTEGRATION,
                                },
                                "options": PREFLIGHT,
                            }
                        },
                    }
                ),
            },
        ),
        "api-policy": Node(
            "aws:apigateway/restApiPolicy:RestApiPolicy",
            {"restApiId": Ref("api"), "policy": _policy(_allow("execute-api:Invoke", "*", Principal="*"))},
        ),
        "stage": Node(
            "aws:apigateway/stage:Stage",
            {
                "restApi": Ref("api"),
                "variables": {"backendHost": "x"},
                "xrayTracingEnabled": True,
                "clientCertificateId": Ref("client-certificate"),
                "accessLogSettings": {"destinationArn": Ref("log-group"), "format": "{}"},
            },
        ),
        "client-certificate": Node("aws:apigateway/clientCertificate:ClientCertificate", {}),
        "method-settings": Node(
            "aws:apigateway/methodSettings:MethodSettings",
            {
                "stageName": Ref("stage"),
                "methodPath": "*/*",
                "settings": {
                    "loggingLevel": "ERROR",
                    "dataTraceEnabled": False,
                    "throttlingRateLimit": 100,
                    "throttlingBurstLimit": 200,
                    "cachingEnabled": False,
                },
            },
        ),
        "domain": Node(
            "aws:apigateway/domainName:DomainName", {"securityPolicy": "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"}
        ),
        "mapping": Node(
            "aws:apigateway/basePathMapping:BasePathMapping", {"restApi": Ref("api"), "domainName": Ref("domain")}
        ),
        "acl-association": Node(
            "aws:wafv2/webAclAssociation:WebAclAssociation", {"resourceArn": Ref("stage"), "webAclArn": Ref("web-acl")}
        ),
        "web-acl": Node(
            "aws:wafv2/webAcl:WebAcl",
            {
                "visibilityConfig": {"cloudwatchMetricsEnabled": True},
                "rules": [
                    {"name": "core", "overrideAction": {"none": {}}, "visibilityConfig": _VISIBLE},
                    {
                        "name": "rate",
                        "action": {"block": {}},
                        "visibilityConfig": _VISIBLE,
                        "statement": {"rateBasedStatement": {"limit": 2000}},
                    },
                    *(
                        {
                            "name": name,
                            "overrideAction": {"none": {}},
                            "visibilityConfig": _VISIBLE,
                            "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": name}},
                        }
                        for name in MANAGED
                    ),
                ],
            },
        ),
        "acl-logging": Node(
            "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
            {
                "resourceArn": Ref("web-acl"),
                "redactedFields": [
                    {"singleHeader": {"name": name}} for name in ("Authorization", "cookie", "x-api-key")
                ],
            },
        ),
        "headers": Node(
            "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
            {
                "securityHeadersConfig": {
                    "strictTransportSecurity": {
                        "accessControlMaxAgeSec": 63072000,
                        "includeSubdomains": True,
                        "override": True,
                    },
                    "contentSecurityPolicy": {"override": True, "contentSecurityPolicy": "default-src 'self'"},
                    "contentTypeOptions": {"override": True},
                    "frameOptions": {"override": True},
                    "referrerPolicy": {"override": True},
                },
                "corsConfig": {"accessControlAllowOrigins": {"items": ["https://example.com"]}},
            },
            urn=_made_by("SpaFrontend", "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", "headers"),
        ),
        "distribution": Node(
            "aws:cloudfront/distribution:Distribution",
            {
                "enabled": True,
                "defaultRootObject": "index.html",
                "webAclId": Ref("web-acl"),
                "defaultCacheBehavior": {
                    "viewerProtocolPolicy": "redirect-to-https",
                    "responseHeadersPolicyId": Ref("headers"),
                },
                "orderedCacheBehaviors": [
                    {"viewerProtocolPolicy": "https-only", "responseHeadersPolicyId": Ref("headers")}
                ],
                "origins": [
                    {"originId": "site", "domainName": Ref("data"), "originAccessControlId": Ref("oac")},
                    {
                        "originId": "api",
                        "domainName": "api.example.com",
                        "customOriginConfig": {
                            "originProtocolPolicy": "https-only",
                            "originSslProtocols": ["TLSv1.2"],
                        },
                    },
                ],
                "originGroups": [{"originId": "failover"}],
                "restrictions": {"geoRestriction": {"restrictionType": "whitelist", "locations": ["DE"]}},
                "viewerCertificate": {
                    "acmCertificateArn": Ref("certificate"),
                    "minimumProtocolVersion": "TLSv1.2_2021",
                    "sslSupportMethod": "sni-only",
                },
            },
            urn=_made_by("SpaFrontend", "aws:cloudfront/distribution:Distribution", "distribution"),
        ),
        "oac": Node("aws:cloudfront/originAccessControl:OriginAccessControl", {"signingBehavior": "always"}),
        "usage-plan": Node(
            "aws:apigateway/usagePlan:UsagePlan",
            {"quotaSettings": {"limit": 100000}, "throttleSettings": {"rateLimit": 100}},
        ),
        "delivery": Node("aws:cloudwatch/logDeliverySource:LogDeliverySource", {"resourceArn": Ref("distribution")}),
        "log-delivery": Node("aws:cloudwatch/logDelivery:LogDelivery", {"deliverySourceName": Ref("delivery")}),
        "certificate": Node(
            "aws:acm/certificate:Certificate", {"keyAlgorithm": "EC_prime256v1", "domainName": "example.com"}
        ),
        "zone": Node("aws:route53/zone:Zone", {"name": "example.com"}),
        "query-log": Node("aws:route53/queryLog:QueryLog", {"zoneId": Ref("zone")}),
    }


_VISIBLE = {"cloudwatchMetricsEnabled": True}


def data() -> Stack:
    return {
        "database": Node(
            "aws:rds/instance:Instance",
            {
                "engine": "postgres",
                "engineVersion": "16",
                "deleteAutomatedBackups": False,
                "storageEncrypted": True,
                "kmsKeyId": Ref("key"),
                "performanceInsightsEnabled": True,
                "performanceInsightsKmsKeyId": Ref("key"),
                "publiclyAccessible": False,
                "multiAz": True,
                "monitoringInterval": 60,
                "deletionProtection": True,
                "skipFinalSnapshot": False,
                "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
                "iamDatabaseAuthenticationEnabled": True,
                "backupRetentionPeriod": 7,
                "autoMinorVersionUpgrade": True,
                "copyTagsToSnapshot": True,
                "port": 5433,
                "username": "app_admin",
                "dbSubnetGroupName": Ref("database-subnets"),
                "caCertIdentifier": "rds-ca-rsa2048-g1",
                "vpcSecurityGroupIds": [Ref("inline-group")],
                "parameterGroupName": Ref("parameters"),
            },
        ),
        "aurora": Node(
            "aws:rds/cluster:Cluster",
            {
                "engine": "aurora-postgresql",
                "engineVersion": "16.4",
                "masterUsername": "app_admin",
                "enabledCloudwatchLogsExports": ["postgresql"],
                "storageEncrypted": True,
                "kmsKeyId": Ref("key"),
                "deletionProtection": True,
                "skipFinalSnapshot": False,
                "iamDatabaseAuthenticationEnabled": True,
                "backupRetentionPeriod": 14,
                "copyTagsToSnapshot": True,
                "port": 5433,
                "dbSubnetGroupName": Ref("database-subnets"),
            },
        ),
        "aurora-mysql": Node(
            "aws:rds/cluster:Cluster",
            {
                "engine": "aurora-mysql",
                "engineVersion": "8.0.mysql_aurora.3.08.0",
                "masterUsername": "app_admin",
                "dbClusterInstanceClass": "db.r6gd.large",
                "enabledCloudwatchLogsExports": ["audit", "error", "general", "slowquery"],
                "backtrackWindow": 86400,
                "storageEncrypted": True,
                "kmsKeyId": Ref("key"),
                "deletionProtection": True,
                "skipFinalSnapshot": False,
                "iamDatabaseAuthenticationEnabled": True,
                "backupRetentionPeriod": 14,
                "copyTagsToSnapshot": True,
                "port": 3307,
                "dbSubnetGroupName": Ref("database-subnets"),
            },
        ),
        "aurora-second": Node(
            "aws:rds/clusterInstance:ClusterInstance",
            {
                "clusterIdentifier": Ref("aurora"),
                "monitoringInterval": 60,
                "performanceInsightsEnabled": True,
                "performanceInsightsKmsKeyId": Ref("key"),
            },
        ),
        "aurora-instance": Node(
            "aws:rds/clusterInstance:ClusterInstance",
            {
                "clusterIdentifier": Ref("aurora"),
                "publiclyAccessible": False,
                "monitoringInterval": 60,
                "performanceInsightsEnabled": True,
                "performanceInsightsKmsKeyId": Ref("key"),
                "autoMinorVersionUpgrade": True,
            },
        ),
        "database-subnets": Node("aws:rds/subnetGroup:SubnetGroup", {"subnetIds": [Ref("isolated"), Ref("second")]}),
        "parameters": Node(
            "aws:rds/parameterGroup:ParameterGroup",
            {
                "family": "postgres16",
                "parameters": [
                    {"name": "rds.force_ssl", "value": "1"},
                    {"name": "log_min_duration_statement", "value": "1000"},
                ],
            },
        ),
        **{
            f"events-{source}": Node(
                "aws:rds/eventSubscription:EventSubscription", {"sourceType": source, "eventCategories": categories}
            )
            for source, categories in {
                "db-instance": ["maintenance", "configuration change", "failure"],
                "db-parameter-group": ["configuration change"],
                "db-security-group": ["configuration change", "failure"],
                "db-cluster": ["maintenance", "failure"],
            }.items()
        },
        "cache": Node(
            "aws:elasticache/replicationGroup:ReplicationGroup",
            {
                "engine": "valkey",
                "kmsKeyId": Ref("key"),
                "atRestEncryptionEnabled": True,
                "transitEncryptionEnabled": True,
                "authToken": "unguessable-token",
                "port": 6380,
                "subnetGroupName": Ref("cache-subnets"),
                "snapshotRetentionLimit": 7,
                "autoMinorVersionUpgrade": True,
                "automaticFailoverEnabled": True,
                "multiAzEnabled": True,
            },
        ),
        "cache-subnets": Node(
            "aws:elasticache/subnetGroup:SubnetGroup", {"subnetIds": [Ref("isolated"), Ref("second")]}
        ),
        "cache-member": Node("aws:elasticache/cluster:Cluster", {"replicationGroupId": Ref("cache")}),
        "backup-vault": Node("aws:backup/vault:Vault", {"kmsKeyArn": Ref("key")}),
        "backup-vault-policy": Node(
            "aws:backup/vaultPolicy:VaultPolicy",
            {"policy": _policy({"Effect": "Deny", "Action": "backup:Delete*", "Principal": "*", "Resource": "*"})},
        ),
        "backup-plan": Node(
            "aws:backup/plan:Plan",
            {
                "rules": [
                    {
                        "schedule": "cron(0 5 * * ? *)",
                        "targetVaultName": "first",
                        "lifecycle": {"deleteAfter": 35},
                        "copyActions": [
                            {
                                "lifecycle": {"deleteAfter": 35},
                                "destinationVaultArn": "arn:aws:backup:us-west-2:123456789012:backup-vault:second",
                            }
                        ],
                    }
                ]
            },
        ),
        "data-cors": Node(
            "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
            {"bucket": Ref("data"), "corsRules": [{"allowedOrigins": ["https://example.com"]}]},
        ),
        "backup-selection": Node(
            "aws:backup/selection:Selection",
            {"resources": [Ref("database"), Ref("table"), Ref("volume"), Ref("uploads")]},
        ),
        "cluster-selection": Node(
            "aws:backup/selection:Selection", {"resources": [Ref("aurora"), Ref("aurora-mysql")]}
        ),
        **bucket("logs", log_bucket=None),
        **bucket("data", log_bucket="logs"),
        **bucket("uploads", log_bucket="logs"),
        "account-block": Node(
            "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
            {
                "blockPublicAcls": True,
                "blockPublicPolicy": True,
                "ignorePublicAcls": True,
                "restrictPublicBuckets": True,
            },
        ),
    }


_OWN = {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def guards() -> Stack:
    root = _allow("kms:*", "*", Principal={"AWS": "arn:aws:iam::123456789012:root"})
    plain_sns = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    plain_sqs = {**plain_sns, "Action": "sqs:*"}
    return {
        "key": Node("aws:kms/key:Key", {"isEnabled": True, "enableKeyRotation": True, "policy": _policy(root)}),
        "topic": Node("aws:sns/topic:Topic", {"kmsMasterKeyId": Ref("key")}),
        "topic-policy": Node(
            "aws:sns/topicPolicy:TopicPolicy",
            {
                "arn": Ref("topic"),
                "policy": _policy(
                    plain_sns,
                    _allow("sns:Publish", "*", Principal={"Service": "cloudwatch.amazonaws.com"}, Condition=_OWN),
                ),
            },
        ),
        "subscription": Node(
            "aws:sns/topicSubscription:TopicSubscription", {"topic": Ref("topic"), "protocol": "https"}
        ),
        "slack": Node(
            "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
            {"snsTopicArns": ["arn:aws:sns:us-east-1:1:theirs"]},
        ),
        "teams": Node(
            "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration",
            {"snsTopicArns": ["arn:aws:sns:us-east-1:1:theirs"]},
        ),
        "log-policy": Node(
            "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
            {
                "policyDocument": _policy(
                    _allow("logs:PutLogEvents", "*", Principal={"Service": "events"}, Condition=_OWN)
                )
            },
        ),
        "queue": Node(
            "aws:sqs/queue:Queue",
            {
                "sqsManagedSseEnabled": True,
                "redrivePolicy": Json({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:1:dead"}),
            },
        ),
        "queue-policy": Node(
            "aws:sqs/queuePolicy:QueuePolicy", {"queueUrl": Ref("queue"), "policy": _policy(plain_sqs)}
        ),
        "secret": Node("aws:secretsmanager/secret:Secret", {"kmsKeyId": Ref("key")}),
        "secret-policy": Node(
            "aws:secretsmanager/secretPolicy:SecretPolicy",
            {
                "secretArn": Ref("secret"),
                "policy": _policy(_allow("secretsmanager:GetSecretValue", "*", Principal={"AWS": "123456789012"})),
            },
        ),
        "rotation": Node(
            "aws:secretsmanager/secretRotation:SecretRotation",
            {"secretId": Ref("secret"), "rotationRules": {"automaticallyAfterDays": 30}},
        ),
        "policy": Node(
            "aws:iam/policy:Policy",
            {"policy": _policy(_allow(["s3:GetObject", "kms:Decrypt"], ["arn:aws:kms:us-east-1:1:key/abc"]))},
        ),
        "role-policy": Node(
            "aws:iam/rolePolicy:RolePolicy",
            {"role": Ref("task-role"), "policy": _policy(_allow("s3:PutObject", Ref("data")))},
        ),
        "attachment": Node(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": Ref("task-role"), "policyArn": "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"},
        ),
        "log-group": Node("aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 365, "kmsKeyId": Ref("key")}),
        "state-machine": Node(
            "aws:sfn/stateMachine:StateMachine",
            {
                "loggingConfiguration": {"level": "ALL", "logDestination": "arn:aws:logs:us-east-1:1:log-group:a:*"},
                "tracingConfiguration": {"enabled": True},
            },
        ),
        "alarm": Node("aws:cloudwatch/metricAlarm:MetricAlarm", {"alarmActions": [Ref("topic")]}),
        "instance": Node(
            "aws:ec2/instance:Instance",
            {
                "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
                "rootBlockDevice": {"encrypted": True},
                "associatePublicIpAddress": False,
                "monitoring": True,
                "disableApiTermination": True,
                "iamInstanceProfile": "profile",
                "userData": "",
            },
        ),
        "volume": Node("aws:ebs/volume:Volume", {"encrypted": True, "kmsKeyId": Ref("key")}),
    }


def stack() -> Stack:
    """Return the whole stack."""
    return {
        **network(),
        **service(),
        **front_doors(),
        **data(),
        **guards(),
        **neighbours(),
        **data_stores(),
        **watching(),
    }
