"""The errors that the command line turns into a line and an exit code."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.automation.errors import CommandError  # 0.2 s that `python -m ops` need not pay


class ToolchainError(Exception):
    """Something the user can put right; the command line prints it as one line and exits with 2."""


class NothingToDoError(ToolchainError):
    """What the user wants is so already; the command line prints it as one line and exits with 0."""


class EngineError(Exception):
    """The engine has failed and has already printed why.

    Attributes:
        code: The engine's exit code; negative: the signal that killed it.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"the engine failed with exit code {code}")
        self.code = code


def exit_code(error: "CommandError") -> int:
    """The engine's exit code in the error that the Automation API makes of it; negative: the signal that killed it."""
    first = str(error).strip().splitlines()[0]
    code = first.removeprefix("code:").strip()
    return int(code) if code.lstrip("-").isdigit() else 1
