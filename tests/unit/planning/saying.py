"""What planning says of settings, as lines."""

from collections.abc import Iterable

from spot_planning.checking import Rule, problems
from spot_planning.problems import Problem, place


def lines(found: Iterable[Problem]) -> list[str]:
    """One line a problem: ``memory is not allowed with ...``."""
    return [f"{place(problem.path)} {problem.text}" for problem in found]


def said(settings: object, rules: Iterable[Rule] = ()) -> list[str]:
    """All that is wrong with settings."""
    return lines(problems(settings, rules))
