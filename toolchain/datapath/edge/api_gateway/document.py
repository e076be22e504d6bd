"""Parses the snapshot of a deployment: the import document and the API's settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

INTEGRATION: Final = "x-amazon-apigateway-integration"
ANY: Final = "ANY"
DEFAULT_TIMEOUT_SECONDS: Final = 29.0
"""Default timeout of an integration ("Quotas for configuring and running a REST API")."""
_ANY_METHOD: Final = "x-amazon-apigateway-any-method"
_METHODS: Final = frozenset({"delete", "get", "head", "options", "patch", "post", "put", _ANY_METHOD})
_PLACES: Final = {"path": "path", "query": "querystring", "header": "header"}
_EMPTY: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class IntegrationResponse:
    """An integration response: how a response of the integration is changed if its status matches a pattern."""

    status: int
    parameters: Mapping[str, str]
    templates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Integration:
    """The integration of a method."""

    kind: str
    """Type in lower case: ``http_proxy``, ``http``, ``mock``, or a type that is not supported."""
    http_method: str
    uri: str
    connection_type: str
    connection_id: str
    target: str
    """ARN of a load balancer or listener, for a VPC link of version 2; else empty."""
    request_parameters: Mapping[str, str]
    request_templates: Mapping[str, str]
    passthrough: str
    """Passthrough behavior in lower case: ``when_no_match``, ``when_no_templates``, ``never``."""
    content_handling: str
    timeout_seconds: float
    streams: bool
    responses: Mapping[str, IntegrationResponse]
    """Pattern (a regular expression, or ``default``) -> integration response."""


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a resource."""

    resource_path: str
    http_method: str
    """HTTP method in upper case, or ``ANY``."""
    api_key_required: bool
    authorizer: str | None
    """Name of the authorizer's security scheme; None for none."""
    required_parameters: tuple[tuple[str, str], ...]
    """Place (``path``, ``querystring``, ``header``) and name."""
    models: Mapping[str, Any]
    """Content type in lower case -> JSON Schema of the body."""
    validates_body: bool
    validates_parameters: bool
    integration: Integration | None


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """The API's customization of a gateway response."""

    status: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    templates: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class DeployedApi:
    """An API as it was deployed."""

    rest_api_id: str
    methods: Mapping[str, Mapping[str, Method]]
    """Resource path -> HTTP method -> method."""
    schemas: Mapping[str, Any]
    """``components.schemas``, to which models refer."""
    authorizers: Mapping[str, Mapping[str, Any]]
    """Name of the security scheme -> ``x-amazon-apigateway-authorizer``, and the keys ``authtype`` and ``header``."""
    gateway_responses: Mapping[str, GatewayResponse]
    binary_media_types: tuple[str, ...]
    minimum_compression_bytes: int | None
    policy: Mapping[str, Any] | None
    execute_api_endpoint: bool
    """Whether the default ``execute-api`` endpoint is enabled."""


