"""Alarms that roll a deployment back, and the check that fails the update after a rollback."""

import pulumi
import pulumi_aws as aws

from spot_planning.service.alarms import rollback_alarms
from spot_platform.monitoring.metric_alarm import metric_alarm
from spot_platform.service.arguments import FargateSpotServiceArgs, LoadBalancerReference
from spot_platform.service.endpoint import ServiceEndpoint


def make_rollback_alarms(
    name: str,
    args: FargateSpotServiceArgs,
    load_balancer: LoadBalancerReference,
    endpoint: ServiceEndpoint,
    opts: pulumi.ResourceOptions,
) -> dict[str, aws.cloudwatch.MetricAlarm]:
    """Create the alarms that roll a deployment back, in addition to the circuit breaker.

    Args:
        name: Name of the service's component.
        args: The service's arguments.
        load_balancer: The load balancer in front of the service.
        endpoint: The endpoint whose target group the alarms watch.
        opts: Options of each alarm.
    """
    values: dict[str, pulumi.Input[str]] = {
        "target_group": endpoint.target_group_arn_suffix,
        "load_balancer": endpoint.load_balancer_arn_suffix,
    }
    if args.api is not None:
        values |= {"api_name": args.api.name, "api_stage": args.api.stage}
    actions = [] if args.alert_topic_arn is None else [args.alert_topic_arn]
    return {
        alarm.key: metric_alarm(f"{name}-{alarm.key}", alarm, values, actions, opts)
        for alarm in rollback_alarms(load_balancer_kind=load_balancer.kind, api=args.api is not None)
    }


def deployment_alarms(
    alarms: dict[str, aws.cloudwatch.MetricAlarm], *, rolls_back: bool
) -> aws.ecs.ServiceAlarmsArgs | None:
    """Return the part of the service that names its alarms; None without alarms.

    The names stay when the alarms only tell. Otherwise the provider could not switch the alarms off: without names it
    sends an UpdateService that lacks a required field (DeploymentAlarms, Amazon ECS API Reference).

    Args:
        alarms: The alarms.
        rolls_back: Whether they roll a deployment back.
    """
    if not alarms:
        return None
    names = [alarm.name for alarm in alarms.values()]
    return aws.ecs.ServiceAlarmsArgs(alarm_names=names, enable=rolls_back, rollback=rolls_back)


def unless_rolled_back(
    name: str, service: aws.ecs.Service, task_definition_arn: pulumi.Output[str]
) -> pulumi.Output[str]:
    """Return the service's name, as an output that fails if Amazon ECS rolled the deployment back.

    A deployment that was rolled back also ends in a steady state, with the previous revision, and the provider reports
    success (pulumi-aws issue 4487).

    Args:
        name: Name of the service's component, for the error.
        service: The service after its deployment.
        task_definition_arn: ARN of the revision that was deployed.

    Raises:
        pulumi.RunError: The service runs another revision. The output raises it, so the update fails.
    """

    def check(known: list[str]) -> str:
        service_name, running, wanted = known
        if not pulumi.runtime.is_dry_run() and _revision(running) != _revision(wanted):
            raise pulumi.RunError(
                f"FargateSpotService {name!r}: Amazon ECS rolled the deployment back: it runs {_revision(running)}, "
                f"not {_revision(wanted)}; the service's events and the stopped tasks say why"
            )
        return service_name

    return pulumi.Output.all(service.name, service.task_definition, task_definition_arn).apply(check)


def _revision(task_definition: str) -> str:
    # The provider has an ARN or FAMILY:REVISION.
    return task_definition.rpartition("/")[2]
