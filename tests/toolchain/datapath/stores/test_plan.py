"""The plan of stores to run, from the emulator's descriptions."""

import subprocess
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from toolchain.datapath.stores.front import Encryption
from toolchain.datapath.stores.plan import PLAYED_MAJOR_VERSION, POSTGRES_PARAMETERS, forces_ssl, plan, taken
from toolchain.datapath.stores.programs import postgres_programs

INSTANCE: dict[str, Any] = {
    "DBInstanceIdentifier": "db",
    "Engine": "postgres",
    "EngineVersion": "16.4",
    "DBInstanceStatus": "available",
    "MasterUsername": "app",
    "Endpoint": {"Address": "db.example", "Port": 5433},
    "InstanceCreateTime": datetime(2026, 1, 1, tzinfo=UTC),
    "DBParameterGroups": [{"DBParameterGroupName": "group"}],
}
GROUP: dict[str, Any] = {
    "ReplicationGroupId": "cache",
    "Status": "available",
    "MemberClusters": ["cache-001"],
    "TransitEncryptionEnabled": True,
    "NodeGroups": [
        {
            "PrimaryEndpoint": {"Address": "master.example", "Port": 6380},
            "ReaderEndpoint": {"Address": "replica.example", "Port": 6380},
            "NodeGroupMembers": [{"ReadEndpoint": {"Address": "one.example", "Port": 6380}}],
        }
    ],
}
MEMBER: dict[str, Any] = {
    "CacheClusterId": "cache-001",
    "ReplicationGroupId": "cache",
    "CacheClusterStatus": "available",
    "CacheParameterGroup": {"CacheParameterGroupName": "group"},
}


def test_an_instance_runs_with_its_replicas() -> None:
    replica = {
        **INSTANCE,
        "DBInstanceIdentifier": "replica",
        "ReadReplicaSourceDBInstanceIdentifier": "arn:aws:rds:us-east-1:123456789012:db:db",
        "Endpoint": {"Address": "replica.example", "Port": 5433},
    }
    found = plan([INSTANCE, replica], [], [])
    (database,) = found.databases
    assert database.endpoint == ("db.example", 5433)
    assert database.replicas == (("replica.example", 5433),)
    assert (database.major_version, database.parameter_group, database.name, database.secret) == (
        16,
        "group",
        None,
        None,
    )
    assert found.kept == {"postgres-db"}


def test_an_instance_is_the_same_in_every_time_zone() -> None:
    there = {**INSTANCE, "InstanceCreateTime": INSTANCE["InstanceCreateTime"].astimezone(timezone(timedelta(hours=8)))}
    assert plan([there], [], []) == plan([INSTANCE], [], [])


@pytest.mark.parametrize(
    ("status", "runs", "kept"),
    [("available", True, True), ("stopped", False, True), ("creating", False, True), ("deleting", False, False)],
)
def test_data_stays_until_the_instance_is_deleted(status: str, *, runs: bool, kept: bool) -> None:
    found = plan([{**INSTANCE, "DBInstanceStatus": status}], [{**GROUP, "Status": status}], [MEMBER])
    assert (bool(found.databases), bool(found.caches)) == (runs, runs)
    assert found.kept == ({"postgres-db", "redis-cache"} if kept else set())


def test_a_group_is_reached_by_all_its_endpoints() -> None:
    (cache,) = plan([], [GROUP], [MEMBER]).caches
    assert cache.endpoints == (("master.example", 6380), ("replica.example", 6380), ("one.example", 6380))
    assert (cache.encryption, cache.parameter_group) == (Encryption.REQUIRED, "group")
    assert cache.question == ("ReplicationGroupId", "cache")
    (cache,) = plan([], [{**GROUP, "TransitEncryptionMode": "preferred"}], []).caches
    assert cache.encryption is Encryption.PREFERRED


def test_what_is_not_played_is_said() -> None:
    found = plan(
        [{**INSTANCE, "Engine": "mysql"}],
        [{**GROUP, "ClusterEnabled": True, "UserGroupIds": ["users"]}],
        [{"CacheClusterId": "old", "Engine": "memcached", "CacheClusterStatus": "available"}],
    )
    assert found.unplayed == (
        "DB instance db: engine mysql is not played",
        "replication group cache: users and user groups are not played",
        "replication group cache: cluster mode is not played",
        "cache cluster old: engine memcached is not played",
    )
    assert (found.databases, found.caches) == ((), ())


def test_another_version_and_engine_run_and_are_said() -> None:
    old = {**INSTANCE, "EngineVersion": "13.4", "IAMDatabaseAuthenticationEnabled": True}
    node = {"Address": "node.example", "Port": 6379}
    single = {
        "CacheClusterId": "single",
        "Engine": "valkey",
        "CacheClusterStatus": "available",
        "CacheNodes": [{"Endpoint": node}],
    }
    found = plan([old, {**old, "DBInstanceStatus": "deleting"}], [{**GROUP, "Engine": "valkey"}], [MEMBER, single])
    assert found.unplayed == (
        "DB instance db: PostgreSQL 13.4 is not played: PostgreSQL 16 runs",
        "DB instance db: IAM tokens are not played: only passwords are accepted",
        "replication group cache: engine valkey is not played: Redis runs",
        "cache cluster single: engine valkey is not played: Redis runs",
    )
    assert (len(found.databases), len(found.caches)) == (1, 2)
    assert plan([INSTANCE], [{**GROUP, "Engine": "redis"}], [MEMBER]).unplayed == ()


def test_the_version_that_is_said_runs() -> None:
    program = postgres_programs() / "postgres"
    answer = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    assert answer.startswith(f"postgres (PostgreSQL) {PLAYED_MAJOR_VERSION}.")


@pytest.mark.parametrize(
    ("version", "parameters", "forced"),
    [(14, {}, False), (15, {}, True), (16, {"rds.force_ssl": "0"}, False), (14, {"rds.force_ssl": "1"}, True)],
)
def test_tls_is_forced_as_in_rds(version: int, parameters: dict[str, str], *, forced: bool) -> None:
    assert forces_ssl(version, parameters) is forced


def test_formulas_and_what_the_server_lacks_are_left_out() -> None:
    given = {
        "max_connections": "LEAST({DBInstanceClassMemory/9531392},5000)",
        "statement_timeout": "1000",
        "shared_preload_libraries": "pg_stat_statements",
        "rds.force_ssl": "1",
    }
    assert taken(given, POSTGRES_PARAMETERS) == {"statement_timeout": "1000"}
