"""Creates a CloudWatch alarm from a planned alarm."""

from collections.abc import Mapping, Sequence
from string import Formatter

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
    """Create one alarm.

    Args:
        name: Name of the resource. In CloudWatch it has Pulumi's suffix.
        alarm: The plan.
        values: Values for the names in the plan's templates. The alarm depends only on those that its own templates
            use, so it is not kept waiting by a part of the platform that it does not watch.
        actions: ARNs that are notified when the alarm enters the ALARM or the OK state.
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
    used = {name for _, name, _, _ in Formatter().parse(template) if name}
    # A template without names stays a plain string, which is known in every preview.
    return pulumi.Output.format(template, **{name: values[name] for name in used}) if used else template
