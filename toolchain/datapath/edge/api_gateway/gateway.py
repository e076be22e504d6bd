"""The part of the data path that replaces Amazon API Gateway."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from toolchain.datapath.authorizers import Authorizers
from toolchain.datapath.edge.api_gateway.access_log import AccessLog
from toolchain.datapath.edge.api_gateway.backends import Backends
from toolchain.datapath.edge.api_gateway.configuration import Configuration, Stage, read_configuration
from toolchain.datapath.edge.api_gateway.context import Context, new_context, substituted
from toolchain.datapath.edge.api_gateway.document import deployed_api
from toolchain.datapath.edge.api_gateway.keys import Meter
from toolchain.datapath.edge.api_gateway.play import Play, PlayedApi
from toolchain.datapath.edge.api_gateway.plugs import Plugs
from toolchain.datapath.edge.api_gateway.quotas import refusal
from toolchain.datapath.edge.api_gateway.routes import Target, mapped, staged
from toolchain.datapath.edge.messages import Request, Response
from toolchain.datapath.edge.waf import WebAcls
from toolchain.datapath.part import Surroundings

READ_SECONDS: Final = 2.0
"""Interval at which the emulator is read."""
_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_FORBIDDEN: Final = Response(
    403,
    (("x-amzn-ErrorType", "ForbiddenException"), ("Content-Type", "application/json")),
    b'{"message":"Forbidden"}',
)


class ApiGateway:
    """Serves the deployed stages of all REST APIs.

    Args:
        surroundings: Objects that all parts in this process share.
        authorizers: The stack's plugs for authorizers; None for none.
        clock: Function that returns seconds since 1970.
        web_acls: Web ACLs that are shared with other parts of the edge; None for its own.
    """

    name = "api gateway"

    def __init__(
        self,
        surroundings: Surroundings,
        *,
        authorizers: Authorizers | None = None,
        clock: Callable[[], float] = time.time,
        web_acls: WebAcls | None = None,
    ) -> None:
        self._control_plane = surroundings.control_plane
        self._say = surroundings.say
        self._clock = clock
        self._configuration = Configuration()
        self._played: dict[str, PlayedApi] = {}
        """API id and deployment id -> API."""
        self._refused: set[str] = set()
        self._log = AccessLog(self._control_plane, self._say)
        self._backends = Backends()
        self._web_acls = web_acls or WebAcls(surroundings, clock=clock)
        self._plugs = Plugs(authorizers, self._say)
        self._play = Play(
            surroundings,
            backends=self._backends,
            meter=Meter(),
            web_acls=self._web_acls,
            plugs=self._plugs.by_name,
            clock=clock,
        )
        self._read_at = float("-inf")

    def hosts(self) -> frozenset[str]:
        """Return the DNS names in AWS that it serves."""
        region = self._control_plane.region
        configuration = self._configuration
        open_apis = {
            played.api.rest_api_id for played in self._played.values() if played.api.execute_api_endpoint
        } & configuration.rest_api_ids
        return (
            frozenset(configuration.domains)
            | configuration.regional_names
            | frozenset(f"{api}.execute-api.{region}.amazonaws.com" for api in open_apis)
        )

    async def converge(self) -> None:
        """Run one reconciliation: read APIs and web ACLs from the emulator, and write the access log."""
        now = self._clock()
        if not 0 <= now - self._read_at < READ_SECONDS:
            await self._read()
            await self._web_acls.converge()
            self._read_at = now
        await self._log.flush()

    async def close(self) -> None:
        """Write the remaining lines of the access log, and close all connections."""
        try:
            await self._log.flush()
        finally:
            await self._backends.close()

    async def answer(self, request: Request) -> Response:
        """Answer a request."""
        refused = refusal(request)
        if refused is not None:
            return refused
        override = (request.header("X-HTTP-Method-Override") or "").upper()
        if override in _METHODS:
            request = replace(request, method=override)
        target = self._target(request)
        stage = None if target is None else self._configuration.stages.get(f"{target.rest_api_id}/{target.stage}")
        played = None if stage is None else self._played.get(_deployment(stage))
        if target is None or stage is None or played is None:
            return _FORBIDDEN
        began = self._clock()
        context = new_context(
            request, began, account_id=self._play.account_id, rest_api_id=stage.rest_api_id, stage=stage.name
        )
        response = await self._play.answer(
            played, stage, self._configuration, replace(request, path=target.path), context
        )
        headers = [
            ("x-amzn-RequestId", context.get("requestId") or ""),
            ("x-amz-apigw-id", context.get("extendedRequestId") or ""),
        ]
        if stage.traced:
            headers.append(("X-Amzn-Trace-Id", context.get("xrayTraceId") or ""))
        self._write_log(stage, context, response, began)
        return response.with_headers(*headers)

    def _target(self, request: Request) -> Target | None:
        mappings = self._configuration.domains.get(request.host)
        if mappings is not None:
            return mapped(mappings, request.path)
        # A regional domain name itself is not the name of an API: AWS answers it with 403, too.
        api = request.host.partition(".")[0]
        if request.host in self._configuration.regional_names or request.host not in self.hosts():
            return None
        return staged(api, request.path)

    def _write_log(self, stage: Stage, context: Context, response: Response, began: float) -> None:
        if not stage.log_destination:
            return
        context.set("status", response.status)
        context.set("responseLength", len(response.body))
        context.set("responseLatency", round((self._clock() - began) * 1000))
        line = substituted(stage.log_format, context, {}, absent="-")
        self._log.write(stage.log_destination, began, line)

    async def _read(self) -> None:
        if not self._play.account_id:
            self._play.account_id = (await self._control_plane.call("sts", "get_caller_identity"))["Account"]
        self._plugs.converge()
        configuration = await read_configuration(self._control_plane)
        wanted = {_deployment(stage): stage for stage in configuration.stages.values()}
        for identity, stage in wanted.items():
            if identity not in self._played and identity not in self._refused:
                await self._add(identity, stage)
        self._configuration = configuration
        self._played = {identity: played for identity, played in self._played.items() if identity in wanted}
        self._refused &= wanted.keys()
        self._plugs.remark(played.api for played in self._played.values())

    async def _add(self, identity: str, stage: Stage) -> None:
        report = {
            "restApiId": stage.rest_api_id,
            "deploymentId": stage.deployment_id,
            "region": self._control_plane.region,
        }
        snapshot = await self._control_plane.report("deployed-api", report, changes=False)
        try:
            self._played[identity] = PlayedApi(deployed_api(stage.rest_api_id, snapshot))
        except (KeyError, TypeError, ValueError) as error:
            self._refused.add(identity)
            self._say(f"{self.name}: stage {stage.identity} is not played: {type(error).__name__}: {error}")
            return
        self._say(f"{self.name}: plays stage {stage.identity} of deployment {stage.deployment_id}")
        for unplayed in stage.unplayed:
            self._say(f"{self.name}: stage {stage.identity}: {unplayed} is not played")


def _deployment(stage: Stage) -> str:
    return f"{stage.rest_api_id}/{stage.deployment_id}"
