"""The life cycle of a stack with every switch on that the emulator can serve, with the real AWS provider plugin.

It takes several minutes, so the suite does not run it:

    EVERY_SWITCH=1 .venv/bin/python -m pytest tests/engine/test_emulator_switches.py

The suite checks that no switch is forgotten, and that the program takes all of them together.
"""

import functools
import os
from pathlib import Path
from typing import Any

import pytest

from configuration.settings import load
from tests.aws_requests.check import assert_every_request_is_right
from tests.engine.life_cycle import COPY_REGION, WITH_THE_PLUGIN, EmulatedStack, emulated_stack
from tests.engine.test_emulator_prod import SERVICES
from tests.stack_files import as_texts, stack_configuration, with_sections
from tests.walks.settings import LEFT_OUT, declared

pytestmark = [*WITH_THE_PLUGIN, pytest.mark.timeout(4000)]
whole = pytest.mark.skipif(os.environ.get("EVERY_SWITCH") != "1", reason="EVERY_SWITCH=1 runs it (several minutes)")

SWITCHES: dict[str, Any] = {
    "dns": {
        "caa_records": True,
        "site_alternative_domains": ["www.halalsphere.test"],
    },
    "vpc": {
        "ipv6": True,
        "interface_endpoints": ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssmmessages"],
        "flow_log_destination": "s3",
        "zones": 3,
    },
    "frontend": {"hsts_include_subdomains": True, "hsts_preload": True},
    "api": {
        "load_balancer_kind": "application",
        "path_on_site": "/api",
        "proxy": "fallback",
        "cache_size_gb": 0.5,
        "detailed_metrics": True,
    },
    "service": {
        "image": "public.ecr.aws/halalsphere/api@sha256:" + "a" * 64,
        "container_insights": "enhanced",
        "execute_command": True,
        "tracing": True,
        "requests_per_task_target": 1000,
        "ephemeral_storage_gib": 30,
        "scheduled_scaling": [{"name": "night", "schedule": "cron(0 1 * * ? *)", "min_tasks": 1, "max_tasks": 2}],
        "task_permissions": [
            {"actions": ["sqs:SendMessage"], "resources": ["arn:aws:sqs:us-east-1:123456789012:jobs"]}
        ],
    },
    "database": {
        "application_login": "iam",
        "final_snapshot": True,
        "monitoring_interval_seconds": 60,
        "multi_az": True,
        "replica": True,
        "stack_owned_password": True,
    },
    "cache": {"nodes": 2, "snapshot_retention_days": 3, "final_snapshot": True},
    "observability": {"alarm_emails": ["ops@example.com"], "alarm_urls": ["https://alerts.example.com/aws"]},
    "backups": {"enabled": True, "copy_region": COPY_REGION},
    "budget": {"monthly_limit_usd": 100, "tag_filter": True},
    "waf": {"enabled": True},
}
LEFT_OFF = {
    "api.client_certificate": "a container without TLS cannot check a client certificate",
    "api.cors_allow_credentials": "with the API below the site's path there is no CORS",
    "service.wait_for_steady_state": "no task runs in these tests, so the service never becomes steady",
}
"""Switch that is not on -> reason."""
CHANGES: dict[str, Any] = {
    "tags": {"team": "platform"},
    "dns": {"caa_issuers": ["letsencrypt.org"], "site_alternative_domains": []},
    "vpc": {"interface_endpoints": ["ecr.api", "ecr.dkr", "logs", "secretsmanager"], "ipv6": False},
    "frontend": {"price_class": "PriceClass_200"},
    "api": {"cache_size_gb": 1.6, "throttle_rate_limit": 50},
    "service": {"execute_command": False, "tracing_sample_ratio": 0.5, "requests_per_task_target": 500},
    "database": {"application_login": "password", "replica": False},
    "cache": {"nodes": 3},
    "observability": {"alarm_urls": []},
    "backups": {"enabled": False, "copy_region": None},
    "budget": {"monthly_limit_usd": 200},
    "waf": {"rate_limit": 1000},
}
"""A change of most kinds of components; several take away what a switch made."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory, recording: Path) -> EmulatedStack:
    return emulated_stack(tmp_path_factory.mktemp("switches"), recording, SWITCHES)


def test_no_switch_is_forgotten():
    settings = load("local", as_texts(with_sections(stack_configuration("local"), SWITCHES)))
    off = {
        key
        for key, kind, _ in declared()
        if kind in (bool, bool | None) and not functools.reduce(getattr, key.split("."), settings)
    }
    assert off - set(LEFT_OUT) == set(LEFT_OFF)


@whole
def test_all_that_the_switches_make_is_there(stack: EmulatedStack, deployed):
    counts = {kind: len(names) for kind, names in deployed.items()}
    expected = {
        "subnets": 9,
        "vpc links": 0,
        "vpc links of version 2": 1,
        "databases": 2,
        "cache nodes": 2,
        "web acls": 1,
        "budgets": 1,
        "sampling rules": 1,
        "backup vaults": 1,
        f"backup vaults in {COPY_REGION}": 1,
        "scaling policies": 3,
    }
    assert {kind: counts.get(kind, 0) for kind in expected} == expected


@whole
def test_nothing_is_left_to_change(stack: EmulatedStack, deployed):
    stack.assert_nothing_to_change()
    stack.run("refresh", "local")
    stack.assert_nothing_to_change()


@whole
def test_switches_go_off_again(stack: EmulatedStack, deployed):
    stack.configure(CHANGES)
    stack.run("up", "local")
    stack.assert_nothing_to_change()
    now = stack.inventory()
    assert len(now["databases"]) == 1
    assert len(now["cache nodes"]) == 3
    assert "backup plans" not in now


@whole
def test_every_request_is_what_aws_takes_and_destroy_leaves_only_what_it_says(
    stack: EmulatedStack, deployed, recording: Path
):
    destroyed = stack.destroy()
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
    left = stack.inventory()
    # every revision of the service stays for rollbacks, free of charge (skip_destroy)
    assert all("migration" not in arn for arn in left.pop("task definitions"))
    assert left == {
        # snapshots are encrypted with it
        "keys": deployed["keys"],
        "database snapshots": [f"{now}-final" for now in deployed["databases"][:1]],
        "cache snapshots": [f"{deployed['cache subnet groups'][0]}-final"],
    }
    assert_every_request_is_right(recording, SERVICES)
