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
from urllib.parse import quote

from pulumi.automation import LocalWorkspace, PulumiCommand, Stack
from pulumi.automation.errors import CommandError, StackNotFoundError

from toolchain import locks, modes, pulumi_command, stack_files
from toolchain.emulator.process import PROVIDER_ENVIRONMENT, Emulator
from toolchain.errors import ToolchainError
from toolchain.files import write_whole
from toolchain.modes import LOCAL_STACK, Mode, Operation
from toolchain.offline.launcher import write_launchers
from toolchain.program import Program
from toolchain.project import Project, configuration_of, read_yaml
from toolchain.throwaway import ThrowawayWorkspace, engine_home, write_empty_state

Say = Callable[[str], None]


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
        remembered = self._remembered(stack)
        mode, reason = modes.choose(
            operation,
            stack,
            offline=offline,
            emulator=emulator,
            remembered=remembered,
            plugin=lambda: self._plugin(command),
            credentials=modes.credentials_found,
        )
        self._say(f"In place of AWS: {reason}" if mode is not Mode.AWS else f"Running on {reason}")
        if operation in {Operation.PREVIEW, Operation.UP}:
            self._program.load_ahead()
        # a local stack that is not there yet is not begun by looking at what it would be
        passing = operation is Operation.PREVIEW and remembered is None
        throwaway = mode is Mode.OFFLINE and (stack != LOCAL_STACK or bool(offline) or passing)
        with tempfile.TemporaryDirectory(prefix="spot-platform-") as folder:
            temporary = Path(folder)
            environment = _launchers(temporary, command, mode)
            if throwaway:
                directory = self._throwaway(stack, temporary, environment)
                selected = self._select(
                    stack, directory, environment, command, begin=Stack.create, workspace_type=ThrowawayWorkspace
                )
            elif stack == LOCAL_STACK:
                with locks.alone(self._lock):
                    directory = self._local(operation, mode, environment)
                    selected = self._select_local(operation, directory, temporary, environment, command)
                    self._remember(mode)
            else:
                begin = Stack.create_or_select if operation in {Operation.PREVIEW, Operation.UP} else Stack.select
                selected = self._select(stack, self._project.root, environment, command, begin=begin)
            yield Run(
                stack=selected,
                mode=mode,
                policy_packs=[str(self._project.root / "policy")],
                policy_configurations=self._policy_configurations(stack),
            )

    def forget(self, stack: Stack) -> None:
        """Remove the local stack with all that was kept for it, after its resources are gone."""
        with locks.alone(self._lock):
            stack.workspace.remove_stack(stack.name, force=True)
            if Emulator(self._local_directory).stop():
                self._say("The emulator is stopped")
            shutil.rmtree(self._local_directory, ignore_errors=True)
        # the engine has just said that more is to be done by hand
        self._say(f"The stack {stack.name} is removed completely, with its history and configuration")

    @property
    def _lock(self) -> Path:
        """Held while the local stack's files are prepared or removed; outside of what is removed."""
        return self._project.private / "lock"

    @property
    def _local_directory(self) -> Path:
        return self._project.private / LOCAL_STACK

    @property
    def _backend_url(self) -> str:
        url = os.environ.get("PULUMI_BACKEND_URL") or _file_backend(self._project.private / "state")
        relative = url.startswith("file://") and not url.startswith(("file:///", "file://~"))
        # The engine does not always run in the project's folder.
        return f"file://{quote(str(self._project.root))}/{url.removeprefix('file://')}" if relative else url

    @property
    def _anew(self) -> Path:
        """There while the local stack's state tells of an emulator that is gone."""
        return self._local_directory / "anew"

    def _remembered(self, stack: str) -> Mode | None:
        kept = self._local_directory / "mode"
        text = kept.read_text(encoding="utf-8") if stack == LOCAL_STACK and kept.is_file() else ""
        return Mode(text) if text in set(Mode) else None

    def _remember(self, mode: Mode) -> None:
        write_whole(self._local_directory / "mode", mode)

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
        write_empty_state(state, self._project.name, stack)
        environment["PULUMI_HOME"] = str(engine_home(temporary / "home"))
        environment["PULUMI_BACKEND_URL"] = _file_backend(state)
        environment["PULUMI_CONFIG_PASSPHRASE"] = secrets.token_urlsafe()
        environment["PULUMI_CONFIG_PASSPHRASE_FILE"] = ""
        return directory

    def _local(self, operation: Operation, mode: Mode, environment: dict[str, str]) -> Path:
        directory = self._local_directory / "work"
        directory.mkdir(parents=True, exist_ok=True)
        # what the outputs were, the state tells without the emulator, and also after its end
        needed = mode is Mode.EMULATOR and operation is not Operation.OUTPUTS
        endpoint = self._emulator() if needed else None
        stack_files.write_copy(self._project, LOCAL_STACK, directory, endpoint)
        if not os.environ.get("PULUMI_BACKEND_URL"):
            (self._project.private / "state").mkdir(parents=True, exist_ok=True)
        environment["PULUMI_BACKEND_URL"] = self._backend_url
        if mode is Mode.EMULATOR:
            environment.update(PROVIDER_ENVIRONMENT)
        environment.update(self._passphrase())
        return directory

    def _emulator(self) -> str:
        """The emulator's address; where the stack's state tells of one that is gone, ``_anew`` is there from now on."""
        emulator = Emulator(self._local_directory)
        endpoint = emulator.endpoint()
        if endpoint is not None:
            self._say(f"The emulator is running at {endpoint}")
            return endpoint
        if self._remembered(LOCAL_STACK) is Mode.EMULATOR:
            self._say("The emulator of this stack has ended, and all that it held is gone")
            # on disk, for a run that is interrupted before the state is removed must not go on with it
            self._anew.touch()
        endpoint = emulator.start()
        self._remember(Mode.EMULATOR)  # at once: from now on there is something that 'destroy' has to stop
        self._say(f"The emulator is started at {endpoint}")
        return endpoint

    def _passphrase(self) -> dict[str, str]:
        if os.environ.get("PULUMI_CONFIG_PASSPHRASE") or os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE"):
            return {}
        os.environ.pop("PULUMI_CONFIG_PASSPHRASE", None)  # an empty one the engine would take before the file
        path = self._project.private / "passphrase"
        if not path.is_file():
            write_whole(path, secrets.token_urlsafe(32), mode=0o600)
        return {"PULUMI_CONFIG_PASSPHRASE_FILE": str(path)}

    def _policy_configurations(self, stack: str) -> list[str]:
        configuration = configuration_of(self._project, stack)
        # a key without a namespace is the project's; an empty profile is the one with the stack's name
        profile = configuration.get(f"{self._project.name}:profile") or configuration.get("profile") or stack
        path = self._project.root / "policy" / "config" / f"{profile}.json"
        return [str(path)] if path.is_file() else []

    def _select_local(
        self,
        operation: Operation,
        directory: Path,
        temporary: Path,
        environment: dict[str, str],
        command: PulumiCommand,
    ) -> Stack:
        """The local stack; where its state tells of an emulator that is gone, that goes only with what begins anew."""
        if operation is Operation.OUTPUTS or not self._anew.exists():
            return self._select(LOCAL_STACK, directory, environment, command)
        if operation is Operation.REFRESH:
            raise ToolchainError(
                f"there is nothing to read: what the {LOCAL_STACK} stack held is gone with its emulator; "
                "'up' makes it anew, 'destroy' forgets it"
            )
        if operation is Operation.PREVIEW:
            self._say("'up' makes everything anew, so the preview is one of an empty stack")
            state = temporary / "state"
            state.mkdir()
            environment["PULUMI_BACKEND_URL"] = _file_backend(state)
            return self._select(LOCAL_STACK, directory, environment, command, begin=Stack.create)
        self._say("Removing the state of the emulator that is gone")
        workspace = self._select(LOCAL_STACK, directory, environment, command).workspace
        workspace.remove_stack(LOCAL_STACK, force=True, preserve_config=True)
        begun = Stack.create(LOCAL_STACK, workspace)
        self._anew.unlink()
        return begun

    def _select(
        self,
        stack: str,
        directory: Path,
        environment: dict[str, str],
        command: PulumiCommand,
        *,
        begin: Callable[[str, LocalWorkspace], Stack] = Stack.create_or_select,
        workspace_type: type[LocalWorkspace] = LocalWorkspace,
    ) -> Stack:
        backend = environment.get("PULUMI_BACKEND_URL", self._backend_url)
        secrets_provider = read_yaml(directory / f"Pulumi.{stack}.yaml").get("secretsprovider")
        workspace = workspace_type(
            work_dir=str(directory),
            program=self._program,
            env_vars=environment,
            secrets_provider=secrets_provider or "passphrase",
            pulumi_command=command,
        )
        try:
            selected = begin(stack, workspace)
        except StackNotFoundError as error:
            given = os.environ.get("PULUMI_BACKEND_URL")
            where = "the backend of PULUMI_BACKEND_URL" if given else "the checkout's state"
            raise ToolchainError(f"there is no stack {stack!r} in {where}: 'up' makes one") from error
        abandoned = locks.left_behind(backend, self._project.name, stack)
        if abandoned:
            self._say("An earlier run was killed and left its lock behind: removing it")
            for path in abandoned:
                path.unlink(missing_ok=True)
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


def _file_backend(folder: Path) -> str:
    """A backend in a folder that survives a kill: ``metadata=skip`` leaves out the files beside the state's.

    Those are not written in one go, and with half of one the state cannot be read any more.
    """
    return f"file://{quote(str(folder))}?metadata=skip"


def ensure_importable(project: Project) -> None:
    """Let the program import the packages beside it, wherever this process was started."""
    if str(project.root) not in sys.path:
        sys.path.insert(0, str(project.root))


def call_this_machine_directly() -> None:
    """Keep gRPC, with which engine, program and plugins talk to each other here, from going through a proxy."""
    before = os.environ.get("no_grpc_proxy") or os.environ.get("no_proxy")  # noqa: SIM112 (gRPC reads it like this)
    os.environ["no_grpc_proxy"] = ",".join(filter(None, (before, "127.0.0.1", "localhost")))  # noqa: SIM112


def exit_code(error: CommandError) -> int:
    """The engine's exit code in the error that the Automation API makes of it; negative: the signal that killed it."""
    first = str(error).strip().splitlines()[0]
    code = first.removeprefix("code:").strip()
    return int(code) if code.lstrip("-").isdigit() else 1
