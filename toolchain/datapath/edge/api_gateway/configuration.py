"""Reads stages, domain names, API keys and VPC links from the emulator."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.edge.api_gateway.buckets import Limit
from toolchain.datapath.edge.api_gateway.document import Integration
from toolchain.datapath.edge.api_gateway.gateway_responses import GatewayError
from toolchain.datapath.edge.api_gateway.keys import (
    NO_LIMIT,
    ApiKey,
    Quota,
    StageLimits,
    UsagePlan,
    method_setting_name,
)
from toolchain.datapath.edge.api_gateway.mapping import with_stage_variables
from toolchain.datapath.edge.api_gateway.routes import BasePathMapping

_NO_BASE_PATH = "(none)"
_UNPLAYED = {
    "cacheClusterEnabled": "its cache",
    "canarySettings": "its canary",
    "clientCertificateId": "its client certificate",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of an API."""

    rest_api_id: str
    name: str
    deployment_id: str
    variables: Mapping[str, str]
    limits: StageLimits
    log_destination: str = ""
    """ARN of the log group for access logs; empty if there are none."""
    log_format: str = ""
    traced: bool = False
    web_acl_arn: str = ""
    """ARN of the web ACL; empty if the stage has none."""
    unplayed: tuple[str, ...] = ()
    """Features that the stage uses and the data path does not support."""

    @property
    def identity(self) -> str:
        """Unique id: the API's id and the stage's name."""
        return f"{self.rest_api_id}/{self.name}"


@dataclass(frozen=True, slots=True)
class Configuration:
    """The configuration of API Gateway that is not part of a deployment."""

    stages: Mapping[str, Stage] = field(default_factory=dict[str, Stage])
    """`Stage.identity` -> stage."""
    rest_api_ids: frozenset[str] = frozenset()
    domains: Mapping[str, tuple[BasePathMapping, ...]] = field(default_factory=dict[str, "tuple[BasePathMapping, ...]"])
    """Custom domain name -> its base path mappings."""
    regional_names: frozenset[str] = frozenset()
    """Regional domain names, which are the targets of the custom domain names' DNS records."""
    links: Mapping[str, str] = field(default_factory=dict[str, str])
    """Id of a VPC link -> ARN of its load balancer."""
    links_of_version_2: frozenset[str] = frozenset()
    """Ids of the VPC links of version 2."""
    balancers: Mapping[str, str] = field(default_factory=dict[str, str])
    """ARN of a load balancer -> DNS name."""


async def read_configuration(control_plane: ControlPlane) -> Configuration:
    """Read the configuration.

    Args:
        control_plane: The emulator.

    Raises:
        botocore.exceptions.ClientError: The emulator refused.
    """
    apis, domains, plans, keys, links, balancers = await asyncio.gather(
        control_plane.pages("apigateway", "get_rest_apis", "items"),
        control_plane.pages("apigateway", "get_domain_names", "items"),
        control_plane.pages("apigateway", "get_usage_plans", "items"),
        control_plane.pages("apigateway", "get_api_keys", "items", includeValues=True),
        control_plane.pages("apigateway", "get_vpc_links", "items"),
        control_plane.pages("elbv2", "describe_load_balancers", "LoadBalancers"),
    )
    links_of_version_2 = (await control_plane.call("apigatewayv2", "get_vpc_links"))["Items"]
    stages = await asyncio.gather(
        *(control_plane.call("apigateway", "get_stages", restApiId=api["id"]) for api in apis)
    )
    mappings = await asyncio.gather(
        *(
            control_plane.pages("apigateway", "get_base_path_mappings", "items", domainName=each["domainName"])
            for each in domains
        )
    )
    of_plans = await asyncio.gather(
        *(control_plane.pages("apigateway", "get_usage_plan_keys", "items", usagePlanId=each["id"]) for each in plans)
    )
    enabled = {key["id"]: key["value"] for key in keys if key.get("enabled") and "value" in key}
    with_keys = [(plan, {key["id"] for key in own}) for plan, own in zip(plans, of_plans, strict=True)]
    read = [
        stage_of(api["id"], stage, with_keys, enabled)
        for api, answer in zip(apis, stages, strict=True)
        for stage in answer["item"]
    ]
    return Configuration(
        stages={stage.identity: stage for stage in read},
        rest_api_ids=frozenset(api["id"] for api in apis),
        domains={
            domain["domainName"].lower(): tuple(_mapping(each) for each in own)
            for domain, own in zip(domains, mappings, strict=True)
        },
        regional_names=frozenset(
            domain["regionalDomainName"].lower() for domain in domains if domain.get("regionalDomainName")
        ),
        links={link["id"]: link["targetArns"][0] for link in links if link.get("targetArns")},
        links_of_version_2=frozenset(link["VpcLinkId"] for link in links_of_version_2),
        balancers={each["LoadBalancerArn"]: each["DNSName"] for each in balancers},
    )


