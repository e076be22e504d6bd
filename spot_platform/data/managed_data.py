"""The database and the cache, with the security groups that give access to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from spot_planning.data.cache import group_name_problems
from spot_planning.data.database import identifier_problems
from spot_planning.data.database_users import login_resource
from spot_planning.data.rules import CACHE_RULES, DATABASE_RULES
from spot_planning.data.settings import ApplicationLogin, CacheSettings, DatabaseSettings
from spot_planning.declarations import arguments, setting
from spot_planning.names.reserved_prefixes import SECURITY_GROUP_PREFIXES, name_problems
from spot_planning.problems import Problem
from spot_planning.secrets.generated_secret import RECOVERY_WINDOW
from spot_platform.component import Component, Transform, check
from spot_platform.data.cache import (
    CacheReplicationGroup,
    CacheReplicationGroupArgs,
    CacheReplicationGroupTransforms,
)
from spot_platform.data.database import DatabaseInstance, DatabaseInstanceArgs, DatabaseInstanceTransforms
from spot_platform.data.database_users import DatabaseUsers, DatabaseUsersArgs, DatabaseUsersTransforms
from spot_platform.planned import planned


@arguments
class ManagedDataArgs:
    """Arguments of `ManagedData`."""

    vpc_id: pulumi.Input[str]
    """The VPC."""
    subnet_ids: pulumi.Input[list[str]]
    """Isolated subnets of the VPC in at least two zones."""
    database: DatabaseSettings = setting(default_factory=DatabaseSettings)
    """Settings of the PostgreSQL database."""
    cache: CacheSettings = setting(default_factory=CacheSettings)
    """Settings of the Valkey or Redis cache."""
    secret_recovery_window_days: int | None = setting(default=None, allowed=RECOVERY_WINDOW)
    """Days during which destroyed secrets can be restored: 0 (not at all) or 7 to 30. None for 30 if the database is
    protected from deletion, else 0, so that a stack can be destroyed and created again."""
    notification_topic_arn: pulumi.Input[str] | None = None
    """SNS topic for notifications of the database's failures, failovers, maintenance and low storage; None for none."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of all data; a new key replaces database and cache."""


@dataclass(frozen=True, kw_only=True)
class ManagedDataTransforms:
    """Changes to the arguments of `ManagedData`'s resources."""

    security_group: Transform | None = None
    security_group_rule: Transform | None = None
    database: DatabaseInstanceTransforms | None = None
    database_users: DatabaseUsersTransforms | None = None
    cache: CacheReplicationGroupTransforms | None = None


@dataclass(frozen=True, kw_only=True)
class ManagedDataNodes:
    """The resources of `ManagedData`."""

    client_security_group: aws.ec2.SecurityGroup
    database_security_group: aws.ec2.SecurityGroup
    cache_security_group: aws.ec2.SecurityGroup
    database: DatabaseInstance
    database_users: DatabaseUsers
    cache: CacheReplicationGroup


