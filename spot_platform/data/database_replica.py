"""A read replica of a PostgreSQL instance."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.data.database import INSIGHTS_RETENTION_DAYS, LOG_TYPES
from spot_planning.data.settings import DatabaseSettings
from spot_planning.declarations import arguments
from spot_platform.component import Component, Transform


@arguments
class DatabaseReplicaArgs:
    """Arguments of `DatabaseReplica`."""

    identifier: pulumi.Input[str]
    """Identifier of the replica."""
    source_identifier: pulumi.Input[str]
    """Identifier of the source instance, which is in the same Region and has backups."""
    instance_class: pulumi.Input[str]
    """Instance class. A class smaller than the source's may not keep up with the source."""
    security_group_ids: list[pulumi.Input[str]]
    """Security groups of the replica."""
    parameter_group_name: pulumi.Input[str]
    """The DB parameter group of the source."""
    database: DatabaseSettings
    """Settings of the source, which also apply to the replica."""
    minor_upgrades: bool
    """Whether Amazon RDS installs minor versions automatically."""
    monitoring_role_arn: pulumi.Input[str | None] = None
    """ARN of the Enhanced Monitoring role; None without Enhanced Monitoring."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the source."""


@dataclass(frozen=True, kw_only=True)
class DatabaseReplicaTransforms:
    """Changes to the arguments of `DatabaseReplica`'s resources."""

    instance: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class DatabaseReplicaNodes:
    """The resources of `DatabaseReplica`."""

    instance: aws.rds.Instance


class DatabaseReplica(Component):
    """spot-platform:index:DatabaseReplica: a read replica of a PostgreSQL instance.

    Makes: an instance in one zone, with the source's port, parameters, users, password and version. A major upgrade of
    the source also upgrades the replica, and Amazon RDS refuses a major upgrade of the replica alone ("Upgrades of the
    RDS for PostgreSQL DB engine", Amazon RDS User Guide).

    Costs: db.t4g.small 0.032 USD an hour (23 USD a month), and gp3 0.115 USD per GiB-month.

    Risks: the replica lags behind by milliseconds to minutes, and changes in the source can cancel a long query. The
    replica is not a backup: a table that is dropped in the source is dropped here too.
    """

    identifier: pulumi.Output[str]
    """Identifier of the replica, the ``DBInstanceIdentifier`` of its metrics."""
    host: pulumi.Output[str]
    """Host name."""

    def __init__(
        self,
        name: str,
        args: DatabaseReplicaArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: DatabaseReplicaTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        transforms = transforms or DatabaseReplicaTransforms()
        database = args.database

        instance = aws.rds.Instance(
            name,
            identifier=args.identifier,
            replicate_source_db=args.source_identifier,
            instance_class=args.instance_class,
            iam_database_authentication_enabled=True,
            port=database.port,
            vpc_security_group_ids=args.security_group_ids,
            publicly_accessible=False,
            multi_az=False,
            parameter_group_name=args.parameter_group_name,
            max_allocated_storage=database.max_allocated_storage_gib,
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=args.kms_key_arn,
            maintenance_window=database.maintenance_window,
            copy_tags_to_snapshot=True,
            deletion_protection=database.deletion_protection,
            # A replica has no final snapshot (DeleteDBInstance refuses one).
            skip_final_snapshot=True,
            auto_minor_version_upgrade=args.minor_upgrades,
            apply_immediately=database.apply_immediately,
            enabled_cloudwatch_logs_exports=list(LOG_TYPES),
            monitoring_interval=database.monitoring_interval_seconds,
            monitoring_role_arn=args.monitoring_role_arn,
            database_insights_mode="standard",
            performance_insights_enabled=database.performance_insights,
            performance_insights_retention_period=INSIGHTS_RETENTION_DAYS if database.performance_insights else None,
            performance_insights_kms_key_id=args.kms_key_arn if database.performance_insights else None,
            tags={"Name": name},
            opts=self.child(
                transforms.instance,
                pulumi.ResourceOptions(
                    # Pulumi does not pass the dependencies of a component to its children.
                    depends_on=None if opts is None else opts.depends_on,
                    protect=database.deletion_protection,
                    # Storage grows together with the source's storage.
                    ignore_changes=["allocatedStorage"],
                    # Two instances cannot have the same identifier at the same time.
                    delete_before_replace=True,
                ),
            ),
        )

        self.nodes = DatabaseReplicaNodes(instance=instance)
        self.identifier = instance.identifier
        self.host = instance.address
        self.finish()
