"""The one kind of error that a user of the toolchain can cause."""


class ToolchainError(Exception):
    """Something the user can put right; the command line prints it as one line and exits with 2."""
