"""Mends what a killed run or a full disk left in a stack's state."""

from collections.abc import Callable
from typing import Any

from toolchain.deployment import deployment_of, forget_pending
from toolchain.driver import Run
from toolchain.modes import LOCAL_STACK
from toolchain.printing import Say
from toolchain.state import pending_operations


def said_pending(deployment: dict[str, Any]) -> list[str]:
    """The operations that a killed run had begun, each as ``creating Instance main (its URN)``."""
    return [f"{operation} {_label(urn)}" for operation, urn in pending_operations(deployment)]


def handle_pending(run: Run, say: Say, deployment: dict[str, Any] | None = None) -> None:
    """Before a change: forget what a killed run had begun on the local stack; for AWS say what is to be done.

    Args:
        run: The stack.
        say: Told each line.
        deployment: The stack's, where it has been read already.
    """
    pending = said_pending(deployment_of(run) if deployment is None else deployment)
    if not pending:
        return
    count = f"{len(pending)} operation{'s' if len(pending) > 1 else ''}"
    if run.stack.name == LOCAL_STACK:
        forget_pending(run.stack)
        say(f"An earlier run was killed during {count}; on the {LOCAL_STACK} stack they are forgotten")
        return
    say(f"warning: an earlier run was killed during {count}, and what became of them is not known:")
    for line in pending:
        say(f"  {line}")
    say(f"  'python -m toolchain repair {run.stack.name}' says what to do about them")


def repair(run: Run, say: Say, agree: Callable[[], bool]) -> bool:
    """Forget the operations that a killed run had begun, after the user has looked at what became of them.

    Args:
        run: The stack.
        say: Told each line.
        agree: Asks whether they may be forgotten.

    Returns:
        False when the user declined.
    """
    pending = said_pending(deployment_of(run))
    if not pending:
        say(f"The state of {run.stack.name} is whole, and no operation is pending")
        return True
    say("A killed run had begun these operations, and the state does not know how they ended:")
    for line in pending:
        say(f"  {line}")
    say("Look each one up in AWS. 'creating': if the resource exists, delete it, or import it with 'pulumi import'.")
    say("'updating' and 'deleting': nothing to do, 'up --refresh' finds out.")
    if not agree():
        return False
    forget_pending(run.stack)
    say(f"They are forgotten; continue with 'python -m toolchain up {run.stack.name} --refresh'")
    return True


def _label(urn: str) -> str:
    _, _, types, name = urn.split("::", 3)
    return f"{types.rpartition('$')[2].rpartition(':')[2]} {name} ({urn})"
