"""Amazon EFS: where a file system is mounted."""

from collections.abc import Iterator
from typing import Final

from policy.graph import SUBNET, Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, per_resource, undecided, violation
from policy.rules.availability import TWO_ZONES, zone_of
from policy.rules.file_stores import FILE_SYSTEM

MOUNT_TARGET: Final = "aws:efs/mountTarget:MountTarget"


def _private(graph: Graph, target: ResourceView, _config: Config) -> Iterator[Verdict]:
    subnets = graph.targets(target, "subnetId", SUBNET)
    if not subnets:
        yield undecided("subnetId", "the subnet is not part of this stack")
    for subnet in subnets:
        yield from guarded(_is_private(graph, subnet))


def _is_private(graph: Graph, subnet: ResourceView) -> Iterator[Verdict]:
    route = graph.way_to_internet(subnet)
    if route is not None:
        yield violation("subnetId", f"subnetId is {subnet.name}, which {route.name} opens to an internet gateway")


def _two_zones(graph: Graph, files: ResourceView, _config: Config) -> Iterator[Verdict]:
    targets = graph.dependents(files, MOUNT_TARGET, "fileSystemId")
    subnets = [subnet for target in targets for subnet in graph.targets(target, "subnetId", SUBNET)]
    zones = {zone_of(subnet) for subnet in subnets}
    if subnets and len(subnets) >= len(targets) and "" not in zones and len(zones) < TWO_ZONES:
        yield violation("id", f"its mount targets are in {', '.join(sorted(zones))} only; a second zone must be there")
    one = files.at("availabilityZoneName")
    if one.present:
        yield violation(one.path, f"{one}; files in one zone are lost with it")


RULES = (
    Rule(
        id="efs-private-subnets",
        title="File systems are mounted in subnets that no internet gateway reaches",
        problem="The file system is mounted in a subnet that an internet gateway reaches",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        prowler=("efs_mount_target_not_publicly_accessible",),
        types=(MOUNT_TARGET, SUBNET),
        remediation="Give subnetId a private subnet.",
        check_graph=per_resource(_private, MOUNT_TARGET),
    ),
    Rule(
        id="efs-two-zones",
        title="A file system survives the loss of a zone",
        problem="The file system is in one availability zone only",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        prowler=("efs_multi_az_enabled",),
        types=(FILE_SYSTEM, MOUNT_TARGET, SUBNET),
        remediation="Add a MountTarget in each zone, and leave availabilityZoneName out.",
        check_graph=per_resource(_two_zones, FILE_SYSTEM),
        note="Mount targets of another stack are not known.",
    ),
)
