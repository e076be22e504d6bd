"""A change of the network under a database: AWS refuses it half-way, so it is refused before anything begins.

A subnet group is updated in place, and Amazon RDS and ElastiCache take no subnets of another VPC into one that a
database or cache stands in (terraform-provider-aws issue 16419). By then the engine has made a second network, and
everything that waits for the group stays undone.
"""

from collections.abc import Iterable
from typing import Final

from toolchain.errors import ToolchainError
from toolchain.printing import visible
from toolchain.view.progress import REPLACE, Step
from toolchain.view.urns import label, type_of

SUBNET_GROUPS: Final = ("aws:rds/subnetGroup:SubnetGroup", "aws:elasticache/subnetGroup:SubnetGroup")
_STAYING: Final = ("same", "update")


def left_behind(steps: Iterable[Step]) -> list[str]:
    """The subnet groups that would have to move to another VPC, each as ``rds.SubnetGroup main``.

    Args:
        steps: What a preview would do, what stays as it is included.
    """
    seen = list(steps)
    # A security group is of one VPC for ever, and the engine says so: its new ``vpcId`` replaces it.
    moves = any(step.change == REPLACE and "vpcId" in step.causes for step in seen)
    if not moves:
        return []
    return [label(step.urn) for step in seen if type_of(step.urn) in SUBNET_GROUPS and step.change in _STAYING]


def refuse_half_a_move(stack: str, steps: Iterable[Step]) -> None:
    """Refuse what would move a stack with a database or cache to another network.

    Args:
        stack: The stack.
        steps: What a preview would do.

    Raises:
        ToolchainError: With every subnet group that cannot follow, and how to go on.
    """
    groups = left_behind(steps)
    if groups:
        listed = "".join(f"\n  {visible(each)}" for each in groups)
        raise ToolchainError(
            f"{stack} would move to another network, and AWS moves no database or cache there:{listed}\n"
            f"nothing has changed; give vpc.cidr_block or vpc.existing_id its former value in Pulumi.{stack}.yaml, or "
            f"make another stack with the new network and restore the data there from a backup, then destroy {stack}"
        )
