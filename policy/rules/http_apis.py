"""Amazon API Gateway (HTTP and WebSocket): who may call, who is logged, and how often."""

from collections.abc import Iterator
from typing import Final

from policy.arns import matches
from policy.checks import every, is_given, is_one_of, setting_texts, texts_setting
from policy.documents import names_every_site
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, violation
from policy.rules.clear_secrets import HTTP_STAGE

API: Final = "aws:apigatewayv2/api:Api"
ROUTE: Final = "aws:apigatewayv2/route:Route"
DOMAIN_NAME: Final = "aws:apigatewayv2/domainName:DomainName"


def _asks_who_calls(route: ResourceView, config: Config) -> Iterator[Verdict]:
    kind = route.at("authorizationType")
    path = (route.text("routeKey") or "").partition(" ")[2]
    is_open = any(matches(pattern, path) for pattern in setting_texts(config, "open-paths"))
    preflight = (route.text("routeKey") or "").startswith("OPTIONS ")
    if kind.text() in {None, "", "NONE"} and not is_open and not preflight and not route.flag("apiKeyRequired"):
        yield violation(kind.path, f"{kind}; it must be JWT, AWS_IAM or CUSTOM")


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
        title="Every route asks who calls",
        problem="Anybody in the world may call the route",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("APIGateway.8",),
        checkov=("CKV_AWS_309",),
        cdk_nag=("AwsSolutions-APIG4",),
        prowler=("apigatewayv2_api_authorizers_enabled",),
        types=(ROUTE,),
        remediation=(
            "Set authorizationType to JWT, AWS_IAM or CUSTOM, or list the path in policy.open_paths of the stack file."
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
        title="Nobody calls the API without a limit",
        problem="One caller may use up what the API can answer",
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
