"""Rules across keys: each says what is wrong between values that are valid in themselves."""

from collections.abc import Iterator

from configuration.rules import data, existing_network, network, profiles, service, web
from configuration.rules.context import Context, Rule, as_far_as_known
from spot_planning.problems import Problem

RULES: tuple[Rule, ...] = (
    *network.RULES,
    *existing_network.RULES,
    *web.RULES,
    *service.RULES,
    *data.RULES,
    *profiles.RULES,
)
"""The rules of the settings: each ends where it needs a value that is wrong in itself, so each asks one thing."""


def broken(context: Context) -> Iterator[Problem]:
    """Apply every rule.

    Args:
        context: The settings, as far as each is right in itself.

    Yields:
        What is wrong.
    """
    for rule in RULES:
        yield from as_far_as_known(rule(context))
