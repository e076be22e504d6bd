"""Patches of moto's ElastiCache for changes of groups. moto's objects are practically untyped, hence Any."""

import copy
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.elasticache.exceptions import CacheSubnetGroupNotFound, ReplicationGroupNotFound
from moto.elasticache.models import CacheSubnetGroup
from moto.elasticache.responses import ElastiCacheResponse

from toolchain.emulator.patching import add, wrap

_READ_OF_MEMBERS = {
    "AutoMinorVersionUpgrade": "auto_minor_version_upgrade",
    "CacheNodeType": "cache_node_type",
    "Engine": "engine",
    "EngineVersion": "engine_version",
    "NotificationTopicArn": "notification_topic_arn",
    "PreferredMaintenanceWindow": "preferred_maintenance_window",
    "SnapshotRetentionLimit": "snapshot_retention_limit",
    "SnapshotWindow": "snapshot_window",
}
"""Parameter of ModifyReplicationGroup -> moto's attribute of a cluster."""


def change_replication_groups() -> None:
    """ModifyReplicationGroup. Reason: moto keeps half of the changes in the group, and none in its clusters.

    The provider reads most values from the clusters, so every preview after a change would show the change again. Not
    offered upstream: no internet here.
    """

    def modifying(modify: Callable[..., Any]) -> Callable[..., Any]:
        def modified(self: Any) -> Any:
            result = modify(self)
            group = _group(self)
            for each in (group, *_members(self, group)):
                _take(self, each)
            configurations = self._get_param("LogDeliveryConfigurations")
            if configurations is not None:
                group.log_delivery_configurations = _merged(group.log_delivery_configurations, configurations)
            return result

        return modified

    wrap(ElastiCacheResponse, "modify_replication_group", modifying)


def change_numbers_of_replicas() -> None:
    """IncreaseReplicaCount and DecreaseReplicaCount. Reason: missing. Not offered upstream: no internet here."""

    def increase(self: Any) -> ActionResult:
        group = _group(self)
        (nodes,) = group.node_groups
        clusters = self.elasticache_backend.cache_clusters
        while len(group.member_clusters) < self._get_int_param("NewReplicaCount") + 1:
            first = group.member_clusters[0]
            name = f"{group.replication_group_id}-{len(group.member_clusters) + 1:0>3}"
            member = copy.copy(clusters[first])
            member.cache_cluster_id, member.arn = name, member.arn.replace(first, name)
            clusters[name] = member
            node = copy.deepcopy(nodes["node_group_members"][0])
            node |= {"cache_cluster_id": name, "current_role": "replica", "preferred_availability_zone": "us-east-1b"}
            node["read_endpoint"]["address"] = node["read_endpoint"]["address"].replace(first, name)
            nodes["node_group_members"].append(node)
            group.member_clusters.append(name)
        return ActionResult({"ReplicationGroup": group})

    def decrease(self: Any) -> ActionResult:
        group = _group(self)
        (nodes,) = group.node_groups
        while len(group.member_clusters) > self._get_int_param("NewReplicaCount") + 1:
            self.elasticache_backend.cache_clusters.pop(group.member_clusters.pop(), None)
            nodes["node_group_members"].pop()
        return ActionResult({"ReplicationGroup": group})

    add(ElastiCacheResponse, "increase_replica_count", increase)
    add(ElastiCacheResponse, "decrease_replica_count", decrease)


def change_cache_subnet_groups() -> None:
    """ModifyCacheSubnetGroup. Reason: missing. Not offered upstream: no internet here."""

    def modify(self: Any) -> ActionResult:
        backend, name = self.elasticache_backend, self._get_param("CacheSubnetGroupName")
        if name not in backend.cache_subnet_groups:
            raise CacheSubnetGroupNotFound(name)
        before = backend.cache_subnet_groups[name]
        changed = CacheSubnetGroup(
            account_id=backend.account_id,
            region_name=backend.region_name,
            cache_subnet_group_name=name,
            cache_subnet_group_description=self._get_param(
                "CacheSubnetGroupDescription", before.cache_subnet_group_description
            ),
            subnet_ids=self._get_param("SubnetIds", before.subnet_ids),
            tags=before.tags,
        )
        backend.cache_subnet_groups[name] = changed
        return ActionResult({"CacheSubnetGroup": changed})

    add(ElastiCacheResponse, "modify_cache_subnet_group", modify)


def make_final_snapshots_of_caches() -> None:
    """DeleteReplicationGroup. Reason: moto creates no final snapshot. Not offered upstream: no internet here."""

    def deleting(delete: Callable[..., Any]) -> Callable[..., Any]:
        def deleted(self: Any) -> Any:
            snapshot = self._get_param("FinalSnapshotIdentifier")
            if snapshot is not None:
                group = _group(self)
                self.elasticache_backend.create_snapshot(
                    snapshot, group.replication_group_id, None, group.kms_key_id, None
                )
            return delete(self)

        return deleted

    wrap(ElastiCacheResponse, "delete_replication_group", deleting)


def _group(response: Any) -> Any:
    name = response._get_param("ReplicationGroupId")  # noqa: SLF001 (moto's own way to read one)
    groups = response.elasticache_backend.replication_groups
    if name not in groups:
        raise ReplicationGroupNotFound(name)
    return groups[name]


def _members(response: Any, group: Any) -> list[Any]:
    clusters = response.elasticache_backend.cache_clusters
    return [clusters[name] for name in group.member_clusters if name in clusters]


def _take(response: Any, cache: Any) -> None:
    """Store the request's changes in a group or a cluster."""
    for parameter, attribute in _READ_OF_MEMBERS.items():
        value = response._get_param(parameter)  # noqa: SLF001
        if value is not None:
            setattr(cache, attribute, value)
    parameters = response._get_param("CacheParameterGroupName")  # noqa: SLF001
    if parameters is not None:
        cache.cache_parameter_group_name = parameters
        cache.cache_parameter_group = {"CacheParameterGroupName": parameters}
    groups = response._get_param("SecurityGroupIds")  # noqa: SLF001
    if groups is not None:
        cache.security_groups = [{"SecurityGroupId": each, "Status": "active"} for each in groups]


def _merged(kept: list[dict[str, Any]], changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the log deliveries after a change. The change contains only the deliveries to change or to disable."""
    by_type = {each["LogType"]: each for each in kept}
    for change in changes:
        by_type.pop(change["LogType"], None)
        if change.get("Enabled", True):
            by_type[change["LogType"]] = {**change, "Status": "active"}
    return list(by_type.values())
