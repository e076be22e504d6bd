"""Every exported component refuses wrong arguments at construction, before it registers anything."""

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, get_args, get_origin

import pulumi
import pytest

import spot_platform
from spot_planning.checking import arms, is_enum
from spot_planning.problems import ArgumentError
from spot_platform.component import Component
from spot_platform.data.copy_events import CopyEvents, CopyEventsArgs
from spot_platform.data.database_monitoring import DatabaseMonitoring, DatabaseMonitoringArgs
from spot_platform.network.egress import Egress, EgressArgs
from spot_platform.network.flow_logs import VpcFlowLogs, VpcFlowLogsArgs
from spot_platform.network.nat_instance import NatInstance, NatInstanceArgs
from spot_platform.network.subnet_tier import SubnetTier, SubnetTierArgs, TierSubnetArgs
from spot_platform.network.vpc import Vpc, VpcArgs, VpcTransforms
from spot_platform.network.vpc_endpoints import VpcEndpoints, VpcEndpointsArgs
from tests.recording import record

EXPORTED = [
    member
    for member in (getattr(spot_platform, name) for name in spot_platform.__all__)
    if inspect.isclass(member) and issubclass(member, Component)
]
by_component = pytest.mark.parametrize("component", EXPORTED, ids=lambda component: component.__name__)


def refusal(construct: Callable[[], object]) -> ArgumentError:
    """Return the error of a constructor, which must come before any resource."""

    def program() -> list[ArgumentError]:
        with pytest.raises(ArgumentError) as raised:
            construct()
        return [raised.value]

    recording = record(program)
    assert [r.name for r in recording.resources if r.type != "pulumi:pulumi:Stack"] == []
    return recording.result[0]


def args_of(component: type[Component]) -> type[Any]:
    return inspect.signature(component.__init__).parameters["args"].annotation


def plain_fields(args: type[Any]) -> list[dataclasses.Field[Any]]:
    """Return the fields that take a plain value only: no Output, nothing optional."""
    return [field for field in dataclasses.fields(args) if isinstance(field.type, type)]


ARN = "arn:aws:iam:us-east-1:123456789012:x"
CANDIDATES = ("x", 1, 7, 30, "123456789012", "us-east-1", "example.com", "10.0.0.0/16", "us-east-1a", "t4g.nano")
CANDIDATES_OF_SLACK = ("T07EZ1AB2C", "C07EZ1AB2C")


def sample(hint: Any, field: dataclasses.Field[Any]) -> Any:
    """Make a value of the declared type that is allowed."""
    allowed = field.metadata.get("allowed")
    if allowed is not None and allowed.check is not None:
        fitting = [v for v in (*CANDIDATES, *CANDIDATES_OF_SLACK) if type(v) is arms(hint)[0] and allowed.check(v)]
        return fitting[0]
    first = arms(hint)[0]
    if is_enum(first):
        return next(iter(first))
    if isinstance(first, type) and dataclasses.is_dataclass(first):
        return complete(first)
    if field.name.endswith("_arn"):
        return ARN
    made: Mapping[Any, Any] = {str: "x", int: 1, float: 1.0, bool: True, list: [], dict: {}}
    return made[get_origin(first) or first]


