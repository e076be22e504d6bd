"""Finds what others have put into a stack's hosted zone, cluster or network, which keeps AWS from deleting these.

AWS deletes a hosted zone only without records that somebody added (Amazon Route 53 API Reference, "DeleteHostedZone"),
a cluster only without services and tasks (Amazon ECS API Reference, "DeleteCluster"), and a VPC only when everything in
it is deleted (Amazon EC2 API Reference, "DeleteVpc"). The engine deletes what the stack has made. So `destroy` asks AWS
for the rest before the first deletion.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from toolchain.state.protection import Resource, label_of

Key = tuple[str, ...]
"""What a thing is recognised by: its id, or the parts of a record that are together unique."""


@dataclass(frozen=True)
class Place:
    """A resource of a stack into which others can put things.

    Attributes:
        label: Kind and name in the stack, such as ``Zone main``.
        type: The resource's type.
        name: Its id in AWS.
        region: Its Region; of a hosted zone, which is in no Region, another resource's; None if the state has none.
    """

    label: str
    type: str
    name: str
    region: str | None


def places(resources: Iterable[Resource]) -> list[Place]:
    """Return the resources that a destroy deletes, and that AWS deletes only without things of others.

    Args:
        resources: The resources of a stack's state.
    """
    known = tuple(resources)
    # A client of boto3 needs a Region even for Amazon Route 53.
    some_region = next((region for each in known if (region := _outputs(each).get("region"))), None)
    return [
        Place(label_of(each), each["type"], str(each["id"]), _outputs(each).get("region") or some_region)
        for each in known
        if each["type"] in QUESTIONS
        and _is_deleted(each)
        # The provider then deletes the records itself.
        and not (each["type"] == "aws:route53/zone:Zone" and _inputs(each).get("forceDestroy") is True)
    ]


def own(resources: Iterable[Resource]) -> frozenset[Key]:
    """Return the keys of everything that a destroy deletes.

    Args:
        resources: The resources of a stack's state.
    """
    return frozenset(key for each in resources if _is_deleted(each) for key in _keys(each))


def _keys(resource: Resource) -> Iterator[Key]:
    outputs = _outputs(resource)
    if resource["type"] == "aws:route53/record:Record":
        # The input may be relative to the zone. The full name never is.
        name = outputs.get("fqdn") or outputs.get("name") or ""
        yield _record_key(str(name), str(outputs.get("type") or ""), str(outputs.get("setIdentifier") or ""))
    else:
        yield (str(resource["id"]),)


def _is_deleted(resource: Resource) -> bool:
    return bool(resource.get("id")) and not (resource.get("retainOnDelete") or resource.get("external"))


def _records(route53: Any, zone: str) -> Iterator[tuple[Key, str]]:
    apex = str(route53.get_hosted_zone(Id=zone)["HostedZone"]["Name"])
    for page in route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone):
        for record in page["ResourceRecordSets"]:
            name, kind = record["Name"], record["Type"]
            if kind in {"NS", "SOA"} and name == apex:
                continue
            key = _record_key(name, kind, record.get("SetIdentifier", ""))
            yield key, f"{kind} {key[0]}"


def _record_key(name: str, kind: str, set_identifier: str) -> Key:
    # Route 53 answers with a final dot, and with the code of an asterisk (Amazon Route 53 Developer Guide, "DNS domain
    # name format").
    return name.replace("\\052", "*").rstrip(".").lower(), kind, set_identifier


def _in_cluster(ecs: Any, cluster: str) -> Iterator[tuple[Key, str]]:
    # DescribeServices takes at most ten services. It tells a deleted one (DRAINING, then INACTIVE) from others.
    for page in ecs.get_paginator("list_services").paginate(cluster=cluster, PaginationConfig={"PageSize": 10}):
        if page["serviceArns"]:
            for service in ecs.describe_services(cluster=cluster, services=page["serviceArns"])["services"]:
                if service["status"] == "ACTIVE":
                    yield (service["serviceArn"],), f"service {service['serviceName']}"
    for page in ecs.get_paginator("list_tasks").paginate(cluster=cluster):
        if page["taskArns"]:
            for task in ecs.describe_tasks(cluster=cluster, tasks=page["taskArns"])["tasks"]:
                # The tasks of a service end with it.
                if task.get("lastStatus") != "STOPPED" and not str(task.get("group", "")).startswith("service:"):
                    arn = task["taskArn"]
                    yield (arn,), f"task {arn.rpartition('/')[2]}"


def _in_vpc(ec2: Any, vpc: str) -> Iterator[tuple[Key, str]]:
    """Yield what almost everything in a VPC has or is.

    Network interfaces are not asked for, because nothing tells those of the stack's own load balancer, database and
    tasks from others. What has an interface also has a subnet and a security group: of its own, or of the stack.
    """
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    alive = {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}
    instances = [
        instance
        for reservation in _listed(ec2, "describe_instances", "Reservations", [*here, alive])
        for instance in reservation["Instances"]
    ]
    endpoints = [
        endpoint
        for endpoint in _listed(ec2, "describe_vpc_endpoints", "VpcEndpoints", here)
        if str(endpoint.get("State", "")).lower() not in {"deleting", "deleted"}
    ]
    groups = [
        group
        for group in _listed(ec2, "describe_security_groups", "SecurityGroups", here)
        if group["GroupName"] != "default"
    ]
    subnets = _listed(ec2, "describe_subnets", "Subnets", here)
    for what, member, found in (
        ("instance", "InstanceId", instances),
        ("endpoint", "VpcEndpointId", endpoints),
        ("security group", "GroupId", groups),
        ("subnet", "SubnetId", subnets),
    ):
        for each in found:
            yield (each[member],), f"{what} {each[member]}"


def _listed(ec2: Any, operation: str, member: str, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for page in ec2.get_paginator(operation).paginate(Filters=filters) for each in page[member]]


QUESTIONS: Final[Mapping[str, tuple[str, Callable[[Any, str], Iterator[tuple[Key, str]]]]]] = MappingProxyType(
    {
        "aws:route53/zone:Zone": ("route53", _records),
        "aws:ecs/cluster:Cluster": ("ecs", _in_cluster),
        "aws:ec2/vpc:Vpc": ("ec2", _in_vpc),
    }
)
"""Type -> boto3's name of the service, and the function that yields the keys and names of all that is inside."""
GONE: Final = frozenset({"NoSuchHostedZone", "ClusterNotFoundException"})
"""AWS's codes for a place that somebody has deleted. A VPC's questions then have no answers."""


def _inputs(resource: Resource) -> Mapping[str, Any]:
    return resource.get("inputs") or {}


def _outputs(resource: Resource) -> Mapping[str, Any]:
    return resource.get("outputs") or {}
