"""Compares the vCPUs that a service needs on AWS Fargate with the account's quotas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from ops.aws import StackSession
from ops.aws_errors import code_of, is_denied
from ops.release.service_reader import ServiceReader
from ops.spot.mix import ON_DEMAND, SPOT, wanted_split

SERVICE: Final = "fargate"
QUOTAS: Final[Mapping[str, str]] = {SPOT: "L-36FBB829", ON_DEMAND: "L-3032A538"}
"""Capacity provider -> code of its quota in Service Quotas (AWS General Reference, "Amazon ECS endpoints and quotas":
Fargate Spot and Fargate On-Demand vCPU resource count)."""
_CPU_UNITS: Final = 1024
"""CPU units of a vCPU."""
_NOT_SAID: Final = "NoSuchResourceException"


@dataclass(frozen=True)
class QuotaUse:
    """A quota, and how much of it the service needs.

    Attributes:
        provider: The capacity provider.
        code: Code of the quota.
        tasks: The service's largest number of tasks, of both capacity providers.
        needed: vCPUs that the tasks of this provider need while a deployment replaces them.
        allowed: vCPUs that the account may run in this Region, with all its services.
    """

    provider: str
    code: str
    tasks: int
    needed: float
    allowed: float

    @property
    def is_enough(self) -> bool:
        """Whether the account may run so many vCPUs. What its other services need is not counted."""
        return self.needed <= self.allowed

    def __str__(self) -> str:
        text = (
            f"{self.tasks} tasks need up to {self.needed:g} of the account's {self.allowed:g} vCPU of {self.provider} "
            "while a deployment replaces them"
        )
        return text if self.is_enough else f"warning: {text}, so it waits: have the quota {self.code} raised"


def needed_vcpus(
    strategy: Sequence[Mapping[str, Any]], *, tasks: int, cpu_units: int, maximum_percent: int
) -> dict[str, float]:
    """Return the vCPUs that a service needs while a deployment replaces its tasks, by capacity provider.

    A deployment splits its own tasks by the strategy, beside those that it replaces.

    Args:
        strategy: ``capacityProviderStrategy`` of the service.
        tasks: Number of tasks.
        cpu_units: CPU units of a task; 1024 are one vCPU.
        maximum_percent: The most tasks during a deployment, in percent of `tasks`.
    """
    split = wanted_split(strategy, tasks)
    if split is None:
        return {}
    each = cpu_units / _CPU_UNITS * maximum_percent / 100
    return {SPOT: split.spot * each, ON_DEMAND: split.on_demand * each}


def quota_uses(session: StackSession, reader: ServiceReader, service: Mapping[str, Any]) -> list[QuotaUse]:
    """Compare what a service needs with the account's quotas.

    Args:
        session: The stack's outputs and its access to AWS.
        reader: Reads Amazon ECS.
        service: The service, from `describe_services`.

    Returns:
        The capacity providers that the service uses. Empty for the local stack, which has no quotas, and where the
        caller may not read quotas.
    """
    if session.is_local:
        return []
    tasks = _most_tasks(session, service)
    needs = needed_vcpus(
        service.get("capacityProviderStrategy", []),
        tasks=tasks,
        cpu_units=int(reader.definition(str(service["taskDefinition"]))["cpu"]),
        maximum_percent=int(service["deploymentConfiguration"]["maximumPercent"]),
    )
    quotas = session.client("service-quotas")
    found: list[QuotaUse] = []
    for provider, needed in needs.items():
        allowed = _allowed(quotas, QUOTAS[provider]) if needed else None
        if allowed is not None:
            found.append(QuotaUse(provider, QUOTAS[provider], tasks, needed, allowed))
    return found


def _allowed(quotas: Any, code: str) -> float | None:
    """Return the value of a quota; None if the caller may not read it, or AWS does not say it.

    AWS says the account's value of some quotas only after it was raised, and always says the default (Service Quotas
    API Reference, GetServiceQuota).
    """
    for read in (quotas.get_service_quota, quotas.get_aws_default_service_quota):
        try:
            return float(read(ServiceCode=SERVICE, QuotaCode=code)["Quota"]["Value"])
        except ClientError as error:
            if not is_denied(error) and code_of(error) != _NOT_SAID:
                raise
    return None


def _most_tasks(session: StackSession, service: Mapping[str, Any]) -> int:
    """Return the largest number of tasks that autoscaling may start; without autoscaling, the desired number."""
    cluster = str(service["clusterArn"]).rpartition("/")[2]
    targets = session.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[f"service/{cluster}/{service['serviceName']}"]
    )["ScalableTargets"]
    return max([int(service["desiredCount"]), *(int(target["MaxCapacity"]) for target in targets)])
