"""ManagedData on mocks: its arguments, and the recording of its resources with the outputs that AWS would give."""

from dataclasses import replace
from typing import Any

from spot_planning.data.settings import CacheSettings, DatabaseSettings
from spot_platform.data.managed_data import ManagedData, ManagedDataArgs
from tests.recording import Recorded, Recording, record

INSTANCE = "aws:rds/instance:Instance"
GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/k"
MANAGED_SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-1a2b-3c4d5e"
STACK_SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:main-1a2b3c"
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:alerts"
SUBNETS = ["subnet-a", "subnet-b"]
OUTPUTS = {
    INSTANCE: {
        "address": "main.c9x.us-east-1.rds.amazonaws.com",
        "arn": "arn:aws:rds:us-east-1:123456789012:db:main-database",
        "resourceId": "db-ABC123",
        "masterUserSecrets": [{"secretArn": MANAGED_SECRET_ARN}],
    },
    GROUP: {
        "primaryEndpointAddress": "main.abc123.ng.0001.use1.cache.amazonaws.com",
        "replicationGroupId": "main-cache-1a2b3c4",
    },
    VERSION: {"secretId": STACK_SECRET_ARN},
    "aws:rds/subnetGroup:SubnetGroup": {
        "arn": "arn:aws:rds:us-east-1:123456789012:subgrp:main-database-1a2b3c4",
        "name": "main-database-1a2b3c4",
    },
    "aws:elasticache/subnetGroup:SubnetGroup": {"name": "main-cache-5d6e7f8"},
}
ARGS = ManagedDataArgs(vpc_id="vpc-0a1b", subnet_ids=SUBNETS, kms_key_arn=KEY_ARN)


def build(args: ManagedDataArgs = ARGS, **options: Any) -> Recording:
    def program() -> dict[str, object]:
        data = ManagedData("main", args, **options)
        outputs = {key: getattr(data, key) for key in ManagedData.__annotations__}
        return {
            **outputs,
            "environment": data.environment,
            "secrets": data.secrets,
            "migration_secrets": data.migration_secrets,
            "task_policy_statements": data.task_policy_statements,
        }

    return record(program, outputs=OUTPUTS)


def with_database(**changes: Any) -> ManagedDataArgs:
    changes = {"stack_owned_password": changes.get("replica", False), **changes}
    return replace(ARGS, database=DatabaseSettings(**changes))


def with_cache(**changes: Any) -> ManagedDataArgs:
    return replace(ARGS, cache=CacheSettings(**changes))


def database(recording: Recording) -> Recorded:
    return recording.one(INSTANCE, "main-database")
