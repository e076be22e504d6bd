"""Why an operation ended, as an exit code that a pipeline can act on."""

from typing import Final

FAILED: Final = 1
"""Something was not done, or not agreed to."""
USER_ERROR: Final = 2
"""What was given is wrong: an argument, a folder, a setting; also click's code for wrong arguments."""
AWS_REFUSED: Final = 3
"""AWS, or the emulator, refused, throttled or did not answer."""
BUSY: Final = 4
"""Somebody else is doing the same: wait and run it again."""
INTERRUPTED: Final = 130
"""Ctrl-C: 128 and the number of SIGINT, as shells say it."""


class OperationError(Exception):
    """An operation ended before it was done; the command line prints one line and exits.

    Attributes:
        exit_code: One of this module's.
    """

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class AwsError(OperationError):
    """AWS, or the emulator, refused, throttled or did not answer.

    Attributes:
        code: AWS's code of the error, such as ``AccessDenied``; without an answer the name of botocore's exception.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message, AWS_REFUSED)
        self.code = code


class BusyError(OperationError):
    """Somebody else is doing the same to the same stack."""

    def __init__(self, message: str) -> None:
        super().__init__(message, BUSY)