def complete(args: type[Any], **given: object) -> Any:
    """Make Args with a value of its declared type for each argument without a default."""
    required = {
        field.name: sample(inspect.get_annotations(base)[field.name], field)
        for base in reversed(args.__mro__)
        if dataclasses.is_dataclass(base)
        for field in dataclasses.fields(base)
        if field.name in inspect.get_annotations(base)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    return args(**{**required, **given})


class Nonsense:
    """A type that no argument has."""


def test_the_components_are_found() -> None:
    assert {"Egress", "Vpc", "PrivateApi", "CopyEvents", "DistributionLogs"} <= {c.__name__ for c in EXPORTED}


@by_component
@pytest.mark.parametrize("args", [None, {}, Nonsense()])
def test_args_of_another_type_are_refused(component: type[Any], args: object) -> None:
    error = refusal(lambda: component("it", args))
    assert str(error).startswith(f"{component.__name__} 'it': args is ")
    assert str(error).endswith(f"; expected {args_of(component).__name__}")


@by_component
def test_each_argument_of_another_type_is_refused(component: type[Any]) -> None:
    args = args_of(component)
    names = [field.name for field in dataclasses.fields(args)]
    assert names
    for name in names:
        error = refusal(lambda name=name: component("it", complete(args, **{name: Nonsense()})))
        assert str(error).startswith(f"{component.__name__} 'it': "), name
        assert error.argument == name
        assert str(error).split("; expected ")[0].endswith(f"{name} is a Nonsense")


@by_component
def test_what_is_no_arn_is_refused(component: type[Any]) -> None:
    args = args_of(component)
    for field in dataclasses.fields(args):
        if field.name.endswith(("_arn", "_arns")):
            for wrong in ("", "x", "arn:aws:kms:us-east-1", "arn:aws:kms:us-east-1:123456789012:"):
                given = [ARN, wrong] if field.name.endswith("s") else wrong
                error = refusal(lambda field=field, given=given: component("it", complete(args, **{field.name: given})))
                assert error.argument.partition("[")[0] == field.name
                assert str(error).endswith("allowed: an ARN, arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE")


@by_component
def test_a_key_that_is_no_text_is_refused(component: type[Any]) -> None:
    args = args_of(component)
    hints: dict[str, Any] = {
        name: hint for base in reversed(args.__mro__) for name, hint in inspect.get_annotations(base).items()
    }
    for field in dataclasses.fields(args):
        if any(get_origin(arm) is dict for arm in arms(hints[field.name])):
            for key, what in ((1, "1, which is a whole number"), (None, "null, which is empty")):
                wrong: dict[Any, int] = {key: 2}
                error = refusal(lambda field=field, wrong=wrong: component("it", complete(args, **{field.name: wrong})))
                assert error.argument == field.name
                assert f"{field.name} has the key {what}; expected text" in str(error)


@by_component
def test_an_output_where_a_plain_value_is_due_is_named(component: type[Any]) -> None:
    args = args_of(component)
    for field in plain_fields(args):
        if get_origin(field.type) is None and not dataclasses.is_dataclass(field.type):
            # Made inside the program: an output belongs to the event loop that runs when it is made.
            error = refusal(
                lambda field=field: component("it", complete(args, **{field.name: pulumi.Output.from_input("x")}))
            )
            assert error.argument == field.name
            assert f"{field.name} is an Output; expected " in str(error)


@by_component
def test_a_choice_that_does_not_exist_is_refused_with_the_choices(component: type[Any]) -> None:
    args = args_of(component)
    for field in dataclasses.fields(args):
        if isinstance(field.type, type) and issubclass(field.type, Enum):
            error = refusal(lambda field=field: component("it", complete(args, **{field.name: "nonsense"})))
            allowed = ", ".join(member.value for member in field.type)
            assert str(error).endswith(f"{field.name}=nonsense is not allowed; allowed: {allowed}")


@by_component
def test_transforms_of_another_type_are_refused(component: type[Any]) -> None:
    transforms = inspect.signature(component.__init__).parameters["transforms"].annotation
    expected: type[Any] = next(a for a in get_args(transforms) if isinstance(a, type) and dataclasses.is_dataclass(a))
    made = complete(args_of(component))
    error = refusal(lambda: component("it", made, transforms={"vpc": {}}))
    assert str(error) == f"{component.__name__} 'it': transforms is a map of keys; expected {expected.__name__}"
    for field in dataclasses.fields(expected):
        wrong: Any = expected(**{field.name: "x"})
        error = refusal(lambda wrong=wrong: component("it", made, transforms=wrong))
        assert str(error).startswith(f"{component.__name__} 'it': transforms.{field.name} is text; expected ")


def test_transforms_inside_transforms_are_checked() -> None:
    args = VpcArgs(availability_zones=["us-east-1a", "us-east-1b"], region="us-east-1")
    wrong: Any = {"elastic_ip": {}}
    error = refusal(lambda: Vpc("main", args, transforms=VpcTransforms(egress=wrong)))
    assert str(error) == "Vpc 'main': transforms.egress is a map of keys; expected EgressTransforms"


TIER: dict[str, Any] = {"vpc_id": "vpc-1", "tier": "private", "subnets": [], "route_table_per_zone": True}
SUBNET: dict[str, Any] = {
    "letter": "a",
    "availability_zone": "us-east-1a",
    "cidr_block": "10.0.0.0/20",
    "assign_ipv6_address_on_creation": False,
}
EGRESS: dict[str, Any] = {
    "vpc_id": "vpc-1",
    "public_subnet_ids": {"a": "subnet-1"},
    "private_route_table_ids": {"a": "rtb-1"},
    "private_cidr_blocks": {"a": "10.0.0.0/20"},
}
NAT_INSTANCE: dict[str, Any] = {
    "vpc_id": "vpc-1",
    "cidr_block": "10.0.0.0/16",
    "client_cidr_blocks": {"private-a": "10.0.0.0/20"},
    "subnet_id": "subnet-1",
    "image_id": "ami-1",
    "instance_type": "t4g.nano",
}
ENDPOINTS: dict[str, Any] = {
    "vpc_id": "vpc-1",
    "vpc_arn": "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1",
    "region": "us-east-1",
    "cidr_block": "10.0.0.0/16",
    "route_table_ids": [],
    "subnet_ids": [],
    "interface_endpoints": [],
}
FLOW_LOGS: dict[str, Any] = {"vpc_id": "vpc-1", "vpc_arn": "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1"}


def having(known: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return known | changes


NETWORK = "is not allowed; allowed: an IPv4 range in CIDR notation, such as 10.0.0.0/16"


@pytest.mark.parametrize(
    ("component", "args", "message"),
    [
        (SubnetTier, lambda: SubnetTierArgs(**having(TIER, tier="x")), "tier=x is not allowed; allowed: "),
        (
            SubnetTier,
            lambda: SubnetTierArgs(**having(TIER, subnets=[TierSubnetArgs(**having(SUBNET, cidr_block="x"))])),
            f"subnets[0].cidr_block=x {NETWORK}",
        ),
        (
            SubnetTier,
            lambda: SubnetTierArgs(**having(TIER, subnets=[TierSubnetArgs(**having(SUBNET, availability_zone="x"))])),
            "subnets[0].availability_zone=x is not allowed; allowed: the name of an availability zone, such as us-east-1a",
        ),
        (
            SubnetTier,
            lambda: SubnetTierArgs(**having(TIER, subnets=[TierSubnetArgs(**SUBNET), TierSubnetArgs(**SUBNET)])),
            "subnets[1].letter=a is there twice",
        ),
        (Egress, lambda: EgressArgs(**having(EGRESS, nat="x")), "nat=x is not allowed; allowed: per-az, regional, "),
        (
            Egress,
            lambda: EgressArgs(**having(EGRESS, cidr_block="10.0.0.0/99")),
            "cidr_block=10.0.0.0/99 is not an IPv4 range in CIDR notation, such as 10.0.0.0/16",
        ),
        (
            Egress,
            lambda: EgressArgs(**having(EGRESS, private_cidr_blocks={"a": "x"})),
            f"private_cidr_blocks.a=x {NETWORK}",
        ),
        (
            Egress,
            lambda: EgressArgs(**having(EGRESS, nat="instance")),
            "nat_instance_image_id is empty; nat=instance needs an Amazon Linux 2023 image for arm64",
        ),
        (
            Egress,
            lambda: EgressArgs(**having(EGRESS, public_subnet_ids={})),
            "public_subnet_ids has no entry for zone a",
        ),
        (
            NatInstance,
            lambda: NatInstanceArgs(**having(NAT_INSTANCE, instance_type="m5.large")),
            "instance_type=m5.large is not allowed; allowed: an arm64 (Graviton) EC2 instance type, such as t4g.nano",
        ),
        (NatInstance, lambda: NatInstanceArgs(**having(NAT_INSTANCE, cidr_block="x")), f"cidr_block=x {NETWORK}"),
        (
            NatInstance,
            lambda: NatInstanceArgs(**having(NAT_INSTANCE, client_cidr_blocks={"private-a": "x"})),
            f"client_cidr_blocks.private-a=x {NETWORK}",
        ),
        (
            VpcEndpoints,
            lambda: VpcEndpointsArgs(**having(ENDPOINTS, region="EU (Ireland)")),
            'region="EU (Ireland)" is not allowed; allowed: a Region such as us-east-1',
        ),
        (
            VpcEndpoints,
            lambda: VpcEndpointsArgs(**having(ENDPOINTS, interface_endpoints=["s3"])),
            "interface_endpoints[0]=s3 is not allowed; allowed: a service as in ",
        ),
        (
            VpcEndpoints,
            lambda: VpcEndpointsArgs(**having(ENDPOINTS, interface_endpoints=["logs", "logs"])),
            "interface_endpoints[1]=logs is there twice",
        ),
        (
            VpcFlowLogs,
            lambda: VpcFlowLogsArgs(**FLOW_LOGS, flow_log_retention_days=8),
            "flow_log_retention_days=8 is not allowed; allowed: 1, 3, 5, 7, ",
        ),
        (
            CopyEvents,
            lambda: CopyEventsArgs(vault_arn="arn:aws:backup:us-east-1:123456789012:backup-vault:a", retention_days=8),
            "retention_days=8 is not allowed; allowed: 1, 3, 5, 7, ",
        ),
        (
            DatabaseMonitoring,
            lambda: DatabaseMonitoringArgs(
                identifiers={},
                sibling_arn="arn:aws:rds:us-east-1:1:db:a",
                enhanced_monitoring=False,
                log_retention_days=8,
            ),
            "log_retention_days=8 is not allowed; allowed: 1, 3, 5, 7, ",
        ),
    ],
)
def test_a_part_refuses_what_the_whole_refuses(component: type[Any], args: Callable[[], object], message: str) -> None:
    error = refusal(lambda: component("it", args()))
    assert str(error).startswith(f"{component.__name__} 'it': {message}")
