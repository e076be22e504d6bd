"""Values that are longer than AWS takes, too long for the table of wrong configurations."""

from typing import Any

import pytest

from configuration.problems import NAMESPACE
from configuration.reading import merged
from configuration.settings import SettingsError, load
from tests.unit.configuration.test_settings_wrong import BASE, flat

SITE = {"zone_name": "e.com", "site_domain": "e.com"}


def environment(length: int) -> dict[str, Any]:
    # The entry is {"name":"TEXT","value":"..."} in a list.
    return {"service": {"environment": {"TEXT": "x" * (length - len('[{"name":"TEXT","value":""}]'))}}}


def permissions(length: int) -> dict[str, Any]:
    first = '[{"Action":["sqs:SendMessage"],"Effect":"Allow","Resource":["arn:aws:sqs:::"],"Sid":"TaskPermission1"}]'
    resource = "arn:aws:sqs:::" + "q" * (length - len(first))
    return {"service": {"task_permissions": [{"actions": ["sqs:SendMessage"], "resources": [resource]}]}}


def ports(count: int) -> dict[str, Any]:
    return {"service": {"egress_ports": list(range(1, count + 1))}}


def domains(count: int) -> dict[str, Any]:
    return {"dns": {**SITE, "site_alternative_domains": [f"a{number}.e.com" for number in range(count)]}}


def header(length: int) -> dict[str, Any]:
    return {"frontend": {"permissions_policy": "c" * length}}


@pytest.mark.parametrize(
    ("make", "most", "key", "end"),
    [
        (
            environment,
            49_152,
            "service.environment",
            "49153 bytes are not allowed; allowed: 49152 (Amazon ECS takes 65536 for a whole task definition)",
        ),
        (
            permissions,
            7_000,
            "service.task_permissions",
            (
                "7001 characters of statements are not allowed; allowed: 7000 (IAM takes 10240 for all inline policies "
                "of a role, with the platform's own)"
            ),
        ),
        (ports, 60, "service.egress_ports", "is not allowed; allowed: at most 60 ports"),
        (domains, 99, "dns.site_alternative_domains", "is not allowed; allowed: at most 99 names"),
        (header, 1_783, "frontend.permissions_policy", "is not allowed; allowed: one line of at most 1783 characters"),
    ],
)
def test_what_is_too_long_is_refused(make: Any, most: int, key: str, end: str) -> None:
    load("local", flat(merged(BASE, make(most))))
    with pytest.raises(SettingsError) as caught:
        load("local", flat(merged(BASE, make(most + 1))))
    (line,) = caught.value.problems
    assert line.startswith(f"{NAMESPACE}:{key}: ")
    assert line.endswith(end)
    assert len(line) < 300
