"""Asks the user before AWS is changed; apart from `ops.reporting`, which imports rich."""

import sys

import typer

from ops.errors import OperationError


def agree(question: str, *, is_local: bool, yes: bool) -> None:
    """Ask the user before AWS is changed. The local stack needs no question: it can always be created again.

    Args:
        question: The change and the stack, as a question without its question mark.
        is_local: Whether the emulator answers in place of AWS.
        yes: Whether the user has agreed already.

    Raises:
        OperationError: The user does not agree, or standard input is no terminal.
    """
    if yes or is_local:
        return
    if not sys.stdin.isatty():
        raise OperationError(f"{question}: this changes AWS, and there is no terminal to ask at: add --yes")
    try:
        agreed = typer.confirm(f"{question}?", err=True)
    except typer.Abort:
        agreed = False
    if not agreed:
        raise OperationError("not agreed to; nothing has changed")
