"""Further compliant resources that a team adds beside the components, for the rules on wide access and on sharing."""

from typing import Any

import pytest

from tests.policy.compliant import bucket
from tests.policy.nodes import Json, Node, Ref, Stack
from tests.policy.test_sound_additions import IMAGE, KEY, NETWORK, allow, already, policy, refused, task, trust
from tests.policy.test_sound_additions import WORKER as CONTAINER

OWN_ACCOUNT = "123456789012"
OWN_ROLE = f"arn:aws:iam::{OWN_ACCOUNT}:role/restore"


def group_of_instances() -> Stack:
    return {
        "batch-template": Node(
            "aws:ec2/launchTemplate:LaunchTemplate",
            {
                "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
                "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": True}}],
            },
        ),
        "batch-group": Node(
            "aws:autoscaling/group:Group",
            {
                "launchTemplate": {"id": Ref("batch-template")},
                "vpcZoneIdentifiers": [Ref("private"), Ref("isolated")],
                "minSize": 0,
            },
        ),
        "batch-errors": Node(
            "aws:autoscaling/notification:Notification",
            {
                "groupNames": [Ref("batch-group")],
                "topicArn": Ref("topic"),
                "notifications": [f"autoscaling:EC2_INSTANCE_{what}_ERROR" for what in ("LAUNCH", "TERMINATE")],
            },
        ),
    }


def role_with_narrow_policies_of_aws() -> Stack:
    managed = ("service-role/AWSLambdaVPCAccessExecutionRole", "AWSXRayDaemonWriteAccess")
    return {
        "worker-role": Node("aws:iam/role:Role", {"assumeRolePolicy": trust("lambda.amazonaws.com")}),
        **{
            f"worker-{index}": Node(
                "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                {"role": Ref("worker-role"), "policyArn": f"arn:aws:iam::aws:policy/{name}"},
            )
            for index, name in enumerate(managed)
        },
    }


