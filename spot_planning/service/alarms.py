"""The alarms of a Fargate service: its load, its targets and its events, and the alarms that roll a deployment back."""

from collections.abc import Mapping

from spot_planning.monitoring.alarms import (
    BREACHING,
    GREATER,
    GREATER_OR_EQUAL,
    LESS,
    MINUTE,
    MISSING,
    NOT_BREACHING,
    Alarm,
)
from spot_planning.network.load_balancer import LoadBalancerKind

_ELB = {"network": "AWS/NetworkELB", "application": "AWS/ApplicationELB"}
_TARGET_GROUP = {"TargetGroup": "{target_group}", "LoadBalancer": "{load_balancer}"}


def service_alarms(
    *,
    load_balancer_kind: LoadBalancerKind,
    min_tasks: int,
    max_tasks: int,
    uses_spot: bool,
    container_insights: bool,
    redeploys: bool = False,
    spot_tasks: int = 1,
) -> tuple[Alarm, ...]:
    """Return the alarms of a Fargate service and its target group.

    Args:
        load_balancer_kind: ``network`` or ``application`` load balancer.
        min_tasks: Minimum number of tasks; 0 when a schedule may scale the service to zero.
        max_tasks: Maximum number of tasks for autoscaling.
        uses_spot: Whether tasks may run on Fargate Spot.
        container_insights: Whether Container Insights counts the tasks.
        redeploys: Whether a state machine replaces the tasks when one of their secrets changes.
        spot_tasks: How many of the minimum tasks run on Fargate Spot.
    """
    ecs = {"ClusterName": "{cluster_name}", "ServiceName": "{service_name}"}
    alarms = [
        Alarm(
            key="service-cpu",
            description="The tasks are out of CPU although autoscaling had its time: raise max_tasks or cpu.",
            namespace="AWS/ECS",
            metric_name="CPUUtilization",
            statistic="Average",
            comparison=GREATER,
            threshold=90,
            dimensions=ecs,
            evaluation_periods=10,
            treat_missing_data=MISSING,
        ),
        Alarm(
            key="service-memory",
            description="The tasks are nearly out of memory and are killed at 100 %: raise memory or find the leak.",
            namespace="AWS/ECS",
            metric_name="MemoryUtilization",
            statistic="Average",
            comparison=GREATER,
            threshold=90,
            dimensions=ecs,
            treat_missing_data=MISSING,
        ),
        *target_group_alarms(load_balancer_kind=load_balancer_kind, sleeps=min_tasks == 0),
        *_event_alarms(uses_spot=uses_spot, spot_tasks=spot_tasks),
    ]
    if container_insights:
        alarms += _task_count_alarms(ecs, min_tasks, max_tasks)
    if redeploys:
        alarms.append(_failed_redeployment())
    return tuple(alarms)


def _failed_redeployment() -> Alarm:
    # The state machine has no timeout that could expire. The alarm failed-deployment reports if the new tasks do not
    # start.
    return Alarm(
        key="failed-redeployment",
        description="A secret changed and Amazon ECS did not take the order to replace the tasks: new sessions with "
        "the old secret fail from now on. Redeploy the service. Runs that somebody stopped and events that EventBridge "
        "could not deliver are not watched.",
        namespace="AWS/States",
        metric_name="ExecutionsFailed",
        statistic="Sum",
        comparison=GREATER,
        threshold=0,
        dimensions={"StateMachineArn": "{redeployment}"},
        evaluation_periods=1,
    )


def _task_count_alarms(ecs: Mapping[str, str], min_tasks: int, max_tasks: int) -> list[Alarm]:
    return [
        Alarm(
            key="service-running-tasks",
            description="Fewer tasks run than the minimum: look at the service's events and stopped tasks.",
            namespace="ECS/ContainerInsights",
            metric_name="RunningTaskCount",
            statistic="Minimum",
            comparison=LESS,
            threshold=min_tasks,
            dimensions=ecs,
            evaluation_periods=5,
            # Container Insights reports nothing while no task runs, which is a fault unless the minimum is 0.
            treat_missing_data=BREACHING if min_tasks else NOT_BREACHING,
        ),
        Alarm(
            key="service-at-maximum",
            description="Autoscaling has been at max_tasks for 30 minutes and cannot go further: raise max_tasks.",
            namespace="ECS/ContainerInsights",
            metric_name="DesiredTaskCount",
            statistic="Minimum",
            comparison=GREATER_OR_EQUAL,
            # With equal limits the service is always at its maximum, so the alarm is raised only above it.
            threshold=max_tasks if max_tasks > min_tasks else max_tasks + 1,
            dimensions=ecs,
            evaluation_periods=30,
            treat_missing_data=MISSING,
        ),
    ]


