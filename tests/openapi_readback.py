"""Compares an API in API Gateway (or its emulator) with the plan that was imported."""

from collections.abc import Collection
from typing import Any

from spot_planning.api.openapi_import import ImportPlan

KEPT_BY_MOTO = frozenset({"type", "httpMethod", "uri", "connectionType", "requestParameters", "timeoutInMillis"})
"""Keys of an integration that moto keeps on import. moto drops ``connectionId`` and ``integrationTarget``, and also the
document's request validators, API key requirements, request parameters, models, gateway responses and binary media
types."""


def assert_equals_plan(
    client: Any, rest_api_id: str, plan: ImportPlan, *, keys: Collection[str] = KEPT_BY_MOTO, everything: bool = False
) -> None:
    """Read an API back and compare it with its plan.

    Args:
        client: A boto3 client of API Gateway.
        rest_api_id: Id of the API.
        plan: The plan that was imported.
        keys: Keys of integrations to compare.
        everything: Whether to compare also what moto does not keep: validators, API keys, request parameters.
    """
    found = _methods(client, rest_api_id)
    planned = {(operation.resource_path, operation.http_method): operation for operation in plan.operations}
    assert found.keys() == planned.keys()
    validators = _validators(client, rest_api_id) if everything else {}
    for key, operation in planned.items():
        method = found[key]
        integration = method["methodIntegration"]
        for name in sorted(set(keys) & operation.integration.keys()):
            assert _comparable(integration.get(name)) == _comparable(operation.integration[name]), (key, name)
        expected = operation.integration.get("responses", {})
        answers = {each["statusCode"]: each for each in (integration.get("integrationResponses") or {}).values()}
        assert answers.keys() == {response["statusCode"] for response in expected.values()}, key
        for response in expected.values():
            answer = answers[response["statusCode"]]
            assert answer.get("responseParameters", {}) == response.get("responseParameters", {}), key
            assert (answer.get("responseTemplates") or {}) == response.get("responseTemplates", {}), key
        if everything:
            assert method.get("apiKeyRequired", False) == operation.api_key_required, key
            assert validators.get(method.get("requestValidatorId")) == operation.request_validator, key
            for name in operation.path_parameters:
                assert f"method.request.path.{name}" in method.get("requestParameters", {}), key


def _methods(client: Any, rest_api_id: str) -> dict[tuple[str, str], dict[str, Any]]:
    methods: dict[tuple[str, str], dict[str, Any]] = {}
    for page in client.get_paginator("get_resources").paginate(restApiId=rest_api_id, embed=["methods"]):
        for resource in page["items"]:
            for name in resource.get("resourceMethods", {}):
                # moto's list of resources has no methods.
                method = client.get_method(restApiId=rest_api_id, resourceId=resource["id"], httpMethod=name)
                methods[resource["path"], "ANY" if name == "X-AMAZON-APIGATEWAY-ANY-METHOD" else name] = method
    return methods


def _validators(client: Any, rest_api_id: str) -> dict[str | None, str]:
    pages = client.get_paginator("get_request_validators").paginate(restApiId=rest_api_id)
    return {validator["id"]: validator["name"] for page in pages for validator in page["items"]}


def _comparable(value: Any) -> Any:
    # API Gateway answers HTTP_PROXY for http_proxy.
    return value.upper() if isinstance(value, str) else value
