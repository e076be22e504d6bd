"""Rules across keys: each says what is wrong between values that are valid in themselves."""

from collections.abc import Iterator

from configuration.problems import Problem
from configuration.rules import components, data, lists, network, profiles, service, web
from configuration.rules.context import Context, Rule, as_far_as_known

RULES: tuple[Rule, ...] = (
    *lists.RULES,
    *network.RULES,
    *web.RULES,
    *service.RULES,
    *data.RULES,
    *profiles.RULES,
    *components.RULES,
)
"""The rules of the settings: each ends where it needs a value that is wrong in itself, so each asks one thing."""


def broken(context: Context) -> Iterator[Problem]:
    """Apply every rule.

    Args:
        context: The settings, as far as each is right in itself.

    Yields:
        What is wrong.
    """
    said: set[str | int] = {path[0] for path in context.wrong}
    for rule in RULES:
        for problem in as_far_as_known(rule(context)):
            said.add(problem.path[0])
            yield problem
    # The components' own checks stop at the first thing that is wrong: what is left for them is what no rule says.
    for section, rule in components.REMAINDER.items():
        if section not in said:
            yield from as_far_as_known(rule(context))
