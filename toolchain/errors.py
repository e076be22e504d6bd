"""Errors that the command line turns into one line and an exit code."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.automation.errors import CommandError  # 0.2 s that `python -m ops` need not pay


class ToolchainError(Exception):
    """An error that the user can correct. The command line prints it as one line and exits with 2."""


class NothingToDoError(ToolchainError):
    """There is nothing to do for the user's request. The command line prints it as one line and exits with 0."""


class EngineError(Exception):
    """The engine failed, and the reason was already printed.

    Attributes:
        code: The engine's exit code; if negative, minus the number of the signal that killed it.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"the engine failed with exit code {code}")
        self.code = code


def exit_code(error: "CommandError") -> int:
    """Return the engine's exit code from the Automation API's error; 1 if the error has none.

    A negative code is minus the number of the signal that killed the engine.
    """
    first = str(error).strip().splitlines()[0]
    code = first.removeprefix("code:").strip()
    return int(code) if code.lstrip("-").isdigit() else 1
