"""Reads distributions, their policies and their functions from the emulator."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.edge.cloudfront.entries import items
from toolchain.datapath.edge.cloudfront.model import Distribution, Policies, distribution
from toolchain.datapath.edge.cloudfront.policies import (
    MANAGED_CACHE_POLICIES,
    MANAGED_ORIGIN_REQUEST_POLICIES,
    MANAGED_RESPONSE_HEADERS_POLICIES,
    cache_policy,
    origin_request_policy,
)


async def read_distributions(control_plane: ControlPlane) -> tuple[Distribution, ...]:
    """Read all distributions.

    Raises:
        botocore.exceptions.ClientError: The emulator refused, or lacks a policy that a distribution refers to.
    """
    listed = await control_plane.pages("cloudfront", "list_distributions", "DistributionList.Items")
    answers = await asyncio.gather(
        *(control_plane.call("cloudfront", "get_distribution", Id=entry["Id"]) for entry in listed)
    )
    found = [answer["Distribution"] for answer in answers]
    behaviours = [behaviour for one in found for behaviour in _behaviours(one["DistributionConfig"])]
    policies = await _policies(control_plane, behaviours)
    return tuple(distribution(one, policies) for one in found)


def _behaviours(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [config["DefaultCacheBehavior"], *items(config.get("CacheBehaviors"))]


async def _policies(control_plane: ControlPlane, behaviours: Iterable[Mapping[str, Any]]) -> Policies:
    used = tuple(behaviours)

    async def read(key: str, operation: str, managed: Mapping[str, Any]) -> dict[str, Any]:
        identifiers = {one[key] for one in used if one.get(key)} - managed.keys()
        return {one: await control_plane.call("cloudfront", operation, Id=one) for one in identifiers}

    cache = await read("CachePolicyId", "get_cache_policy", MANAGED_CACHE_POLICIES)
    request = await read("OriginRequestPolicyId", "get_origin_request_policy", MANAGED_ORIGIN_REQUEST_POLICIES)
    headers = await read("ResponseHeadersPolicyId", "get_response_headers_policy", MANAGED_RESPONSE_HEADERS_POLICIES)
    controls = await control_plane.call("cloudfront", "list_origin_access_controls")
    return Policies(
        cache={
            **MANAGED_CACHE_POLICIES,
            **{one: cache_policy(answer["CachePolicy"]["CachePolicyConfig"]) for one, answer in cache.items()},
        },
        origin_request={
            **MANAGED_ORIGIN_REQUEST_POLICIES,
            **{
                one: origin_request_policy(answer["OriginRequestPolicy"]["OriginRequestPolicyConfig"])
                for one, answer in request.items()
            },
        },
        response_headers={
            **MANAGED_RESPONSE_HEADERS_POLICIES,
            **{one: answer["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"] for one, answer in headers.items()},
        },
        signing_controls=frozenset(
            control["Id"]
            for control in items(controls["OriginAccessControlList"])
            if control["SigningBehavior"] != "never" and control["OriginAccessControlOriginType"] == "s3"
        ),
    )


async def read_functions(control_plane: ControlPlane, distributions: Iterable[Distribution]) -> dict[str, str]:
    """Read the LIVE code of the distributions' functions; functions that are not published are left out.

    Raises:
        botocore.exceptions.ClientError: The emulator refused.
    """
    names = {name for one in distributions for behaviour in one.behaviours for name in behaviour.functions.values()}
    codes: dict[str, str] = {}
    for name in names:
        try:
            answer = await control_plane.call("cloudfront", "get_function", Name=name, Stage="LIVE")
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "NoSuchFunctionExists":
                raise
        else:
            codes[name] = (await asyncio.to_thread(answer["FunctionCode"].read)).decode()
    return codes