def role_that_reads_its_own() -> Stack:
    own = (
        ("s3:GetObject", "arn:aws:s3:::reports-*/*"),
        ("dynamodb:Query", f"arn:aws:dynamodb:us-east-1:{OWN_ACCOUNT}:table/orders/index/*"),
        ("ssm:GetParametersByPath", f"arn:aws:ssm:us-east-1:{OWN_ACCOUNT}:parameter/reports/*"),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:us-east-1:{OWN_ACCOUNT}:secret:reports/*"),
        ("sqs:ReceiveMessage", f"arn:aws:sqs:us-east-1:{OWN_ACCOUNT}:reports-*"),
        ("logs:PutLogEvents", f"arn:aws:logs:us-east-1:{OWN_ACCOUNT}:log-group:/reports/*"),
    )
    everywhere = ["ec2:DescribeNetworkInterfaces", "cloudwatch:PutMetricData", "s3:ListAllMyBuckets", "kms:ListAliases"]
    statements = [*(allow(action, resource) for action, resource in own), allow(everywhere, "*")]
    return {
        "reports-policy": Node(
            "aws:iam/rolePolicy:RolePolicy", {"role": Ref("task-role"), "policy": policy(*statements)}
        )
    }


def role_of_an_identity_pool() -> Stack:
    issuer = "cognito-identity.amazonaws.com"
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": issuer},
        "Condition": {
            "StringEquals": {f"{issuer}:aud": "us-east-1:6f0d3ba0"},
            "ForAnyValue:StringLike": {f"{issuer}:amr": "authenticated"},
        },
    }
    return {"signed-in": Node("aws:iam/role:Role", {"assumeRolePolicy": policy(statement)})}


def shared_within_the_account() -> Stack:
    return {
        "restore-grant": Node(
            "aws:kms/grant:Grant", {"keyId": KEY, "granteePrincipal": OWN_ROLE, "operations": ["Decrypt"]}
        ),
        "own-peering": Node("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", {"peerOwnerId": OWN_ACCOUNT}),
        "peering-by-default": Node("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", {"vpcId": Ref("vpc")}),
        "own-organization": Node(
            "aws:ram/principalAssociation:PrincipalAssociation",
            {"principal": "arn:aws:organizations::111122223333:organization/o-example"},
        ),
        "own-events": Node(
            "aws:cloudwatch/eventPermission:EventPermission", {"principal": OWN_ACCOUNT, "statementId": "own"}
        ),
    }


def replicated_bucket() -> Stack:
    return {
        **bucket("ledger", log_bucket="logs"),
        "ledger-replication": Node(
            "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
            {"bucket": Ref("ledger"), "role": OWN_ROLE, "rules": [{"status": "Enabled"}]},
        ),
        "ledger-terms": Node("aws:s3/bucketObjectv2:BucketObjectv2", {"bucket": Ref("ledger"), "content": "terms"}),
    }


def instance_for_a_licence() -> Stack:
    return {
        "licence": Node(
            "aws:ec2/instance:Instance",
            {
                "metadataOptions": {"httpTokens": "required"},
                "rootBlockDevice": {"encrypted": True},
                "monitoring": True,
                "disableApiTermination": True,
                "iamInstanceProfile": "session-manager",
            },
        )
    }


def task_with_a_secret_and_a_command() -> Stack:
    command = ["node", "worker.js", "--token-file", "/run/secrets/token", "--concurrency", "4"]
    return {"command-task": task({**CONTAINER, "command": command, "secrets": [{"name": "TOKEN", "valueFrom": "arn"}]})}


def build_that_reads_its_secret() -> Stack:
    variables = [
        {"name": "NPM_TOKEN", "value": "builds:npm-token", "type": "SECRETS_MANAGER"},
        {"name": "NODE_ENV", "value": "production"},
    ]
    return {
        "build": Node("aws:codebuild/project:Project", {"environment": {"environmentVariables": variables}}),
        "nightly-target": Node(
            "aws:cloudwatch/eventTarget:EventTarget",
            {
                "rule": Ref("event-rule"),
                "arn": Ref("cluster"),
                "ecsTarget": {"networkConfiguration": NETWORK},
                "deadLetterConfig": {"arn": f"arn:aws:sqs:us-east-1:{OWN_ACCOUNT}:dead"},
            },
        ),
    }


def provider_of_another_region() -> Stack:
    return {
        "west": Node("pulumi:providers:aws", {"region": "us-west-2", "allowedAccountIds": f'["{OWN_ACCOUNT}"]'}),
    }


def stores_beside() -> Stack:
    """Data stores as a team would write them, without the properties whose default is compliant."""
    kept = {"storageEncrypted": True, "backupRetentionPeriod": 7, "deletionProtection": True}
    return {
        "orders-documents": Node(
            "aws:docdb/cluster:Cluster",
            {**kept, "manageMasterUserPassword": True, "enabledCloudwatchLogsExports": ["audit", "profiler"]},
        ),
        "orders-documents-parameters": Node(
            "aws:docdb/clusterParameterGroup:ClusterParameterGroup",
            {"parameters": [{"name": "audit_logs", "value": "enabled"}]},
        ),
        "orders-warehouse": Node(
            "aws:redshift/cluster:Cluster", {"manageMasterPassword": True, "automatedSnapshotRetentionPeriod": 14}
        ),
        "orders-memory": Node("aws:memorydb/cluster:Cluster", {"aclName": "orders", "snapshotRetentionLimit": 7}),
        "sessions": Node("aws:elasticache/serverlessCache:ServerlessCache", {"engine": "memcached"}),
        "orders-events": Node(
            "aws:msk/cluster:Cluster",
            {
                "clientAuthentication": {"sasl": {"iam": True}},
                "loggingInfo": {"brokerLogs": {"s3": {"enabled": True, "bucket": Ref("logs")}}},
            },
        ),
        "clicks": Node("aws:kinesis/stream:Stream", {"encryptionType": "KMS", "kmsKeyId": "alias/aws/kinesis"}),
        "clicks-delivery": Node(
            "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
            {"kinesisSourceConfiguration": {"kinesisStreamArn": Ref("clicks"), "roleArn": OWN_ROLE}},
        ),
        "partners": Node("aws:transfer/server:Server", {"endpointType": "VPC"}),
        "reports": Node("aws:appsync/graphQLApi:GraphQLApi", {"authenticationType": "OPENID_CONNECT"}),
        "nightly": Node(
            "aws:batch/jobDefinition:JobDefinition",
            {"containerProperties": Json({"image": "x", "secrets": [{"name": "DB_PASSWORD", "valueFrom": "arn"}]})},
        ),
        "own-trail": Node("aws:cloudtrail/trail:Trail", {"enableLogFileValidation": True, "isMultiRegionTrail": True}),
        "own-detector": Node("aws:guardduty/detector:Detector", {}),
    }


def texts_that_only_name_secrets() -> Stack:
    """Texts that contain no secret: names of secrets, settings about passwords, schemas, and tokens of other kinds."""
    login = {"type": "object", "properties": {"password": {"type": "string", "example": "correct horse"}}}
    return {
        "worker-function": Node(
            "aws:lambda/function:Function",
            {
                "runtime": "python3.13",
                "kmsKeyArn": KEY,
                "tracingConfig": {"mode": "Active"},
                "environment": {
                    "variables": {
                        "DB_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:orders-AbCdEf",
                        "DB_PASSWORD": "{{resolve:secretsmanager:prod/orders:SecretString:password}}",
                        "DB_SECRET": "prod/orders",
                        "PASSWORD_MIN_LENGTH": "14",
                        "PASSWORD_RESET_URL": "https://example.com/reset",
                        "TOKEN_TTL": "15m",
                        "SECRET_NAME": "prod/orders",
                        "SIGNING_KEY_ID": "orders-2026",
                        "DATABASE_DSN": "postgres://orders@db.internal:5433/orders?sslmode=verify-full",
                        "BUCKET": "acme-sk-" + "southern-region-production-orders",
                        "IMAGE": IMAGE,
                        "JWT_PUBLIC_KEY": "-----BEGIN " + "PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A",
                    }
                },
            },
        ),
        "worker-files": Node(
            "aws:ssm/document:Document",
            {
                "content": "schemaVersion: '2.2'\nmainSteps:\n- action: aws:runShellScript\n  inputs:\n    runCommand:\n"
                "    - export DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/orders)\n"
            },
        ),
        "login-model": Node("aws:apigateway/model:Model", {"schema": Json(login)}),
    }


ADDITIONS = (
    stores_beside,
    texts_that_only_name_secrets,
    group_of_instances,
    role_with_narrow_policies_of_aws,
    role_that_reads_its_own,
    role_of_an_identity_pool,
    shared_within_the_account,
    replicated_bucket,
    instance_for_a_licence,
    task_with_a_secret_and_a_command,
    build_that_reads_its_secret,
    provider_of_another_region,
)


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda addition: addition.__name__)
def test_sound_addition_is_not_refused(addition: Any, preview: bool) -> None:
    assert refused(addition(), preview=preview) - already(preview=preview) == set()
