"""Which events of a cluster tell that Spot was taken away, was not to be had, or that a deployment failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SPOT_STOP_CODES = ("SpotInterruption", "TerminationNotice")
"""``stopCode`` of a reclaimed Fargate Spot task. AWS documents both: "Amazon ECS task state change events" has
TerminationNotice, "Amazon ECS clusters for Fargate" shows SpotInterruption."""

CAPACITY_EVENTS = ("SERVICE_TASK_PLACEMENT_FAILURE", "SERVICE_TASK_START_IMPAIRED")
"""Service action events of a service that cannot get its tasks placed or started: "Amazon ECS service action events".
Fargate never starts on demand what Spot has no room for, so somebody has to know."""

FAILED_DEPLOYMENT = "SERVICE_DEPLOYMENT_FAILED"
"""Deployment event behind every rollback: "Amazon ECS service deployment state change events"."""


@dataclass(frozen=True, kw_only=True)
class EventKind:
    """One kind of event: how EventBridge finds it, and how its metric counts it."""

    key: str
    description: str
    metric_name: str
    pattern: dict[str, Any]
    """EventBridge event pattern."""
    filter_pattern: str
    """CloudWatch Logs filter pattern: of several events about one occurrence it counts one."""


def event_kinds(*, cluster_arn: str) -> tuple[EventKind, ...]:
    """The events worth keeping of one cluster.

    Args:
        cluster_arn: ``arn:aws:ecs:REGION:ACCOUNT:cluster/NAME``.
    """
    source = ["aws.ecs"]
    # Deployment events name no cluster; their resource is the service, whose ARN starts like this.
    services = cluster_arn.replace(":cluster/", ":service/") + "/"
    return (
        EventKind(
            key="spot-interruption",
            description="Fargate takes a Spot task back",
            metric_name="SpotInterruptions",
            pattern={
                "source": source,
                "detail-type": ["ECS Task State Change"],
                "detail": {"clusterArn": [cluster_arn], "stopCode": list(SPOT_STOP_CODES)},
            },
            # The task sends one event a state on its way down; it is STOPPED once.
            filter_pattern='{ $.detail.lastStatus = "STOPPED" }',
        ),
        EventKind(
            key="capacity",
            description="Amazon ECS cannot place or start tasks of the service",
            metric_name="CapacityFailures",
            pattern={
                "source": source,
                "detail-type": ["ECS Service Action"],
                "detail": {"clusterArn": [cluster_arn], "eventName": list(CAPACITY_EVENTS)},
            },
            filter_pattern=_any_name(CAPACITY_EVENTS),
        ),
        EventKind(
            key="failed-deployment",
            description="A deployment of the service failed, and was rolled back if there was anything to roll back to",
            metric_name="FailedDeployments",
            pattern={
                "source": source,
                "detail-type": ["ECS Deployment State Change"],
                "resources": [{"prefix": services}],
                "detail": {"eventName": [FAILED_DEPLOYMENT]},
            },
            filter_pattern=_any_name([FAILED_DEPLOYMENT]),
        ),
    )


def _any_name(names: Sequence[str]) -> str:
    return "{ " + " || ".join(f'($.detail.eventName = "{name}")' for name in names) + " }"
