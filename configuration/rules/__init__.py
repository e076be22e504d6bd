"""Rules across keys: each says what is wrong between values that are valid in themselves."""

from collections.abc import Iterator

from configuration.problems import Problem
from configuration.rules import components, data, network, profiles, service, web
from configuration.rules.context import Context, Rule

RULES: tuple[Rule, ...] = (*network.RULES, *web.RULES, *service.RULES, *data.RULES, *profiles.RULES)
"""The rules of the settings."""


def broken(context: Context) -> Iterator[Problem]:
    """Apply every rule.

    Args:
        context: The settings, each valid in itself.

    Yields:
        What is wrong.
    """
    said: set[str | int] = set()
    for rule in RULES:
        for problem in rule(context):
            said.add(problem.path[0])
            yield problem
    # The components' checks stop at the first thing that is wrong, and some of it was said above in better words.
    for rule in components.RULES:
        yield from (problem for problem in rule(context) if problem.path[0] not in said)
