"""Finds the Pulumi command line, or installs it: it downloads an archive or, if that fails, builds the Go module.

Both are verified: the archive by its hash in ``downloads.toml``, the Go modules by their hashes in
``pulumi_cli/go.sum``.
"""

import importlib.metadata
import os
import shutil
import subprocess
import tarfile
import tempfile
import urllib.error
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
from pulumi.automation import PulumiCommand
from semver import VersionInfo

from toolchain.errors import ToolchainError
from toolchain.offline.launcher import write_launcher
from toolchain.setup import downloads, known_command
from toolchain.setup.go_build import build
from toolchain.setup.known_command import KnownCommand
from toolchain.system.printing import Say

VERSION = VersionInfo.parse(importlib.metadata.version("pulumi"))
"""The version of the command line. It is always the version of the Python SDK in pyproject.toml."""

ANSWER_SECONDS = 20.0
"""Timeout of ``pulumi version``, which takes less than a second even on a machine under load."""


def cache_directory() -> Path:
    """Return the folder where this project installs the command line. Each version has one for all checkouts."""
    return platformdirs.user_cache_path("spot-platform") / "pulumi" / str(VERSION)


def find(cache: Path | None = None) -> PulumiCommand | None:
    """Return the command line on ``PATH`` if its version fits, else the one installed before, else None."""
    root = cache or cache_directory()
    return _usable(None) or known_command.recall(root, VERSION) or _usable(root)


def find_or_install(say: Say, cache: Path | None = None) -> PulumiCommand:
    """Find the Pulumi command line, and install it if there is none.

    Args:
        say: Called with each line of progress.
        cache: The folder of the installation; ``cache_directory()`` by default.

    Raises:
        ToolchainError: Neither the download nor the build worked. The message says what was tried and what to do.
    """
    root = cache or cache_directory()
    found = find(root)
    if found is not None:
        return found
    archive, module = "the official archive", "a build from its Go module"
    tried: list[str] = []
    ways = [(archive, f"trying {archive}", _download), (module, f"trying {module}", build)]
    why_not = _why_no_download()
    if why_not is not None:
        tried.append(f"{archive} is not used, because {why_not}")
        ways = [(module, f"{tried[0]}; the command line is built from its Go module instead", build)]
    for what, beginning, install in ways:
        say(f"Pulumi {VERSION}: {beginning}")
        try:
            with _staging(root) as staging:
                install(staging, VERSION, say)
        except (ToolchainError, OSError, subprocess.SubprocessError, tarfile.TarError) as error:
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
    executable = shutil.which("pulumi" if root is None else str(root / "bin" / "pulumi"))
    if executable is None:
        return None
    try:
        version = _version_of(executable)
        if _is_refused(version):
            return None
        # The command on PATH is passed by its name. For a path, the SDK would put the path's folder first on the run's
        # PATH, before the folder of this project's launchers.
        command = KnownCommand("pulumi" if root is None else executable, version)
        if root is not None:
            known_command.remember(root, command)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return command


def _version_of(executable: str) -> VersionInfo | None:
    """Run ``pulumi version`` and return its answer. PulumiCommand would run it too, but without a timeout."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    command = [executable, "version"]
    asked = subprocess.run(command, env=environment, capture_output=True, timeout=ANSWER_SECONDS, check=True)
    answer = asked.stdout.decode("utf-8").strip().removeprefix("v")
    return VersionInfo.parse(answer) if VersionInfo.is_valid(answer) else None


def _is_refused(version: VersionInfo | None) -> bool:
    """Check whether the SDK refuses the version, by the rules of ``PulumiCommand``."""
    if "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK" in os.environ:
        return False
    return version is None or version < VERSION or version.major > VERSION.major


@contextmanager
def _staging(root: Path) -> Generator[Path]:
    """Yield a temporary folder and rename it to ``root`` at the end; an interrupted installation leaves nothing."""
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=f".{root.name}.") as folder:
        staging = Path(folder, "root")
        staging.mkdir()
        yield staging
        if root.exists():
            shutil.rmtree(root)
        staging.replace(root)


def _why_no_download() -> str | None:
    """Return why this machine cannot verify the official archive; None if it can."""
    try:
        _verifiable(VERSION)
    except ToolchainError as error:
        return str(error)
    return None


def _verifiable(version: VersionInfo) -> tuple[str, str]:
    """Return the official archive's address and hash for this machine.

    Raises:
        ToolchainError: ``downloads.toml`` has another version, or no hash for this platform.
    """
    pinned = downloads.archive("pulumi")
    if pinned.version != str(version):
        raise ToolchainError(f"{downloads.PINS.name} is for version {pinned.version}: run 'make lock'")
    return pinned.address(downloads.this_platform()), pinned.checksum()


def _download(staging: Path, version: VersionInfo, _say: Say) -> None:
    address, checksum = _verifiable(version)
    archive = staging / "pulumi.tar.gz"
    downloads.fetch(address, checksum, archive)
    with tarfile.open(archive) as content:
        content.extractall(staging, filter="data")
    archive.unlink()
    (staging / "pulumi").replace(staging / "bin")


def _reason(error: BaseException) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        output = error.output
        text = output.decode(errors="replace") if isinstance(output, bytes) else str(output or error)
        return text.strip().splitlines()[-1] if text.strip() else f"exit {error.returncode}"
    if isinstance(error, urllib.error.URLError):
        return f"download refused ({error.reason})"
    return str(error)


def language_host_beside(command: PulumiCommand) -> bool:
    """Check whether the Python language host is beside this command line or on PATH.

    A build from the Go module has no language host.
    """
    path = shutil.which(command.command)
    folders = ([] if path is None else [str(Path(path).resolve().parent)]) + [os.environ.get("PATH", "")]
    return shutil.which("pulumi-language-python", path=os.pathsep.join(folders)) is not None


def write_policy_launcher(directory: Path) -> None:
    """Write the program that the engine starts for a Python policy pack.

    The engine looks for this program on PATH if there is no language host, which would otherwise run the pack.

    Args:
        directory: A folder on PATH.
    """
    # The engine also passes the options of PulumiPolicy.yaml, which the SDK's module would misread.
    write_launcher(
        directory / "pulumi-analyzer-policy-python",
        "toolchain.policies.host",
        import_root=Path(__file__).resolve().parents[2],
        arguments='"$1" "$2"',
    )
