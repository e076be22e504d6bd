"""Compliant resources that a team adds beside the components: prod's rules report nothing about them."""

from functools import cache
from typing import Any

import pytest

from policy.rule import Outcome
from policy.rules import BY_ID
from tests.policy.compliant import bucket, stack
from tests.policy.nodes import Json, Node, Ref, Stack, judge, resolved, view
from tests.policy.test_mutations import PROD_RULES

OWN = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
KEY = Ref("key")
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/worker@sha256:" + "1" * 64
WORKER: dict[str, Any] = {
    "name": "worker",
    "image": IMAGE,
    "user": "1001",
    "readonlyRootFilesystem": True,
    "logConfiguration": {"logDriver": "awslogs"},
    "environment": [{"name": "LOG_LEVEL", "value": "info"}],
}
NETWORK = {"subnets": [Ref("private"), Ref("isolated")], "securityGroups": [Ref("task-group")]}


def trust(service: str) -> Json:
    return Json(
        {
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}, "Condition": OWN}
            ]
        }
    )


def policy(*statements: dict[str, Any]) -> Json:
    return Json({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: Any, resources: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def task(*containers: dict[str, Any]) -> Node:
    return Node(
        "aws:ecs/taskDefinition:TaskDefinition",
        {
            "family": "worker",
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "512",
            "runtimePlatform": {"operatingSystemFamily": "LINUX"},
            "taskRoleArn": Ref("task-role"),
            "executionRoleArn": Ref("execution-role"),
            "containerDefinitions": Json(list(containers)),
        },
    )


def service(**more: Any) -> Node:
    return Node(
        "aws:ecs/service:Service",
        {
            "cluster": Ref("cluster"),
            "taskDefinition": Ref("worker-task"),
            "networkConfiguration": NETWORK,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            **more,
        },
        ignore_changes=("desiredCount",),
    )


def database(engine: str, **more: Any) -> Node:
    return Node(
        "aws:rds/instance:Instance",
        {
            "engine": engine,
            "storageEncrypted": True,
            "kmsKeyId": KEY,
            "performanceInsightsEnabled": True,
            "performanceInsightsKmsKeyId": KEY,
            "multiAz": True,
            "monitoringInterval": 60,
            "deletionProtection": True,
            "deleteAutomatedBackups": False,
            "iamDatabaseAuthenticationEnabled": True,
            "backupRetentionPeriod": 14,
            "copyTagsToSnapshot": True,
            "manageMasterUserPassword": True,
            "dbSubnetGroupName": Ref("database-subnets"),
            "vpcSecurityGroupIds": [Ref("inline-group")],
            **more,
        },
    )


def redirect_listener() -> Stack:
    redirect = {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}
    return {
        "redirect": Node(
            "aws:lb/listener:Listener",
            {"loadBalancerArn": Ref("balancer"), "port": 80, "protocol": "HTTP", "defaultActions": [redirect]},
        )
    }


def bucket_of_load_balancer_logs() -> Stack:
    return {
        **bucket("lb-logs", log_bucket=None),
        "other-balancer": Node(
            "aws:lb/loadBalancer:LoadBalancer",
            {
                "internal": True,
                "loadBalancerType": "application",
                "subnets": [Ref("private"), Ref("isolated")],
                "enableDeletionProtection": True,
                "dropInvalidHeaderFields": True,
                "accessLogs": {"enabled": True, "bucket": Ref("lb-logs")},
            },
        ),
        "other-listener": Node(
            "aws:lb/listener:Listener",
            {
                "loadBalancerArn": Ref("other-balancer"),
                "protocol": "HTTPS",
                "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
            },
        ),
    }


def mysql() -> Stack:
    parameters = [{"name": "require_secure_transport", "value": "1"}, {"name": "slow_query_log", "value": "1"}]
    return {
        "mysql-parameters": Node(
            "aws:rds/parameterGroup:ParameterGroup", {"family": "mysql8.4", "parameters": parameters}
        ),
        "mysql": database(
            "mysql",
            engineVersion="8.4.3",
            username="owner",
            port=3307,
            enabledCloudwatchLogsExports=["error", "slowquery"],
            parameterGroupName=Ref("mysql-parameters"),
        ),
        "mysql-backup": Node("aws:backup/selection:Selection", {"resources": [Ref("mysql")]}),
    }


def replica() -> Stack:
    return {
        "replica": Node(
            "aws:rds/instance:Instance",
            {
                "replicateSourceDb": Ref("database"),
                "performanceInsightsEnabled": True,
                "performanceInsightsKmsKeyId": KEY,
                "monitoringInterval": 60,
                "deletionProtection": True,
                "iamDatabaseAuthenticationEnabled": True,
                "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
                "copyTagsToSnapshot": True,
                "skipFinalSnapshot": True,
                "vpcSecurityGroupIds": [Ref("inline-group")],
            },
        )
    }


def worker_that_scales_to_zero() -> Stack:
    return {
        "worker-task": task({**WORKER, "stopTimeout": 110}),
        "worker": service(
            desiredCount=0, capacityProviderStrategies=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
        ),
        "worker-scaling": Node(
            "aws:appautoscaling/target:Target", {"resourceId": Ref("worker"), "minCapacity": 0, "maxCapacity": 5}
        ),
    }


def service_on_demand_only() -> Stack:
    return {"worker-task": task(WORKER), "worker": service(desiredCount=1, launchType="FARGATE")}


def one_off_task() -> Stack:
    return {"migration": task(WORKER)}


def task_with_sidecars() -> Stack:
    sidecar = {**WORKER, "name": "collector", "essential": False}
    return {
        "worker-task": task({**WORKER, "stopTimeout": 110}, sidecar),
        "worker": service(
            desiredCount=2,
            capacityProviderStrategies=[
                {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
                {"capacityProvider": "FARGATE_SPOT", "weight": 1},
            ],
        ),
    }


def cdn_of_public_files() -> Stack:
    return {
        **bucket("files-bucket", log_bucket="logs"),
        "files-cdn": Node(
            "aws:cloudfront/distribution:Distribution",
            {
                "enabled": True,
                "defaultRootObject": "index.html",
                "webAclId": Ref("web-acl"),
                "loggingConfig": {"bucket": Ref("logs")},
                "defaultCacheBehavior": {"viewerProtocolPolicy": "redirect-to-https"},
                "origins": [{"originId": "f", "domainName": Ref("files-bucket"), "originAccessControlId": Ref("oac")}],
                "originGroups": [{"originId": "failover"}],
                "viewerCertificate": {
                    "acmCertificateArn": Ref("certificate"),
                    "minimumProtocolVersion": "TLSv1.2_2021",
                    "sslSupportMethod": "sni-only",
                },
            },
        ),
        "files-headers": Node(
            "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
            {
                "securityHeadersConfig": {
                    "contentTypeOptions": {"override": True},
                    "strictTransportSecurity": {
                        "accessControlMaxAgeSec": 31536000,
                        "includeSubdomains": True,
                        "override": True,
                    },
                }
            },
        ),
    }


def queue_with_dead_letters() -> Stack:
    plain = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {
        "dead": Node("aws:sqs/queue:Queue", {"kmsMasterKeyId": KEY}),
        "jobs": Node(
            "aws:sqs/queue:Queue",
            {"kmsMasterKeyId": KEY, "redrivePolicy": Json({"deadLetterTargetArn": Ref("dead"), "maxReceiveCount": 5})},
        ),
        **{
            f"{name}-policy": Node("aws:sqs/queuePolicy:QueuePolicy", {"queueUrl": Ref(name), "policy": policy(plain)})
            for name in ("dead", "jobs")
        },
    }


def function_called_by_a_bucket() -> Stack:
    return {
        "thumbs-role": Node("aws:iam/role:Role", {"assumeRolePolicy": trust("lambda.amazonaws.com")}),
        "thumbs": Node(
            "aws:lambda/function:Function",
            {"runtime": "python3.13", "role": Ref("thumbs-role"), "tracingConfig": {"mode": "Active"}},
        ),
        "thumbs-permission": Node(
            "aws:lambda/permission:Permission",
            {
                "function": Ref("thumbs"),
                "principal": "s3.amazonaws.com",
                "sourceArn": Ref("data"),
                "sourceAccount": "123456789012",
            },
        ),
    }


def function_of_an_image() -> Stack:
    return {
        "image-function": Node(
            "aws:lambda/function:Function",
            {"packageType": "Image", "imageUri": IMAGE, "tracingConfig": {"mode": "Active"}},
        )
    }


def table_on_demand() -> Stack:
    return {
        "carts": Node(
            "aws:dynamodb/table:Table",
            {
                "billingMode": "PAY_PER_REQUEST",
                "pointInTimeRecovery": {"enabled": True},
                "serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY},
                "deletionProtectionEnabled": True,
            },
        ),
        "carts-backup": Node("aws:backup/selection:Selection", {"resources": [Ref("carts")]}),
    }


def nightly_task() -> Stack:
    return {
        "report": task(WORKER),
        "nightly": Node(
            "aws:scheduler/schedule:Schedule",
            {
                "kmsKeyArn": KEY,
                "scheduleExpression": "cron(0 3 * * ? *)",
                "target": {
                    "arn": Ref("cluster"),
                    "deadLetterConfig": {"arn": Ref("queue")},
                    "ecsParameters": {"taskDefinitionArn": Ref("report"), "networkConfiguration": NETWORK},
                },
            },
        ),
    }


def http_api_with_tokens() -> Stack:
    return {
        "partners": Node("aws:apigatewayv2/api:Api", {"protocolType": "HTTP"}),
        "partners-route": Node(
            "aws:apigatewayv2/route:Route",
            {"apiId": Ref("partners"), "routeKey": "GET /orders", "authorizationType": "JWT"},
        ),
        "partners-preflight": Node(
            "aws:apigatewayv2/route:Route", {"apiId": Ref("partners"), "routeKey": "OPTIONS /orders"}
        ),
        "partners-stage": Node(
            "aws:apigatewayv2/stage:Stage",
            {
                "apiId": Ref("partners"),
                "accessLogSettings": {"destinationArn": Ref("log-group"), "format": "{}"},
                "defaultRouteSettings": {"throttlingRateLimit": 10, "throttlingBurstLimit": 20},
            },
        ),
    }


def role_of_a_pipeline() -> Stack:
    issuer = "token.actions.githubusercontent.com"
    return {
        "pipeline": Node(
            "aws:iam/role:Role",
            {
                "assumeRolePolicy": policy(
                    {
                        "Effect": "Allow",
                        "Action": "sts:AssumeRoleWithWebIdentity",
                        "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{issuer}"},
                        "Condition": {
                            "StringEquals": {
                                f"{issuer}:aud": "sts.amazonaws.com",
                                f"{issuer}:sub": "repo:team/app:ref:refs/heads/main",
                            }
                        },
                    }
                )
            },
        ),
        "pipeline-policy": Node(
            "aws:iam/rolePolicy:RolePolicy",
            {
                "role": Ref("pipeline"),
                "policy": policy(
                    allow("ecr:GetAuthorizationToken", "*"),
                    allow(["ecr:PutImage", "ecr:UploadLayerPart"], Ref("repository")),
                    allow("ecs:UpdateService", Ref("service")),
                    allow(["xray:PutTraceSegments", "cloudwatch:PutMetricData"], "*"),
                ),
            },
        ),
    }


def file_system() -> Stack:
    return {
        "uploads": Node("aws:efs/fileSystem:FileSystem", {"encrypted": True, "kmsKeyId": KEY}),
        "uploads-backup": Node(
            "aws:efs/backupPolicy:BackupPolicy",
            {"fileSystemId": Ref("uploads"), "backupPolicy": {"status": "ENABLED"}},
        ),
    }


def rotated_secret() -> Stack:
    return {
        "partner-secret": Node("aws:secretsmanager/secret:Secret", {"kmsKeyId": KEY}),
        "partner-rotation": Node(
            "aws:secretsmanager/secretRotation:SecretRotation",
            {"secretId": Ref("partner-secret"), "rotationRules": {"automaticallyAfterDays": 30}},
        ),
    }


def plain_parameters() -> Stack:
    return {
        "feature": Node("aws:ssm/parameter:Parameter", {"name": "/app/feature", "type": "String", "value": "on"}),
        "secret-arn": Node(
            "aws:ssm/parameter:Parameter",
            {
                "name": "/app/secret-arn",
                "type": "String",
                "value": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x",
            },
        ),
    }


def peered_network() -> Stack:
    return {
        "to-warehouse": Node(
            "aws:ec2/route:Route",
            {
                "routeTableId": Ref("private-table"),
                "destinationCidrBlock": "10.20.0.0/16",
                "vpcPeeringConnectionId": "pcx-1",
            },
        )
    }


def topic_of_a_team() -> Stack:
    plain = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {
        "orders": Node("aws:sns/topic:Topic", {"kmsMasterKeyId": KEY}),
        "orders-policy": Node("aws:sns/topicPolicy:TopicPolicy", {"arn": Ref("orders"), "policy": policy(plain)}),
        "orders-queue": Node(
            "aws:sns/topicSubscription:TopicSubscription", {"topic": Ref("orders"), "protocol": "sqs"}
        ),
    }


def interface_endpoint() -> Stack:
    return {
        "bedrock": Node(
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            {
                "vpcId": Ref("vpc"),
                "serviceName": "com.amazonaws.us-east-1.bedrock-runtime",
                "vpcEndpointType": "Interface",
                "subnetIds": [Ref("private"), Ref("isolated")],
                "securityGroupIds": [Ref("inline-group")],
            },
        )
    }


def key_of_a_team() -> Stack:
    root = allow("kms:*", "*", Principal={"AWS": "arn:aws:iam::123456789012:root"})
    via = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:CallerAccount": "123456789012"}}
    use = allow("kms:Decrypt", "*", Principal={"AWS": "*"}, Condition=via)
    return {"team-key": Node("aws:kms/key:Key", {"enableKeyRotation": True, "policy": policy(root, use)})}


def names() -> Stack:
    return {
        "docs-name": Node("aws:route53/record:Record", {"name": "docs", "type": "CNAME", "records": ["x.example.com"]}),
        "docs-certificate": Node(
            "aws:acm/certificate:Certificate", {"domainName": "docs.example.com", "validationMethod": "DNS"}
        ),
    }


def alarm_of_a_team() -> Stack:
    return {"backlog": Node("aws:cloudwatch/metricAlarm:MetricAlarm", {"alarmActions": [Ref("topic")]})}


def private_client_group() -> Stack:
    return {
        "client": Node("aws:ec2/securityGroup:SecurityGroup", {"vpcId": Ref("vpc"), "description": "batch jobs"}),
        "client-out": Node(
            "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
            {
                "securityGroupId": Ref("client"),
                "ipProtocol": "tcp",
                "fromPort": 443,
                "toPort": 443,
                "cidrIpv4": "0.0.0.0/0",
                "description": "AWS APIs",
            },
        ),
        "batch": Node(
            "aws:lambda/function:Function",
            {
                "runtime": "python3.13",
                "tracingConfig": {"mode": "Active"},
                "vpcConfig": {"subnetIds": [Ref("private"), Ref("isolated")], "securityGroupIds": [Ref("client")]},
            },
        ),
    }


ADDITIONS = (
    redirect_listener,
    bucket_of_load_balancer_logs,
    mysql,
    replica,
    worker_that_scales_to_zero,
    service_on_demand_only,
    one_off_task,
    task_with_sidecars,
    cdn_of_public_files,
    queue_with_dead_letters,
    function_called_by_a_bucket,
    function_of_an_image,
    table_on_demand,
    nightly_task,
    http_api_with_tokens,
    role_of_a_pipeline,
    file_system,
    rotated_secret,
    plain_parameters,
    peered_network,
    topic_of_a_team,
    interface_endpoint,
    key_of_a_team,
    names,
    alarm_of_a_team,
    private_client_group,
)
LEAST_ADDITIONS = 24


SAID = {"allowed-organizations": ["o-example"], "allowed-networks": ["203.0.113.0/24", "vpce-0a1b2c3d"]}
"""Settings of the stack's file: its own organization, and the company's networks."""


def refused(added: Stack, *, preview: bool) -> set[tuple[str, str]]:
    """Return the rule and the resource of each violation of prod's rules."""
    views = [view(node) for node in resolved({**stack(), **added}, preview=preview)]
    return {
        (rule.id, verdict.urn.split("::")[-1])
        for rule, settings in PROD_RULES
        for verdict in judge(rule, views, {**settings, **{name: SAID[name] for name in rule.config if name in SAID}})
        if verdict.outcome is not Outcome.UNDECIDED
    }


@cache
def already(*, preview: bool) -> frozenset[tuple[str, str]]:
    return frozenset(refused({}, preview=preview))


def test_there_are_as_many_as_were_tried() -> None:
    assert len(ADDITIONS) >= LEAST_ADDITIONS
    assert {rule.id for rule, _settings in PROD_RULES} <= set(BY_ID)


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda addition: addition.__name__)
def test_sound_addition_is_not_refused(addition: Any, preview: bool) -> None:
    assert refused(addition(), preview=preview) - already(preview=preview) == set()
