"""Runs authorizers. An authorizer needs a plug: a Python function that replaces its Lambda function (`plugs`).

Rules: "Use API Gateway Lambda authorizers", "Input to an API Gateway Lambda authorizer" and "Output from an API Gateway
Lambda authorizer" (Amazon API Gateway Developer Guide).
"""

from collections.abc import Mapping
from typing import Any

from toolchain.datapath.authorizers import Plug
from toolchain.datapath.edge.api_gateway.document import DeployedApi, Method
from toolchain.datapath.edge.api_gateway.gateway_responses import GatewayError
from toolchain.datapath.edge.api_gateway.mapping import Sources
from toolchain.datapath.edge.api_gateway.plugs import PLAYED_TYPES, kind_of
from toolchain.datapath.edge.api_gateway.resource_policy import Call, denial
from toolchain.datapath.edge.messages import Request


def authorize(
    api: DeployedApi, method: Method, request: Request, sources: Sources, *, call: Call, plugs: Mapping[str, Plug]
) -> None:
    """Run a method's authorizer, if it has one, and store the authorizer's context in the request's context.

    Args:
        api: The deployed API.
        method: The method.
        request: The request.
        sources: The request's parameters, its context and the stage's variables.
        call: The call to check against the authorizer's policy.
        plugs: Name of an authorizer -> Python function that replaces its Lambda function.

    Raises:
        GatewayError: The caller is not authorized, or the authorizer fails or has no plug.
    """
    if method.authorizer is None:
        return
    authorizer = api.authorizers.get(method.authorizer, {})
    plug = plugs.get(method.authorizer)
    if plug is None or kind_of(authorizer) not in PLAYED_TYPES:
        details = f"the authorizer {method.authorizer} ({kind_of(authorizer)}) is not played"
        raise GatewayError("AUTHORIZER_CONFIGURATION_ERROR", details=details)
    token = sources.parameters.value("header", str(authorizer.get("header", "Authorization")))
    if authorizer.get("type") == "token" and not token:
        raise GatewayError("UNAUTHORIZED")
    try:
        event = _event(authorizer, method, request, sources)
        event |= {"methodArn": call.arn, **({"authorizationToken": token} if event["type"] == "TOKEN" else {})}
        answer = plug(event)
        policy: Mapping[str, Any] = answer["policyDocument"]
    except PermissionError as error:
        raise GatewayError("UNAUTHORIZED") from error
    except Exception as error:  # a plug may raise any error, as a Lambda function may
        raise GatewayError("AUTHORIZER_FAILURE", details=f"{method.authorizer}: {error}") from error
    statements = [{"Principal": "*", **each} for each in policy["Statement"]]
    sources.context.set("authorizer", {"principalId": answer.get("principalId"), **answer.get("context", {})})
    if denial({"Statement": statements}, call) is not None:
        raise GatewayError("ACCESS_DENIED", "User is not authorized to access this resource")


def _event(authorizer: Mapping[str, Any], method: Method, request: Request, sources: Sources) -> dict[str, Any]:
    kind = str(authorizer.get("type", "token")).upper()
    if kind == "TOKEN":
        return {"type": kind}
    return {
        "type": kind,
        "resource": method.resource_path,
        "path": request.path,
        "httpMethod": request.method,
        "headers": dict(request.headers),
        "queryStringParameters": dict(sources.parameters.query),
        "pathParameters": dict(sources.parameters.path),
        "stageVariables": dict(sources.stage_variables),
        "requestContext": dict(sources.context.tree),
    }
