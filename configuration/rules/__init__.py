"""Rules across keys: each says what is wrong between values that are valid in themselves."""

from collections.abc import Iterator

from configuration.problems import Problem
from configuration.rules import data, network, profiles, service, web
from configuration.rules.context import Context, Rule

RULES: tuple[Rule, ...] = (*network.RULES, *web.RULES, *service.RULES, *data.RULES, *profiles.RULES)
"""All rules."""


def broken(context: Context) -> Iterator[Problem]:
    """Apply every rule.

    Args:
        context: The settings, each valid in itself.

    Yields:
        What is wrong.
    """
    for rule in RULES:
        yield from rule(context)
