"""Answers the data path's requests for passwords of databases and caches; AWS gives these only to its data plane."""

from typing import Any

from moto.elasticache.models import elasticache_backends
from moto.rds.models import rds_backends

from toolchain.emulator.patches_elasticache import auth_tokens


def tell_auth_tokens(report: dict[str, Any]) -> dict[str, Any]:
    """Return the AUTH tokens that a cache accepts.

    Args:
        report: ``Region`` and ``ReplicationGroupId``, or ``CacheClusterId`` for a cluster without a group.

    Returns:
        ``AuthTokens``, newest first; empty if the cache needs no token.

    Raises:
        KeyError: There is no such cache.
    """
    region = report["Region"]
    backends = [account[region] for _, account in sorted(elasticache_backends.items()) if region in account]
    if "ReplicationGroupId" in report:
        return {"AuthTokens": auth_tokens(_found(backends, "replication_groups", report["ReplicationGroupId"]))}
    return {"AuthTokens": auth_tokens(_found(backends, "cache_clusters", report["CacheClusterId"]))}


def tell_master_password(report: dict[str, Any]) -> dict[str, Any]:
    """Return the master password that a client set for a database, if RDS does not manage it in a secret.

    Args:
        report: ``Region`` and ``DBInstanceIdentifier``.

    Returns:
        ``Password``; None if there is none.

    Raises:
        KeyError: There is no such instance.
    """
    region = report["Region"]
    backends = [account[region] for _, account in sorted(rds_backends.items()) if region in account]
    instance = _found(backends, "databases", report["DBInstanceIdentifier"])
    return {"Password": getattr(instance, "_master_user_password", None) or None}


def _found(backends: list[Any], kind: str, identifier: str) -> Any:
    for backend in backends:
        objects = getattr(backend, kind)
        if identifier in objects:
            return objects[identifier]
    raise KeyError(identifier)
