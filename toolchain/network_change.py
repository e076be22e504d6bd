"""Refuses changes of the network that AWS would refuse half-way for a database or cache, before anything is changed.

A subnet group is updated in place. Amazon RDS and ElastiCache accept no subnets of another VPC in a subnet group that a
database or cache uses (terraform-provider-aws issue 16419). By then the engine has created a second network, and all
resources that depend on the subnet group stay unchanged.

Both also refuse to take a subnet out of a group while something in it uses the group (AWS re:Post, "How can I delete a
subnet that is in an Amazon RDS DB subnet group?"; Amazon ElastiCache User Guide, "Modifying a subnet group"). Where AWS
put the standby and the cache's nodes is not in the state, so every subnet of a group counts as used.
"""

from collections.abc import Iterable
from typing import Final

from pulumi.runtime.rpc import UNKNOWN

from toolchain.errors import ToolchainError
from toolchain.system.printing import visible
from toolchain.view.progress import DELETE, REPLACE, Step
from toolchain.view.urns import label, type_of

SUBNET: Final = "aws:ec2/subnet:Subnet"
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


def taken_out(steps: Iterable[Step]) -> dict[str, list[str]]:
    """Return the subnets that would be taken out of subnet groups, by group: ``rds.SubnetGroup main``.

    Args:
        steps: The steps of a preview.
    """
    seen = list(steps)
    gone = {step.id for step in seen if type_of(step.urn) == SUBNET and step.change in {DELETE, REPLACE}}
    found: dict[str, list[str]] = {}
    for step in seen:
        if type_of(step.urn) not in SUBNET_GROUPS or step.change not in _STAYING:
            continue
        after = step.after.get("subnetIds", UNKNOWN)
        is_known = after != UNKNOWN and UNKNOWN not in after
        lost = [each for each in step.before.get("subnetIds", ()) if each in gone or (is_known and each not in after)]
        if lost:
            found[label(step.urn)] = lost
    return found


def refuse_half_a_move(stack: str, steps: Iterable[Step]) -> None:
    """Refuse changes of the network that AWS would refuse half-way for a database or cache.

    Args:
        stack: The stack's name.
        steps: The steps of a preview.

    Raises:
        ToolchainError: There is such a change. The message lists the subnet groups and says what to do.
    """
    seen = list(steps)
    if groups := left_behind(seen):
        raise ToolchainError(
            f"{stack} would move to another network, and AWS moves no database or cache there:{_listed(groups)}\n"
            f"nothing has changed; give vpc.cidr_block or vpc.existing_id its former value in Pulumi.{stack}.yaml, or "
            f"make another stack with the new network and restore the data there from a backup, then destroy {stack}"
        )
    if lost := taken_out(seen):
        listed = _listed(f"{group}: {', '.join(subnets)}" for group, subnets in lost.items())
        raise ToolchainError(
            f"{stack} would take subnets out of subnet groups, and AWS refuses that while a database or cache node is "
            f"in one:{listed}\n"
            "nothing has changed; give vpc.zones, vpc.availability_zones or the list of existing subnets its former "
            f"value in Pulumi.{stack}.yaml, or, if AWS shows no database and no cache node in these subnets, run "
            "'pulumi up --policy-pack policy', which does not check this"
        )


def _listed(lines: Iterable[str]) -> str:
    return "".join(f"\n  {visible(each)}" for each in lines)
