"""PostgreSQL on Amazon RDS."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.data.database import (
    INSIGHTS_RETENTION_DAYS,
    LOG_TYPES,
    PASSWORD_LENGTH,
    plan_database,
)
from spot_planning.data.settings import DatabaseSettings
from spot_planning.declarations import arguments
from spot_platform.component import Component, Transform
from spot_platform.data.database_events import DatabaseEvents, DatabaseEventsArgs, DatabaseEventsTransforms
from spot_platform.data.database_monitoring import (
    DatabaseMonitoring,
    DatabaseMonitoringArgs,
    DatabaseMonitoringTransforms,
)
from spot_platform.data.database_replica import DatabaseReplica, DatabaseReplicaArgs, DatabaseReplicaTransforms
from spot_platform.secrets.generated_secret import GeneratedSecret, GeneratedSecretArgs, GeneratedSecretTransforms


@arguments
class DatabaseInstanceArgs:
    """Arguments of `DatabaseInstance`."""

    subnet_ids: pulumi.Input[list[str]]
    """Isolated subnets in at least two zones."""
    security_group_ids: list[pulumi.Input[str]]
    """Security groups of the database."""
    database: DatabaseSettings
    """Settings of the database."""
    secret_recovery_window_days: int
    """Days during which a destroyed password secret of the stack can be restored; 0 deletes it at once."""
    notification_topic_arn: pulumi.Input[str] | None = None
    """SNS topic for notifications of failures, failovers, maintenance and low storage; None for none. Its policy must
    allow events.rds.amazonaws.com."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of storage, snapshots, Performance Insights, logs and password; a new key replaces the instance."""


@dataclass(frozen=True, kw_only=True)
class DatabaseInstanceTransforms:
    """Changes to the arguments of `DatabaseInstance`'s resources."""

    instance: Transform | None = None
    replica: DatabaseReplicaTransforms | None = None
    subnet_group: Transform | None = None
    parameter_group: Transform | None = None
    password: GeneratedSecretTransforms | None = None
    password_rotation: Transform | None = None
    monitoring: DatabaseMonitoringTransforms | None = None
    events: DatabaseEventsTransforms | None = None


@dataclass(frozen=True, kw_only=True)
class DatabaseInstanceNodes:
    """The resources of `DatabaseInstance`."""

    instance: aws.rds.Instance
    replica: DatabaseReplica | None
    subnet_group: aws.rds.SubnetGroup
    parameter_group: aws.rds.ParameterGroup
    password: GeneratedSecret | None
    monitoring: DatabaseMonitoring
    events: DatabaseEvents | None


