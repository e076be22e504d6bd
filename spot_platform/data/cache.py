"""Valkey or Redis on Amazon ElastiCache."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.data.cache import TOKEN_LENGTH, plan_cache, redis_url
from spot_planning.data.settings import CacheSettings
from spot_planning.declarations import arguments
from spot_platform.component import Component, Transform
from spot_platform.secrets.generated_secret import GeneratedSecret, GeneratedSecretArgs, GeneratedSecretTransforms
from spot_platform.secrets.own_account import own_account_only


@arguments
class CacheReplicationGroupArgs:
    """Arguments of `CacheReplicationGroup`."""

    subnet_ids: pulumi.Input[list[str]]
    """Isolated subnets, in at least two zones for two or more nodes."""
    security_group_ids: list[pulumi.Input[str]]
    """Security groups of the cache."""
    cache: CacheSettings
    """Settings of the cache."""
    secret_recovery_window_days: int
    """Days during which destroyed secrets can be restored; 0 deletes them at once."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of memory dumps, snapshots, logs and secrets; a new key replaces the cache."""


@dataclass(frozen=True, kw_only=True)
class CacheReplicationGroupTransforms:
    """Changes to the arguments of `CacheReplicationGroup`'s resources."""

    replication_group: Transform | None = None
    subnet_group: Transform | None = None
    parameter_group: Transform | None = None
    log_group: Transform | None = None
    token: GeneratedSecretTransforms | None = None
    url_secret: Transform | None = None
    url_policy: Transform | None = None
    url_version: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class CacheReplicationGroupNodes:
    """The resources of `CacheReplicationGroup`."""

    replication_group: aws.elasticache.ReplicationGroup
    subnet_group: aws.elasticache.SubnetGroup
    parameter_group: aws.elasticache.ParameterGroup
    log_groups: dict[str, aws.cloudwatch.LogGroup]
    token: GeneratedSecret
    url_secret: aws.secretsmanager.Secret
    url_version: aws.secretsmanager.SecretVersion


