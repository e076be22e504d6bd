"""Patches of moto's ElastiCache. moto's objects are practically untyped, hence Any."""

import secrets
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.exceptions import CacheSubnetGroupNotFound, ElastiCacheException
from moto.elasticache.models import CacheCluster, ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

from toolchain.emulator.patching import add, wrap


def delete_cache_subnet_group() -> None:
    """DeleteCacheSubnetGroup. Reason: missing; the provider retries the 500 for minutes on destroy.

    Not offered upstream: no internet here.
    """

    def delete(self: Any) -> EmptyResult:
        name = self._get_param("CacheSubnetGroupName")
        groups = self.elasticache_backend.cache_subnet_groups
        if name not in groups:
            raise CacheSubnetGroupNotFound(name)
        del groups[name]
        return EmptyResult()

    add(ElastiCacheResponse, "delete_cache_subnet_group", delete)


def keep_cache_parameter_groups() -> None:
    """CreateCacheParameterGroup and all other actions for cache parameter groups. Reason: missing.

    Not offered upstream: no internet here.
    """
    for name, implementation in vars(_CacheParameterGroups).items():
        if not name.startswith("__"):
            add(ElastiCacheResponse, name, implementation)

    def list_tags(_list: Callable[..., Any]) -> Callable[..., Any]:
        def listed(self: Any, arn: str) -> Any:
            return self.tagging_service.list_tags_for_resource(arn)  # moto's own refuses these ARNs

        return listed

    wrap(ElastiCacheBackend, "list_tags_for_resource", list_tags)


class _CacheParameterGroups:
    """The actions, as methods of moto's response class."""

    def create_cache_parameter_group(self: Any) -> ActionResult:
        group: dict[str, Any] = {
            "CacheParameterGroupName": self._get_param("CacheParameterGroupName"),
            "CacheParameterGroupFamily": self._get_param("CacheParameterGroupFamily"),
            "Description": self._get_param("Description"),
            "Parameters": {},
        }
        _parameter_groups(self)[group["CacheParameterGroupName"]] = group
        result = _described(self, group)
        self.elasticache_backend.tagging_service.tag_resource(result["ARN"], self._get_param("Tags", []))
        return ActionResult({"CacheParameterGroup": result})

    def describe_cache_parameter_groups(self: Any) -> ActionResult:
        name = self._get_param("CacheParameterGroupName")
        found = [group for key, group in _parameter_groups(self).items() if name in (None, key)]
        if name is not None and not found:
            raise _ParameterGroupNotFound(name)
        return ActionResult({"CacheParameterGroups": [_described(self, group) for group in found]})

    def describe_cache_parameters(self: Any) -> ActionResult:
        kept = _parameter_groups(self)[self._get_param("CacheParameterGroupName")]["Parameters"]
        rows = [{"ParameterName": key, "ParameterValue": value, "Source": "user"} for key, value in kept.items()]
        return ActionResult({"Parameters": rows})

    def modify_cache_parameter_group(self: Any) -> ActionResult:
        name = self._get_param("CacheParameterGroupName")
        for item in self._get_param("ParameterNameValues", []):
            _parameter_groups(self)[name]["Parameters"][item["ParameterName"]] = item["ParameterValue"]
        return ActionResult({"CacheParameterGroupName": name})

    def reset_cache_parameter_group(self: Any) -> ActionResult:
        name = self._get_param("CacheParameterGroupName")
        for item in self._get_param("ParameterNameValues", []):
            _parameter_groups(self)[name]["Parameters"].pop(item["ParameterName"], None)
        return ActionResult({"CacheParameterGroupName": name})

    def delete_cache_parameter_group(self: Any) -> EmptyResult:
        _parameter_groups(self).pop(self._get_param("CacheParameterGroupName"), None)
        return EmptyResult()


def _parameter_groups(response: Any) -> dict[str, dict[str, Any]]:
    return response.elasticache_backend.__dict__.setdefault("cache_parameter_groups", {})


def _described(response: Any, group: dict[str, Any]) -> dict[str, Any]:
    backend = response.elasticache_backend
    name = group["CacheParameterGroupName"]
    arn = f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:parametergroup:{name}"
    return {key: value for key, value in group.items() if key != "Parameters"} | {"IsGlobal": False, "ARN": arn}


