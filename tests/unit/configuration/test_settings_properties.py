"""Accepted settings have the properties that AWS and the components rely on."""

import json
from ipaddress import IPv4Network
from typing import Any

from hypothesis import HealthCheck, assume, event, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from configuration.models import model_of
from configuration.problems import NAMESPACE
from configuration.profiles import PROFILES
from configuration.settings import SettingsError, load
from configuration.stack import StackSettings
from spot_planning.service.capacity import FARGATE_MEMORY_MIB

MODEL = model_of(StackSettings)

small = st.integers(min_value=0, max_value=4)
junk = st.one_of(st.none(), st.booleans(), st.text(max_size=5), st.integers(), st.lists(st.integers(), max_size=2))


def some(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy that often draws no values, so that many stacks are valid."""
    return st.just({}) | st.fixed_dictionaries({}, optional=values)


services = some(
    cpu=st.sampled_from([0, *FARGATE_MEMORY_MIB]),
    memory=st.sampled_from(sorted({size for sizes in FARGATE_MEMORY_MIB.values() for size in sizes})),
    min_tasks=small,
    desired_tasks=small,
    max_tasks=small,
    spot_weight=small,
    spot_base=small,
    on_demand_weight=small,
    on_demand_base=small,
    stop_timeout_seconds=st.integers(60, 125),
    drain_seconds=st.integers(0, 125),
)
networks = some(
    zones=st.integers(1, 7),
    cidr_block=st.builds("10.{}.0.0/{}".format, st.integers(0, 255), st.integers(15, 27)),
    nat=st.sampled_from(["per-az", "single", "instance", "none"]),
)
names = some(
    zone_name=st.sampled_from(["example.com", "app.example.com"]),
    site_domain=st.sampled_from(["example.com", "www.example.com", "example.org"]),
    api_domain=st.sampled_from(["api.example.com", "example.com", "api.app.example.com"]),
)
apis = some(throttle_rate_limit=st.integers(-1, 300), throttle_burst_limit=st.integers(-1, 300))
databases = some(
    replica=st.booleans(),
    backup_retention_days=st.integers(-1, 36),
    allocated_storage_gib=st.integers(15, 120),
    max_allocated_storage_gib=st.integers(15, 120),
)
stacks = st.fixed_dictionaries(
    {
        "aws": st.just({"region": "us-east-1", "account_id": "123456789012"}),
        "observability": st.just({"alarm_emails": ["ops@example.com"]}),
        "api": apis.map(lambda api: {"document": "openapi.yaml", **api}),
    },
    optional={"vpc": networks, "service": services, "dns": names, "database": databases},
)


def check_words(error: SettingsError) -> None:
    assert error.problems, "refused without saying why"
    assert all(problem.startswith(f"{NAMESPACE}:") and "\n" not in problem for problem in error.problems)


def accepted(profile: str, sections: dict[str, Any]) -> StackSettings | None:
    try:
        return load(profile, {f"{NAMESPACE}:{name}": json.dumps(value) for name, value in sections.items()})
    except SettingsError as error:
        check_words(error)
        return None


@hypothesis_settings(suppress_health_check=[HealthCheck.filter_too_much])  # most combinations are wrong
@given(profile=st.sampled_from(sorted(PROFILES)), sections=stacks)
def test_accepted_settings_keep_the_invariants(profile: str, sections: dict[str, Any]) -> None:
    settings = accepted(profile, sections)
    event("accepted" if settings else "refused")
    assume(settings is not None)
    assert settings is not None
    service, vpc, dns, api, database = settings.service, settings.vpc, settings.dns, settings.api, settings.database
    assert service.memory in FARGATE_MEMORY_MIB[service.cpu]
    assert 1 <= service.min_tasks <= service.desired_tasks <= service.max_tasks
    assert service.spot_weight + service.on_demand_weight > 0
    assert not (service.spot_base and service.on_demand_base)
    assert service.drain_seconds + api.integration_timeout_seconds < service.stop_timeout_seconds <= 120
    assert IPv4Network(vpc.cidr_block).is_private
    assert IPv4Network(vpc.cidr_block).num_addresses >= 8 * 16 * vpc.zones, (
        "an eighth of a zone's part is a /28 or more"
    )
    assert vpc.nat != "none", "there are no endpoints"
    assert all(domain.endswith(f".{dns.zone_name}") or domain == dns.zone_name for domain in settings.site_domains)
    assert dns.api_domain is None or (dns.zone_name or "") in dns.api_domain
    assert dns.api_domain not in settings.site_domains
    assert 0 < api.throttle_rate_limit <= api.throttle_burst_limit
    assert database.backup_retention_days > 0 or not database.replica
    assert database.max_allocated_storage_gib >= 1.1 * database.allocated_storage_gib
    if profile == "prod":
        assert service.min_tasks >= 2
        assert service.on_demand_base >= 1
        assert database.backup_retention_days >= 7
        assert "*" not in settings.api_origins


@given(
    profile=st.sampled_from(sorted(PROFILES)),
    name=st.sampled_from(list(MODEL.model_fields)),
    value=junk,
)
def test_junk_in_a_section_is_said_in_words(profile: str, name: str, value: object) -> None:
    accepted(profile, {name: value})


@given(st.data())
def test_junk_in_a_key_is_said_in_words(data: st.DataObject) -> None:
    sections = [name for name, field in MODEL.model_fields.items() if hasattr(field.annotation, "model_fields")]
    name = data.draw(st.sampled_from(sections))
    keys = list(getattr(MODEL.model_fields[name].annotation, "model_fields", ()))
    accepted("dev", {name: {data.draw(st.sampled_from(keys)): data.draw(junk)}})
