"""Plans the import of a document into API Gateway."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from spot_planning.api.openapi import cors, quotas
from spot_planning.api.openapi.bodies import BodyPlanner
from spot_planning.api.openapi.extensions import (
    BINARY_MEDIA_TYPES,
    kept_extensions,
    own_binary_media_types,
)
from spot_planning.api.openapi.findings import OpenApiError, Report
from spot_planning.api.openapi.guards import refuse_opening
from spot_planning.api.openapi.integrations import INTEGRATION, headers_of_distribution, integration_of
from spot_planning.api.openapi.method_settings import METHOD_SETTINGS, MethodSettings, plan_method_settings
from spot_planning.api.openapi.models import Models
from spot_planning.api.openapi.options import ImportOptions, option_problems
from spot_planning.api.openapi.parameters import Parameters, plan_parameters
from spot_planning.api.openapi.paths import base_path_of, plan_routes
from spot_planning.api.openapi.planned import ImportPlan, PlannedOperation
from spot_planning.api.openapi.references import References, check_references
from spot_planning.api.openapi.security import AUTH, SecurityPlanner
from spot_planning.api.openapi.sources import (
    ANY_METHOD,
    OperationSource,
    documentation_of,
    operations_of,
    proxy_operations,
)
from spot_planning.api.openapi.validation import meta_schema_findings
from spot_planning.api.openapi.validators import REQUEST_VALIDATOR, REQUEST_VALIDATORS, Validators
from spot_planning.api.openapi.values import (
    Json,
    JsonObject,
    as_object,
    object_in,
    plain_object,
    string_in,
)
from spot_planning.api.openapi.versions import is_openapi_31
from spot_planning.api.settings import BasePath, Proxy
from spot_planning.documents import canonical_json
from spot_planning.problems import ArgumentError

_IMPORT_VERSION: Final = "3.0.1"
"""The OpenAPI version that API Gateway itself exports."""


def build_import_document(document: Mapping[str, Any], options: ImportOptions | None = None) -> ImportPlan:
    """Plan the import of an OpenAPI document into a REST API of API Gateway.

    Args:
        document: An OpenAPI 3.0 or 3.1 document, from ``read_document`` or any parser. It is not changed.
        options: Options of the import; None for the defaults.

    Returns:
        The plan.

    Raises:
        OpenApiError: The document cannot become a REST API. The error's findings contain all refusals.
        ArgumentError: An option is wrong; the error is about the first problem.
    """
    report = Report()
    options = options or ImportOptions()
    for problem in option_problems(options):
        raise ArgumentError("ImportOptions", options.title or "import", problem, options)
    try:
        plan = _Planner(document, options, report).plan()
    except OpenApiError as error:
        raise OpenApiError(error.message, error.location, error.findings or report.findings) from None
    report.raise_refusals()
    return plan


class _Planner:
    def __init__(self, document: Mapping[str, Any], options: ImportOptions, report: Report) -> None:
        self._options = options
        self._report = report
        self._source = plain_object(document)
        is_31 = self._is_31 = is_openapi_31(self._source)
        check_references(self._source, report)
        references = References(self._source)
        self._references = references
        self._models = Models(references, report, options.quotas, is_31=is_31)
        self._bodies = BodyPlanner(references, self._models, report, options.quotas)
        self._security = SecurityPlanner(
            self._source,
            references,
            report,
            api_key_required=options.api_key_required,
            behind_distribution=options.behind_distribution,
        )
        self._validators = Validators(self._source, references)
        self._base_path = ""
        self._paths: JsonObject = {}
        self._headers: dict[str, set[str]] = {}
        self._operations: list[PlannedOperation] = []
        self._methods: dict[tuple[str, str], PlannedOperation] = {}
        self._variables: dict[str, tuple[str, ...]] = {}
        self._settings: dict[tuple[str, str], MethodSettings] = {}

    def plan(self) -> ImportPlan:
        self._leave_out()
        if self._options.proxy == Proxy.ONLY:
            refuse_opening(
                self._source, self._references, self._report, api_key_required=self._options.api_key_required
            )
        else:
            self._plan_paths()
        if self._options.proxy != Proxy.NONE:
            self._plan_proxy()
        if not self._paths:
            self._report.raise_refusals()
            raise OpenApiError("there is no operation", "paths")
        if self._options.cors_allowed_origins:
            self._plan_preflights()
        document = self._assemble()
        usage = quotas.fit(document, self._security.authorizer_count(), self._options.quotas, self._report)
        # These come last, because the planner's own messages are more helpful: they say what to do.
        self._report.add(meta_schema_findings(self._source, is_31=self._is_31))
        self._report.raise_refusals()
        return ImportPlan(
            document=document,
            body=canonical_json(document),
            report=self._report.findings,
            operations=tuple(
                sorted(self._operations, key=lambda planned: (planned.resource_path, planned.http_method))
            ),
            method_settings=tuple(self._settings.values()),
            usage=usage,
            options=self._options,
            base_path=self._base_path,
        )

    def _leave_out(self) -> None:
        for key in ("webhooks", "externalDocs", "jsonSchemaDialect"):
            if key in self._source:
                self._report.rewrite(key, (key,), f"{key} are left out" if key == "webhooks" else f"{key} is left out")

    def _plan_paths(self) -> None:
        paths = {path: item for path, item in object_in(self._source, "paths", ()).items() if not path.startswith("x-")}
        self._base_path = base_path_of(self._source, self._report, prepend=self._options.base_path == BasePath.PREPEND)
        routes = plan_routes(paths, self._base_path, self._report)
        for source in operations_of(paths, routes, self._references, self._report):
            self._plan_operation(source)

    def _plan_operation(self, source: OperationSource) -> None:
        for key in ("callbacks", "servers"):
            if key in source.operation:
                self._report.rewrite(key, (*source.at, key), f"{key} are left out")
        parameters = plan_parameters(source, self._references, self._report)
        body = self._bodies.request(source)
        security = self._security.plan(source)
        validator = self._validators.choose(source, parameters=parameters.validated, body=body.validated)
        integration = integration_of(source, self._references, self._options, self._report)
        settings = self._method_settings(source, parameters, integration)
        planned = PlannedOperation(
            source_path=None if source.added else source.route.source,
            resource_path=source.route.resource_path,
            http_method=source.http_method,
            integration=integration,
            path_parameters=source.route.variables,
            request_validator=validator,
            api_key_required=security.api_key_required,
            authorizer=security.authorizer,
            is_open=security.is_open,
        )
        item = as_object(self._paths.setdefault(planned.resource_path, {}), source.at)
        headers = self._headers.setdefault(planned.resource_path, set())
        has_body = body.present or source.key == ANY_METHOD
        headers.update((*parameters.headers, *security.headers, *(("Content-Type",) if has_body else ())))
        if source.key in item:
            self._share(source, planned, settings)
            return
        operation: JsonObject = documentation_of(source)
        operation["responses"] = self._bodies.responses(source)
        operation["security"] = list[Json](security.requirements)
        operation[INTEGRATION] = integration
        if AUTH in source.operation:
            operation[AUTH] = self._references.inlined(source.operation[AUTH], (*source.at, AUTH))
        declared = [*parameters.declared, *headers_of_distribution(integration, parameters.declared)]
        if declared:
            operation["parameters"] = list[Json](declared)
        if body.request_body is not None:
            operation["requestBody"] = body.request_body
        if validator is not None:
            operation[REQUEST_VALIDATOR] = validator
        method = (planned.resource_path, planned.http_method)
        if settings is not None:
            self._settings[method] = settings
        item[source.key] = operation
        self._operations.append(planned)
        self._methods[method] = planned
        self._variables[planned.resource_path] = planned.path_parameters

    def _method_settings(
        self, source: OperationSource, parameters: Parameters, integration: JsonObject
    ) -> MethodSettings | None:
        settings, cache_keys = plan_method_settings(source, self._references, parameters, self._options, self._report)
        if settings is not None and settings.caching_enabled and integration.get("responseTransferMode") == "STREAM":
            self._report.refuse("caching", (*source.at, METHOD_SETTINGS), "a response that is streamed is not cached")
        if cache_keys:
            integration["cacheKeyParameters"] = list[Json](cache_keys)
        return settings

    def _share(self, source: OperationSource, planned: PlannedOperation, settings: MethodSettings | None) -> None:
        """Let a method also serve another path, if the gateway does exactly the same for both.

        Two paths become the same resource if a segment that mixes text and parameters becomes a single parameter, as in
        GitHub's ``/compare/{base}...{head}`` and ``/compare/{basehead}``.
        """
        method = (planned.resource_path, planned.http_method)
        other = self._methods[method]
        if (
            replace(planned, source_path=other.source_path) != other
            or planned.request_validator is not None
            or settings is not None
            or method in self._settings
        ):
            self._report.refuse(
                "same-resource",
                source.at,
                f"{other.source_path} becomes {planned.http_method} {planned.resource_path} as well, and differs",
            )
            return
        self._report.warn("same-resource", source.at, f"served by the method of {other.source_path}")
        self._operations.append(planned)

    def _plan_proxy(self) -> None:
        if any(path.startswith("/{") for path in self._paths):
            self._report.refuse(
                "proxy", ("paths",), "a path begins with a parameter, which leaves no place for /{proxy+}"
            )
            return
        for source in proxy_operations():
            if source.route.resource_path not in self._paths:
                self._plan_operation(source)

    def _plan_preflights(self) -> None:
        for resource in sorted(self._paths):
            item = as_object(self._paths[resource], ("paths", resource))
            if "options" in item:
                own = self._methods[resource, "OPTIONS"]
                self._report.rewrite(
                    "own-options", ("paths", str(own.source_path), "options"), "kept: the backend answers preflights"
                )
                continue
            variables = self._variables[resource]
            methods = ["ANY" if key == ANY_METHOD else key.upper() for key in item]
            operation = cors.preflight(variables, methods, self._headers[resource], self._options)
            item["options"] = operation
            self._operations.append(
                PlannedOperation(
                    source_path=None,
                    resource_path=resource,
                    http_method="OPTIONS",
                    integration=as_object(operation[INTEGRATION], ()),
                    path_parameters=variables,
                    request_validator=None,
                    api_key_required=False,
                    authorizer=None,
                )
            )
        template = cors.origin_template(self._options.cors_allowed_origins)
        limits = self._options.quotas
        quotas.check_length(self._report, limits, ("paths",), len(template), limits.mapping_template_bytes)

    def _assemble(self) -> JsonObject:
        info = object_in(self._source, "info", ())
        title = self._options.title or string_in(info, "title", ("info",))
        if not title:
            raise OpenApiError("the API needs a title", "info")
        out: JsonObject = {
            "openapi": _IMPORT_VERSION,
            "info": {"title": title, "version": string_in(info, "version", ("info",)) or "1"},
            "paths": self._paths,
            REQUEST_VALIDATORS: self._validators.declared,
            **kept_extensions(self._source, self._references, self._options, self._report),
        }
        description = string_in(info, "description", ("info",))
        if description:
            as_object(out["info"], ("info",))["description"] = description
        components: JsonObject = {
            name: value
            for name, value in (("schemas", self._models.build()), ("securitySchemes", self._security.schemes()))
            if value
        }
        if components:
            out["components"] = components
        given = object_in(self._source, cors.GATEWAY_RESPONSES, ())
        responses = cors.gateway_responses(self._options, given, self._references)
        if responses:
            out[cors.GATEWAY_RESPONSES] = responses
        own = own_binary_media_types(self._source)
        binary = sorted({*self._bodies.binary_media_types, *self._options.binary_media_types, *own})
        if binary:
            out[BINARY_MEDIA_TYPES] = list[Json](binary)
        return out
