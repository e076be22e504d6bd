"""Asks the user before anything in AWS is changed, as the Pulumi command line does.

For the local stack it does not ask, because that stack can always be created again.
"""

import sys

import typer

from toolchain.errors import ToolchainError
from toolchain.modes import LOCAL_STACK, Operation


def must_ask(operation: Operation, stack: str, *, yes: bool) -> bool:
    """Check whether the user must still confirm an operation.

    Args:
        operation: The operation.
        stack: The stack's name.
        yes: Whether the user has already confirmed, with ``--yes``.

    Raises:
        ToolchainError: The user must confirm, and there is no terminal to ask at.
    """
    if yes or stack == LOCAL_STACK:
        return False
    if not _at_a_terminal():
        raise ToolchainError(f"{operation} of {stack} changes AWS, and there is no terminal to ask at: add --yes")
    return True


def agreed(operation: Operation, stack: str) -> bool:
    """Ask the user to confirm with yes or no, or with the stack's name before a destroy; return the answer."""
    try:
        if operation is Operation.DESTROY:
            return str(typer.prompt(f"This cannot be undone. To destroy {stack}, type its name")) == stack
        if operation is Operation.REPAIR:
            return typer.confirm("Forget them?")
        return typer.confirm(f"Do you want to make these changes to {stack}?")
    except typer.Abort:  # Ctrl-C or Ctrl-D
        return False


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()
