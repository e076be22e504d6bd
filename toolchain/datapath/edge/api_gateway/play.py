"""Processes a request through a stage: web ACL, resource policy, authorizer, API key, validation, integration.

Sources of this order: "Control and manage access to REST APIs in API Gateway" and "Use AWS WAF to protect your REST
APIs" (Amazon API Gateway Developer Guide).
"""

import time
from collections.abc import Callable, Mapping
from typing import Final

from toolchain.datapath.authorizers import Plug
from toolchain.datapath.edge.api_gateway.authorizers import authorize
from toolchain.datapath.edge.api_gateway.backends import Backends
from toolchain.datapath.edge.api_gateway.configuration import Configuration, Stage, backend_address
from toolchain.datapath.edge.api_gateway.context import Context
from toolchain.datapath.edge.api_gateway.document import DeployedApi, Integration, Method
from toolchain.datapath.edge.api_gateway.gateway_responses import GatewayError, gateway_response
from toolchain.datapath.edge.api_gateway.integrations import MAXIMUM_BYTES, Answer, compressed, outgoing, proxied
from toolchain.datapath.edge.api_gateway.keys import Meter
from toolchain.datapath.edge.api_gateway.mapping import Sources, parameters_of
from toolchain.datapath.edge.api_gateway.quotas import METHOD_ARN_BYTES, uri_too_long
from toolchain.datapath.edge.api_gateway.resource_policy import Call, PolicyError, denial
from toolchain.datapath.edge.api_gateway.routes import Match, Routes, method_for
from toolchain.datapath.edge.api_gateway.templates import mock_answer, request_payload, transformed
from toolchain.datapath.edge.api_gateway.validators import Validators
from toolchain.datapath.edge.messages import Request, Response
from toolchain.datapath.edge.waf import WebAcls
from toolchain.datapath.part import Surroundings

_MAXIMUM_TOLD: Final = 1_000
"""Maximum number of different log lines about errors of an API's configuration."""


class PlayedApi:
    """A deployed API, with its routes and validators.

    Args:
        api: The deployed API.
    """

    def __init__(self, api: DeployedApi) -> None:
        self.api = api
        self.routes = Routes(path for path, methods in api.methods.items() if methods)
        self.validators = Validators(api.schemas)


