"""Turns a planned alarm into a CloudWatch alarm."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from spot_planning.monitoring.alarms import Alarm


def metric_alarm(
    name: str,
    alarm: Alarm,
    values: Mapping[str, pulumi.Input[str]],
    actions: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> aws.cloudwatch.MetricAlarm:
    """Make one alarm.

    Args:
        name: Name of the resource; CloudWatch shows it with Pulumi's suffix.
        alarm: The plan.
        values: What the plan's templates stand for.
        actions: ARNs told about every change to and from the ALARM state.
        opts: Options of the resource.
    """
    return aws.cloudwatch.MetricAlarm(
        name,
        alarm_description=alarm.description,
        namespace=_filled(alarm.namespace, values),
        metric_name=alarm.metric_name,
        dimensions={key: _filled(template, values) for key, template in alarm.dimensions.items()} or None,
        statistic=None if alarm.is_percentile else alarm.statistic,
        extended_statistic=alarm.statistic if alarm.is_percentile else None,
        comparison_operator=alarm.comparison,
        threshold=float(alarm.threshold),
        period=alarm.period_seconds,
        evaluation_periods=alarm.evaluation_periods,
        datapoints_to_alarm=alarm.datapoints_to_alarm or alarm.evaluation_periods,
        treat_missing_data=alarm.treat_missing_data,
        alarm_actions=list(actions),
        ok_actions=list(actions),
        opts=opts,
    )


def _filled(template: str, values: Mapping[str, pulumi.Input[str]]) -> pulumi.Input[str]:
    # A template without names stays a plain string: known in every preview.
    return pulumi.Output.format(template, **values) if "{" in template else template
