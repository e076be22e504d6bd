"""Amazon API Gateway (REST): the front door of the API."""

from collections.abc import Iterator
from typing import Final

from policy.checks import every, is_given, is_true
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, guarded, per_resource, violation
from policy.values import Value

STAGE = "aws:apigateway/stage:Stage"
METHOD_SETTINGS = "aws:apigateway/methodSettings:MethodSettings"
DOMAIN_NAME = "aws:apigateway/domainName:DomainName"
REST_API = "aws:apigateway/restApi:RestApi"
BASE_PATH_MAPPING = "aws:apigateway/basePathMapping:BasePathMapping"
API_MAPPING = "aws:apigatewayv2/apiMapping:ApiMapping"
USAGE_PLAN = "aws:apigateway/usagePlan:UsagePlan"
WEB_ACL_ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"

STRONG_TLS: Final = "SecurityPolicy_TLS13_"
"""Prefix of the policies of 2025, which require TLS 1.2 or newer with forward secrecy; TLS_1_2 is a legacy
policy ("Security policies for REST APIs in API Gateway")."""


def _settings(graph: Graph, stage: ResourceView) -> list[ResourceView]:
    return graph.dependents(stage, METHOD_SETTINGS, "stageName")


def _for_all_methods(graph: Graph, stage: ResourceView) -> list[ResourceView]:
    return [owner for owner in _settings(graph, stage) if owner.text("methodPath") == "*/*"]


def _execution_logs(graph: Graph, stage: ResourceView, _config: Config) -> Iterator[Verdict]:
    if not _for_all_methods(graph, stage):
        yield violation("methodPath", "no MethodSettings of the stack is for */* of this stage")
    for owner in _settings(graph, stage):
        level = owner.at("settings.loggingLevel")
        if level.text() not in {"ERROR", "INFO"}:
            yield violation(level.path, f"{level}; it must be ERROR or INFO", owner)


def _throttled(graph: Graph, stage: ResourceView, _config: Config) -> Iterator[Verdict]:
    if not _for_all_methods(graph, stage):
        yield violation("methodPath", "no MethodSettings of the stack is for */* of this stage")
    for owner in _settings(graph, stage):
        for name in ("settings.throttlingRateLimit", "settings.throttlingBurstLimit"):
            limit = owner.at(name)
            if (limit.number() or 0) <= 0:
                yield violation(limit.path, f"{limit}; it must be more than 0", owner)


def _no_data_trace(settings: ResourceView, _config: Config) -> Iterator[Verdict]:
    trace = settings.at("settings.dataTraceEnabled")
    if trace.flag():
        yield violation(trace.path, f"{trace}; it writes bodies and keys to the logs")


def _cache_encrypted(settings: ResourceView, _config: Config) -> Iterator[Verdict]:
    encrypted = settings.at("settings.cacheDataEncrypted")
    if settings.flag("settings.cachingEnabled") and not encrypted.flag():
        yield violation(encrypted.path, f"{encrypted}; it must be true where caching is on")


def _strong_tls(domain: ResourceView, _config: Config) -> Iterator[Verdict]:
    policy = domain.at("securityPolicy")
    if not (policy.text() or "").startswith(STRONG_TLS):
        yield violation(policy.path, f"{policy}; it must be one of {STRONG_TLS}*")


def _no_second_door(graph: Graph, api: ResourceView, _config: Config) -> Iterator[Verdict]:
    closed = api.at("disableExecuteApiEndpoint")
    mapped = graph.dependents(api, BASE_PATH_MAPPING, "restApi") or graph.dependents(api, API_MAPPING, "apiId")
    if mapped and not closed.flag():
        yield violation(closed.path, f"{closed}; it must be true for an API with a custom domain")


def _limits_keys(plan: ResourceView, _config: Config) -> Iterator[Verdict]:
    yield from guarded(_is_positive(plan.at("throttleSettings.rateLimit")))


def _is_positive(limit: Value) -> Iterator[Verdict]:
    if (limit.number() or 0) <= 0:
        yield violation(limit.path, f"{limit}; it must be more than 0")


