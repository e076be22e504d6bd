"""Runs the project's program through the engine, on the official Automation API."""

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi.automation import LocalWorkspace, PulumiCommand, Stack
from pulumi.automation.errors import CommandError

from toolchain import locks, modes, pulumi_command, stack_files
from toolchain.emulator.process import Emulator
from toolchain.modes import LOCAL_STACK, Mode, Operation
from toolchain.offline.launcher import write_launchers
from toolchain.program import Program
from toolchain.project import Project, read_yaml

Say = Callable[[str], None]

EMULATOR_ENVIRONMENT = {
    # whatever account this shell is logged in to must not matter
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True)
class Run:
    """A stack, selected and ready for an operation, and what its engine is called with."""

    stack: Stack
    mode: Mode
    policy_packs: list[str]
    """Absolute paths: a relative one is not found when the engine runs the pack without a language host."""
    policy_configurations: list[str]
    """The configuration file of the pack for the stack's profile, when there is one."""


class Driver:
    """Prepares and ends the runs of one project."""

    def __init__(self, project: Project, say: Say) -> None:
        self._project = project
        self._program = Program(project.root / "__main__.py")
        self._say = say

    @contextmanager
    def run(
        self, operation: Operation, stack: str, *, offline: bool | None = None, emulator: bool | None = None
    ) -> Generator[Run]:
        """Everything that an operation on a stack needs, for as long as the block lasts.

        Args:
            operation: What is to be done.
            stack: The stack's name.
            offline: True for a throwaway preview without AWS, False to refuse falling back to one.
            emulator: Whether the local stack runs against the emulator; None to find out.

        Raises:
            ToolchainError: Something the user can put right.
        """
        self._project.stack_file(stack)
        command = pulumi_command.find_or_install(self._say)
        mode, reason = modes.choose(
            operation,
            stack,
            offline=offline,
            emulator=emulator,
            remembered=self._remembered(stack),
            plugin=lambda: self._plugin(command),
            credentials=modes.credentials_found,
        )
        self._say(f"In place of AWS: {reason}" if mode is not Mode.AWS else f"Running on {reason}")
        if operation in {Operation.PREVIEW, Operation.UP}:
            self._program.load_ahead()
        throwaway = mode is Mode.OFFLINE and (stack != LOCAL_STACK or bool(offline))
        with tempfile.TemporaryDirectory(prefix="spot-platform-") as folder:
            temporary = Path(folder)
            environment = _launchers(temporary, command, mode)
            anew = False
            if throwaway:
                directory = self._throwaway(stack, temporary, environment)
            elif stack == LOCAL_STACK:
                directory, anew = self._local(mode, environment)
            else:
                directory = self._project.root
            yield Run(
                stack=self._select(stack, directory, environment, command, anew=anew, throwaway=throwaway),
                mode=mode,
                policy_packs=[str(self._project.root / "policy")],
                policy_configurations=self._policy_configurations(stack),
            )

    def forget(self, stack: Stack) -> None:
        """Remove the local stack with all that was kept for it, after its resources are gone."""
        stack.workspace.remove_stack(stack.name, force=True)
        if Emulator(self._local_directory).stop():
            self._say("The emulator is stopped")
        shutil.rmtree(self._local_directory, ignore_errors=True)

    @property
    def _local_directory(self) -> Path:
        return self._project.private / LOCAL_STACK

    @property
    def _backend_url(self) -> str:
        return os.environ.get("PULUMI_BACKEND_URL") or f"file://{self._project.private}/state"

    def _remembered(self, stack: str) -> Mode | None:
        kept = self._local_directory / "mode"
        return Mode(kept.read_text(encoding="utf-8")) if stack == LOCAL_STACK and kept.is_file() else None

    def _plugin(self, command: PulumiCommand) -> bool:
        if modes.plugin_installed():
            return True
        self._say(f"Downloading the AWS provider plugin {modes.PLUGIN_VERSION}")
        arguments = ["plugin", "install", "resource", "aws", modes.PLUGIN_VERSION]
        try:
            command.run(arguments, str(self._project.root), {"PULUMI_SKIP_UPDATE_CHECK": "true"}, self._say)
        except CommandError:
            return False
        return True

    def _throwaway(self, stack: str, temporary: Path, environment: dict[str, str]) -> Path:
        directory, state = temporary / "work", temporary / "state"
        directory.mkdir()
        state.mkdir()
        stack_files.write_copy(self._project, stack, directory, endpoint_url=None)
        environment["PULUMI_BACKEND_URL"] = f"file://{state}"
        environment["PULUMI_CONFIG_PASSPHRASE"] = secrets.token_urlsafe()
        environment["PULUMI_CONFIG_PASSPHRASE_FILE"] = ""
        return directory

    def _local(self, mode: Mode, environment: dict[str, str]) -> tuple[Path, bool]:
        directory = self._local_directory / "work"
        directory.mkdir(parents=True, exist_ok=True)
        endpoint, anew = self._emulator() if mode is Mode.EMULATOR else (None, False)
        (self._local_directory / "mode").write_text(mode, encoding="utf-8")
        stack_files.write_copy(self._project, LOCAL_STACK, directory, endpoint)
        if not os.environ.get("PULUMI_BACKEND_URL"):
            (self._project.private / "state").mkdir(parents=True, exist_ok=True)
            environment["PULUMI_BACKEND_URL"] = self._backend_url
        if mode is Mode.EMULATOR:
            environment.update(EMULATOR_ENVIRONMENT)
        if not (os.environ.get("PULUMI_CONFIG_PASSPHRASE") or os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")):
            environment["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(self._passphrase_file())
        return directory, anew

    def _emulator(self) -> tuple[str, bool]:
        """The emulator's address, and whether the stack's state tells of one that is gone."""
        emulator = Emulator(self._local_directory)
        endpoint = emulator.endpoint()
        if endpoint is not None:
            self._say(f"The emulator is running at {endpoint}")
            return endpoint, False
        anew = self._remembered(LOCAL_STACK) is Mode.EMULATOR
        if anew:
            self._say("The emulator of this stack has ended, and all that it held is gone: beginning anew")
        endpoint = emulator.start()
        self._say(f"The emulator is started at {endpoint}")
        return endpoint, anew

    def _passphrase_file(self) -> Path:
        path = self._project.private / "passphrase"
        if not path.is_file():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(32))
        return path

    def _policy_configurations(self, stack: str) -> list[str]:
        configuration: dict[str, Any] = read_yaml(self._project.stack_file(stack)).get("config") or {}
        profile = configuration.get(f"{self._project.name}:profile", stack)
        path = self._project.root / "policy" / "config" / f"{profile}.json"
        return [str(path)] if path.is_file() else []

    def _select(
        self,
        stack: str,
        directory: Path,
        environment: dict[str, str],
        command: PulumiCommand,
        *,
        anew: bool,
        throwaway: bool,
    ) -> Stack:
        backend = environment.get("PULUMI_BACKEND_URL", self._backend_url)
        secrets_provider = read_yaml(directory / f"Pulumi.{stack}.yaml").get("secretsprovider")
        workspace = LocalWorkspace(
            work_dir=str(directory),
            program=self._program,
            env_vars=environment,
            secrets_provider=secrets_provider or "passphrase",
            pulumi_command=command,
        )
        if throwaway:
            return Stack.create(stack, workspace)
        selected = Stack.create_or_select(stack, workspace)
        abandoned = locks.left_behind(backend, self._project.name, stack)
        if abandoned:
            self._say("An earlier run was killed and left its lock behind: removing it")
            for path in abandoned:
                path.unlink(missing_ok=True)
        if anew:
            workspace.remove_stack(stack, force=True, preserve_config=True)
            return Stack.create(stack, workspace)
        return selected


def _launchers(temporary: Path, command: PulumiCommand, mode: Mode) -> dict[str, str]:
    """Put the programs that this run needs on its PATH, and return the run's environment."""
    folder = temporary / "bin"
    folder.mkdir()
    if not pulumi_command.language_host_beside(command):
        pulumi_command.write_policy_launcher(folder)
    environment = {
        "PATH": os.pathsep.join((str(folder), os.environ.get("PATH", os.defpath))),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    if mode is Mode.OFFLINE:
        write_launchers(folder)
        environment["PULUMI_IGNORE_AMBIENT_PLUGINS"] = "false"
    return environment


def ensure_importable(project: Project) -> None:
    """Let the program import the packages beside it, wherever this process was started."""
    if str(project.root) not in sys.path:
        sys.path.insert(0, str(project.root))


def exit_code(error: CommandError) -> int:
    """The engine's exit code in the error that the Automation API makes of it."""
    first = str(error).strip().splitlines()[0]
    code = first.removeprefix("code:").strip()
    return int(code) % 256 if code.lstrip("-").isdigit() else 1