def make_member_clusters() -> None:
    """CreateReplicationGroup, with member clusters. Reason: the provider reads them with DescribeCacheClusters.

    Not offered upstream: no internet here.
    """

    def creating(create: Callable[..., Any]) -> Callable[..., Any]:
        def created(self: Any, **arguments: Any) -> Any:
            nodes = arguments.get("num_cache_clusters") or 1
            if nodes > 1:  # moto creates replicas only for a request in cluster mode
                arguments["replicas_per_node_group"] = nodes - 1
            group = create(self, **arguments)
            for identifier in group.member_clusters:
                self.cache_clusters[identifier] = _member(self, group, identifier, arguments)
            return group

        return created

    def deleting(delete: Callable[..., Any]) -> Callable[..., Any]:
        def deleted(self: Any, *arguments: Any, **named: Any) -> Any:
            group = delete(self, *arguments, **named)
            for identifier in group.member_clusters:
                self.cache_clusters.pop(identifier, None)
            self.replication_groups.pop(group.replication_group_id, None)  # otherwise it stays "deleting"
            return group

        return deleted

    wrap(ElastiCacheBackend, "create_replication_group", creating)
    wrap(ElastiCacheBackend, "delete_replication_group", deleting)


def tell_cache_nodes() -> None:
    """DescribeCacheClusters, for a cluster without a group. Reason: moto gives it no node, so it has no endpoint.

    Not offered upstream: no internet here.
    """

    def creating(create: Callable[..., Any]) -> Callable[..., Any]:
        def created(self: Any, *arguments: Any, **named: Any) -> Any:
            cluster = create(self, *arguments, **named)
            cluster.cache_nodes = [
                {
                    "CacheNodeId": "0001",
                    "CacheNodeStatus": "available",
                    "Endpoint": {
                        "Address": f"{cluster.cache_cluster_id}.{secrets.token_hex(3)}.0001.use1.cache.amazonaws.com",
                        "Port": cluster.port,
                    },
                }
            ]
            return cluster

        return created

    wrap(ElastiCacheBackend, "create_cache_cluster", creating)


def keep_auth_tokens() -> None:
    """AUTH tokens of replication groups. Reason: moto keeps none, so no cache could check a client's token.

    Not offered upstream: no internet here.
    """

    def answering(answer: Callable[..., Any]) -> Callable[..., Any]:
        def answered(self: Any) -> Any:
            result = answer(self)
            token, strategy = self._get_param("AuthToken"), self._get_param("AuthTokenUpdateStrategy")
            group = self.elasticache_backend.replication_groups[self._get_param("ReplicationGroupId")]
            _take_token(group, token, strategy)
            return result

        return answered

    wrap(ElastiCacheResponse, "create_replication_group", answering)
    wrap(ElastiCacheResponse, "modify_replication_group", answering)


def _take_token(group: Any, token: str | None, strategy: str | None) -> None:
    """Set, rotate or delete the AUTH token of a group.

    Source: Amazon ElastiCache User Guide, "Authenticating with the Valkey and Redis OSS AUTH command".

    Args:
        group: The replication group.
        token: The new token; None to keep the tokens, unless they are deleted.
        strategy: ``SET``, ``ROTATE`` or ``DELETE``; None for ``ROTATE``.
    """
    if strategy == "DELETE":
        group.__dict__["auth_tokens"] = []
    elif token is not None:
        # after ROTATE, the default, the last token is valid beside the new one; after SET it is not
        kept = [] if strategy == "SET" else [old for old in auth_tokens(group)[:1] if old != token]
        group.__dict__["auth_tokens"] = [token, *kept]
    group.auth_token_enabled = bool(auth_tokens(group))


def auth_tokens(cache: Any) -> list[str]:
    """Return the valid AUTH tokens of moto's replication group or cluster, newest first; empty if it needs no token."""
    given = cache.__dict__.get("auth_token")  # moto's attribute of a cluster without a group
    return list(cache.__dict__.get("auth_tokens", [given] if given else []))


def _member(backend: Any, group: Any, identifier: str, arguments: dict[str, Any]) -> Any:
    parameters = CacheCluster.__init__.__annotations__.keys() - {"return"}
    values: dict[str, Any] = dict.fromkeys(parameters)
    values |= {key: value for key, value in arguments.items() if key in parameters}
    values |= {"account_id": backend.account_id, "region_name": backend.region_name, "cache_cluster_id": identifier}
    member: Any = CacheCluster(**values)
    read_back = {
        "num_cache_nodes": 1,
        "replication_group_id": group.replication_group_id,
        "at_rest_encryption_enabled": group.at_rest_encryption_enabled,
        "snapshot_window": group.snapshot_window,
        "transit_encryption_mode": group.transit_encryption_mode,
        "cache_parameter_group": {"CacheParameterGroupName": group.cache_parameter_group_name},
        "security_groups": [
            {"SecurityGroupId": identifier, "Status": "active"} for identifier in group.security_group_ids or ()
        ],
    }
    member.__dict__.update(read_back)
    return member


class _ParameterGroupNotFound(ElastiCacheException):
    code = "CacheParameterGroupNotFound"

    def __init__(self, name: str) -> None:
        super().__init__(f"CacheParameterGroup {name} not found.")
