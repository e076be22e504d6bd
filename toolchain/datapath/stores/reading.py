"""Reads databases, caches, passwords, tokens and parameters from the emulator."""

import json
from typing import Any

from botocore.exceptions import ClientError

from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.stores.plan import Cache, Database, Plan, plan


async def read_plan(control_plane: ControlPlane) -> Plan:
    """Read which databases and caches to run.

    Raises:
        botocore.exceptions.ClientError: The emulator refused.
    """
    instances = await control_plane.pages("rds", "describe_db_instances", "DBInstances")
    groups = await control_plane.pages("elasticache", "describe_replication_groups", "ReplicationGroups")
    clusters = await control_plane.pages(
        "elasticache", "describe_cache_clusters", "CacheClusters", ShowCacheNodeInfo=True
    )
    return plan(instances, groups, clusters)


async def read_master_password(control_plane: ControlPlane, database: Database) -> str | None:
    """Read the password of a database's master user: from its secret, or as it was given to CreateDBInstance.

    Returns:
        The password; None if there is none, for example during a rotation.

    Raises:
        botocore.exceptions.ClientError: The emulator refused.
    """
    if database.secret is None:
        report = {"Region": control_plane.region, "DBInstanceIdentifier": database.identifier}
        return (await control_plane.report("master-password", report, changes=False))["Password"]
    value = await control_plane.call("secretsmanager", "get_secret_value", SecretId=database.secret)
    try:
        return str(json.loads(value["SecretString"])["password"])
    except (KeyError, TypeError, ValueError):
        return None


async def read_tokens(control_plane: ControlPlane, cache: Cache) -> tuple[str, ...]:
    """Read the tokens that a cache accepts, the newest first; empty if the cache requires no token.

    Raises:
        httpx.HTTPError: The emulator does not respond, or does not have the cache.
    """
    name, value = cache.question
    answer = await control_plane.report("auth-tokens", {"Region": control_plane.region, name: value}, changes=False)
    return tuple(answer["AuthTokens"])


async def read_database_parameters(control_plane: ControlPlane, name: str | None) -> dict[str, str]:
    """Read the parameters that a DB parameter group sets; none for a default group, as the emulator has none."""
    return await _parameters(control_plane, "rds", "describe_db_parameters", DBParameterGroupName=name)


async def read_cache_parameters(control_plane: ControlPlane, name: str | None) -> dict[str, str]:
    """Read the parameters that a cache parameter group sets; none for a default group, as the emulator has none."""
    return await _parameters(control_plane, "elasticache", "describe_cache_parameters", CacheParameterGroupName=name)


async def _parameters(control_plane: ControlPlane, service: str, operation: str, **group: str | None) -> dict[str, str]:
    if any(name is None or name.startswith("default.") for name in group.values()):
        return {}
    try:
        rows: list[dict[str, Any]] = await control_plane.pages(service, operation, "Parameters", **group)
    except ClientError as error:
        if "NotFound" in error.response.get("Error", {}).get("Code", ""):
            return {}
        raise
    return {row["ParameterName"]: str(row["ParameterValue"]) for row in rows if row.get("ParameterValue") is not None}
