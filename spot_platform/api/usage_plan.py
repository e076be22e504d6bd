"""The usage plan of an API's stage, and its first API key."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.api.settings import UsagePlanSettings
from spot_planning.declarations import arguments
from spot_platform.component import Component, Transform


@arguments
class UsagePlanArgs(UsagePlanSettings):
    """Arguments of `UsagePlan`."""

    rest_api_id: pulumi.Input[str]
    """Id of the API."""
    stage_name: pulumi.Input[str]
    """Name of the stage."""


@dataclass(frozen=True, kw_only=True)
class UsagePlanTransforms:
    """Changes to the arguments of `UsagePlan`'s resources."""

    usage_plan: Transform | None = None
    api_key: Transform | None = None
    usage_plan_key: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class UsagePlanNodes:
    """The resources of `UsagePlan`."""

    usage_plan: aws.apigateway.UsagePlan
    api_key: aws.apigateway.ApiKey
    usage_plan_key: aws.apigateway.UsagePlanKey


class UsagePlan(Component):
    """spot-platform:index:UsagePlan: limits and quota of a stage, and a first API key for it.

    Makes: the usage plan, an API key whose value AWS generates, and their connection. The value is not an output. To
    read
    it: ``aws apigateway get-api-key --include-value``.

    Costs: nothing.

    Risks: an API key is for counting requests, not for authentication. Every visitor of a site can read the site's key,
    and all of them share its limits and its quota. Limits and quota are best efforts of API Gateway, not guarantees.
    """

    usage_plan_id: pulumi.Output[str]
    """Id of the usage plan, for further keys."""
    api_key_id: pulumi.Output[str]
    """Id of the API key."""

    def __init__(
        self,
        name: str,
        args: UsagePlanArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: UsagePlanTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        transforms = transforms or UsagePlanTransforms()

        usage_plan = aws.apigateway.UsagePlan(
            name,
            description=f"Limits of each API key of {name}",
            api_stages=[aws.apigateway.UsagePlanApiStageArgs(api_id=args.rest_api_id, stage=args.stage_name)],
            throttle_settings=aws.apigateway.UsagePlanThrottleSettingsArgs(
                rate_limit=args.throttle_rate_limit, burst_limit=args.throttle_burst_limit
            ),
            quota_settings=None
            if args.quota_limit is None
            else aws.apigateway.UsagePlanQuotaSettingsArgs(limit=args.quota_limit, period=args.quota_period),
            tags={"Name": name},
            opts=self.child(transforms.usage_plan),
        )
        api_key = aws.apigateway.ApiKey(
            name,
            description=f"First API key of {name}",
            enabled=True,
            tags={"Name": name},
            opts=self.child(transforms.api_key, pulumi.ResourceOptions(additional_secret_outputs=["value"])),
        )
        usage_plan_key = aws.apigateway.UsagePlanKey(
            name,
            key_id=api_key.id,
            key_type="API_KEY",
            usage_plan_id=usage_plan.id,
            # The key's value is an output of this resource too.
            opts=self.child(transforms.usage_plan_key, pulumi.ResourceOptions(additional_secret_outputs=["value"])),
        )
        self.nodes = UsagePlanNodes(usage_plan=usage_plan, api_key=api_key, usage_plan_key=usage_plan_key)
        self.usage_plan_id = usage_plan.id
        # Known when the key gives access to the API, not as soon as the key exists.
        self.api_key_id = usage_plan_key.key_id
        self.finish()
