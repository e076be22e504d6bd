"""Valkey and Redis on Amazon ElastiCache: the allowed settings, and the plan for them."""

import string
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.data.cache import group_name_problems, plan_cache, redis_url
from spot_planning.data.rules import CACHE_RULES
from spot_planning.data.settings import CacheEngine, CacheSettings, EvictionPolicy
from tests.unit.planning.saying import lines, said


def cache(**settings: Any) -> list[str]:
    return said(CacheSettings(**settings), CACHE_RULES)


@pytest.mark.parametrize(
    ("engine", "version", "planned", "family"),
    [
        ("valkey", None, "8.1", "valkey8"),
        ("valkey", "7.2", "7.2", "valkey7"),
        ("valkey", "9.0", "9.0", "valkey9"),
        ("redis", None, "7.1", "redis7"),
        ("redis", "6.2", "6.2", "redis6.x"),
        ("redis", "6.x", "6.x", "redis6.x"),
    ],
)
def test_parameter_group_follows_the_engine(engine: str, version: str | None, planned: str, family: str) -> None:
    plan = plan_cache(CacheSettings(engine=CacheEngine(engine), engine_version=version))
    assert (plan.engine_version, plan.parameter_group_family) == (planned, family)


@given(st.integers(1, 6))
def test_failover_takes_a_second_node(nodes: int) -> None:
    assert plan_cache(CacheSettings(nodes=nodes)).automatic_failover is (nodes > 1)


@given(st.integers().filter(lambda nodes: not 1 <= nodes <= 6))
def test_other_numbers_of_nodes_are_refused(nodes: int) -> None:
    assert cache(nodes=nodes) == ["nodes is not allowed; allowed: 1 to 6"]


@given(st.text(string.ascii_letters + string.digits, min_size=16, max_size=128), st.integers(1024, 65_535))
def test_url_is_read_back_as_it_was_meant(token: str, port: int) -> None:
    url = urlsplit(redis_url("main.abc123.ng.0001.use1.cache.amazonaws.com", port, token))
    assert (url.scheme, url.password, url.port) == ("rediss", token, port)
    assert url.hostname == "main.abc123.ng.0001.use1.cache.amazonaws.com"


NO_VALKEY = "engine_version is not a valkey version of 7.*, 8.*, 9.*, such as 8.1"
NO_REDIS = "engine_version is not a redis version of 6.*, 7.*, such as 7.1"


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"engine": "memcached"}, "engine is not allowed; allowed: valkey, redis"),
        (
            {"engine_version": "7"},
            'engine_version is not allowed; allowed: a version of the engine in quotes, such as "8.1"',
        ),
        ({"engine_version": "6.2"}, NO_VALKEY),
        ({"engine_version": "7.x"}, NO_VALKEY),
        ({"engine": "redis", "engine_version": "5.0"}, NO_REDIS),
        (
            {"node_type": "t4g.micro"},
            "node_type is not allowed; allowed: an ElastiCache node type, such as cache.t4g.micro",
        ),
        ({"port": 1023}, "port is not allowed; allowed: 1024 to 65535"),
        ({"port": 65536}, "port is not allowed; allowed: 1024 to 65535"),
        (
            {"eviction_policy": "lru"},
            f"eviction_policy is not allowed; allowed: {', '.join(EvictionPolicy)}",
        ),
        ({"snapshot_retention_days": 36}, "snapshot_retention_days is not allowed; allowed: 0 to 35"),
        ({"snapshot_window": "03:00-03:30"}, "snapshot_window lasts 30 minutes; 60 are needed"),
        (
            {"snapshot_window": "05:00-06:00"},
            "snapshot_window overlaps maintenance_window=sun:04:30-sun:05:30",
        ),
    ],
)
def test_wrong_caches_are_refused(change: dict[str, Any], line: str) -> None:
    assert cache(**change) == [line]


def test_a_name_too_long_for_a_replication_group_is_refused() -> None:
    assert lines(group_name_problems("a" * 33)) == [
        "name must be lower-case letters, digits and single hyphens, at most 32 of them, for Amazon ElastiCache"
    ]
