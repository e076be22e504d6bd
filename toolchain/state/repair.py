"""Removes the pending operations that a killed run left in a stack's state."""

from collections.abc import Callable
from typing import Any

from toolchain.driver import Run
from toolchain.modes import LOCAL_STACK
from toolchain.state.deployment import deployment_of, forget_pending
from toolchain.state.file import pending_operations
from toolchain.system.printing import Say


def said_pending(deployment: dict[str, Any]) -> list[str]:
    """Return the pending operations of a killed run, each as ``creating Instance main (its URN)``."""
    return [f"{operation} {_label(urn)}" for operation, urn in pending_operations(deployment)]


def handle_pending(run: Run, say: Say, deployment: dict[str, Any] | None = None) -> None:
    """Handle pending operations before a change: forget them for the local stack; for AWS, tell the user what to do.

    Args:
        run: The prepared run on the stack.
        say: Called with each line for the user.
        deployment: The stack's deployment, if it was read already; None to read it.
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
    """Forget the pending operations of a killed run, after the user has checked in AWS how they ended.

    Args:
        run: The prepared run on the stack.
        say: Called with each line for the user.
        agree: Asks the user to confirm.

    Returns:
        False if the user declined.
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
