"""Amazon API Gateway (REST): the web ACL of the API itself, or of the site that alone can call the API."""

from collections.abc import Iterator, Mapping
from typing import Final

from policy.checks import given
from policy.graph import Graph
from policy.openapi import AUTHORIZERS, KEY_HEADER, Operation, is_enforced, operations, schemes_of
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, per_resource, violation
from policy.rules.api_gateway import REST_API, STAGE, WEB_ACL_ASSOCIATION
from policy.rules.cloudfront import DISTRIBUTION
from policy.values import Value, some

PREFLIGHT: Final = "options"


def _has_web_acl(graph: Graph, stage: ResourceView, _config: Config) -> Iterator[Verdict]:
    associations = graph.dependents(stage, WEB_ACL_ASSOCIATION, "resourceArn")
    sites = [site for site in graph.dependents(stage, DISTRIBUTION, "origins") if _sends_key(site)]
    if not associations and not sites:
        yield violation("arn", "no WebAclAssociation of the stack is for this stage")
    for association in associations:
        yield from _given(association.at("webAclArn"), association)
    if not associations and sites:
        yield from _nobody_comes_past(graph, stage)
        for site in sites:
            yield from _given(site.at("webAclId"), site)


def _given(acl: Value, owner: ResourceView) -> Iterator[Verdict]:
    if not given(acl):
        yield violation(acl.path, f"{acl}; it must be given", owner)


def _sends_key(site: ResourceView) -> bool:
    """Check whether a distribution sends an API key. Its own web ACL has filtered the requests that it forwards."""
    headers = [header for origin in site.at("origins").items() for header in origin.at("customHeaders").items()]
    return some(headers, lambda header: (header.at("name").text() or "").lower() == KEY_HEADER)


def _nobody_comes_past(graph: Graph, stage: ResourceView) -> Iterator[Verdict]:
    apis = graph.targets(stage, "restApi", REST_API)
    asked = [operation for api in apis for operation in operations(api) if operation.method.lower() != PREFLIGHT]
    if not asked:
        yield violation("restApi", "the API has no document in which every operation requires the API key")
    for api in apis:
        schemes = schemes_of(api.at("body").document())
        for operation in operations(api):
            if operation.method.lower() != PREFLIGHT and not _asks_for_key(operation, schemes):
                yield violation(
                    "body", f"{operation.where} requires no API key: anybody can call it past the site's web ACL", api
                )


def _asks_for_key(operation: Operation, schemes: Mapping[str, Value]) -> bool:
    """Check whether an operation requires an API key from every caller."""

    def without_key(requirement: Value) -> bool:
        return not some(requirement.members(), lambda name: name in schemes and _is_key(schemes[name]))

    requirements = operation.value.at("security").items()
    return bool(requirements) and not some(requirements, without_key)


def _is_key(scheme: Value) -> bool:
    return not any(scheme.at(extension).present for extension in AUTHORIZERS) and is_enforced(scheme)


RULES = (
    Rule(
        id="api-gateway-web-acl",
        title="A web ACL filters requests for the API",
        problem="No web ACL filters requests for the API",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("APIGateway.4",),
        checkov=("CKV2_AWS_29",),
        cdk_nag=("AwsSolutions-APIG3",),
        prowler=("apigateway_restapi_waf_acl_attached",),
        types=(STAGE, WEB_ACL_ASSOCIATION, REST_API, DISTRIBUTION),
        remediation="Add a WebAclAssociation of the stage with an ACL of scope REGIONAL.",
        settings=(Setting("waf.enabled", "true", "PrivateApi"),),
        check_graph=per_resource(_has_web_acl, STAGE),
        note=(
            "The control requires a web ACL of the stage itself. Here the web ACL of a distribution is enough if only "
            "that distribution can call the API: it sends x-api-key as an origin header, and every operation requires "
            "the key."
        ),
    ),
)
