"""Makes moto keep what an OpenAPI import says, where moto 5.2.5 drops it or fails."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from moto.apigateway.models import APIGatewayBackend, Integration, RestAPI

ANY_METHOD = "X-AMAZON-APIGATEWAY-ANY-METHOD"


def close_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patch moto for one test."""
    monkeypatch.setattr(
        APIGatewayBackend, "_build_integration_args", _accept_mocks(APIGatewayBackend._build_integration_args)
    )
    monkeypatch.setattr(APIGatewayBackend, "put_rest_api", _keep_more(APIGatewayBackend.put_rest_api))
    monkeypatch.setattr(Integration, "to_json", _show_connection(Integration.to_json))


def _accept_mocks(build: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A mock integration has neither URI nor method; moto fails with a TypeError for lack of them."""

    def built(self: Any, integration: dict[str, Any]) -> dict[str, Any]:
        arguments = build(self, integration)
        if str(integration.get("type")).lower() == "mock":
            arguments = {**arguments, "uri": "", "integration_method": ""}
        return arguments

    return built


def _keep_more(put: Callable[..., RestAPI]) -> Callable[..., RestAPI]:
    """Keep validators, API key requirements, request parameters, connections, gateway responses and binary types."""

    def done(self: Any, function_id: str, api_doc: dict[str, Any], **named: Any) -> RestAPI:
        api = put(self, function_id, api_doc, **named)
        api.request_validators.clear()
        validators = {
            name: api.create_request_validator(name, each["validateRequestBody"], each["validateRequestParameters"]).id
            for name, each in api_doc.get("x-amazon-apigateway-request-validators", {}).items()
        }
        api.binaryMediaTypes = api_doc.get("x-amazon-apigateway-binary-media-types", [])
        for kind, response in api_doc.get("x-amazon-apigateway-gateway-responses", {}).items():
            api.put_gateway_response(
                kind, response.get("statusCode"), response.get("responseParameters"), response.get("responseTemplates")
            )
        schemes = api_doc.get("components", {}).get("securitySchemes", {})
        keys = {name for name, scheme in schemes.items() if scheme["name"] == "x-api-key"}
        for path, item in api_doc["paths"].items():
            resource = api.get_resource_for_path(path)
            for key, operation in item.items():
                method = resource.resource_methods[key.upper()]
                method.api_key_required = any(keys & each.keys() for each in operation.get("security", ()))
                method.request_validator_id = validators.get(operation.get("x-amazon-apigateway-request-validator"))
                places = {"path": "path", "query": "querystring", "header": "header"}
                method.request_parameters = {
                    f"method.request.{places[each['in']]}.{each['name']}": each.get("required", False)
                    for each in operation.get("parameters", ())
                }
                integration = operation["x-amazon-apigateway-integration"]
                method.method_integration.connection_id = integration.get("connectionId")
                method.method_integration.integration_target = integration.get("integrationTarget")
            if ANY_METHOD in resource.resource_methods:
                method = resource.resource_methods.pop(ANY_METHOD)
                method.http_method = "ANY"
                resource.resource_methods["ANY"] = method
        return api

    return done


def _show_connection(to_json: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Answer with the VPC link and the target too."""

    def shown(self: Any) -> dict[str, Any]:
        own = {
            "connectionId": getattr(self, "connection_id", None),
            "integrationTarget": getattr(self, "integration_target", None),
        }
        return {**to_json(self), **{key: value for key, value in own.items() if value is not None}}

    return shown


def gateway_responses(client: Any, rest_api_id: str) -> dict[str, dict[str, Any]]:
    """Gateway responses by type, as JSON that can be compared."""
    items = client.get_gateway_responses(restApiId=rest_api_id)["items"]
    return {item["responseType"]: json.loads(json.dumps(item.get("responseParameters", {}))) for item in items}
