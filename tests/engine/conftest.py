"""A separate checkout for each module, so that modules do not share the engine's state, locks and emulators."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.stack_files import with_namespace
from toolchain.emulator.process import Emulator
from toolchain.emulator.recording import RECORD_TO

if TYPE_CHECKING:
    from tests.engine.life_cycle import EmulatedStack

ROOT = Path(__file__).parents[2]
PARTS = ("spot_platform", "spot_planning", "composition", "configuration", "policy", "toolchain", "examples")

_SKIP = "PULUMI_SKIP_CHECKPOINTS"
WRITES_STATE_AT_END = {_SKIP: "true"}
"""Environment of an engine that writes the stack's state once, at its end. Most runs of the tests do: writing 300 kB at
each step takes a third of the processor time of an `up` from nothing."""
WRITES_STATE_AT_EACH_STEP = {_SKIP: "false"}
"""Environment of an engine that writes the stack's state at each step, as the engine does by default."""


@dataclass(frozen=True)
class Checkout:
    """A copy of the files that `python -m toolchain` needs; its methods run the toolchain in it."""

    root: Path
    environment: dict[str, str]

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the toolchain and wait for its end."""
        return subprocess.run(
            [sys.executable, "-m", "toolchain", *arguments],
            cwd=self.root,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Start the toolchain in its own process group, without waiting for its end."""
        return subprocess.Popen(
            [sys.executable, "-m", "toolchain", *arguments],
            cwd=self.root,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @property
    def emulator(self) -> str:
        """Return the URL of the local stack's emulator, which must run."""
        endpoint = Emulator(self.root / ".platform" / "local").endpoint()
        assert endpoint is not None
        return endpoint

    def configure(self, stack: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change a stack's file."""
        path = self.root / f"Pulumi.{stack}.yaml"
        content = yaml.safe_load(path.read_text())
        content["config"] = with_namespace(content["config"])
        change(content["config"])
        path.write_text(yaml.safe_dump(content))

    @contextmanager
    def violating(self) -> Generator[None]:
        """Make the program violate a mandatory rule while the block runs: its database is not encrypted."""
        database = self.root / "spot_platform" / "data" / "database.py"
        before = database.read_text()
        changed = before.replace("storage_encrypted=True", "storage_encrypted=False")
        assert changed != before
        database.write_text(changed)
        try:
            yield
        finally:
            database.write_text(before)


def copied(target: Path, environment: dict[str, str]) -> Checkout:
    """Copy the program in its current state to a new checkout."""
    target.mkdir()
    for part in PARTS:
        # The copy includes compiled modules. They stay valid, because the copy keeps the files' times.
        shutil.copytree(ROOT / part, target / part)
    for file in (ROOT / "__main__.py", *ROOT.glob("Pulumi*.yaml")):
        shutil.copy(file, target)
    return Checkout(target, environment)


@pytest.fixture(scope="module")
def recording(tmp_path_factory) -> Path:
    """Path of the file with every request to the emulator of a `recorded` checkout."""
    return tmp_path_factory.mktemp("recording") / "requests.jsonl"


@pytest.fixture(scope="module")
def deployed(stack: "EmulatedStack") -> Generator[dict[str, list[str]]]:
    """The account's resources after the first `up` of the module's stack, by kind."""
    with stack.running() as found:
        yield found


def recorded(target: Path, recording: Path) -> Checkout:
    """Make a checkout for the real provider plugin and the emulator, without AWS's environment variables."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_") and k != "PULUMI_BACKEND_URL"}
    return copied(target, environment | WRITES_STATE_AT_END | {RECORD_TO: str(recording)})


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Checkout:
    """A checkout without AWS credentials and without the real provider plugin; it uses the offline provider."""
    folder = tmp_path_factory.mktemp("engine")
    environment = {
        name: value
        for name, value in os.environ.items()
        # Let a run write its compiled modules for the next run: to compile takes a fifth of its time.
        if not name.startswith(("AWS_", "PULUMI_")) and name not in {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    }
    environment |= WRITES_STATE_AT_END | {
        "PULUMI_HOME": str(folder / "pulumi-home"),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    return copied(folder / "checkout", environment)
