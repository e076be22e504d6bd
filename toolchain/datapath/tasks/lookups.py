"""Reads subnets' availability zones and alarms' states, for `services`."""

from collections.abc import Sequence

from toolchain.datapath.tasks.workshop import Workshop


async def zones_of(workshop: Workshop, subnets: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return id and availability zone of each subnet, in the given order.

    Raises:
        botocore.exceptions.ClientError: There is no such subnet.
    """
    unknown = [subnet for subnet in subnets if subnet not in workshop.zones]
    if unknown:
        answer = await workshop.call("ec2", "describe_subnets", SubnetIds=unknown)
        workshop.zones.update({item["SubnetId"]: item["AvailabilityZone"] for item in answer["Subnets"]})
    return tuple((subnet, workshop.zones[subnet]) for subnet in subnets if subnet in workshop.zones)


async def ringing(workshop: Workshop, names: Sequence[str]) -> frozenset[str]:
    """Return which of the named CloudWatch alarms are in the state ALARM."""
    if not names:
        return frozenset()
    answer = await workshop.call("cloudwatch", "describe_alarms", AlarmNames=list(names))
    alarms = [*answer["MetricAlarms"], *answer.get("CompositeAlarms", ())]
    return frozenset(item["AlarmName"] for item in alarms if item["StateValue"] == "ALARM")
