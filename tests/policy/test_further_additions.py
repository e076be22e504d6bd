"""More of what a team adds beside the components, made well, for the rules that narrow and share."""

from typing import Any

import pytest

from tests.policy.compliant import bucket
from tests.policy.nodes import Node, Ref, Stack
from tests.policy.test_sound_additions import KEY, NETWORK, allow, already, policy, refused, task, trust
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
            {"rule": Ref("event-rule"), "arn": Ref("cluster"), "ecsTarget": {"networkConfiguration": NETWORK}},
        ),
    }


def provider_of_another_region() -> Stack:
    return {
        "west": Node("pulumi:providers:aws", {"region": "us-west-2", "allowedAccountIds": f'["{OWN_ACCOUNT}"]'}),
    }


ADDITIONS = (
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
