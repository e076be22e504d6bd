"""`up` refuses a change of the network of an existing database or cache."""

from collections.abc import Sequence
from typing import Any

import pytest

from toolchain.errors import ToolchainError
from toolchain.network_change import left_behind, refuse_half_a_move, taken_out
from toolchain.view.progress import Step

GROUP, DATABASE_GROUP = "aws:ec2/securityGroup:SecurityGroup", "aws:rds/subnetGroup:SubnetGroup"
CACHE_GROUP = "aws:elasticache/subnetGroup:SubnetGroup"
SUBNET = "aws:ec2/subnet:Subnet"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def step(kind: str, operation: str, *causes: str, **about: Any) -> Step:
    urn = f"urn:pulumi:prod::shop::spot-platform:index:ManagedData${kind}::main"
    return Step(urn, operation, "ManagedData main", started=0.0, causes=causes, **about)


def subnets(kind: str, operation: str, before: Sequence[str], after: Sequence[str] | str) -> Step:
    """Return a step of a subnet group, with its subnets before and after."""
    return step(kind, operation, before={"subnetIds": before}, after={"subnetIds": after})


MOVES = step(GROUP, "replace", "vpcId")


@pytest.mark.parametrize(
    ("steps", "groups"),
    [
        ([MOVES, step(DATABASE_GROUP, "update"), step(CACHE_GROUP, "same")], ["rds.SubnetGroup main", "elasticache.SubnetGroup main"]),
        ([step(GROUP, "create-replacement", "vpcId"), step(DATABASE_GROUP, "update")], ["rds.SubnetGroup main"]),
        # a new stack, and a stack that is destroyed
        ([step(GROUP, "create"), step(DATABASE_GROUP, "create")], []),
        ([step(GROUP, "delete"), step(DATABASE_GROUP, "delete")], []),
        # the group is replaced together with the instance, for example by another user name
        ([MOVES, step(DATABASE_GROUP, "create-replacement", "name")], []),
        # a further zone, another description
        ([step(GROUP, "same"), step(DATABASE_GROUP, "update")], []),
        ([step(GROUP, "replace", "description"), step(DATABASE_GROUP, "same")], []),
        # a resource that can change its VPC in place
        ([step(GROUP, "update", "vpcId"), step(DATABASE_GROUP, "same")], []),
        ([MOVES], []),
    ],
)  # fmt: skip
def test_subnet_groups_that_would_have_to_move(steps: list[Step], groups: list[str]) -> None:
    assert left_behind(steps) == groups


@pytest.mark.parametrize(
    ("steps", "lost"),
    [
        # fewer zones, or fewer subnets of an existing network
        (
            [subnets(DATABASE_GROUP, "update", ["a", "b", "c"], ["a", "b"]), step(SUBNET, "delete", id="c")],
            {"rds.SubnetGroup main": ["c"]},
        ),
        ([subnets(CACHE_GROUP, "update", ["a", "b"], ["a", "c"])], {"elasticache.SubnetGroup main": ["b"]}),
        # another zone: the engine does not know the new subnet's id
        (
            [subnets(DATABASE_GROUP, "update", ["a", "b"], UNKNOWN), step(SUBNET, "delete", id="b")],
            {"rds.SubnetGroup main": ["b"]},
        ),
        (
            [subnets(DATABASE_GROUP, "update", ["a", "b"], ["a", UNKNOWN]), step(SUBNET, "replace", id="b")],
            {"rds.SubnetGroup main": ["b"]},
        ),
        # a further zone, another order, a subnet of another tier, a new group
        ([subnets(DATABASE_GROUP, "update", ["a", "b"], UNKNOWN), step(SUBNET, "create")], {}),
        ([subnets(DATABASE_GROUP, "update", ["a", "b"], ["b", "c", "a"])], {}),
        ([subnets(DATABASE_GROUP, "same", ["a", "b"], ["a", "b"]), step(SUBNET, "delete", id="private-b")], {}),
        ([subnets(DATABASE_GROUP, "create", [], ["a", "b"])], {}),
        # the group goes, or a new one with a new database takes its place
        ([subnets(DATABASE_GROUP, "delete", ["a", "b"], []), step(SUBNET, "delete", id="b")], {}),
        (
            [
                subnets(DATABASE_GROUP, "create-replacement", ["a", "b"], ["a"]),
                subnets(DATABASE_GROUP, "delete-replaced", ["a", "b"], []),
                step(SUBNET, "delete", id="b"),
            ],
            {},
        ),
    ],
)
def test_subnets_that_would_be_taken_out(steps: list[Step], lost: dict[str, list[str]]) -> None:
    assert taken_out(steps) == lost


def test_the_refusal_says_how_to_go_on() -> None:
    with pytest.raises(ToolchainError) as refused:
        refuse_half_a_move("prod", [MOVES, step(DATABASE_GROUP, "update")])
    assert str(refused.value) == (
        "prod would move to another network, and AWS moves no database or cache there:\n"
        "  rds.SubnetGroup main\n"
        "nothing has changed; give vpc.cidr_block or vpc.existing_id its former value in Pulumi.prod.yaml, or make "
        "another stack with the new network and restore the data there from a backup, then destroy prod"
    )


def test_the_refusal_to_take_subnets_out_says_how_to_go_on() -> None:
    with pytest.raises(ToolchainError) as refused:
        refuse_half_a_move("prod", [subnets(DATABASE_GROUP, "update", ["subnet-1", "subnet-2"], ["subnet-1"])])
    assert str(refused.value) == (
        "prod would take subnets out of subnet groups, and AWS refuses that while a database or cache node is in one:\n"
        "  rds.SubnetGroup main: subnet-2\n"
        "nothing has changed; give vpc.zones, vpc.availability_zones or the list of existing subnets its former value "
        "in Pulumi.prod.yaml, or, if AWS shows no database and no cache node in these subnets, run "
        "'pulumi up --policy-pack policy', which does not check this"
    )


def test_a_move_to_another_network_is_said_as_such() -> None:
    with pytest.raises(ToolchainError, match="would move to another network"):
        refuse_half_a_move("prod", [MOVES, subnets(DATABASE_GROUP, "update", ["a", "b"], ["c", "d"])])


def test_anything_else_is_not_refused() -> None:
    refuse_half_a_move("prod", [step(DATABASE_GROUP, "update")])
