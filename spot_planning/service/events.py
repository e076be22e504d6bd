"""The cluster events about reclaimed Spot tasks, missing capacity and failed deployments."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SPOT_STOP_CODES = ("SpotInterruption", "TerminationNotice")
"""``stopCode`` of a reclaimed Fargate Spot task. AWS documents both values: "Amazon ECS task state change events" has
TerminationNotice, "Amazon ECS clusters for Fargate" has SpotInterruption."""

CAPACITY_EVENTS = ("SERVICE_TASK_PLACEMENT_FAILURE", "SERVICE_TASK_START_IMPAIRED")
"""Service action events of a service that cannot get its tasks placed or started: "Amazon ECS service action events".
When Spot has no capacity, Fargate does not start the tasks on demand instead, so somebody must be notified."""

FAILED_DEPLOYMENT = "SERVICE_DEPLOYMENT_FAILED"
"""Deployment event that comes before every rollback: "Amazon ECS service deployment state change events"."""


@dataclass(frozen=True, kw_only=True)
class EventKind:
    """One kind of event: the patterns with which EventBridge finds it and its metric counts it."""

    key: str
    description: str
    metric_name: str
    pattern: dict[str, Any]
    """EventBridge event pattern."""
    filter_pattern: str
    """CloudWatch Logs filter pattern. It matches only one of several events about the same occurrence."""


def event_kinds(*, cluster_arn: str) -> tuple[EventKind, ...]:
    """Return the kinds of events that are kept for one cluster.

    Args:
        cluster_arn: ``arn:aws:ecs:REGION:ACCOUNT:cluster/NAME``.
    """
    source = ["aws.ecs"]
    # Deployment events name no cluster. Their resource is the service, whose ARN begins with this prefix.
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
            # A stopping task sends one event for each of its states; only one of them is STOPPED.
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