class CacheReplicationGroup(Component):
    """spot-platform:index:CacheReplicationGroup: a Valkey or Redis primary with replicas, TLS and a token.

    Makes: a replication group with cluster mode disabled (TLS required, AUTH token, encrypted at rest, daily snapshots,
    automatic minor versions, failover across zones with two or more nodes), its subnet and parameter group, log groups
    for the slow log and the engine's log, a secret with the token and a secret with the URL for clients. Policies of
    the secrets deny access to other accounts.

    Costs: cache.t4g.micro 0.0128 USD an hour and node with Valkey (9.35 USD a month), 0.016 with Redis; the two secrets
    0.80 USD a month; snapshots beyond one 0.085 USD per GiB-month; logs 0.50 USD per GB.

    Risks: with one node, a failure or a patch loses the data, and a new node takes minutes; the application must go on
    without the cache. A failover may lose the writes of the last second too. A token cannot be removed from the group,
    and every client with the token may do everything: if services share a cache, use users and groups instead.
    """

    replication_group_id: pulumi.Output[str]
    """Id of the replication group. Its nodes ``<id>-001``, ``<id>-002`` and so on are the ``CacheClusterId`` of
    metrics."""
    primary_endpoint: pulumi.Output[str]
    """Host name that always leads to the primary, on `CacheSettings.port`."""
    url_secret_arn: pulumi.Output[str]
    """ARN of the secret with the URL, ``rediss://:TOKEN@HOST:PORT``."""

    def __init__(
        self,
        name: str,
        args: CacheReplicationGroupArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: CacheReplicationGroupTransforms | None = None,
    ) -> None:
        cache = args.cache
        plan = plan_cache(cache)
        super().__init__(name, opts)
        self._transforms = transforms = transforms or CacheReplicationGroupTransforms()

        subnet_group = aws.elasticache.SubnetGroup(
            name,
            description=f"Isolated subnets of {name}",
            subnet_ids=args.subnet_ids,
            tags={"Name": name},
            opts=self.child(
                transforms.subnet_group,
                # A change that replaces the cache also replaces this group, so that the new cache's final snapshot has
                # a new name.
                pulumi.ResourceOptions(replacement_trigger=[cache.port, args.kms_key_arn]),
            ),
        )
        parameter_group = aws.elasticache.ParameterGroup(
            name,
            family=plan.parameter_group_family,
            description=f"{cache.engine} parameters of {name}",
            parameters=[
                aws.elasticache.ParameterGroupParameterArgs(name="maxmemory-policy", value=cache.eviction_policy)
            ],
            tags={"Name": name},
            opts=self.child(transforms.parameter_group),
        )
        log_groups = {
            log_type: aws.cloudwatch.LogGroup(
                f"{name}-{log_type}",
                retention_in_days=cache.log_retention_days,
                kms_key_id=args.kms_key_arn,
                opts=self.child(transforms.log_group),
            )
            for log_type in ("engine-log", "slow-log")
        }
        token = GeneratedSecret(
            f"{name}-token",
            GeneratedSecretArgs(
                description=f"AUTH token of the cache {name}",
                length=TOKEN_LENGTH,
                generation=cache.token_generation,
                recovery_window_days=args.secret_recovery_window_days,
                kms_key_arn=args.kms_key_arn,
            ),
            self.child(),
            transforms=transforms.token,
        )
        replication_group = aws.elasticache.ReplicationGroup(
            name,
            description=f"{cache.engine} of {name}",
            engine=cache.engine,
            engine_version=plan.engine_version,
            node_type=cache.node_type,
            num_cache_clusters=cache.nodes,
            automatic_failover_enabled=plan.automatic_failover,
            multi_az_enabled=plan.automatic_failover,
            port=cache.port,
            parameter_group_name=parameter_group.name,
            subnet_group_name=subnet_group.name,
            security_group_ids=args.security_group_ids,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            auth_token=token.value,
            # The previous token stays valid together with the new one, for tasks that still use it.
            auth_token_update_strategy="ROTATE",  # noqa: S106 - a strategy, no token
            at_rest_encryption_enabled=True,
            kms_key_id=args.kms_key_arn,
            snapshot_retention_limit=cache.snapshot_retention_days,
            snapshot_window=cache.snapshot_window,
            maintenance_window=cache.maintenance_window,
            # The random suffix of the subnet group's name makes it different from an earlier cache's snapshot.
            final_snapshot_identifier=pulumi.Output.concat(subnet_group.name, "-final")
            if plan.final_snapshot
            else None,
            auto_minor_version_upgrade=True,
            apply_immediately=cache.apply_immediately,
            log_delivery_configurations=[
                aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs(
                    destination=group.name,
                    destination_type="cloudwatch-logs",
                    log_format="json",
                    log_type=log_type,
                )
                for log_type, group in log_groups.items()
            ],
            tags={"Name": name},
            opts=self.child(transforms.replication_group),
        )
        url_secret, url_version = self._url(name, args, replication_group, token)

        self.nodes = CacheReplicationGroupNodes(
            replication_group=replication_group,
            subnet_group=subnet_group,
            parameter_group=parameter_group,
            log_groups=log_groups,
            token=token,
            url_secret=url_secret,
            url_version=url_version,
        )
        self.replication_group_id = replication_group.replication_group_id
        self.primary_endpoint = replication_group.primary_endpoint_address
        self.url_secret_arn = url_version.secret_id  # the ARN, but known only when the secret has its value
        self.finish()

    def _url(
        self,
        name: str,
        args: CacheReplicationGroupArgs,
        replication_group: aws.elasticache.ReplicationGroup,
        token: GeneratedSecret,
    ) -> tuple[aws.secretsmanager.Secret, aws.secretsmanager.SecretVersion]:
        secret = aws.secretsmanager.Secret(
            f"{name}-url",
            description=f"URL of the cache {name}, token included",
            kms_key_id=args.kms_key_arn,
            recovery_window_in_days=args.secret_recovery_window_days,
            tags={"Name": f"{name}-url"},
            opts=self.child(self._transforms.url_secret),
        )
        own_account_only(f"{name}-url", secret, self.child(self._transforms.url_policy))
        url = pulumi.Output.all(replication_group.primary_endpoint_address, token.value).apply(
            lambda known: redis_url(known[0], args.cache.port, known[1])
        )
        version = aws.secretsmanager.SecretVersion(
            f"{name}-url",
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(url),
            opts=self.child(self._transforms.url_version),
        )
        return secret, version