def stage_of(
    rest_api_id: str,
    stage: Mapping[str, Any],
    plans: Iterable[tuple[Mapping[str, Any], set[str]]],
    enabled: Mapping[str, str],
) -> Stage:
    """Make a stage from the control plane's responses.

    Args:
        rest_api_id: Id of the stage's API.
        stage: Item of GetStages.
        plans: Items of GetUsagePlans, each with the ids of its API keys.
        enabled: Id of an enabled API key -> its value.
    """
    name = stage["stageName"]
    keys: dict[str, ApiKey] = {}
    for plan, key_ids in plans:
        for of_stage in plan.get("apiStages", ()):
            if (of_stage["apiId"], of_stage["stage"]) == (rest_api_id, name):
                usage_plan = _usage_plan(plan, of_stage)
                keys |= {enabled[key]: ApiKey(key, usage_plan) for key in key_ids if key in enabled}
    settings: Mapping[str, Any] = stage.get("methodSettings", {})
    log: Mapping[str, str] = stage.get("accessLogSettings", {})
    return Stage(
        rest_api_id=rest_api_id,
        name=name,
        deployment_id=stage["deploymentId"],
        variables=stage.get("variables", {}),
        limits=StageLimits(
            keys,
            {
                method_setting_name(key): _limit(each, "throttlingRateLimit", "throttlingBurstLimit")
                for key, each in settings.items()
            },
        ),
        log_destination=log.get("destinationArn", ""),
        log_format=log.get("format", ""),
        traced=bool(stage.get("tracingEnabled")),
        web_acl_arn=stage.get("webAclArn") or "",
        unplayed=tuple(text for key, text in _UNPLAYED.items() if stage.get(key)),
    )


def backend_address(
    integration: Integration, host: str, port: int, stage: Stage, configuration: Configuration
) -> tuple[str, int]:
    """Return the server for an integration's request: with a VPC link, its load balancer ("Private integrations").

    Args:
        integration: The integration.
        host: Host of the integration's URI.
        port: Port of the integration's URI.
        stage: The stage, whose variables may contain the VPC link's id.
        configuration: VPC links and load balancers.

    Returns:
        Host and port in AWS.

    Raises:
        GatewayError: The VPC link or its load balancer does not exist.
    """
    if integration.connection_type != "VPC_LINK":
        return host, port
    link = with_stage_variables(integration.connection_id, stage.variables)
    if link in configuration.links:
        balancer = configuration.links[link]
    elif link in configuration.links_of_version_2:
        target = with_stage_variables(integration.target, stage.variables)
        # A listener's ARN is its load balancer's ARN with ":listener/" and one more part.
        balancer = (
            target.replace(":listener/", ":loadbalancer/").rpartition("/")[0] if ":listener/" in target else target
        )
    else:
        raise GatewayError("API_CONFIGURATION_ERROR", details=f"there is no VPC link {link!r}")
    if balancer not in configuration.balancers:
        raise GatewayError(
            "API_CONFIGURATION_ERROR", details=f"VPC link {link} leads to {balancer}, which is not there"
        )
    return configuration.balancers[balancer], port


def _mapping(given: Mapping[str, Any]) -> BasePathMapping:
    base_path = given.get("basePath", _NO_BASE_PATH)
    return BasePathMapping(
        "" if base_path == _NO_BASE_PATH else base_path.strip("/"), given["restApiId"], given.get("stage", "")
    )


def _usage_plan(plan: Mapping[str, Any], of_stage: Mapping[str, Any]) -> UsagePlan:
    quota: Mapping[str, Any] | None = plan.get("quota")
    methods: Mapping[str, Any] = of_stage.get("throttle", {})
    return UsagePlan(
        plan["id"],
        _limit(plan.get("throttle") or {}, "rateLimit", "burstLimit"),
        {name: _limit(limit, "rateLimit", "burstLimit") for name, limit in methods.items()},
        Quota(int(quota["limit"]), quota["period"], int(quota.get("offset", 0))) if quota else None,
    )


def _limit(given: Mapping[str, Any], rate: str, burst: str) -> Limit:
    if rate not in given or burst not in given:
        return NO_LIMIT
    return Limit(float(given[rate]), float(given[burst]))
