"""`up` refuses a change of the network of an existing database or cache."""

import pytest

from toolchain.errors import ToolchainError
from toolchain.network_change import left_behind, refuse_half_a_move
from toolchain.view.progress import Step

GROUP, DATABASE_GROUP = "aws:ec2/securityGroup:SecurityGroup", "aws:rds/subnetGroup:SubnetGroup"
CACHE_GROUP = "aws:elasticache/subnetGroup:SubnetGroup"


def step(kind: str, operation: str, *causes: str) -> Step:
    urn = f"urn:pulumi:prod::shop::spot-platform:index:ManagedData${kind}::main"
    return Step(urn, operation, "ManagedData main", started=0.0, causes=causes)


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
        ([MOVES], []),
    ],
)  # fmt: skip
def test_subnet_groups_that_would_have_to_move(steps: list[Step], groups: list[str]) -> None:
    assert left_behind(steps) == groups


def test_the_refusal_says_how_to_go_on() -> None:
    with pytest.raises(ToolchainError) as refused:
        refuse_half_a_move("prod", [MOVES, step(DATABASE_GROUP, "update")])
    assert str(refused.value) == (
        "prod would move to another network, and AWS moves no database or cache there:\n"
        "  rds.SubnetGroup main\n"
        "nothing has changed; give vpc.cidr_block or vpc.existing_id its former value in Pulumi.prod.yaml, or make "
        "another stack with the new network and restore the data there from a backup, then destroy prod"
    )


def test_anything_else_is_not_refused() -> None:
    refuse_half_a_move("prod", [step(DATABASE_GROUP, "update")])
