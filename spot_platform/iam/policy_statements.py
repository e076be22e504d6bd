"""Policy statements, and other values, that depend on resources that do not exist yet."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pulumi

from spot_planning.iam.policy_documents import Statement

_KEYS = ("Sid", "Effect", "Principal", "Action", "Resource", "Condition")


def known_later(statement: pulumi.Output[Statement], *, principal: bool = True) -> dict[str, Any]:
    """Turn the Output of a statement into a dictionary whose keys are known and whose values are Outputs.

    Args:
        statement: The statement. It must have resources and a condition.
        principal: Whether it has a principal, as in a resource policy such as
            `PrivateBucketArgs.extra_policy_statements`.

    Returns:
        The statement with known keys.
    """
    return {key: statement[key] for key in _KEYS if principal or key != "Principal"}


@contextmanager
def given_later() -> Generator[tuple[pulumi.Output[str], Callable[[pulumi.Output[str]], None]]]:
    """Yield an Output whose value comes from a resource that is created later in the block, and a function to set it.

    If the block ends before the value is set, the Output fails too; otherwise Pulumi would wait for it forever.
    """
    deferred: tuple[pulumi.Output[str], Callable[[pulumi.Output[str]], None]] = pulumi.deferred_output()
    output, give = deferred
    given = False

    def give_once(value: pulumi.Output[str]) -> None:
        nonlocal given
        given = True
        give(value)

    try:
        yield output, give_once
    except BaseException as error:
        if not given:
            give(_failed(error))
        raise
    if not given:
        forgotten = AssertionError("the block ended without giving the value")
        give(_failed(forgotten))
        raise forgotten


def _failed(error: BaseException) -> pulumi.Output[str]:
    def fail(_: str) -> str:
        raise error

    return pulumi.Output.from_input("").apply(fail, run_with_unknowns=True)
