"""Patches of moto's Elastic Load Balancing. moto's objects are practically untyped, hence Any."""

from collections.abc import Callable
from typing import Any

from moto.elbv2.models import FakeTargetGroup

from toolchain.emulator.patching import wrap


def let_go_of_targets_that_are_gone() -> None:
    """DeregisterTargets. Reason: moto refuses a target that is not registered, and AWS does not.

    A request may be sent again after its answer was lost. "If the specified target does not exist, the action returns
    successfully" (ELB API Reference, "DeregisterTargets"). Not offered upstream: no internet here.
    """

    def deregistering(deregister: Callable[..., None]) -> Callable[..., None]:
        def deregistered(self: Any, targets: list[dict[str, Any]]) -> None:
            deregister(self, [target for target in targets if target["Id"] in self.targets])

        return deregistered

    wrap(FakeTargetGroup, "deregister", deregistering)
