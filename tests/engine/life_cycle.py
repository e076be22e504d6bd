"""The life cycle of a stack in its own checkout, with the real AWS provider plugin and the emulator."""

import datetime as dt
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import emulated
from tests.engine.conftest import Checkout, recorded
from tests.engine.inventory import inventory
from tests.stack_files import with_sections
from toolchain.datapath.process import DataPath
from toolchain.emulator.process import Emulator
from toolchain.setup import aws_plugin

REGION, COPY_REGION = "us-east-1", "us-west-2"
WITH_THE_PLUGIN = (
    pytest.mark.engine,
    pytest.mark.emulator,
    pytest.mark.skipif(not aws_plugin.is_installed(), reason="the AWS provider plugin is not installed"),
)
"""Marks of tests that use the real AWS provider plugin and the emulator."""
_DESTROY = """
import sys
from pathlib import Path
from toolchain.driver import Driver, ensure_importable
from toolchain.modes import Operation
from toolchain.project import Project

project = Project.find(Path.cwd())
ensure_importable(project)
with Driver(project, print).run(Operation.DESTROY, "local") as run:
    run.stack.destroy(on_output=print, continue_on_error=True)
"""


@dataclass(frozen=True)
class EmulatedStack:
    """The stack `local` of a checkout; it uses the emulator from its first `up` on."""

    checkout: Checkout

    def client(self, service: str, region: str = REGION) -> Any:
        """Return a boto3 client for the stack's emulator."""
        return emulated.client(self.checkout.emulator, service, region)

    def inventory(self) -> dict[str, list[str]]:
        """Return the names of the account's resources by kind, without empty kinds."""
        return inventory(self.client, REGION, COPY_REGION)

    def configure(self, changes: dict[str, Any]) -> None:
        """Merge settings into the stack file, section by section."""
        self.checkout.configure("local", lambda config: config.update(with_sections(config, changes)))

    def run(self, *arguments: str) -> None:
        """Run the toolchain, which must succeed."""
        result = self.checkout.run(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr

    def assert_nothing_to_change(self) -> None:
        """Check that a preview has no change."""
        self.run("preview", "local", "--expect-no-changes", "--diff")

    def destroy(self) -> "subprocess.CompletedProcess[str]":
        """Destroy the stack but keep the emulator, so that it can be asked what is left.

        `python -m toolchain destroy local` stops the emulator.
        """
        return subprocess.run(
            [sys.executable, "-c", _DESTROY],
            cwd=self.checkout.root,
            env=self.checkout.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def exempt(self, rules: Iterable[str]) -> None:
        """Exempt all resources of the stack from rules of the policy pack."""
        path = self.checkout.root / "policy" / "exemptions.yaml"
        until = dt.datetime.now(tz=dt.UTC).date() + dt.timedelta(days=30)
        entries = [
            {
                "rule": rule,
                "urn": "urn:pulumi:*::*::*::*",
                "stacks": ["local"],
                "reason": "The stack is about to be destroyed.",
                "expires": until,
            }
            for rule in rules
        ]
        path.write_text(path.read_text() + yaml.safe_dump(entries))

    @contextmanager
    def running(self) -> Generator[dict[str, list[str]]]:
        """Run the first `up`, yield the account's resources by kind, and stop the emulator at the end.

        The remaining resources exist only in the emulator, so they need no destroy.
        """
        try:
            self.run("up", "local", "--emulator", "--skip-preview")
            yield self.inventory()
        finally:
            directory = self.checkout.root / ".platform" / "local"
            DataPath(directory / "datapath").remove()
            Emulator(directory).stop()


def emulated_stack(folder: Path, recording: Path, settings: dict[str, Any]) -> EmulatedStack:
    """Make the stack `local` with settings in a checkout of its own.

    Args:
        folder: The checkout's parent folder.
        recording: File for every request to the emulator.
        settings: Section -> its changed values.
    """
    made = EmulatedStack(recorded(folder / "checkout", recording))
    made.configure(settings)
    return made


def bucket_named(client: Callable[..., Any], part: str) -> str:
    """Return the name of the only bucket that contains a text."""
    (name,) = [each["Name"] for each in client("s3").list_buckets()["Buckets"] if part in each["Name"]]
    return str(name)


def empty(s3: Any, bucket: str) -> None:
    """Delete all versions of all objects of a bucket."""
    listed = s3.list_object_versions(Bucket=bucket)
    for each in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
        s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