def target_group_alarms(*, load_balancer_kind: LoadBalancerKind, sleeps: bool) -> tuple[Alarm, ...]:
    """Return the alarms on the health of the load balancer's targets.

    The metrics have a sample for each node of the load balancer. The statistic Maximum is the value of the node with
    the highest count, which is right with and without cross-zone load balancing.

    Args:
        load_balancer_kind: ``network`` or ``application`` load balancer.
        sleeps: Whether the service may have no task at all.
    """
    healthy = Alarm(
        key="targets-healthy",
        description="No task answers its readiness check, the API is down: look at the database, then the tasks.",
        namespace=_ELB[load_balancer_kind],
        metric_name="HealthyHostCount",
        statistic="Maximum",
        comparison=LESS,
        threshold=1,
        dimensions=_TARGET_GROUP,
        evaluation_periods=2,
        treat_missing_data=BREACHING,
    )
    unhealthy = Alarm(
        key="targets-unhealthy",
        description="A task has failed its readiness check for ten minutes, longer than any draining takes.",
        namespace=_ELB[load_balancer_kind],
        metric_name="UnHealthyHostCount",
        statistic="Maximum",
        comparison=GREATER,
        threshold=0,
        dimensions=_TARGET_GROUP,
        evaluation_periods=10,
    )
    return (unhealthy,) if sleeps else (healthy, unhealthy)


def interruptions_of_note(spot_tasks: int) -> int:
    """Return how many Spot interruptions in 15 minutes are unusual.

    The number is half of the Spot tasks, and at least two: with one Spot task, the task and its replacement.

    Args:
        spot_tasks: How many tasks run on Fargate Spot, 0 or more.
    """
    return max(2, (spot_tasks + 1) // 2)


def _event_alarms(*, uses_spot: bool, spot_tasks: int) -> list[Alarm]:
    events = [
        Alarm(
            key="failed-deployment",
            description="A deployment failed. If it was rolled back, the image before runs. See the events.",
            namespace="{event_namespace}",
            metric_name="FailedDeployments",
            statistic="Sum",
            comparison=GREATER,
            threshold=0,
            evaluation_periods=1,
        ),
        Alarm(
            key="capacity",
            description="Amazon ECS cannot place or start tasks; Fargate does not start on demand what Spot has no "
            "room for. If it lasts, set spot_weight to 0 for the time being.",
            namespace="{event_namespace}",
            metric_name="CapacityFailures",
            statistic="Sum",
            comparison=GREATER,
            threshold=0,
            # Amazon ECS retries with growing intervals of up to 27 minutes ("Amazon ECS service throttle logic"), so
            # failures need not be in adjacent periods.
            period_seconds=5 * MINUTE,
            evaluation_periods=12,
            datapoints_to_alarm=2,
        ),
    ]
    if uses_spot:
        events.append(
            Alarm(
                key="spot-interruptions",
                description="Spot takes back many tasks: the load may outrun their replacement. Think of a larger "
                "on_demand_base.",
                namespace="{event_namespace}",
                metric_name="SpotInterruptions",
                statistic="Sum",
                comparison=GREATER_OR_EQUAL,
                threshold=interruptions_of_note(spot_tasks),
                period_seconds=15 * MINUTE,
                evaluation_periods=1,
            )
        )
    return events


def rollback_alarms(*, load_balancer_kind: LoadBalancerKind, api: bool = False) -> tuple[Alarm, ...]:
    """Return the alarms that stop a deployment and roll it back. They watch only what a new image alone can break.

    They watch the target group, not the service: the service refers to its alarms, so an alarm that refers to the
    service would be a dependency cycle. A reclaimed Spot task is unhealthy while it drains, up to two minutes, so the
    alarm needs five minutes in a row.

    Args:
        load_balancer_kind: ``network`` or ``application`` load balancer.
        api: Whether the name of an API in front of the service is known.

    Source: Amazon ECS Developer Guide, "How CloudWatch alarms detect Amazon ECS deployment failures".
    """
    unhealthy = Alarm(
        key="rollback-unhealthy-targets",
        description="During a deployment: a task has failed its readiness check for five minutes. Rolls back.",
        namespace=_ELB[load_balancer_kind],
        metric_name="UnHealthyHostCount",
        statistic="Maximum",
        comparison=GREATER,
        threshold=0,
        dimensions=_TARGET_GROUP,
    )
    answers = (_api_errors(),) if api else ()
    if load_balancer_kind == LoadBalancerKind.NETWORK:
        return (unhealthy, *answers)
    errors = Alarm(
        key="rollback-target-errors",
        description="During a deployment: tasks answer with server errors. Rolls back.",
        namespace=_ELB[load_balancer_kind],
        metric_name="HTTPCode_Target_5XX_Count",
        statistic="Sum",
        comparison=GREATER,
        threshold=10,
        dimensions=_TARGET_GROUP,
        datapoints_to_alarm=3,
    )
    return (unhealthy, errors, *answers)


def _api_errors() -> Alarm:
    # The average of 5XXError is the error rate ("Amazon API Gateway dimensions and metrics"). A network load balancer
    # does not see status codes. An alarm that is already raised when a deployment begins does not stop it, so a fix can
    # be deployed.
    return Alarm(
        key="rollback-api-errors",
        description="During a deployment: more than a tenth of the API's answers are server errors. Rolls back.",
        namespace="AWS/ApiGateway",
        metric_name="5XXError",
        statistic="Average",
        comparison=GREATER,
        threshold=0.1,
        dimensions={"ApiName": "{api_name}", "Stage": "{api_stage}"},
        datapoints_to_alarm=3,
    )
