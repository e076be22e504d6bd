"""Lists the types of resources that no rule judges, so that nobody takes a resource for safe that was not checked."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from policy.graph import Graph
from policy.resources import ResourceView
from policy.rules import RULES

LOOK_AT_ALL: Final = frozenset({"no-secret-in-clear"})
"""Rules that check every resource. They do not count here, since they check nothing particular to a type."""
OWN: Final = ("spot-platform:", "pulumi:")
"""The beginnings of the types of this library's components, which have no properties of their own, and of the engine's
types."""

NOTHING_TO_JUDGE: Final[Mapping[str, str]] = {
    "aws:acm/certificateValidation:CertificateValidation": "waits for a certificate, and makes nothing",
    "aws:apigateway/account:Account": "the role's own policy is judged",
    "aws:apigateway/apiKey:ApiKey": "usage plans say what a key is for",
    "aws:apigateway/deployment:Deployment": "the API and the stage are judged",
    "aws:apigateway/usagePlanKey:UsagePlanKey": "joins a key and a plan",
    "aws:apigateway/vpcLink:VpcLink": "the load balancer behind it is judged",
    "aws:appautoscaling/policy:Policy": "the scaling target's bounds are judged",
    "aws:cloudfront/function:Function": "code that changes requests only",
    "aws:cloudwatch/dashboard:Dashboard": "shows, and changes nothing",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": "the log group and the alarm are judged",
    "aws:ec2/internetGateway:InternetGateway": "the routes to it are judged",
    "aws:elasticache/parameterGroup:ParameterGroup": "the cache is judged",
    "aws:iam/instanceProfile:InstanceProfile": "the role in it is judged",
    "aws:kms/alias:Alias": "a name of a key",
    "aws:lambda/alias:Alias": "a name of a version",
    "aws:lambda/layerVersion:LayerVersion": "who may use it is judged",
    "aws:route53/record:Record": "a name of what is judged",
    "aws:scheduler/scheduleGroup:ScheduleGroup": "the schedules in it are judged",
    "aws:secretsmanager/secretVersion:SecretVersion": "the secret is judged",
    "aws:xray/samplingRule:SamplingRule": "says which requests are traced, and how many",
}
"""Type -> why no rule is about it."""


@cache
def _judged() -> frozenset[str]:
    return frozenset(type_ for rule in RULES if rule.id not in LOOK_AT_ALL for type_ in rule.types)


def _is_component(resource: ResourceView) -> bool:
    """Check whether a resource is a component, whose children are judged separately.

    No provider makes a component. If it is not known which provider makes a resource (recordings of unit tests), the
    type decides: every resource of a bridged provider such as AWS's has a slash in its module.
    """
    return resource.provider is None and "/" not in resource.type


def unjudged(graph: Graph) -> dict[str, list[ResourceView]]:
    """Find the types that no rule is about.

    Args:
        graph: The stack.

    Returns:
        Type -> the stack's resources of that type, sorted by type.
    """
    found: dict[str, list[ResourceView]] = {}
    for resource in graph.resources:
        type_ = resource.type
        known = type_ in _judged() or type_ in NOTHING_TO_JUDGE or type_.startswith(OWN)
        if not known and not _is_component(resource):
            found.setdefault(type_, []).append(resource)
    return dict(sorted(found.items()))


def sentences(graph: Graph) -> Iterator[tuple[str, str]]:
    """Write a sentence about each type that no rule judges.

    Args:
        graph: The stack.

    Yields:
        Pairs of the URN of the type's first resource and the sentence.
    """
    for type_, resources in unjudged(graph).items():
        names = ", ".join(resource.name for resource in resources[:_NAMED])
        more = f" and {len(resources) - _NAMED} more" if len(resources) > _NAMED else ""
        yield resources[0].urn, f"No rule judges {type_}: {names}{more}. Look at its properties yourself."


_NAMED: Final = 3
