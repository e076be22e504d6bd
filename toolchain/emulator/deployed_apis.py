"""Keeps a snapshot of a REST API for each of its deployments. moto's objects are practically untyped, hence Any."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from moto.apigateway.models import APIGatewayBackend, RestAPI, apigateway_backends
from moto.core.models import DEFAULT_ACCOUNT_ID

from toolchain.configuration.merging import merged
from toolchain.emulator.patching import wrap

_WHOLE = "document"
_SNAPSHOT = "snapshot"


def keep_deployed_documents() -> None:
    """CreateDeployment. Reason: moto keeps no snapshot, so a stage would serve changes that are not deployed yet.

    Not offered upstream: no internet here.
    """

    def putting(put: Callable[..., Any]) -> Callable[..., Any]:
        def done(self: Any, function_id: str, api_doc: dict[str, Any], **named: Any) -> Any:
            api = put(self, function_id, api_doc, **named)
            earlier: dict[str, Any] = api.__dict__.get(_WHOLE, {})
            # "merge" is PutRestApi's default mode
            overwrites = named.get("mode", "merge") == "overwrite"
            api.document = deepcopy(api_doc) if overwrites else merged(earlier, deepcopy(api_doc))
            return api

        return done

    def deploying(deploy: Callable[..., Any]) -> Callable[..., Any]:
        def deployed(self: Any, *arguments: Any, **named: Any) -> Any:
            deployment = deploy(self, *arguments, **named)
            deployment.snapshot = deepcopy(
                {
                    "document": self.__dict__.get(_WHOLE),
                    "binaryMediaTypes": self.binaryMediaTypes,
                    "minimumCompressionSize": self.minimum_compression_size,
                    "apiKeySource": self.api_key_source,
                    "policy": self.policy,
                    "disableExecuteApiEndpoint": bool(self.disableExecuteApiEndpoint),
                }
            )
            return deployment

        return deployed

    wrap(APIGatewayBackend, "put_rest_api", putting)
    wrap(RestAPI, "create_deployment", deploying)


def deployed_api(report: dict[str, Any]) -> dict[str, Any]:
    """Return the snapshot of a deployment, as the answer to the report ``deployed-api``.

    Args:
        report: ``restApiId``, ``deploymentId`` and ``region``.

    Returns:
        ``document`` (as imported, or None), ``binaryMediaTypes``, ``minimumCompressionSize``, ``apiKeySource``,
        ``policy`` and ``disableExecuteApiEndpoint``.

    Raises:
        KeyError: There is no such API or deployment.
    """
    backend: Any = apigateway_backends[DEFAULT_ACCOUNT_ID][report["region"]]
    deployment = backend.apis[report["restApiId"]].deployments[report["deploymentId"]]
    return deployment.__dict__[_SNAPSHOT]
