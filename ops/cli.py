"""The command line of the operations: lists its verb groups and turns exceptions into exit codes.

A verb group is a ``typer.Typer`` in a module of its own, listed in ``VERB_GROUPS``; a verb without subcommands is a
function, listed in ``VERBS``.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import typer

from ops.errors import USER_ERROR, OperationError
from toolchain.errors import ToolchainError

VERB_GROUPS: Final = {
    "frontend": "ops.frontend.commands",
    "openapi": "ops.openapi.commands",
    "policies": "ops.policies",
    "release": "ops.release.commands",
    "spot": "ops.spot.commands",
    "storage": "ops.storage.commands",
}
"""Verb group -> the module with its ``app``."""
VERBS: Final = {"reference": "ops.reference", "smoke": "ops.smoke.commands"}
"""Verb -> the module with its function, which has the verb's name."""


def application(group: str | None = None) -> typer.Typer:
    """Assemble the command line.

    Args:
        group: The only verb or verb group to import, because importing the others takes longer than many verbs run;
            None or an unknown name for all.

    Returns:
        The application.
    """
    modules = {**VERB_GROUPS, **VERBS}
    app = typer.Typer(
        name="ops",
        help="Operations of the platform.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_operations)
    for name in (group,) if group in modules else sorted(modules):
        module = import_module(modules[name])
        if name in VERBS:
            app.command(name)(getattr(module, name))
        else:
            app.add_typer(module.app, name=name)
    return app


def _operations() -> None:
    """Operations of the platform."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    The user can correct a ``ValueError`` (a document, a setting or an argument is wrong), an ``OSError`` (a file cannot
    be read or written) and the toolchain's ``ToolchainError``: they print one line on standard error, without a
    traceback. An ``OperationError`` prints one line too, and has an exit code of its own. Any other exception is a bug
    of this program and keeps its traceback.

    Args:
        arguments: The words after ``python -m ops``; None for those of this process.

    Returns:
        The exit code: 0, or a code of `ops.errors`. A check that found a problem gives 1 too.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        application(words[0] if words else None)(args=words, prog_name="python -m ops")
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    except OperationError as error:
        sys.stderr.write(f"error: {one_line(error)}\n")
        return error.exit_code
    except (ValueError, OSError, ToolchainError) as error:
        sys.stderr.write(f"error: {one_line(error)}\n")
        return USER_ERROR
    return 0


def one_line(error: Exception) -> str:
    """Return the message of an exception in one line, safe to print on any terminal.

    Args:
        error: The exception.

    Returns:
        The message with line breaks and control characters replaced by spaces.
    """
    text = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
    return " ".join(printable(text).split())


def printable(text: str) -> str:
    """Make a text safe to print on any terminal.

    Args:
        text: A text from elsewhere, such as a key of a document that somebody else wrote.

    Returns:
        The text with line breaks and control characters replaced by spaces.
    """
    return "".join(character if character.isprintable() else " " for character in text)
