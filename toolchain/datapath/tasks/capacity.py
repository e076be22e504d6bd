"""Decides on which capacity provider a service's tasks run.

Source: Amazon ECS API Reference, "CapacityProviderStrategyItem": the bases are filled first; further tasks follow the
weights. AWS documents the ratio, not the rounding. Here each further task goes to the provider that is furthest below
its share.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

ON_DEMAND: Final = "FARGATE"
SPOT: Final = "FARGATE_SPOT"


@dataclass(frozen=True)
class Share:
    """An item of a capacity provider strategy."""

    provider: str
    base: int = 0
    """Number of tasks that run on the provider before the weights count."""
    weight: int = 0
    """The provider's relative share of the tasks above the bases."""


def strategy_of(service: Mapping[str, Any]) -> tuple[Share, ...]:
    """Return the capacity provider strategy of a service or a deployment.

    Args:
        service: The service or deployment as ``DescribeServices`` returns it; without a strategy, the result is
            FARGATE alone.
    """
    items = service.get("capacityProviderStrategy") or ()
    shares = tuple(Share(item["capacityProvider"], item.get("base", 0), item.get("weight", 0)) for item in items)
    return shares or (Share(ON_DEMAND, 0, 1),)


def split(tasks: int, strategy: Sequence[Share]) -> dict[str, int]:
    """Divide a number of tasks among the providers.

    Args:
        tasks: Total number of tasks, 0 or more.
        strategy: The strategy; its bases are filled in this order.

    Returns:
        Provider -> number of tasks; the sum is ``tasks``.

    Raises:
        ValueError: All weights are 0, so that no task above the bases could be placed.
    """
    counts = {share.provider: 0 for share in strategy}
    left = tasks
    for share in strategy:
        counts[share.provider] = min(left, share.base)
        left -= counts[share.provider]
    weighted = [share for share in strategy if share.weight > 0]
    if left and not weighted:
        raise ValueError(f"weights of {', '.join(counts)} are all 0; at least one must be more")
    above: Counter[str] = Counter()
    for _ in range(left):
        # At equal claims the larger weight wins, then the first name in alphabetical order, which is on demand.
        chosen = min(weighted, key=lambda share: (-_claim(share, above), -share.weight, share.provider))
        above[chosen.provider] += 1
    return {provider: count + above[provider] for provider, count in counts.items()}


def provider_for_next(running: Mapping[str, int], strategy: Sequence[Share]) -> str:
    """Return the provider on which the next task should run.

    Args:
        running: Provider -> number of existing tasks.
        strategy: The strategy.
    """
    wanted = split(sum(running.values()) + 1, strategy)
    return min(wanted, key=lambda provider: (running.get(provider, 0) - wanted[provider], provider))


def _claim(share: Share, above: Mapping[str, int]) -> Fraction:
    """Return a provider's claim on the next task, by Webster's method: shares are rounded to the nearest whole task."""
    return Fraction(share.weight, 2 * above.get(share.provider, 0) + 1)
