"""Says in the log what Application Auto Scaling is asked to do for services, because the data path does not play it."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from toolchain.datapath.log import Remarks
from toolchain.datapath.tasks.workshop import Workshop

LOOK_SECONDS: Final = 5.0
"""Interval at which scalable targets, policies and scheduled actions are read."""
_SERVICE: Final = "application-autoscaling"

Described = Mapping[str, Any]


class Scaling:
    """Reads what Application Auto Scaling is asked to do for services, and says once that it is not played.

    Args:
        workshop: Objects that all tasks share.
    """

    def __init__(self, workshop: Workshop) -> None:
        self._control_plane = workshop.surroundings.control_plane
        self._remarks = Remarks(workshop.say)
        self._next_look = 0.0

    async def look(self) -> None:
        """Read and say it, if `LOOK_SECONDS` are over.

        Raises:
            botocore.exceptions.ClientError: The emulator refused.
        """
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_SECONDS
        targets = await self._read("describe_scalable_targets", "ScalableTargets")
        if targets:
            policies = await self._read("describe_scaling_policies", "ScalingPolicies")
            actions = await self._read("describe_scheduled_actions", "ScheduledActions")
            self._remarks.tell(unplayed(targets, policies, actions))
        else:
            self._remarks.tell(())

    async def _read(self, operation: str, key: str) -> list[Described]:
        return await self._control_plane.pages(_SERVICE, operation, key, ServiceNamespace="ecs")


def unplayed(
    targets: Sequence[Described], policies: Sequence[Described], actions: Sequence[Described]
) -> tuple[str, ...]:
    """Return one sentence for each scalable target.

    Args:
        targets: Targets from DescribeScalableTargets.
        policies: Policies from DescribeScalingPolicies.
        actions: Actions from DescribeScheduledActions.
    """
    counts = Counter(policy["ResourceId"] for policy in policies)
    scheduled = Counter(action["ResourceId"] for action in actions)
    return tuple(
        f"{target['ResourceId']}: Application Auto Scaling between {target['MinCapacity']} and {target['MaxCapacity']} "
        f"tasks is not played ({counts[target['ResourceId']]} policies, {scheduled[target['ResourceId']]} scheduled "
        "actions): the number of tasks changes only on request"
        for target in targets
    )
