"""Finds the Pulumi command line, or installs it: download first, build from its Go module where that fails."""

import importlib.metadata
import os
import shutil
import socket
import subprocess
import tempfile
import urllib.error
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
from pulumi.automation import PulumiCommand
from pulumi.automation.errors import InvalidVersionError
from semver import VersionInfo

from toolchain import known_command
from toolchain.errors import ToolchainError
from toolchain.go_build import build
from toolchain.launchers import write_launcher

VERSION = VersionInfo.parse(importlib.metadata.version("pulumi"))
"""The version of the command line: always that of the Python SDK, which pyproject.toml pins."""

DOWNLOAD_TIMEOUT_SECONDS = 30.0

Say = Callable[[str], None]


def cache_directory() -> Path:
    """Where this project keeps the command line that it installed, one folder a version, for all checkouts."""
    return platformdirs.user_cache_path("spot-platform") / "pulumi" / str(VERSION)


def find(cache: Path | None = None) -> PulumiCommand | None:
    """The command line from ``PATH`` when it is new enough, else the one installed before, else None."""
    root = cache or cache_directory()
    return _usable(None) or known_command.recall(root, VERSION) or _usable(root)


def find_or_install(say: Say, cache: Path | None = None) -> PulumiCommand:
    """The Pulumi command line, installed when need be.

    Args:
        say: Told what is going on, a line at a time.
        cache: Where to install to and look for an earlier installation; ``cache_directory()`` by default.

    Raises:
        ToolchainError: Every way failed; the message says what was tried and what to do.
    """
    root = cache or cache_directory()
    found = find(root)
    if found is not None:
        return found
    tried: list[str] = []
    for what, install in (("the official installer", _download), ("a build from its Go module", build)):
        say(f"Pulumi {VERSION}: trying {what}")
        try:
            with _staging(root) as staging:
                install(staging, VERSION, say)
        except (ToolchainError, OSError, subprocess.SubprocessError) as error:
            tried.append(f"{what}: {_reason(error)}")
            say(f"Pulumi {VERSION}: {what} failed: {_reason(error)}")
            continue
        installed = _usable(root)
        if installed is not None:
            return installed
        tried.append(f"{what}: what it made does not run")
    raise ToolchainError(
        f"no Pulumi command line {VERSION} or newer on PATH, and it cannot be installed ({'; '.join(tried)}). "
        "Install it by hand (https://www.pulumi.com/docs/install/), or put Go on PATH, and run this again."
    )


def _usable(root: Path | None) -> PulumiCommand | None:
    if root is None and shutil.which("pulumi") is None:
        return None
    try:
        command = PulumiCommand(root=None if root is None else str(root), version=VERSION)
        if root is not None:
            known_command.remember(root, command)
    except (OSError, subprocess.SubprocessError, InvalidVersionError, UnicodeDecodeError):
        return None
    return command


@contextmanager
def _staging(root: Path) -> Generator[Path]:
    """A folder that becomes ``root`` at the end, so that an interrupted installation leaves nothing half-made."""
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=f".{root.name}.") as folder:
        staging = Path(folder, "root")
        staging.mkdir()
        yield staging
        if root.exists():
            shutil.rmtree(root)
        staging.replace(root)


def _download(staging: Path, version: VersionInfo, _say: Say) -> None:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT_SECONDS)
    try:
        PulumiCommand.install(root=str(staging), version=version)
    finally:
        socket.setdefaulttimeout(before)


def _reason(error: BaseException) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        output = error.output
        text = output.decode(errors="replace") if isinstance(output, bytes) else str(output or error)
        return text.strip().splitlines()[-1] if text.strip() else f"exit {error.returncode}"
    if isinstance(error, urllib.error.URLError):
        return f"download refused ({error.reason})"
    return str(error)


def language_host_beside(command: PulumiCommand) -> bool:
    """Whether this command line brings the Python language host; one built from its Go module does not."""
    path = shutil.which(command.command)
    folders = ([] if path is None else [str(Path(path).resolve().parent)]) + [os.environ.get("PATH", "")]
    return shutil.which("pulumi-language-python", path=os.pathsep.join(folders)) is not None


def write_policy_launcher(directory: Path) -> None:
    """Put the program into ``directory`` that the engine starts for a Python policy pack.

    The engine looks for it on PATH where there is no language host that would run the pack itself.
    """
    # The engine also passes the options of PulumiPolicy.yaml, which the SDK's module takes for other ones.
    write_launcher(directory / "pulumi-analyzer-policy-python", "toolchain.policy_host", arguments='"$1" "$2"')
