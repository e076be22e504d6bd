"""A section is the arguments of its component: the same names, the same defaults, nothing that goes nowhere."""

import dataclasses
from typing import Any, NamedTuple

import pytest

import spot_platform
from configuration.sections import Api, ScheduledScaling
from configuration.stack import StackSettings
from configuration.values import Section
from spot_planning.api.openapi_import import ImportOptions


class Feeds(NamedTuple):
    """Which Args a section's arguments go to."""

    section: str
    args: str


FEEDS = [
    Feeds("dns", "HostedZoneArgs"),
    Feeds("vpc", "VpcArgs"),
    Feeds("frontend", "SpaFrontendArgs"),
    Feeds("api", "PrivateApiArgs"),
    Feeds("service", "FargateSpotServiceArgs"),
    Feeds("database", "DatabaseArgs"),
    Feeds("cache", "CacheArgs"),
    Feeds("storage", "ObjectStorageArgs"),
    Feeds("registry", "ContainerRegistryArgs"),
    Feeds("observability", "ObservabilityArgs"),
    Feeds("backups", "BackupsArgs"),
    Feeds("budget", "BudgetArgs"),
    Feeds("waf", "WebAclArgs"),
]

UNLIKE = {
    # The component has no budget without a limit; the stack has.
    ("budget", "monthly_limit_usd"),
}


def args_type(name: str) -> Any:
    return getattr(spot_platform, name)


def section_type(name: str) -> type[Section]:
    annotation = StackSettings.model_fields[name].annotation
    assert isinstance(annotation, type)
    assert issubclass(annotation, Section)
    return annotation


def default_of(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


@pytest.mark.parametrize("feeds", FEEDS, ids=lambda feeds: feeds.section)
def test_every_key_is_an_argument_with_the_same_default(feeds: Feeds) -> None:
    section = section_type(feeds.section)
    arguments = {field.name: field for field in dataclasses.fields(args_type(feeds.args))}
    for name, field in section.model_fields.items():
        if name in section.root_only:
            continue
        assert name in arguments, f"{feeds.section}.{name} goes nowhere"
        if (feeds.section, name) not in UNLIKE:
            assert field.get_default(call_default_factory=True) == default_of(arguments[name]), name


def test_every_section_feeds_something() -> None:
    sections = {
        name
        for name, field in StackSettings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
    }
    assert sections - {feeds.section for feeds in FEEDS} == {"aws"}, "which the providers are made from"


def test_scheduled_scaling_is_that_of_the_component() -> None:
    fields = dataclasses.fields(args_type("ScheduledScaling"))
    assert {field.name for field in fields} == set(ScheduledScaling.model_fields)
    assert ScheduledScaling.model_fields["timezone"].default == default_of(
        next(field for field in fields if field.name == "timezone")
    )


def test_the_load_balancer_and_the_import_have_their_keys_in_the_api_section() -> None:
    balancer = {field.name: default_of(field) for field in dataclasses.fields(args_type("InternalLoadBalancerArgs"))}
    api = Api(document="openapi.yaml")
    assert (api.load_balancer, api.deletion_protection) == (balancer["kind"], balancer["deletion_protection"])
    options = ImportOptions()
    assert (api.load_balancer, api.base_path, api.proxy) == (options.load_balancer_kind, options.base_path, options.proxy)
    assert api.integration_timeout_milliseconds == options.integration_timeout_milliseconds


def test_alarm_emails_are_those_of_the_topic() -> None:
    emails = next(field for field in dataclasses.fields(args_type("AlertTopicArgs")) if field.name == "emails")
    assert default_of(emails) == section_type("observability")().model_dump()["alarm_emails"]
