"""Chooses the mode of a run: AWS, the emulator on this machine, or the offline provider."""

import importlib.metadata
from collections.abc import Callable
from enum import StrEnum

from toolchain.errors import NothingToDoError, ToolchainError

LOCAL_STACK = "local"
PLUGIN_VERSION = importlib.metadata.version("pulumi-aws")
"""The version of the AWS provider plugin. It is always the version of the Python package in pyproject.toml."""


class Operation(StrEnum):
    """An operation of the driver on a stack."""

    PREVIEW = "preview"
    UP = "up"
    REFRESH = "refresh"
    DESTROY = "destroy"
    OUTPUTS = "outputs"
    REPAIR = "repair"
    CHECK_STATE = "check-state"
    """Reads the state, for ``python -m ops policies``."""


class Mode(StrEnum):
    """The receiver of a run's AWS requests."""

    AWS = "aws"
    EMULATOR = "emulator"
    OFFLINE = "offline"


def choose(
    operation: Operation,
    stack: str,
    *,
    offline: bool | None,
    emulator: bool | None = None,
    remembered: Mode | None,
    plugin: Callable[[], bool],
    credentials: Callable[[], bool],
) -> tuple[Mode, str]:
    """Choose the mode of a run, and return it with a text that gives the reason.

    Args:
        operation: The operation.
        stack: The stack's name.
        offline: The user's option ``--offline`` or ``--no-offline``; None without an option.
        emulator: The user's option ``--emulator`` or ``--no-emulator``, for the local stack; None without an option.
        remembered: The mode in which the local stack's resources were created; None if there are none.
        plugin: Returns whether the real provider plugin is installed; may download it first.
        credentials: Returns whether there are AWS credentials.

    Raises:
        NothingToDoError: There is no local stack to destroy.
        ToolchainError: The options do not fit the operation or the stack, or something that they need is missing.
    """
    if emulator is not None and (stack != LOCAL_STACK or offline):
        raise ToolchainError(f"--emulator and --no-emulator are for the {LOCAL_STACK} stack only, without --offline")
    if offline and operation is not Operation.PREVIEW:
        raise ToolchainError(f"--offline is for preview only, not for {operation} of {stack}")
    if offline:
        return Mode.OFFLINE, "the offline provider, as told; nothing is sent to AWS"
    if stack == LOCAL_STACK:
        if remembered is None:
            _refuse_without_a_stack(operation)
        return _choose_local(remembered, plugin, emulator=emulator)
    if operation is not Operation.PREVIEW or offline is False:
        if not credentials():
            instead = _WITHOUT_CREDENTIALS.get(operation, "")
            raise ToolchainError(
                f"{operation} of {stack} needs AWS credentials, and there are none (see 'aws configure'){instead}"
            )
        return Mode.AWS, "AWS, with the credentials of this shell"
    if not credentials():
        return (
            Mode.OFFLINE,
            "the offline provider, because this shell has no AWS credentials; nothing is sent to AWS",
        )
    if not plugin():
        return Mode.OFFLINE, f"the offline provider, because the AWS provider plugin {PLUGIN_VERSION} is not installed"
    return Mode.AWS, "AWS, with the credentials of this shell"


def refuse_tls(stack: str, mode: Mode | None, *, tls: bool | None) -> None:
    """Refuse the TLS option for a run without an edge.

    Args:
        stack: The stack's name.
        mode: The mode of the run; None while it is not known.
        tls: The user's option ``--tls`` or ``--no-tls``; None without an option.

    Raises:
        ToolchainError: The stack is not the local one, or the run uses the offline provider.
    """
    if tls is not None and stack != LOCAL_STACK:
        raise ToolchainError(f"--tls and --no-tls are for the {LOCAL_STACK} stack only")
    if tls and mode is Mode.OFFLINE:
        raise ToolchainError("--tls needs the emulator: with the offline provider nothing answers requests")


def _refuse_without_a_stack(operation: Operation) -> None:
    if operation is Operation.DESTROY:
        raise NothingToDoError(f"There is no {LOCAL_STACK} stack, so nothing to destroy")
    if operation in _VERBS:
        raise ToolchainError(f"there is no {LOCAL_STACK} stack, so nothing to {_VERBS[operation]}: 'up' makes one")


def _choose_local(remembered: Mode | None, plugin: Callable[[], bool], *, emulator: bool | None) -> tuple[Mode, str]:
    with_plugin = f"the emulator on this machine, with the AWS provider plugin {PLUGIN_VERSION}"
    wanted = {True: Mode.EMULATOR, False: Mode.OFFLINE, None: remembered}[emulator]
    if remembered is not None:
        if wanted is not remembered:
            raise ToolchainError(
                f"the {LOCAL_STACK} stack was made with the {_NAMES[remembered]}, so it cannot go on with the "
                f"{_NAMES[Mode.EMULATOR if emulator else Mode.OFFLINE]}: destroy it first"
            )
        return remembered, with_plugin if remembered is Mode.EMULATOR else "the offline provider, as before"
    if wanted is Mode.OFFLINE:
        return Mode.OFFLINE, "the offline provider, as told"
    if plugin():
        return Mode.EMULATOR, with_plugin
    missing = f"the AWS provider plugin {PLUGIN_VERSION} is not installed"
    if wanted is Mode.EMULATOR:
        raise ToolchainError(f"no emulator: {missing}")
    return Mode.OFFLINE, f"the offline provider: {missing}"


_VERBS = {
    Operation.REFRESH: "refresh",
    Operation.OUTPUTS: "show",
    Operation.REPAIR: "repair",
    Operation.CHECK_STATE: "judge",
}
_WITHOUT_CREDENTIALS = {
    **dict.fromkeys((Operation.PREVIEW, Operation.UP), "; 'preview --offline' needs none"),
    Operation.CHECK_STATE: "; --file takes what 'pulumi stack export' printed, and needs none",
}
"""End of the error message: what the user can run without credentials instead of the operation."""
_NAMES = {Mode.EMULATOR: "emulator", Mode.OFFLINE: "offline provider"}


def credentials_found() -> bool:
    """Check whether boto3 finds AWS credentials: environment, profile, container or instance role."""
    import boto3  # noqa: PLC0415 (0.3 s that the local stack need not pay)
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    try:
        return boto3.Session().get_credentials() is not None
    except BotoCoreError as error:
        raise ToolchainError(f"the AWS credentials cannot be read: {error}") from error