def deployed_api(rest_api_id: str, snapshot: Mapping[str, Any]) -> DeployedApi:
    """Parse a snapshot.

    Args:
        rest_api_id: Id of the API.
        snapshot: Snapshot from the emulator; see `toolchain.emulator.deployed_apis`.

    Raises:
        ValueError: The API was not imported from a document.
    """
    document: Mapping[str, Any] | None = snapshot.get("document")
    if document is None:
        raise ValueError("the API was not imported from a document")
    components: Mapping[str, Any] = document.get("components", _EMPTY)
    schemes: Mapping[str, Mapping[str, Any]] = components.get("securitySchemes", _EMPTY)
    keys = frozenset(name for name, scheme in schemes.items() if _is_api_key(scheme))
    authorizers = {
        name: {
            **scheme.get("x-amazon-apigateway-authorizer", _EMPTY),
            "authtype": scheme.get("x-amazon-apigateway-authtype", "custom"),
            "header": scheme.get("name", "Authorization"),
        }
        for name, scheme in schemes.items()
        if name not in keys
    }
    validators: Mapping[str, Any] = document.get("x-amazon-apigateway-request-validators", _EMPTY)
    methods = {
        path: {
            _method_name(key): _method(path, key, operation, item=item, keys=keys, validators=validators)
            for key, operation in item.items()
            if key in _METHODS
        }
        for path, item in document.get("paths", _EMPTY).items()
    }
    compression = document.get("x-amazon-apigateway-minimum-compression-size", snapshot.get("minimumCompressionSize"))
    configuration: Mapping[str, Any] = document.get("x-amazon-apigateway-endpoint-configuration", _EMPTY)
    disabled = configuration.get("disableExecuteApiEndpoint", snapshot.get("disableExecuteApiEndpoint", False))
    return DeployedApi(
        rest_api_id=rest_api_id,
        methods=methods,
        schemas=components.get("schemas", _EMPTY),
        authorizers=authorizers,
        gateway_responses={
            kind: GatewayResponse(
                None if response.get("statusCode") is None else int(response["statusCode"]),
                response.get("responseParameters") or {},
                response.get("responseTemplates") or {},
            )
            for kind, response in document.get("x-amazon-apigateway-gateway-responses", _EMPTY).items()
        },
        binary_media_types=tuple(snapshot.get("binaryMediaTypes") or ()),
        minimum_compression_bytes=None if compression is None else int(compression),
        policy=document.get("x-amazon-apigateway-policy"),
        execute_api_endpoint=not disabled,
    )


def _is_api_key(scheme: Mapping[str, Any]) -> bool:
    return (
        str(scheme.get("name", "")).lower() == "x-api-key"
        and "x-amazon-apigateway-authorizer" not in scheme
        and "x-amazon-apigateway-authtype" not in scheme
    )


def _method_name(key: str) -> str:
    return ANY if key == _ANY_METHOD else key.upper()


def _method(
    path: str,
    key: str,
    operation: Mapping[str, Any],
    *,
    item: Mapping[str, Any],
    keys: frozenset[str],
    validators: Mapping[str, Any],
) -> Method:
    # "API Gateway doesn't use root level security" (Amazon API Gateway important notes).
    wanted = {name for requirement in operation.get("security", ()) for name in requirement}
    validator: Mapping[str, Any] = validators.get(operation.get("x-amazon-apigateway-request-validator", ""), _EMPTY)
    parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
    content: Mapping[str, Any] = operation.get("requestBody", _EMPTY).get("content", _EMPTY)
    integration: Mapping[str, Any] | None = operation.get(INTEGRATION)
    return Method(
        resource_path=path,
        http_method=_method_name(key),
        api_key_required=bool(wanted & keys),
        authorizer=next(iter(sorted(wanted - keys)), None),
        required_parameters=tuple(
            (_PLACES[each["in"]], each["name"]) for each in parameters if each.get("required") and each["in"] in _PLACES
        ),
        models={kind.lower(): media["schema"] for kind, media in content.items() if "schema" in media},
        validates_body=bool(validator.get("validateRequestBody")),
        validates_parameters=bool(validator.get("validateRequestParameters")),
        integration=None if integration is None else _integration(integration),
    )


def _integration(given: Mapping[str, Any]) -> Integration:
    milliseconds = given.get("timeoutInMillis")
    return Integration(
        kind=str(given.get("type", "")).lower(),
        http_method=str(given.get("httpMethod", "")).upper(),
        uri=given.get("uri", ""),
        connection_type=given.get("connectionType", "INTERNET"),
        connection_id=given.get("connectionId", ""),
        target=given.get("integrationTarget", ""),
        request_parameters=given.get("requestParameters", {}),
        request_templates=given.get("requestTemplates", {}),
        passthrough=str(given.get("passthroughBehavior", "when_no_match")).lower(),
        content_handling=given.get("contentHandling", ""),
        timeout_seconds=DEFAULT_TIMEOUT_SECONDS if milliseconds is None else milliseconds / 1000,
        streams=given.get("responseTransferMode", "BUFFERED") == "STREAM",
        responses={
            pattern: IntegrationResponse(
                int(response.get("statusCode", 200)),
                response.get("responseParameters", {}),
                response.get("responseTemplates", {}),
            )
            for pattern, response in given.get("responses", {}).items()
        },
    )
