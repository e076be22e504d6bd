"""Valkey and Redis on Amazon ElastiCache: what may be asked for, and what follows from it."""

import re
import string
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.data.cache import EVICTION_POLICIES, plan_cache, redis_url

RIGHT: dict[str, Any] = {
    "name": "main-cache",
    "engine": "valkey",
    "engine_version": None,
    "node_type": "cache.t4g.micro",
    "nodes": 1,
    "port": 6380,
    "eviction_policy": "volatile-lru",
    "snapshot_retention_days": 1,
    "snapshot_window": "03:00-04:00",
    "maintenance_window": "sun:04:30-sun:05:30",
    "final_snapshot": False,
    "log_retention_days": 30,
}


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
    plan = plan_cache(**{**RIGHT, "engine": engine, "engine_version": version})
    assert (plan.engine_version, plan.parameter_group_family) == (planned, family)


@given(st.integers(1, 6))
def test_failover_takes_a_second_node(nodes: int) -> None:
    assert plan_cache(**{**RIGHT, "nodes": nodes}).automatic_failover is (nodes > 1)


@given(st.integers().filter(lambda nodes: not 1 <= nodes <= 6))
def test_other_numbers_of_nodes_are_refused(nodes: int) -> None:
    with pytest.raises(ValueError, match=f"^nodes={nodes} is not between 1 and 6$"):
        plan_cache(**{**RIGHT, "nodes": nodes})


@given(st.text(string.ascii_letters + string.digits, min_size=16, max_size=128), st.integers(1024, 65_535))
def test_url_is_read_back_as_it_was_meant(token: str, port: int) -> None:
    url = urlsplit(redis_url("main.abc123.ng.0001.use1.cache.amazonaws.com", port, token))
    assert (url.scheme, url.password, url.port) == ("rediss", token, port)
    assert url.hostname == "main.abc123.ng.0001.use1.cache.amazonaws.com"


NAME = "the name must be lower-case letters, digits and single hyphens, at most 32 of them, for Amazon ElastiCache"
NO_VALKEY = "is not a valkey version of 7.*, 8.*, 9.*, such as 8.1"
NO_REDIS = "is not a redis version of 6.*, 7.*, such as 7.1"
MAINTENANCE = "maintenance_window=sun:04:30-sun:05:30"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"engine": "memcached"}, "engine='memcached' is not one of redis, valkey"),
        ({"engine_version": "7"}, "engine_version='7' " + NO_VALKEY),
        ({"engine_version": "6.2"}, "engine_version='6.2' " + NO_VALKEY),
        ({"engine_version": "7.x"}, "engine_version='7.x' " + NO_VALKEY),
        ({"engine": "redis", "engine_version": "5.0"}, "engine_version='5.0' " + NO_REDIS),
        ({"node_type": "t4g.micro"}, "node_type='t4g.micro' is not a node type such as cache.t4g.micro"),
        ({"port": 1023}, "port=1023 is not between 1024 and 65535"),
        ({"port": 65536}, "port=65536 is not between 1024 and 65535"),
        ({"eviction_policy": "lru"}, "eviction_policy='lru' is not one of " + ", ".join(EVICTION_POLICIES)),
        ({"snapshot_retention_days": 36}, "snapshot_retention_days=36 is not between 0 and 35"),
        ({"snapshot_window": "03:00-03:30"}, "snapshot_window=03:00-03:30 lasts 30 minutes; 60 are needed"),
        ({"snapshot_window": "05:00-06:00"}, "snapshot_window=05:00-06:00 overlaps " + MAINTENANCE),
        ({"name": "a" * 33}, NAME),
    ],
)
def test_wrong_caches_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        plan_cache(**{**RIGHT, **change})
