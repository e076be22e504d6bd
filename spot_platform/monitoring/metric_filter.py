"""Counts what a log group gets."""

import pulumi
import pulumi_aws as aws


def metric_filter(
    name: str,
    log_group: aws.cloudwatch.LogGroup,
    *,
    pattern: str,
    namespace: pulumi.Input[str],
    metric_name: str,
    opts: pulumi.ResourceOptions,
) -> aws.cloudwatch.LogMetricFilter:
    """Make a metric of how many log events match a pattern, 0 while there are others only.

    Costs 0.30 USD a month.

    Args:
        name: Name of the resource.
        log_group: Whose events are counted.
        pattern: Which of them.
        namespace: The metric's; no two stacks may have the same.
        metric_name: The metric's name.
        opts: Options of the resource.
    """
    return aws.cloudwatch.LogMetricFilter(
        name,
        log_group_name=log_group.name,
        pattern=pattern,
        metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
            namespace=namespace, name=metric_name, value="1", default_value="0", unit="Count"
        ),
        opts=opts,
    )