class DatabaseInstance(Component):
    """spot-platform:index:DatabaseInstance: a PostgreSQL instance on Amazon RDS, ready for pgvector.

    Makes: the instance (gp3, encrypted, TLS required, IAM authentication on, automatic minor versions unless
    `engine_version` names one, tags on snapshots), its subnet and parameter group, log groups with retention and the
    role of Enhanced Monitoring (`DatabaseMonitoring`), a read replica (with `replica`), event subscriptions
    (`DatabaseEvents`), and a secret for the master password (with `stack_owned_password`).

    A new major version replaces the parameter group, whose family depends on the version. The order is: create the new
    group, which gets a name from Pulumi; upgrade the instance and change its group in one request; change a replica's
    group; delete the old group. The upgrade needs `allow_major_version_upgrade` and `apply_immediately`.

    Costs: db.t4g.small 0.032 USD an hour (23 USD a month), with a standby 0.065; a replica the same again; gp3 0.115
    USD per GiB-month, with a standby 0.23; backups above the size of the storage 0.095 USD per GiB-month; a managed
    password 0.40 USD a month; Enhanced Monitoring and logs 0.50 USD per GB.

    Risks: the managed password rotates every 7 days by default, so only the migration task should log in with it.
    Enhanced Monitoring writes to RDSOSMetrics, a log group that all instances of the account share and that no stack
    owns. An instance that is replaced by ``pulumi up --replace`` keeps its identifier: replace its subnet group too,
    otherwise the second final snapshot would have the name of the first. Pulumi's `protect` is on while
    `deletion_protection` is on: turn that off with one ``up``, then destroy.
    """

    identifier: pulumi.Output[str]
    """Identifier of the instance, the ``DBInstanceIdentifier`` of its metrics."""
    arn: pulumi.Output[str]
    """ARN of the instance, for backups."""
    host: pulumi.Output[str]
    """Host name."""
    port: pulumi.Output[int]
    """Port."""
    database_name: pulumi.Output[str]
    """Name of the database."""
    secret_arn: pulumi.Output[str]
    """ARN of the secret with the master user's ``username`` and ``password``, as JSON."""
    resource_id: pulumi.Output[str]
    """The ``DbiResourceId``, which identifies the instance in IAM policies."""
    replica_host: pulumi.Output[str | None]
    """Host name of the read replica; None without one."""

    def __init__(
        self,
        name: str,
        args: DatabaseInstanceArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: DatabaseInstanceTransforms | None = None,
    ) -> None:
        plan = plan_database(args.database)
        super().__init__(name, opts)
        self._args = args
        self._plan = plan
        self._transforms = transforms = transforms or DatabaseInstanceTransforms()

        subnet_group = self._subnet_group = aws.rds.SubnetGroup(
            name,
            description=f"Isolated subnets of {name}",
            subnet_ids=args.subnet_ids,
            tags={"Name": name},
            opts=self.child(
                transforms.subnet_group,
                # A change that replaces the instance also replaces this group, so that the new instance's final
                # snapshot has a new name.
                pulumi.ResourceOptions(
                    replacement_trigger=[args.database.username, args.database.database_name, args.kms_key_arn]
                ),
            ),
        )
        parameter_group = self._parameter_group = aws.rds.ParameterGroup(
            name,
            family=plan.parameter_group_family,
            description=f"PostgreSQL parameters of {name}",
            parameters=[
                aws.rds.ParameterGroupParameterArgs(
                    name=parameter.name,
                    value=parameter.value,
                    apply_method="pending-reboot" if parameter.pending_reboot else "immediate",
                )
                for parameter in plan.parameters
            ],
            tags={"Name": name},
            opts=self.child(transforms.parameter_group),
        )
        # The names of the log groups and the final snapshot contain the identifier, and the log groups must exist
        # before the instance. So the identifier is the name that Pulumi generated for the subnet group, with its random
        # suffix.
        identifier = subnet_group.name
        replica_identifier = pulumi.Output.concat(identifier, "-replica")
        monitoring = self._monitoring = DatabaseMonitoring(
            f"{name}-monitoring",
            DatabaseMonitoringArgs(
                identifiers={
                    "primary": identifier,
                    **({"replica": replica_identifier} if args.database.replica else {}),
                },
                sibling_arn=subnet_group.arn,
                enhanced_monitoring=args.database.monitoring_interval_seconds > 0,
                log_retention_days=args.database.log_retention_days,
                kms_key_arn=args.kms_key_arn,
            ),
            self.child(),
            transforms=transforms.monitoring,
        )
        password = self._password(name) if args.database.stack_owned_password else None
        instance = self._instance(name, identifier, password)
        replica = None
        if args.database.replica:
            replica = DatabaseReplica(
                f"{name}-replica",
                DatabaseReplicaArgs(
                    identifier=replica_identifier,
                    source_identifier=instance.identifier,
                    instance_class=plan.replica_instance_class,
                    minor_upgrades=plan.minor_upgrades,
                    security_group_ids=args.security_group_ids,
                    parameter_group_name=parameter_group.name,
                    monitoring_role_arn=monitoring.role_arn,
                    database=args.database,
                    kms_key_arn=args.kms_key_arn,
                ),
                # The log groups are created first, so that they have retention and key.
                self.child(options=pulumi.ResourceOptions(depends_on=[monitoring])),
                transforms=transforms.replica,
            )
        events = None
        if args.notification_topic_arn is not None:
            events = DatabaseEvents(
                f"{name}-events",
                DatabaseEventsArgs(
                    topic_arn=args.notification_topic_arn,
                    instance_identifiers=[instance.identifier, *([replica.identifier] if replica else [])],
                    parameter_group_name=parameter_group.name,
                ),
                self.child(),
                transforms=transforms.events,
            )

        self.nodes = DatabaseInstanceNodes(
            instance=instance,
            replica=replica,
            subnet_group=subnet_group,
            parameter_group=parameter_group,
            password=password,
            monitoring=monitoring,
            events=events,
        )
        self.identifier = instance.identifier
        self.arn = instance.arn
        self.host = instance.address
        self.port = instance.port
        self.resource_id = instance.resource_id
        self.database_name = instance.db_name
        self.secret_arn = instance.master_user_secrets[0].secret_arn if password is None else password.arn
        self.replica_host = pulumi.Output.from_input(None if replica is None else replica.host)
        if password is None:
            # Also with the default number of days: if the resource were removed later, the rotation would stop.
            self._rotation(name)
        self.finish()

    def _password(self, name: str) -> GeneratedSecret:
        return GeneratedSecret(
            f"{name}-password",
            GeneratedSecretArgs(
                description=f"Master user of the PostgreSQL instance {name}",
                length=PASSWORD_LENGTH,
                # The same keys as in a secret that Amazon RDS manages, so that readers can use both kinds.
                value_key="password",
                fields={"username": self._args.database.username},
                generation=self._args.database.password_generation,
                recovery_window_days=self._args.secret_recovery_window_days,
                kms_key_arn=self._args.kms_key_arn,
            ),
            self.child(),
            transforms=self._transforms.password,
        )

    def _rotation(self, name: str) -> None:
        aws.secretsmanager.SecretRotation(
            name,
            secret_id=self.secret_arn,
            rotate_immediately=False,
            rotation_rules=aws.secretsmanager.SecretRotationRotationRulesArgs(
                automatically_after_days=self._args.database.password_rotation_days
            ),
            # RDS owns the secret and its rotation, and deletes both with the instance, so nothing must be deleted here.
            opts=self.child(self._transforms.password_rotation, pulumi.ResourceOptions(retain_on_delete=True)),
        )

    def _instance(
        self, name: str, identifier: pulumi.Output[str], password: GeneratedSecret | None
    ) -> aws.rds.Instance:
        args, database = self._args, self._args.database
        final_snapshot = self._plan.final_snapshot
        return aws.rds.Instance(
            name,
            identifier=identifier,
            engine="postgres",
            engine_version=database.engine_version,
            engine_lifecycle_support=self._plan.engine_lifecycle_support,
            allow_major_version_upgrade=database.allow_major_version_upgrade,
            instance_class=database.instance_class,
            db_name=database.database_name,
            username=database.username,
            manage_master_user_password=True if password is None else None,
            master_user_secret_kms_key_id=args.kms_key_arn if password is None else None,
            password=None if password is None else password.value,
            iam_database_authentication_enabled=True,
            port=database.port,
            db_subnet_group_name=self._subnet_group.name,
            vpc_security_group_ids=args.security_group_ids,
            publicly_accessible=False,
            multi_az=database.multi_az,
            parameter_group_name=self._parameter_group.name,
            allocated_storage=database.allocated_storage_gib,
            max_allocated_storage=database.max_allocated_storage_gib,
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=args.kms_key_arn,
            backup_retention_period=database.backup_retention_days,
            backup_window=database.backup_window,
            maintenance_window=database.maintenance_window,
            copy_tags_to_snapshot=True,
            # Automated backups, for point-in-time recovery, are kept for their retention after the instance is deleted.
            delete_automated_backups=not database.deletion_protection,
            deletion_protection=database.deletion_protection,
            skip_final_snapshot=not final_snapshot,
            final_snapshot_identifier=pulumi.Output.concat(identifier, "-final") if final_snapshot else None,
            auto_minor_version_upgrade=self._plan.minor_upgrades,
            apply_immediately=database.apply_immediately,
            enabled_cloudwatch_logs_exports=list(LOG_TYPES),
            monitoring_interval=database.monitoring_interval_seconds,
            monitoring_role_arn=self._monitoring.role_arn,
            database_insights_mode="standard",
            performance_insights_enabled=database.performance_insights,
            performance_insights_retention_period=INSIGHTS_RETENTION_DAYS if database.performance_insights else None,
            performance_insights_kms_key_id=args.kms_key_arn if database.performance_insights else None,
            tags={"Name": name},
            opts=self.child(
                self._transforms.instance,
                pulumi.ResourceOptions(
                    depends_on=[self._monitoring],
                    protect=database.deletion_protection,
                    # Storage grows automatically; AWS refuses to shrink it.
                    ignore_changes=["allocatedStorage"],
                    # Two instances cannot have the same identifier at the same time.
                    delete_before_replace=True,
                ),
            ),
        )