class ManagedData(Component):
    """spot-platform:index:ManagedData: PostgreSQL and a cache in isolated subnets, with one security group for clients.

    Makes: a `DatabaseInstance`, the application's `DatabaseUsers`, a `CacheReplicationGroup`, and three security
    groups: for clients, the database and the cache. Only resources with the client security group reach database and
        cache, on their ports. Database and cache cannot open connections.

    In addition to the outputs, there are attributes for the service that uses the data. Their keys are known before any
    resource exists: `environment` (environment variables that are not secret), `secrets` (environment variable -> the
    ``valueFrom`` of Amazon ECS), `task_policy_statements` (statements for its task role), and `migration_secrets`, only
    for the migration task, which logs in as the master user.

    Costs: the costs of its parts; with the defaults 62 USD a month, of which the standby of the database is half.

    Risks: the risks of its parts. Everything with the client security group can reach the data, so give it only to the
    clients.
    """

    client_security_group_id: pulumi.Output[str]
    """The client security group, which can reach database and cache; give it to the tasks."""
    database_identifier: pulumi.Output[str]
    """Identifier of the database instance, the ``DBInstanceIdentifier`` of its metrics."""
    database_arn: pulumi.Output[str]
    """ARN of the database instance, for backups."""
    database_host: pulumi.Output[str]
    """Host name of the database."""
    database_port: pulumi.Output[int]
    """Port of the database."""
    database_name: pulumi.Output[str]
    """Name of the database."""
    database_secret_arn: pulumi.Output[str]
    """ARN of the secret with the master user's ``username`` and ``password``."""
    replication_group_id: pulumi.Output[str]
    """Id of the cache's replication group, for alarms."""
    redis_url_secret_arn: pulumi.Output[str]
    """ARN of the secret with the cache's URL."""

    def __init__(
        self,
        name: str,
        args: ManagedDataArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ManagedDataTransforms | None = None,
    ) -> None:
        check(ManagedData, name, args, further=_problems(name, args))
        recovery_window_days = _recovery_window_days(args)
        super().__init__(name, opts)
        self._transforms = transforms = transforms or ManagedDataTransforms()

        client = self._security_group(f"{name}-client", args, f"Clients of the data of {name}")
        database_group = self._security_group(f"{name}-database", args, f"PostgreSQL of {name}")
        cache_group = self._security_group(f"{name}-cache", args, f"Cache of {name}")
        self._open(f"{name}-database", client, database_group, args.database.port, "PostgreSQL")
        self._open(f"{name}-cache", client, cache_group, args.cache.port, "Cache")

        database = DatabaseInstance(
            f"{name}-database",
            DatabaseInstanceArgs(
                subnet_ids=args.subnet_ids,
                security_group_ids=[database_group.id],
                database=args.database,
                secret_recovery_window_days=recovery_window_days,
                notification_topic_arn=args.notification_topic_arn,
                kms_key_arn=args.kms_key_arn,
            ),
            self.child(),
            transforms=transforms.database,
        )
        cache = CacheReplicationGroup(
            f"{name}-cache",
            CacheReplicationGroupArgs(
                subnet_ids=args.subnet_ids,
                security_group_ids=[cache_group.id],
                cache=args.cache,
                secret_recovery_window_days=recovery_window_days,
                kms_key_arn=args.kms_key_arn,
            ),
            self.child(),
            transforms=transforms.cache,
        )

        users = DatabaseUsers(
            f"{name}-database-user",
            DatabaseUsersArgs(
                database=args.database, recovery_window_days=recovery_window_days, kms_key_arn=args.kms_key_arn
            ),
            self.child(),
            transforms=transforms.database_users,
        )

        self.nodes = ManagedDataNodes(
            client_security_group=client,
            database_security_group=database_group,
            cache_security_group=cache_group,
            database=database,
            database_users=users,
            cache=cache,
        )
        self.client_security_group_id = client.id
        self.database_identifier = database.identifier
        self.database_arn = database.arn
        self.database_host = database.host
        self.database_port = database.port
        self.database_name = database.database_name
        self.database_secret_arn = database.secret_arn
        self.replication_group_id = cache.replication_group_id
        self.redis_url_secret_arn = cache.url_secret_arn
        self.environment: dict[str, pulumi.Input[str]] = {
            "DATABASE_HOST": database.host,
            "DATABASE_PORT": database.port.apply(str),
            "DATABASE_NAME": database.database_name,
            "DATABASE_SSL": "require",
            **({"DATABASE_REPLICA_HOST": database.nodes.replica.host} if database.nodes.replica else {}),
            **users.environment,
        }
        self.secrets: dict[str, pulumi.Input[str]] = {**users.secrets, "REDIS_URL": cache.url_secret_arn}
        self.migration_secrets: dict[str, pulumi.Input[str]] = {
            "DATABASE_MASTER_USERNAME": pulumi.Output.concat(database.secret_arn, ":username::"),
            "DATABASE_MASTER_PASSWORD": pulumi.Output.concat(database.secret_arn, ":password::"),
            **users.secrets,
        }
        self.task_policy_statements: list[dict[str, Any]] = (
            [_connect_statement(database, args.database)]
            if args.database.application_login == ApplicationLogin.IAM
            else []
        )
        self.finish()

    def _security_group(self, name: str, args: ManagedDataArgs, description: str) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            name,
            vpc_id=args.vpc_id,
            description=description,
            tags={"Name": name},
            opts=self.child(self._transforms.security_group),
        )

    def _open(
        self, name: str, client: aws.ec2.SecurityGroup, server: aws.ec2.SecurityGroup, port: int, what: str
    ) -> None:
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-from-client",
            security_group_id=server.id,
            referenced_security_group_id=client.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=f"{what} for its clients",
            tags={"Name": f"{name}-from-client"},
            opts=self.child(self._transforms.security_group_rule),
        )
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-to-server",
            security_group_id=client.id,
            referenced_security_group_id=server.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=f"Clients to {what}",
            tags={"Name": f"{name}-to-server"},
            opts=self.child(self._transforms.security_group_rule),
        )


def _connect_statement(database: DatabaseInstance, settings: DatabaseSettings) -> dict[str, Any]:
    username = settings.application_username
    resource = planned(login_resource, instance_arn=database.arn, resource_id=database.resource_id, username=username)
    # Only the resource is an Output, so the policy pack can read the other keys at the first preview.
    return {"Sid": "LogInToDatabase", "Effect": "Allow", "Action": ["rds-db:connect"], "Resource": resource}


def _problems(name: str, args: ManagedDataArgs) -> Iterator[Problem]:
    yield from name_problems(name, SECURITY_GROUP_PREFIXES)
    # Checked here, before any resource is created.
    for problem in identifier_problems(f"{name}-database"):
        yield problem.below("database")
    for part, settings, rules in (
        ("database", args.database, DATABASE_RULES),
        ("cache", args.cache, CACHE_RULES),
    ):
        for rule in rules:
            for problem in rule(settings):
                yield problem.below(part)
    for problem in group_name_problems(f"{name}-cache"):
        yield problem.below("cache")


def _recovery_window_days(args: ManagedDataArgs) -> int:
    if args.secret_recovery_window_days is not None:
        return args.secret_recovery_window_days
    return args.database.secret_recovery_window_days