RULES = (
    Rule(
        id="api-gateway-execution-logs",
        title="The gateway logs the errors of every method",
        problem="The gateway does not log the errors of every method",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=("APIGateway.1",),
        checkov=("CKV2_AWS_4",),
        cdk_nag=("AwsSolutions-APIG6",),
        prowler=("apigateway_restapi_logging_enabled",),
        types=(STAGE, METHOD_SETTINGS),
        remediation="Add MethodSettings for */* with loggingLevel ERROR.",
        settings=(Setting("api.execution_log_level", "ERROR", "PrivateApi"),),
        check_graph=per_resource(_execution_logs, STAGE),
    ),
    Rule(
        id="api-gateway-access-logs",
        title="The gateway logs every request",
        problem="The gateway does not log requests",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        checkov=("CKV_AWS_76",),
        cdk_nag=("AwsSolutions-APIG1",),
        trivy=("AWS-0001",),
        types=(STAGE,),
        remediation="Give accessLogSettings with a log group and a format.",
        check=every(is_given("accessLogSettings.destinationArn"), is_given("accessLogSettings.format")),
    ),
    Rule(
        id="api-gateway-no-data-trace",
        title="The gateway writes no bodies to its logs",
        problem="The gateway writes bodies of requests to its logs",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        checkov=("CKV_AWS_276",),
        types=(METHOD_SETTINGS,),
        remediation="Leave settings.dataTraceEnabled false.",
        check=_no_data_trace,
    ),
    Rule(
        id="api-gateway-client-certificate",
        title="The gateway sends the backend a client certificate",
        problem="The gateway sends the backend no client certificate",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("APIGateway.2",),
        checkov=("CKV2_AWS_51",),
        prowler=("apigateway_restapi_client_certificate_enabled",),
        types=(STAGE,),
        remediation="Give clientCertificateId an API Gateway client certificate.",
        settings=(Setting("api.client_certificate", "true", "PrivateApi"),),
        check=is_given("clientCertificateId"),
    ),
    Rule(
        id="api-gateway-tracing",
        title="Requests are traced",
        problem="Requests are not traced",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        fsbp=("APIGateway.3",),
        checkov=("CKV_AWS_73",),
        prowler=("apigateway_restapi_tracing_enabled",),
        trivy=("AWS-0003",),
        types=(STAGE,),
        remediation="Set xrayTracingEnabled to true.",
        settings=(Setting("api.xray", "true", "PrivateApi"),),
        check=is_true("xrayTracingEnabled"),
    ),
    Rule(
        id="api-gateway-cache-encrypted",
        title="Cached responses are encrypted",
        problem="Cached responses are not encrypted",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("APIGateway.5",),
        checkov=("CKV_AWS_308",),
        prowler=("apigateway_restapi_cache_encrypted",),
        trivy=("AWS-0002",),
        types=(METHOD_SETTINGS,),
        remediation="Set settings.cacheDataEncrypted to true, or leave caching off.",
        check=_cache_encrypted,
    ),
    Rule(
        id="api-gateway-domain-tls",
        title="The API's domain takes strong TLS only",
        problem="The API's domain takes weak TLS",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("APIGateway.11",),
        checkov=("CKV_AWS_206",),
        prowler=("apigateway_domain_name_pqc_tls_enabled",),
        trivy=("AWS-0005",),
        types=(DOMAIN_NAME,),
        remediation="Set securityPolicy to SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09 or a stronger one.",
        check=_strong_tls,
        note="The control's list has policies of 2025 only: the legacy policy TLS_1_2 fails.",
    ),
    Rule(
        id="api-gateway-throttling",
        title="Every method is throttled",
        problem="A method is not throttled",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        types=(STAGE, METHOD_SETTINGS),
        remediation="Set throttlingRateLimit and throttlingBurstLimit in the MethodSettings for */*.",
        check_graph=per_resource(_throttled, STAGE),
        note="The provider's default is -1: only the account's limit applies.",
    ),
    Rule(
        id="api-gateway-one-door",
        title="An API with a custom domain can be called only through that domain",
        problem="The API has a custom domain, but can also be called without it",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        types=(REST_API, BASE_PATH_MAPPING, API_MAPPING),
        remediation="Set disableExecuteApiEndpoint to true.",
        check_graph=per_resource(_no_second_door, REST_API),
    ),
    Rule(
        id="api-gateway-usage-plan",
        title="Every API key has a rate limit",
        problem="An API key has no rate limit",
        severity=Severity.LOW,
        concern=Concern.EXPOSURE,
        types=(USAGE_PLAN,),
        remediation="Give throttleSettings.rateLimit.",
        check=_limits_keys,
    ),
)
