"""Amazon API Gateway (REST): the contents of the imported OpenAPI document."""

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import Final

from policy.checks import setting_texts, texts_setting
from policy.documents import statements
from policy.openapi import Operation, is_enforced, operations, schemes_of
from policy.resources import ResourceView
from policy.rule import Addition, Concern, Config, Rule, Setting, Severity, Verdict, guarded, violation
from policy.rules.api_gateway import REST_API, STRONG_TLS
from policy.values import Value, some

METHOD = "aws:apigateway/method:Method"
INTEGRATION_RESOURCE = "aws:apigateway/integration:Integration"
REST_API_POLICY = "aws:apigateway/restApiPolicy:RestApiPolicy"
REST_API_PUT = "aws:apigateway/restApiPut:RestApiPut"
"""A resource that replaces the document that the API was created with."""
IMPORTED: Final = (REST_API, REST_API_PUT)
INTEGRATION: Final = "x-amazon-apigateway-integration"
POLICY: Final = "x-amazon-apigateway-policy"
SECURITY_POLICY: Final = "x-amazon-apigateway-security-policy"
VALIDATOR: Final = "x-amazon-apigateway-request-validator"
VALIDATORS: Final = "x-amazon-apigateway-request-validators"
CATCH_ALL: Final = frozenset({"/", "/{proxy+}"})
"""Paths that match the requests that no other path matches; they do not contain the base path."""
LONGEST_MILLISECONDS: Final = 29_000
"""The default quota of an integration's timeout ("Quotas for configuring and running a REST API in API Gateway")."""

OPEN_PATHS: Final = "policy.open_paths"
"""The key of the stack file that lists the paths that anybody may call."""


def _asks_who_calls(resource: ResourceView, config: Config) -> Iterator[Verdict]:
    if resource.type == METHOD:
        yield from _method_asks(resource)
        return
    open_paths = setting_texts(config, "open-paths")
    schemes = schemes_of(resource.at("body").document())
    found = list(operations(resource))
    base = _shared_segments([operation.path for operation in found])
    for operation in found:
        is_open = any(
            fnmatchcase(path, pattern) for path in _without_base(operation.path, base) for pattern in open_paths
        )
        if operation.method.lower() != "options" and not is_open:
            yield from guarded(_needs_security(operation, schemes))


def _shared_segments(paths: list[str]) -> int:
    """Count the leading segments that all paths of the document share. The base path is part of them."""
    segments = [path.split("/")[1:] for path in paths if path not in CATCH_ALL]
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*segments, strict=False)))


def _without_base(path: str, shared: int) -> Iterator[str]:
    """Yield a path without its first 0, 1, ... shared segments: the stack file lists it without the base path."""
    segments = path.split("/")[1:]
    for count in range(min(shared, len(segments) - 1) + 1):
        yield "/" + "/".join(segments[count:])


def _method_asks(method: ResourceView) -> Iterator[Verdict]:
    authorization = method.at("authorization")
    open_ = authorization.text() in {None, "", "NONE"} and not method.flag("apiKeyRequired")
    if open_ and method.text("httpMethod") != "OPTIONS":
        yield violation(
            authorization.path,
            f"{authorization}, and apiKeyRequired is not true; one of them must restrict the callers",
        )


def _needs_security(operation: Operation, schemes: dict[str, Value]) -> Iterator[Verdict]:
    def lets_everybody_in(requirement: Value) -> bool:
        # True also for a requirement without any scheme.
        return not some(requirement.members(), lambda name: name in schemes and is_enforced(schemes[name]))

    requirements = operation.value.at("security").items()
    if not requirements or some(requirements, lets_everybody_in):
        yield violation(
            "body",
            f"{operation.where} asks for nothing: security must name a scheme that the gateway enforces",
            additions=[Addition(OPEN_PATHS, operation.path)],
        )


