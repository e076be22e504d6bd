"""Ends a command with an exit code, and one line for each error that the engine has not printed itself."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import NoReturn

import typer
from pulumi.automation.errors import CommandError

from toolchain.errors import EngineError, NothingToDoError, ToolchainError, exit_code
from toolchain.system.interrupts import Interrupts
from toolchain.system.printing import print_error, print_line

USER_ERROR = 2
INTERRUPTED = 130


def fail(message: str, code: int) -> NoReturn:
    """Print an error and exit with the code."""
    print_error(f"error: {message}")
    raise typer.Exit(code)


@contextmanager
def errors_in_one_line(again: str, signals: Interrupts) -> Generator[None]:
    """Turn the errors of the block into one line and an exit code.

    Args:
        again: The user's next step after an interruption, for the message.
        signals: The handler of the signals that this process received.
    """
    try:
        with signals.raised():
            yield
    except KeyboardInterrupt:
        fail(f"interrupted; {again}", signals.exit_code or INTERRUPTED)
    except EngineError as error:
        _fail_as_the_engine(error.code, again, signals)
    except CommandError as error:
        code = exit_code(error)
        if code >= 0 and signals.exit_code is None:
            print_error(_words_of(error))
        _fail_as_the_engine(code, again, signals)
    except NothingToDoError as reason:
        print_line(str(reason))
        raise typer.Exit from None
    except ToolchainError as error:
        fail(str(error), USER_ERROR)
    except OSError as error:
        # for example a full disk or a missing permission; the text contains the path
        fail(" ".join(str(error).split()), USER_ERROR)


def _fail_as_the_engine(code: int, again: str, signals: Interrupts) -> NoReturn:
    if signals.exit_code is not None:
        fail(f"interrupted; {again}", signals.exit_code)
    if code < 0:
        fail(f"the engine was killed (signal {-code}); {again}", 128 - code)
    raise typer.Exit(code)


def _words_of(error: CommandError) -> str:
    """Return the engine's own message from the Automation API's error; a default text if there is none."""
    text = str(error)
    stderr = text.split("stderr:", 1)[-1].strip()
    return stderr or text.strip() or "error: the engine failed without a message"
