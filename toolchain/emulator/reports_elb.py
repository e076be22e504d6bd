"""Takes the data path's reports about target health. moto's objects are practically untyped, hence Any."""

from collections.abc import Callable
from typing import Any, Final

from moto.elbv2.models import ELBv2Backend, FakeHealthStatus

from toolchain.emulator.patching import wrap

_observed: Final[dict[str, dict[tuple[str, str], dict[str, Any]]]] = {}
"""ARN of a target group -> address and port of a target -> the report about it. After the first report, moto's own
answer, that every target is healthy, is not used any more."""


def take_target_health(report: dict[str, Any]) -> dict[str, Any]:
    """Store the health of all targets of a group.

    Args:
        report: ``TargetGroupArn``; ``Targets``: all targets of the group, each with ``Id``, ``Port``, ``State`` and
            optionally ``Reason`` and ``Description``.

    Returns:
        An empty answer.

    Raises:
        KeyError: A key is missing.
    """
    targets = {(target["Id"], str(target["Port"])): target for target in report["Targets"]}
    for target in targets.values():
        target["State"]
    _observed[report["TargetGroupArn"]] = targets
    return {}


def tell_target_health() -> None:
    """DescribeTargetHealth. Reason: in moto every target is healthy, and a deregistered target vanishes at once.

    Not offered upstream: no internet here.
    """

    def describing(describe: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        def described(self: Any, target_group_arn: str, targets: list[dict[str, Any]]) -> list[Any]:
            told = describe(self, target_group_arn, targets)
            if not _observed:
                return told
            group = self.target_groups[target_group_arn]
            observed = _observed.get(target_group_arn, {})
            found = [_status(group, one, observed) for one in told]
            if not targets:
                known = {(one.instance_id, str(one.port)) for one in told}
                found += [
                    _made(group, target)
                    for key, target in observed.items()
                    if target["State"] == "draining" and key not in known
                ]
            return found

        return described

    wrap(ELBv2Backend, "describe_target_health", describing)


def _status(group: Any, told: Any, observed: dict[tuple[str, str], dict[str, Any]]) -> Any:
    target = observed.get((told.instance_id, str(told.port)))
    registered = group.targets.get(told.instance_id)
    is_registered = registered is not None and str(registered["Port"]) == str(told.port)
    if target is not None and is_registered == (target["State"] != "draining"):
        return _made(group, target)
    if not is_registered:
        return told
    default = {"Id": told.instance_id, "Port": told.port, "State": "initial"}
    if not group.load_balancer_arns:
        default |= {
            "State": "unused",
            "Reason": "Target.NotInUse",
            "Description": "Target group is not configured to receive traffic from the load balancer",
        }
    else:
        default |= {"Reason": "Elb.RegistrationInProgress", "Description": "Target registration is in progress"}
    return _made(group, default)


def _made(group: Any, target: dict[str, Any]) -> Any:
    return FakeHealthStatus(
        target["Id"],
        target["Port"],
        group.health_check_port,
        target["State"],
        target.get("Reason"),
        target.get("Description"),
    )
