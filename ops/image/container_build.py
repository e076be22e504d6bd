"""Builds an image with the container engine of this machine and pushes it to the stack's registry."""

import base64
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ops.errors import OperationError

ENGINES: Final = ("docker", "finch", "nerdctl", "podman")
"""Container engines; the first one that works is used."""
BUILD_SECONDS: Final = 3600.0
QUICK_SECONDS: Final = 120.0

Look = Callable[[Sequence[str]], bool]


@dataclass(frozen=True)
class Step:
    """One command of a build.

    Attributes:
        command: Program and arguments, without secrets.
        takes_password: Whether the command reads the registry's password from its standard input.
    """

    command: tuple[str, ...]
    takes_password: bool = False


@dataclass(frozen=True)
class Build:
    """The settings of a build.

    Attributes:
        folder: Folder of the Dockerfile.
        platform: The image's platform, such as ``linux/arm64``.
        image: Repository and tag to push the image to.
        contexts: Further build contexts, name -> folder.
        arguments: Build arguments, name -> value.
    """

    folder: Path
    platform: str
    image: str
    contexts: Mapping[str, Path]
    arguments: Mapping[str, str]


def find_engine(works: Look | None = None) -> str:
    """Find a container engine that is running.

    Args:
        works: Returns whether a command succeeds; replaced in tests.

    Raises:
        OperationError: There is none; the message says what to do.
    """
    looks = _works if works is None else works
    installed = [engine for engine in ENGINES if shutil.which(engine)] if works is None else list(ENGINES)
    for engine in installed:
        probe = [engine, "buildx", "version"] if engine == "docker" else [engine, "version"]
        if looks([engine, "info"]) and looks(probe):
            return engine
    there = f"{', '.join(installed)} is installed but does not run: start it" if installed else "there is none here"
    raise OperationError(
        f"building an image for AWS needs a container engine, and {there}; install Docker with buildx, Podman or Finch"
        ", or build and push it elsewhere and give its digest: `python -m ops release sha256:...`"
    )


def steps(engine: str, build: Build) -> list[Step]:
    """Return the commands that build and push an image.

    Docker is called without provenance attestation, so that it pushes an image and not an image index: Amazon ECR's
    basic scanning does not accept an index (Amazon ECR User Guide, "Scan images for OS vulnerabilities in Amazon ECR").

    Args:
        engine: The container engine, from `ENGINES`.
        build: The settings of the build.
    """
    registry = build.image.partition("/")[0]
    login = Step((engine, "login", "--username", "AWS", "--password-stdin", registry), takes_password=True)
    options = ["--platform", build.platform, *given_options(build.contexts, build.arguments), "--tag", build.image]
    if engine == "docker":
        built = ("docker", "buildx", "build", *options, "--provenance=false", "--push", str(build.folder))
        return [login, Step(built)]
    return [
        login,
        Step((engine, "build", *options, str(build.folder))),
        Step((engine, "push", build.image)),
    ]


def given_options(contexts: Mapping[str, Path], arguments: Mapping[str, str]) -> list[str]:
    """Return the engine's command-line options for build contexts and build arguments.

    Args:
        contexts: Further build contexts, name -> folder.
        arguments: Build arguments, name -> value.
    """
    return [
        *(word for name, folder in contexts.items() for word in ("--build-context", f"{name}={folder}")),
        *(word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")),
    ]


def password_of(ecr: Any) -> str:
    """Request a password of the registry from Amazon ECR; it is valid for 12 hours.

    Args:
        ecr: A client of Amazon ECR.

    Raises:
        ClientError: AWS refused.
    """
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    return base64.b64decode(token).decode().partition(":")[2]


def run(build: Build, ecr: Any, say: Callable[[str], None]) -> None:
    """Build an image and push it.

    Args:
        build: The settings of the build.
        ecr: A client of Amazon ECR.
        say: Called with the beginning of each command before it runs.

    Raises:
        OperationError: There is no engine, or a command failed.
        ClientError: AWS gave no password.
    """
    engine = find_engine()
    password = password_of(ecr)
    for step in steps(engine, build):
        say(" ".join(step.command[:3]))
        if step.takes_password:
            asked(step.command, password)
        else:
            built(step.command)


def built(command: Sequence[str]) -> None:
    """Run a command that may take up to an hour; its output goes to this process's output.

    Args:
        command: Program and arguments.

    Raises:
        OperationError: The command failed, or took longer than an hour.
    """
    _carried_out(command, None)


def asked(command: Sequence[str], given: str = "") -> str:
    """Run a short command and return its output; its errors go to this process's standard error.

    Args:
        command: Program and arguments.
        given: Text for the command's standard input.

    Returns:
        The command's standard output.

    Raises:
        OperationError: The command failed, or took longer than two minutes.
    """
    return _carried_out(command, given.encode()).decode()


def _carried_out(command: Sequence[str], given: bytes | None) -> bytes:
    shown = " ".join(command[:3])
    is_long = given is None
    try:
        ended = subprocess.run(
            command,
            input=given,
            stdin=subprocess.DEVNULL if is_long else None,
            stdout=None if is_long else subprocess.PIPE,
            timeout=BUILD_SECONDS if is_long else QUICK_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise OperationError(f"{shown} took longer than {error.timeout:.0f} s") from error
    if ended.returncode:
        raise OperationError(f"{shown} failed with exit code {ended.returncode}, see above")
    return ended.stdout or b""


def _works(command: Sequence[str]) -> bool:
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=QUICK_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0
