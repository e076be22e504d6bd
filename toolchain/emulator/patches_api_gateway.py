"""Patches of moto's API Gateway. moto's objects are practically untyped, hence Any."""

import json
from collections.abc import Callable
from typing import Any

from moto.apigateway.models import Account, APIGatewayBackend, Integration, RestAPI, UsagePlan
from moto.apigateway.responses import APIGatewayResponse

from toolchain.emulator.patching import show_also, wrap

ANY_METHOD = "X-AMAZON-APIGATEWAY-ANY-METHOD"
PLACES = {"path": "path", "query": "querystring", "header": "header"}


def import_mock_integrations() -> None:
    """PutRestApi with mock integrations. Reason: moto fails on them, because they have neither URI nor method.

    Not offered upstream: no internet here.
    """

    def building(build: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        def built(self: Any, integration: dict[str, Any]) -> dict[str, Any]:
            arguments = build(self, integration)
            if str(integration.get("type")).lower() == "mock":
                arguments |= {"uri": "", "integration_method": ""}
            return arguments

        return built

    wrap(APIGatewayBackend, "_build_integration_args", building)


def keep_imported_documents() -> None:
    """PutRestApi. Reason: moto loses validators, API keys, parameters, connections and gateway responses.

    Not offered upstream: no internet here.
    """

    def putting(put: Callable[..., Any]) -> Callable[..., Any]:
        def done(self: Any, function_id: str, api_doc: dict[str, Any], **named: Any) -> Any:
            api = put(self, function_id, api_doc, **named)
            validators = _keep_validators(api, api_doc)
            api.binaryMediaTypes = api_doc.get("x-amazon-apigateway-binary-media-types", [])
            for kind, response in api_doc.get("x-amazon-apigateway-gateway-responses", {}).items():
                names = ("statusCode", "responseParameters", "responseTemplates")
                api.put_gateway_response(kind, *(response.get(name) for name in names))
            for path, item in api_doc["paths"].items():
                methods = api.get_resource_for_path(path).resource_methods
                for key, operation in item.items():
                    _keep_method(methods[key.upper()], operation, _api_key_schemes(api_doc), validators)
                if ANY_METHOD in methods:
                    methods["ANY"] = methods.pop(ANY_METHOD)
                    methods["ANY"].http_method = "ANY"
            return api

        return done

    wrap(APIGatewayBackend, "put_rest_api", putting)
    show_also(Integration, "to_json", "connection")


def read_security_policies_of_apis_back() -> None:
    """CreateRestApi, UpdateRestApi with a security policy. Reason: moto loses it, so every update has a diff.

    Not offered upstream: no internet here.
    """
    names = ("securityPolicy", "endpointAccessMode")

    def creating(create: Callable[..., Any]) -> Callable[..., Any]:
        def created(self: Any) -> Any:
            status, headers, body = create(self)
            answer: dict[str, Any] = json.loads(body)
            given = {name: self._get_param(name) for name in names if self._get_param(name) is not None}
            if given and "id" in answer:
                self.backend.get_rest_api(answer["id"]).given = given
                body = json.dumps({**answer, **given})
            return status, headers, body

        return created

    def patching(patch: Callable[..., Any]) -> Callable[..., Any]:
        def patched(self: Any, patch_operations: list[dict[str, Any]]) -> Any:
            changed = {each["path"].removeprefix("/"): each.get("value") for each in patch_operations}
            given = {name: changed[name] for name in names if name in changed}
            self.given = {**self.__dict__.get("given", {}), **given}
            return patch(self, [each for each in patch_operations if each["path"].removeprefix("/") not in given])

        return patched

    wrap(APIGatewayResponse, "create_rest_api", creating)
    wrap(RestAPI, "apply_patch_operations", patching)
    show_also(RestAPI, "to_dict", "given")


def change_binary_media_types() -> None:
    """UpdateRestApi. Reason: moto expects the media type in the value, but the provider sends no value, so it fails.

    Not offered upstream: no internet here.
    """
    folder = "/binaryMediaTypes/"

    def patching(patch: Callable[..., Any]) -> Callable[..., Any]:
        def patched(self: Any, patch_operations: list[dict[str, Any]]) -> Any:
            others: list[dict[str, Any]] = []
            for each in patch_operations:
                path: str = each["path"]
                if not path.startswith(folder) or each["op"] not in {"add", "remove"}:
                    others.append(each)
                    continue
                named = path.removeprefix(folder).replace("~1", "/").replace("~0", "~")
                kept = [other for other in self.binaryMediaTypes if other != named or each["op"] == "add"]
                is_new = each["op"] == "add" and named not in kept
                self.binaryMediaTypes = [*kept, named] if is_new else kept
            return patch(self, others)

        return patched

    wrap(RestAPI, "apply_patch_operations", patching)


def change_settings_of_apis() -> None:
    """UpdateRestApi. Reason: moto ignores the compression size, and takes the text "false" for true.

    Not offered upstream: no internet here.
    """
    size, disabled = "/minimumCompressionSize", "/disableExecuteApiEndpoint"

    def patching(patch: Callable[..., Any]) -> Callable[..., Any]:
        def patched(self: Any, patch_operations: list[dict[str, Any]]) -> Any:
            done = patch(self, patch_operations)
            for each in patch_operations:
                value = each.get("value")
                if each["path"] == size:
                    self.minimum_compression_size = int(value) if value else None
                if each["path"] == disabled:
                    self.disableExecuteApiEndpoint = str(value).lower() == "true"
            return done

        return patched

    wrap(RestAPI, "apply_patch_operations", patching)


def keep_numbers_of_usage_plans() -> None:
    """UpdateUsagePlan. Reason: moto keeps a changed quota as text, and fails on a rate limit with a fraction.

    The provider then cannot decode the usage plan any more. Not offered upstream: no internet here.
    """
    rate = "/throttle/rateLimit"

    def patching(patch: Callable[..., Any]) -> Callable[..., Any]:
        def patched(self: Any, patch_operations: list[dict[str, Any]]) -> Any:
            done = patch(self, [each for each in patch_operations if each["path"] != rate])
            for each in patch_operations:
                if each["path"] == rate and each["op"] in {"add", "replace"}:
                    self.throttle["rateLimit"] = float(each["value"])
            for name in self.quota.keys() & {"limit", "offset"}:
                self.quota[name] = int(self.quota[name])
            return done

        return patched

    wrap(UsagePlan, "apply_patch_operations", patching)


def list_no_base_path_mappings() -> None:
    """GetBasePathMappings of a domain name without mappings. Reason: moto fails with 500.

    Not offered upstream: no internet here.
    """

    def listing(get: Callable[..., Any]) -> Callable[..., Any]:
        def listed(self: Any, domain_name: str) -> Any:
            if domain_name in self.domain_names:
                self.base_path_mappings.setdefault(domain_name, {})
            return get(self, domain_name)

        return listed

    wrap(APIGatewayBackend, "get_base_path_mappings", listing)


def let_go_of_the_logging_role() -> None:
    """UpdateAccount without a role. Reason: moto fails on it, so the account's settings cannot be destroyed.

    Not offered upstream: no internet here.
    """

    def patching(patch: Callable[..., Any]) -> Callable[..., Any]:
        def patched(self: Any, patch_operations: list[dict[str, Any]]) -> Any:
            return patch(self, [{"value": None, **operation} for operation in patch_operations])

        return patched

    wrap(Account, "apply_patch_operations", patching)


def _keep_validators(api: Any, document: dict[str, Any]) -> dict[str, str]:
    api.request_validators.clear()
    validators: dict[str, Any] = document.get("x-amazon-apigateway-request-validators", {})
    return {
        name: api.create_request_validator(name, each["validateRequestBody"], each["validateRequestParameters"]).id
        for name, each in validators.items()
    }


def _api_key_schemes(document: dict[str, Any]) -> set[str]:
    schemes: dict[str, Any] = document.get("components", {}).get("securitySchemes", {})
    return {name for name, scheme in schemes.items() if scheme.get("name") == "x-api-key"}


def _keep_method(method: Any, operation: dict[str, Any], keys: set[str], validators: dict[str, str]) -> None:
    method.api_key_required = any(keys & each.keys() for each in operation.get("security", ()))
    method.request_validator_id = validators.get(operation.get("x-amazon-apigateway-request-validator", ""))
    method.request_parameters = {
        f"method.request.{PLACES[each['in']]}.{each['name']}": each.get("required", False)
        for each in operation.get("parameters", ())
    }
    integration = operation["x-amazon-apigateway-integration"]
    kept = ("connectionId", "integrationTarget")
    method.method_integration.connection = {name: integration[name] for name in kept if name in integration}
