"""Amazon API Gateway (HTTP and WebSocket): authorization, CORS, access logs, throttling and TLS."""

from collections.abc import Iterator
from typing import Final

from policy.checks import every, given, is_given, is_one_of, setting_texts, texts_setting
from policy.documents import names_every_site
from policy.iam.arns import matches
from policy.openapi import operations
from policy.resources import ResourceView
from policy.rule import Addition, Concern, Config, Rule, Severity, Verdict, guarded, violation
from policy.rules.api_documents import OPEN_PATHS
from policy.rules.clear_secrets import HTTP_STAGE

API: Final = "aws:apigatewayv2/api:Api"
ROUTE: Final = "aws:apigatewayv2/route:Route"
DEFAULT_ROUTE: Final = "$default"
"""The route of an API that has a target and names no other route ("Quick create", API Gateway Developer Guide)."""
AUTHORIZATION: Final = "x-amazon-apigateway-auth"
"""The extension of an operation whose callers sign their requests with IAM credentials."""
DOMAIN_NAME: Final = "aws:apigatewayv2/domainName:DomainName"


def _asks_who_calls(resource: ResourceView, config: Config) -> Iterator[Verdict]:
    if resource.type == API:
        yield from guarded(_by_quick_create(resource, config))
        yield from guarded(_imported(resource, config))
        return
    kind = resource.at("authorizationType")
    is_open = _may_be_open(resource.text("routeKey") or "", config)
    if kind.text() in {None, "", "NONE"} and not is_open and not resource.flag("apiKeyRequired"):
        additions = _opening(resource.text("routeKey") or "")
        yield violation(kind.path, f"{kind}; it must be JWT, AWS_IAM or CUSTOM", additions=additions)


def _may_be_open(route_key: str, config: Config) -> bool:
    method, _, path = route_key.partition(" ")
    return method == "OPTIONS" or any(matches(pattern, path) for pattern in setting_texts(config, "open-paths"))


def _opening(route_key: str) -> list[Addition]:
    path = route_key.partition(" ")[2]
    return [Addition(OPEN_PATHS, path)] if path else []  # $default has no path


def _by_quick_create(api: ResourceView, config: Config) -> Iterator[Verdict]:
    target = api.at("target")
    if given(target) and not _may_be_open(api.text("routeKey") or DEFAULT_ROUTE, config):
        route = api.text("routeKey") or DEFAULT_ROUTE
        yield violation(target.path, f"{target.path} makes the route {route}, which anybody may call")


def _imported(api: ResourceView, config: Config) -> Iterator[Verdict]:
    for_all = api.at("body").document().at("security").present
    for operation in operations(api):
        asks = operation.value.at("security")
        open_ = not asks.items() if asks.present else not for_all
        by_iam = operation.value.at(AUTHORIZATION).present
        if open_ and not by_iam and not _may_be_open(f"{operation.method.upper()} {operation.path}", config):
            text = f"{operation.where} asks for nothing: security must name an authorizer"
            yield violation("body", text, additions=[Addition(OPEN_PATHS, operation.path)])


def _cors(api: ResourceView, _config: Config) -> Iterator[Verdict]:
    origins = api.at("corsConfiguration.allowOrigins")
    if names_every_site(origins):
        yield violation(origins.path, f"{origins}; it must name the sites")


def _throttled(stage: ResourceView, _config: Config) -> Iterator[Verdict]:
    for name in ("throttlingRateLimit", "throttlingBurstLimit"):
        limit = stage.at(f"defaultRouteSettings.{name}")
        if (limit.number() or 0) <= 0:
            yield violation(limit.path, f"{limit}; it must be more than 0")


RULES = (
    Rule(
        id="http-api-route-authorized",
        title="Every route authorizes its callers",
        problem="Anybody in the world may call the route",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("APIGateway.8",),
        checkov=("CKV_AWS_309",),
        cdk_nag=("AwsSolutions-APIG4",),
        prowler=("apigatewayv2_api_authorizers_enabled",),
        types=(ROUTE, API),
        remediation=(
            "Set authorizationType to JWT, AWS_IAM or CUSTOM, or add the path to policy.open_paths of the stack file; "
            "instead of an API's target make a Route, an Integration and a Stage."
        ),
        check=_asks_who_calls,
        config={"open-paths": texts_setting([], "Patterns of paths that anybody may call, such as /health/*.")},
    ),
    Rule(
        id="http-api-cors",
        title="Browsers reach the API from named sites only",
        problem="Every site in the world may call the API through a browser",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        checkov=("CKV2_AWS_75",),
        types=(API,),
        remediation="Name the sites in corsConfiguration.allowOrigins.",
        check=_cors,
    ),
    Rule(
        id="http-api-access-logs",
        title="Requests for the API are logged",
        problem="Requests for the API are not logged",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=("APIGateway.9",),
        checkov=("CKV_AWS_95",),
        cdk_nag=("AwsSolutions-APIG1",),
        prowler=("apigatewayv2_api_access_logging_enabled",),
        trivy=("AWS-0001",),
        types=(HTTP_STAGE,),
        remediation="Give accessLogSettings with destinationArn and format.",
        check=every(is_given("accessLogSettings.destinationArn"), is_given("accessLogSettings.format")),
    ),
    Rule(
        id="http-api-throttled",
        title="Requests for the API are throttled",
        problem="Requests for the API are not throttled, so one caller may use up its capacity",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        types=(HTTP_STAGE,),
        remediation="Give defaultRouteSettings throttlingRateLimit and throttlingBurstLimit.",
        check=_throttled,
    ),
    Rule(
        id="http-api-domain-tls",
        title="The API's domain takes TLS 1.2 or newer",
        problem="The API's domain takes outdated TLS",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        trivy=("AWS-0005",),
        types=(DOMAIN_NAME,),
        remediation="Set domainNameConfiguration.securityPolicy to TLS_1_2.",
        check=is_one_of("domainNameConfiguration.securityPolicy", "TLS_1_2"),
    ),
)
