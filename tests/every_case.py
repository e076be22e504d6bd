"""Runs all cases of a table in one test, and reports each case that fails.

A test of its own for each case costs pytest, pytest-xdist and the collection in every worker more than most cases of the
policy pack's tables cost themselves.
"""

import inspect
import traceback
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import pytest


def failures(cases: Iterable[tuple[str, Sequence[Any]]], check: Callable[..., object]) -> list[str]:
    """Check every case, also those after one that fails.

    Args:
        cases: The name and the arguments of each case.
        check: Raises AssertionError when a case is wrong.

    Returns:
        For each case that is wrong: its name, the line of the check, and what the assertion says.

    Raises:
        Exception: Anything else that the check raises, with a note that names the case.
    """
    wrong: list[str] = []
    for name, arguments in cases:
        try:
            check(*arguments)
        except (AssertionError, pytest.fail.Exception) as error:
            own = [
                frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == inspect.getfile(check)
            ]
            wrong.append(f"{name}\n  line {own[-1].lineno} of {Path(own[-1].filename).name}: {error}")
        except Exception as error:
            error.add_note(f"in the case {name}")
            raise
    return wrong


def every_case(
    names: str | Sequence[str], values: Iterable[Any], *, ids: Callable[[Any], object] = repr
) -> Callable[[Callable[..., object]], Callable[[], None]]:
    """Make one test of a function that checks one case; used like ``pytest.mark.parametrize``.

    The function gets no fixtures: its cases would share them.

    Args:
        names: The function's argument, or all its arguments in their order.
        values: The argument of each case, or a tuple of its arguments.
        ids: Names a case by what `values` has for it.

    Returns:
        A decorator. The test that it makes fails with a list of all wrong cases, and when there is no case.
    """
    cases = [(str(ids(value)), [value] if isinstance(names, str) else value) for value in values]
    expected = [names] if isinstance(names, str) else list(names)

    def decorate(check: Callable[..., object]) -> Callable[[], None]:
        assert list(inspect.signature(check).parameters) == expected, f"{check.__name__} takes other arguments"

        @wraps(check)
        def test() -> None:
            __tracebackhide__ = True
            assert cases, "there is no case"
            wrong = failures(cases, check)
            if wrong:
                pytest.fail("\n".join([f"{len(wrong)} of {len(cases)} cases:", *wrong]), pytrace=False)

        # Else pytest takes the arguments of the wrapped function for fixtures.
        test.__signature__ = inspect.Signature()  # pyright: ignore[reportAttributeAccessIssue, reportFunctionMemberAccess]
        return test

    return decorate
