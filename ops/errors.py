"""The exceptions of the operations, and the exit codes by which a pipeline distinguishes them."""

from typing import Final

FAILED: Final = 1
"""The operation failed, or the user did not agree to it."""
USER_ERROR: Final = 2
"""An argument, a folder or a setting is wrong; click uses this code for wrong arguments too."""
AWS_REFUSED: Final = 3
"""AWS, or the emulator, refused, throttled or did not answer."""
BUSY: Final = 4
"""Another run of the operation is under way: wait and run it again."""
INTERRUPTED: Final = 130
"""Ctrl-C: 128 plus the number of SIGINT, as in shells."""


class OperationError(Exception):
    """An operation failed; the command line prints the message in one line and exits.

    Attributes:
        exit_code: The exit code, from this module's constants.
    """

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class AwsError(OperationError):
    """AWS, or the emulator, refused, throttled or did not answer.

    Attributes:
        code: AWS's error code, such as ``AccessDenied``; without a response, the name of botocore's exception.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message, AWS_REFUSED)
        self.code = code


class BusyError(OperationError):
    """Another run of the operation is under way for the same stack."""

    def __init__(self, message: str) -> None:
        super().__init__(message, BUSY)
