"""Formats the problems of settings as lines of text."""

from collections.abc import Iterable

from spot_planning.checking import Rule, problems
from spot_planning.problems import Problem, place


def lines(found: Iterable[Problem]) -> list[str]:
    """Return one line for each problem, such as ``memory is not allowed with ...``."""
    return [f"{place(problem.path)} {problem.text}" for problem in found]


def said(settings: object, rules: Iterable[Rule] = ()) -> list[str]:
    """Return all problems of settings as lines."""
    return lines(problems(settings, rules))
