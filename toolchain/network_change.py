"""Refuses a change that would move a database or cache to another network, before anything is changed.

AWS would refuse the change half-way. A subnet group is updated in place, but Amazon RDS and ElastiCache accept no
subnets of another VPC in a subnet group that a database or cache uses (terraform-provider-aws issue 16419). By then
the engine has created a second network, and all resources that depend on the subnet group stay unchanged.
"""

from collections.abc import Iterable
from typing import Final

from toolchain.errors import ToolchainError
from toolchain.system.printing import visible
from toolchain.view.progress import REPLACE, Step
from toolchain.view.urns import label, type_of

SUBNET_GROUPS: Final = ("aws:rds/subnetGroup:SubnetGroup", "aws:elasticache/subnetGroup:SubnetGroup")
_STAYING: Final = ("same", "update")


def left_behind(steps: Iterable[Step]) -> list[str]:
    """Return the subnet groups that would have to move to another VPC, each as ``rds.SubnetGroup main``.

    Args:
        steps: The steps of a preview, including those of unchanged resources.
    """
    seen = list(steps)
    # A new VPC shows in the preview: a security group cannot change its VPC, so a new ``vpcId`` replaces it.
    moves = any(step.change == REPLACE and "vpcId" in step.causes for step in seen)
    if not moves:
        return []
    return [label(step.urn) for step in seen if type_of(step.urn) in SUBNET_GROUPS and step.change in _STAYING]


def refuse_half_a_move(stack: str, steps: Iterable[Step]) -> None:
    """Refuse changes that would move a stack with a database or cache to another network.

    Args:
        stack: The stack's name.
        steps: The steps of a preview.

    Raises:
        ToolchainError: The changes would do so. The message lists the subnet groups and says what to do.
    """
    groups = left_behind(steps)
    if groups:
        listed = "".join(f"\n  {visible(each)}" for each in groups)
        raise ToolchainError(
            f"{stack} would move to another network, and AWS moves no database or cache there:{listed}\n"
            f"nothing has changed; give vpc.cidr_block or vpc.existing_id its former value in Pulumi.{stack}.yaml, or "
            f"make another stack with the new network and restore the data there from a backup, then destroy {stack}"
        )
