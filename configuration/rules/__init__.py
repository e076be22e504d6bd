"""Rules across keys: each checks whether values that are valid alone are allowed together."""

from collections.abc import Iterator

from configuration.rules import data, existing_network, network, profiles, regions, service, web
from configuration.rules.context import Context, Rule, as_far_as_known
from spot_planning.problems import Problem

RULES: tuple[Rule, ...] = (
    *regions.RULES,
    *network.RULES,
    *existing_network.RULES,
    *web.RULES,
    *service.RULES,
    *data.RULES,
    *profiles.RULES,
)
"""All rules. A rule stops when it reads a setting that is invalid, so each rule checks only one thing."""


def broken(context: Context) -> Iterator[Problem]:
    """Apply every rule.

    Args:
        context: The settings that are valid alone.

    Yields:
        The problems.
    """
    for rule in RULES:
        yield from as_far_as_known(rule(context))
