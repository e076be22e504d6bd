"""Which capacity provider a service's tasks run on.

Source: Amazon ECS API Reference, "CapacityProviderStrategyItem": the bases are filled first, the rest follows the
weights. AWS documents the ratio, not the rounding; here each further task goes where its share is missed by most.
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
    """Tasks that run on it before any weight counts."""
    weight: int = 0
    """Its part of the tasks above the bases, against the other weights."""


def strategy_of(service: Mapping[str, Any]) -> tuple[Share, ...]:
    """The strategy of a service or a deployment as ``DescribeServices`` describes it.

    Args:
        service: The description; without a strategy its launch type is the only provider.
    """
    items = service.get("capacityProviderStrategy") or ()
    shares = tuple(Share(item["capacityProvider"], item.get("base", 0), item.get("weight", 0)) for item in items)
    return shares or (Share(ON_DEMAND, 0, 1),)


def split(tasks: int, strategy: Sequence[Share]) -> dict[str, int]:
    """How many of a number of tasks run on each provider.

    Args:
        tasks: Tasks in all, 0 or more.
        strategy: Bases are filled in this order.

    Returns:
        Provider -> tasks; they add up to ``tasks``.

    Raises:
        ValueError: All weights are 0, so that nothing could be placed above the bases.
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
        # Of equal claims the larger weight wins, then the name that comes first, which is on demand.
        chosen = min(weighted, key=lambda share: (-_claim(share, above), -share.weight, share.provider))
        above[chosen.provider] += 1
    return {provider: count + above[provider] for provider, count in counts.items()}


def provider_for_next(running: Mapping[str, int], strategy: Sequence[Share]) -> str:
    """The provider of one more task.

    Args:
        running: Provider -> tasks that are there.
        strategy: The strategy.
    """
    wanted = split(sum(running.values()) + 1, strategy)
    return min(wanted, key=lambda provider: (running.get(provider, 0) - wanted[provider], provider))


def _claim(share: Share, above: Mapping[str, int]) -> Fraction:
    """Webster's method, which rounds the share of one against another to the nearest whole task."""
    return Fraction(share.weight, 2 * above.get(share.provider, 0) + 1)
