"""The log groups of an API's stage."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.api.settings import ApiLoggingSettings, ExecutionLogLevel
from spot_planning.declarations import arguments
from spot_planning.monitoring.alarms import REFUSALS, REFUSALS_PATTERN
from spot_platform.component import Component, Transform
from spot_platform.monitoring.metric_filter import metric_filter


@arguments
class ApiLoggingArgs(ApiLoggingSettings):
    """Arguments of `ApiLogging`."""

    rest_api_id: pulumi.Input[str]
    """Id of the API."""
    stage_name: str
    """Name of the stage."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the log groups."""


@dataclass(frozen=True, kw_only=True)
class ApiLoggingTransforms:
    """Changes to the arguments of `ApiLogging`'s resources."""

    access_log_group: Transform | None = None
    refusals: Transform | None = None
    execution_log_group: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class ApiLoggingNodes:
    """The resources of `ApiLogging`."""

    access_log_group: aws.cloudwatch.LogGroup
    refusals: aws.cloudwatch.LogMetricFilter
    execution_log_group: aws.cloudwatch.LogGroup | None

    @property
    def ready(self) -> list[pulumi.Resource]:
        """The log groups that a stage must wait for: API Gateway would create a missing one itself."""
        made = (self.access_log_group, self.execution_log_group)
        return [resource for resource in made if resource is not None]


class ApiLogging(Component):
    """spot-platform:index:ApiLogging: the log groups of an API's stage.

    Makes: the log group of access logs, and a metric that counts its requests with status 429; the log group of
    execution logs, which API Gateway would otherwise create under the same name, without retention or key. The role
    with which API Gateway writes logs is a setting of the account: `ApiAccount`.

    Costs: 0.50 USD per GB written, 0.03 USD per GB-month kept; 0.30 USD a month for the metric.

    Risks: if the account has no role for logs, API Gateway refuses the stage.
    """

    access_log_group_arn: pulumi.Output[str]
    """ARN of the log group of access logs, for the stage."""
    access_log_group_name: pulumi.Output[str]
    """Name of the log group of access logs."""
    refusal_namespace: pulumi.Output[str]
    """The CloudWatch namespace of the metric Refusals, which counts requests with status 429."""

    def __init__(
        self,
        name: str,
        args: ApiLoggingArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ApiLoggingTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        transforms = transforms or ApiLoggingTransforms()

        access_log_group = aws.cloudwatch.LogGroup(
            f"{name}-access",
            retention_in_days=args.access_log_retention_days,
            kms_key_id=args.kms_key_arn,
            tags={"Name": f"{name}-access"},
            opts=self.child(transforms.access_log_group),
        )
        execution_log_group = (
            aws.cloudwatch.LogGroup(
                f"{name}-execution",
                name=pulumi.Output.concat("API-Gateway-Execution-Logs_", args.rest_api_id, "/", args.stage_name),
                retention_in_days=args.access_log_retention_days,
                kms_key_id=args.kms_key_arn,
                tags={"Name": f"{name}-execution"},
                opts=self.child(transforms.execution_log_group),
            )
            if args.execution_log_level != ExecutionLogLevel.OFF
            else None
        )
        # The id of an API is unique, so two stacks never share a metric.
        self.refusal_namespace = pulumi.Output.concat("SpotPlatform/", args.rest_api_id)
        refusals = metric_filter(
            f"{name}-refusals",
            access_log_group,
            pattern=REFUSALS_PATTERN,
            namespace=self.refusal_namespace,
            metric_name=REFUSALS,
            opts=self.child(transforms.refusals),
        )
        self.nodes = ApiLoggingNodes(
            access_log_group=access_log_group,
            refusals=refusals,
            execution_log_group=execution_log_group,
        )
        self.access_log_group_arn = access_log_group.arn
        self.access_log_group_name = access_log_group.name
        self.finish()
