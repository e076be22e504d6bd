"""Decides what a run talks to: AWS, the emulator on this machine, or the offline provider."""

import importlib.metadata
from collections.abc import Callable
from enum import StrEnum

from toolchain.errors import NothingToDoError, ToolchainError

LOCAL_STACK = "local"
PLUGIN_VERSION = importlib.metadata.version("pulumi-aws")
"""The version of the AWS provider plugin: always that of the Python package, which pyproject.toml pins."""


class Operation(StrEnum):
    """What the driver can do with a stack."""

    PREVIEW = "preview"
    UP = "up"
    REFRESH = "refresh"
    DESTROY = "destroy"
    OUTPUTS = "outputs"
    REPAIR = "repair"
    CHECK_STATE = "check-state"
    """Of ``python -m ops policies``: reads the state."""


class Mode(StrEnum):
    """What receives the calls to AWS."""

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
    """The mode of a run, and a sentence that says why.

    Args:
        operation: What is to be done.
        stack: The stack's name.
        offline: True and False when the user said so, None to find out.
        emulator: Likewise, whether the local stack is to run against the emulator.
        remembered: What the local stack's resources were made with, when it has any.
        plugin: Whether the real provider plugin is installed; it may download it first.
        credentials: Whether there are AWS credentials.

    Raises:
        NothingToDoError: There is no local stack to destroy.
        ToolchainError: The user asked for something impossible.
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
    """Refuse the option for TLS where there is no edge.

    Args:
        stack: The stack's name.
        mode: The mode of the run; None while it is not known.
        tls: What the user said; None for nothing.

    Raises:
        ToolchainError: The user asked for something impossible.
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
"""What goes without credentials in the place of an operation."""
_NAMES = {Mode.EMULATOR: "emulator", Mode.OFFLINE: "offline provider"}


def credentials_found() -> bool:
    """Whether boto3 finds AWS credentials: environment, profile, container or instance role."""
    import boto3  # noqa: PLC0415 (0.3 s that the local stack need not pay)
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    try:
        return boto3.Session().get_credentials() is not None
    except BotoCoreError as error:
        raise ToolchainError(f"the AWS credentials cannot be read: {error}") from error