class Play:
    """Processes requests to stages.

    Args:
        surroundings: Objects that all parts in this process share.
        backends: Sends requests to backends.
        meter: Checks API keys, quotas and limits, and counts requests.
        web_acls: The web ACLs of stages.
        plugs: Name of an authorizer -> Python function that replaces its Lambda function.
        clock: Function that returns seconds since 1970.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        *,
        backends: Backends,
        meter: Meter,
        web_acls: WebAcls,
        plugs: Mapping[str, Plug],
        clock: Callable[[], float],
    ) -> None:
        self.account_id = ""
        self._region = surroundings.control_plane.region
        self._addresses = surroundings.addresses
        self._say = surroundings.say
        self._backends = backends
        self._meter = meter
        self._web_acls = web_acls
        self._plugs = plugs
        self._clock = clock
        self._told: set[str] = set()

    async def answer(
        self, played: PlayedApi, stage: Stage, configuration: Configuration, request: Request, context: Context
    ) -> Response:
        """Answer a request.

        Args:
            played: The API.
            stage: The stage.
            configuration: Configuration that is not part of the deployment, such as VPC links.
            request: The request; its path is without the stage and the base path.
            context: The request's context.
        """
        match = played.routes.match(request.path)
        parameters = parameters_of(request, match.path_parameters if match else {})
        sources = Sources(parameters, context, stage.variables)
        try:
            response = await self._through(played, match, stage, configuration, request=request, sources=sources)
        except GatewayError as error:
            self._tell(stage, context, error)
            response = gateway_response(error, played.api.gateway_responses, request, sources)
        except Exception as error:  # noqa: BLE001 - a bug must not close the connection without a response
            failure = GatewayError("API_CONFIGURATION_ERROR", details=f"{type(error).__name__}: {error}")
            self._tell(stage, context, failure)
            response = gateway_response(failure, played.api.gateway_responses, request, sources)
        return compressed(played.api, request, response)

    async def _through(
        self,
        played: PlayedApi,
        match: Match | None,
        stage: Stage,
        configuration: Configuration,
        *,
        request: Request,
        sources: Sources,
    ) -> Response:
        self._filter(stage, request, sources.context)
        method = _method(played.api, match, request)
        sources.context.set("resourcePath", method.resource_path)
        arn = self._method_arn(stage, request)
        if match is not None and match.path_parameters and len(arn.encode()) > METHOD_ARN_BYTES:
            return uri_too_long()
        self._admit(played, method, stage, request, sources, arn=arn)
        return await self._integrate(
            played.api, method.integration, stage, configuration, request=request, sources=sources
        )

    def _filter(self, stage: Stage, request: Request, context: Context) -> None:
        verdict = self._web_acls.verdict(stage.web_acl_arn, request)
        if verdict is not None:
            context.set("webaclArn", verdict.web_acl_arn)
            context.set("wafResponseCode", "WAF_ALLOW" if verdict.allowed else "WAF_BLOCK")
            if not verdict.allowed:
                raise GatewayError("WAF_FILTERED")

    def _method_arn(self, stage: Stage, request: Request) -> str:
        path = request.path.lstrip("/")
        return f"arn:aws:execute-api:{self._region}:{self.account_id}:{stage.identity}/{request.method}/{path}"

    def _admit(
        self, played: PlayedApi, method: Method, stage: Stage, request: Request, sources: Sources, *, arn: str
    ) -> None:
        if len(request.body) > MAXIMUM_BYTES:
            raise GatewayError("REQUEST_TOO_LARGE")
        call = Call(arn, request.client_address)
        try:
            denied = denial(played.api.policy, call)
        except PolicyError as error:
            raise GatewayError("API_CONFIGURATION_ERROR", details=str(error)) from error
        if denied is not None:
            raise GatewayError("ACCESS_DENIED", denied)
        authorize(played.api, method, request, sources, call=call, plugs=self._plugs)
        value = request.header("X-Api-Key")
        key = self._meter.admit(method, value, stage.identity, stage.limits, self._clock())
        if key is not None:
            sources.context.set("identity.apiKeyId", key.key_id)
            sources.context.set("identity.apiKey", value)
        played.validators.check(method, sources.parameters)

    async def _integrate(
        self,
        api: DeployedApi,
        integration: Integration | None,
        stage: Stage,
        configuration: Configuration,
        *,
        request: Request,
        sources: Sources,
    ) -> Response:
        if integration is None:
            raise GatewayError("API_CONFIGURATION_ERROR", details="the method has no integration")
        if integration.kind == "mock":
            return transformed(integration, request, sources, mock_answer(api, integration, request, sources))
        if integration.kind not in {"http", "http_proxy"}:
            raise GatewayError(
                "API_CONFIGURATION_ERROR", details=f"integrations of type {integration.kind} are not played"
            )
        is_proxy = integration.kind == "http_proxy"
        body = None if is_proxy else request_payload(integration, request, sources)
        sent = outgoing(api, integration, request, sources, body)
        host, port = backend_address(integration, sent.host, sent.port, stage, configuration)
        local_port = self._addresses.local_port(host, port)
        if local_port is None:
            raise GatewayError("API_CONFIGURATION_ERROR", details=f"nothing serves {host}:{port}")
        began = time.perf_counter()
        try:
            answer = await self._backends.call(sent, local_port, streams=integration.streams)
        except GatewayError as error:
            sources.context.set("integrationErrorMessage", error.details)
            raise
        finally:
            sources.context.set("integrationLatency", round((time.perf_counter() - began) * 1000))
        sources.context.set("integrationStatus", answer.status)
        if is_proxy:
            return proxied(api, integration, request, answer)
        return transformed(integration, request, _with(sources, answer), answer)

    def _tell(self, stage: Stage, context: Context, error: GatewayError) -> None:
        """Log an error of the API's configuration once; errors of clients are only in the access log."""
        if not error.details or error.kind.startswith("BAD_REQUEST"):
            return
        place = f"{context.get('httpMethod')} {context.get('resourcePath')}"
        line = f"api gateway: {stage.identity} {place}: {error.kind}: {error.details}"
        if line not in self._told and len(self._told) < _MAXIMUM_TOLD:
            self._told.add(line)
            self._say(line)


def _method(api: DeployedApi, match: Match | None, request: Request) -> Method:
    method = None if match is None else method_for(api.methods[match.resource_path], request.method)
    if method is None:
        raise GatewayError("MISSING_AUTHENTICATION_TOKEN")
    return method


def _with(sources: Sources, answer: Answer) -> Sources:
    return Sources(sources.parameters, sources.context, sources.stage_variables, answer.headers, answer.body)
