"""The cache of ManagedData: its settings, its logs, and the URL with its token."""

import re

from spot_platform.data.managed_data import ManagedData
from tests.recording import record
from tests.unit.components.data.recorded import ARGS, GROUP, KEY_ARN, LOG_GROUP, OUTPUTS, VERSION, build, with_cache


def test_cache_is_private_and_encrypted() -> None:
    inputs = build().one(GROUP).inputs
    expected = {
        "engine": "valkey",
        "engineVersion": "8.1",
        "nodeType": "cache.t4g.micro",
        "numCacheClusters": 1,
        "automaticFailoverEnabled": False,
        "multiAzEnabled": False,
        "port": 6380,
        "subnetGroupName": "main-cache-5d6e7f8",
        "securityGroupIds": ["main-cache-id"],
        "parameterGroupName": "main-cache",
        "transitEncryptionEnabled": True,
        "transitEncryptionMode": "required",
        "authTokenUpdateStrategy": "ROTATE",
        "atRestEncryptionEnabled": True,
        "kmsKeyId": KEY_ARN,
        "snapshotRetentionLimit": 1,
        "autoMinorVersionUpgrade": True,
    }
    assert {key: inputs.get(key) for key in expected} == expected
    assert "finalSnapshotIdentifier" not in inputs


def test_second_node_takes_over_in_another_zone() -> None:
    inputs = build(with_cache(nodes=2, final_snapshot=True)).one(GROUP).inputs
    assert (inputs["automaticFailoverEnabled"], inputs["multiAzEnabled"]) == (True, True)
    assert inputs["finalSnapshotIdentifier"] == "main-cache-5d6e7f8-final"


def test_cache_logs_are_kept_and_encrypted() -> None:
    recording = build(with_cache(log_retention_days=7))
    delivered = {d["logType"]: d for d in recording.one(GROUP).inputs["logDeliveryConfigurations"]}
    assert set(delivered) == {"engine-log", "slow-log"}
    for log_type, delivery in delivered.items():
        group = recording.one(LOG_GROUP, f"main-cache-{log_type}")
        assert delivery["destination"] == group.name
        assert (delivery["destinationType"], delivery["logFormat"]) == ("cloudwatch-logs", "json")
        assert (group.inputs["retentionInDays"], group.inputs["kmsKeyId"]) == (7, KEY_ARN)


def test_cache_engine_and_eviction_reach_the_parameter_group() -> None:
    recording = build(with_cache(engine="redis", eviction_policy="noeviction"))
    parameters = recording.one("aws:elasticache/parameterGroup:ParameterGroup").inputs
    assert parameters["family"] == "redis7"
    assert parameters["parameters"] == [{"name": "maxmemory-policy", "value": "noeviction"}]
    assert recording.one(GROUP).inputs["engineVersion"] == "7.1"


def test_url_has_the_token_of_the_cache() -> None:
    recording = build()
    token = recording.one(VERSION, "main-cache-token")
    group = recording.one(GROUP)
    url = recording.one(VERSION, "main-cache-url")
    assert re.fullmatch(r"[A-Za-z0-9]{64}", token.inputs["secretString"])
    assert group.inputs["authToken"] == token.inputs["secretString"]
    host = "main.abc123.ng.0001.use1.cache.amazonaws.com"
    assert url.inputs["secretString"] == f"rediss://:{token.inputs['secretString']}@{host}:6380"
    # The URL changes with the endpoint; the token is generated once.
    assert url.ignore_changes == ()
    assert "secretString" in token.ignore_changes


def test_readers_of_the_token_agree_after_a_first_up_that_failed_half_way() -> None:
    outputs = {**OUTPUTS, f"{VERSION} main-cache-token": {"secretString": "token-of-the-first-up"}}
    recording = record(lambda: ManagedData("main", ARGS).redis_url_secret_arn, outputs=outputs)
    assert recording.one(GROUP).inputs["authToken"] == "token-of-the-first-up"
    assert ":token-of-the-first-up@" in recording.one(VERSION, "main-cache-url").inputs["secretString"]