def _stays_private(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    if resource.type == INTEGRATION_RESOURCE:
        connection = resource.at("connectionType")
        if _leaves(resource.text("type"), connection):
            yield violation(connection.path, f"{connection}; it must be VPC_LINK")
        return
    for operation in operations(resource):
        yield from guarded(_goes_through_link(operation))


def _goes_through_link(operation: Operation) -> Iterator[Verdict]:
    integration = operation.value.at(INTEGRATION)
    kind = integration.at("type").text()
    if not kind:
        yield violation("body", f"{operation.where} has no integration")
    elif _leaves(kind, integration.at("connectionType")):
        yield violation("body", f"{operation.where} leaves the VPC: connectionType must be VPC_LINK")


def _leaves(kind: str | None, connection: Value) -> bool:
    return (kind or "").lower().startswith("http") and connection.text() != "VPC_LINK"


def _answers_in_time(api: ResourceView, _config: Config) -> Iterator[Verdict]:
    for operation in operations(api):
        milliseconds = operation.value.at(f"{INTEGRATION}.timeoutInMillis").number()
        if milliseconds is not None and milliseconds > LONGEST_MILLISECONDS:
            yield violation("body", f"{operation.where} waits {milliseconds:g} ms; the quota is 29000 ms")


def _validated(api: ResourceView, _config: Config) -> Iterator[Verdict]:
    document = api.at("body").document()
    validators = document.at(VALIDATORS).members()
    for operation in operations(api):
        wanted = {
            "validateRequestBody": _has_model(operation.value),
            "validateRequestParameters": _needs_parameters(operation),
        }
        own = operation.value.at(VALIDATOR)
        name = own if own.present else document.at(VALIDATOR)
        if any(wanted.values()):
            yield from guarded(_sets(operation, name, validators, [part for part in wanted if wanted[part]]))


def _sets(operation: Operation, name: Value, validators: dict[str, Value], wanted: list[str]) -> Iterator[Verdict]:
    validator = validators.get(str(name.known()))
    missing = [part for part in wanted if validator is None or validator.at(part).known() is not True]
    if missing:
        yield violation("body", f"{operation.where} is not validated: {name} and sets no {' and '.join(missing)}")


def _has_model(operation: Value) -> bool:
    # The gateway validates JSON only.
    return any(
        kind.split(";")[0].endswith("json") and media.at("schema").present
        for kind, media in operation.at("requestBody.content").members().items()
    )


def _needs_parameters(operation: Operation) -> bool:
    return any(
        parameter.at("required").content is True and parameter.at("in").content in ("query", "header")
        for parameter in (*operation.value.at("parameters").items(), *operation.shared_parameters.items())
    )


def _fills_parameters(api: ResourceView, _config: Config) -> Iterator[Verdict]:
    for operation in operations(api):
        integration = operation.value.at(INTEGRATION)
        uri = integration.at("uri").text() or ""
        given = integration.at("requestParameters").members()
        for name in _parameters(uri):
            if f"integration.request.path.{name}" not in given:
                yield violation("body", f"{operation.where} never fills {{{name}}} of its integration's uri")


def _parameters(uri: str) -> Iterator[str]:
    for piece in uri.split("{")[1:]:
        name, closed, _rest = piece.partition("}")
        # The gateway itself fills ${stageVariables.x}.
        if closed and not name.startswith("stageVariables."):
            yield name.removesuffix("+")


def _policy_not_open(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    policies = [resource.at("policy")]
    if resource.type in IMPORTED:
        policies.append(resource.at("body").document().at(POLICY))
    for policy in policies:
        for statement in statements(policy):
            if statement.public and not statement.only("execute-api:Invoke"):
                yield violation(statement.path, f"{statement.path} allows anybody more than to call the API")


def _strong_tls(api: ResourceView, _config: Config) -> Iterator[Verdict]:
    own = api.at("securityPolicy")
    # The document is imported last, so its policy holds if both are given. The document may be unknown, so the API's
    # own policy is checked in any case.
    if own.present:
        yield from guarded(_is_strong(own))
    imported = replace(api.at("body").document().at(SECURITY_POLICY), pattern="securityPolicy")
    if imported.present or (api.type == REST_API and not own.present):
        yield from _is_strong(imported)


def _is_strong(policy: Value) -> Iterator[Verdict]:
    if not (policy.text() or "").startswith(STRONG_TLS):
        yield violation(policy.path, f"{policy}; it must be one of {STRONG_TLS}*")


RULES = (
    Rule(
        id="api-gateway-operations-authorized",
        title="Every operation authorizes its callers",
        problem="Anybody may call an operation",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        checkov=(
            "CKV2_AWS_70",
            "CKV_AWS_59",
        ),
        cdk_nag=("AwsSolutions-APIG4",),
        prowler=(
            "apigateway_restapi_authorizers_enabled",
            "apigateway_restapi_public_with_authorizer",
        ),
        trivy=("AWS-0004",),
        types=(*IMPORTED, METHOD),
        remediation="Give the operation security with the API key's scheme or an authorizer's.",
        settings=(Setting(OPEN_PATHS, "what it has, and the path, if the operation is open on purpose", "PrivateApi"),),
        check=_asks_who_calls,
        config={"open-paths": texts_setting([], "Patterns of paths that anybody may call, such as /health/*.")},
        note=(
            "API Gateway ignores security at the root of the document, and all schemes except x-api-key and its own "
            "authorizers. So does the rule."
        ),
    ),
    Rule(
        id="api-gateway-private-integrations",
        title="Every operation reaches the backend inside the VPC",
        problem="An operation leaves the VPC",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        types=(*IMPORTED, INTEGRATION_RESOURCE),
        remediation="Set connectionType of the integration to VPC_LINK.",
        check=_stays_private,
    ),
    Rule(
        id="api-gateway-request-validation",
        title="Requests are validated before they reach the backend",
        problem="Requests reach the backend without validation",
        note="It is required if there is something to validate: a model of a JSON body, or a required parameter.",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        checkov=("CKV2_AWS_53",),
        cdk_nag=("AwsSolutions-APIG2",),
        types=IMPORTED,
        remediation="Name a validator in x-amazon-apigateway-request-validator, of the document or the operation.",
        check=_validated,
    ),
    Rule(
        id="api-gateway-integration-timeout",
        title="No integration waits longer than the gateway does",
        problem="An integration waits longer than the gateway does",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        types=IMPORTED,
        remediation="Set timeoutInMillis to at most 29000.",
        check=_answers_in_time,
    ),
    Rule(
        id="api-gateway-path-parameters",
        title="Path parameters reach the backend",
        problem="A path parameter does not reach the backend",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        types=IMPORTED,
        remediation="Map integration.request.path.NAME to method.request.path.NAME in requestParameters.",
        check=_fills_parameters,
    ),
    Rule(
        id="api-gateway-policy",
        title="The API's resource policy gives everybody at most the right to call it",
        problem="The API's resource policy gives everybody more than the right to call it",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        types=(*IMPORTED, REST_API_POLICY),
        remediation="Allow execute-api:Invoke only, or name the principals.",
        check=_policy_not_open,
    ),
    Rule(
        id="api-gateway-api-tls",
        title="The API itself takes strong TLS only",
        problem="The API itself takes weak TLS",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        types=IMPORTED,
        remediation="Set securityPolicy, or x-amazon-apigateway-security-policy of the document, as for the domain.",
        check=_strong_tls,
        note="The API's policy decides what a caller of its domain may use, when the two differ.",
    ),
)
