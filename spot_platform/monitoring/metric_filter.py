"""Counts events of a log group."""

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
    """Create a metric that counts the log events that match a pattern. It is 0 while only other events arrive.

    Costs 0.30 USD a month.

    Args:
        name: Name of the resource.
        log_group: The log group whose events are counted.
        pattern: Filter pattern of the events that are counted.
        namespace: The metric's namespace. Two stacks must not have the same namespace.
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
