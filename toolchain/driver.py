"""Prepares runs of the project's program with the engine, with Pulumi's Automation API."""

import hashlib
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pulumi.automation import LocalWorkspace, PulumiCommand, Stack
from pulumi.automation.errors import StackNotFoundError

from toolchain import modes
from toolchain.configuration import stack_files
from toolchain.configuration.yaml_files import read_yaml
from toolchain.errors import ToolchainError
from toolchain.local.stack import READS, LocalStack
from toolchain.modes import LOCAL_STACK, Mode, Operation
from toolchain.offline.launcher import write_launchers
from toolchain.policies import ahead as policy_ahead
from toolchain.program import Program
from toolchain.project import Project, configuration_of
from toolchain.setup import aws_plugin, pulumi_command
from toolchain.state.file import StateFile, backend_folder
from toolchain.state.throwaway import ThrowawayWorkspace, engine_home, write_empty_state
from toolchain.state.workspace import MaskedWorkspace
from toolchain.system import change_lock, locks
from toolchain.system.environment import STATE_PASSPHRASE, secrets_removed
from toolchain.system.files import private_folder
from toolchain.system.printing import Say

_CLOUD = ("https://", "http://")
_BACKENDS = ("file://", "s3://", "gs://", "azblob://", *_CLOUD)
"""URL prefixes of the engine's backends (Pulumi documentation, "Managing state & backend options")."""

_COLLECT_LESS = {"GOGC": "400", "GOMEMLIMIT": "1GiB"}
"""Environment of Go programs, here the engine and the AWS provider: below 1 GiB they collect garbage a quarter as often
("A Guide to the Go Garbage Collector"). A preview takes a sixth less processor time; the provider uses 0.9 GiB in place
of 0.5 (docs/performance.md)."""

_POLICY_IMPORTS = ("pulumi.policy", "policy.engine.pack")
"""The modules whose import takes the longest part of the policy pack's start."""


@dataclass(frozen=True)
class Run:
    """A stack that is selected and ready for an operation, with the paths that the operation uses."""

    stack: Stack
    mode: Mode
    policy_packs: list[str]
    """Absolute paths of policy packs. Without a language host, the engine does not find a pack by a relative path."""
    state: StateFile | None = None
    """The state file of the run; None for a throwaway state and for a backend that is not a folder."""
    durations: Path | None = None
    """The file with the durations of earlier runs; None for a throwaway run."""
    local: LocalStack | None = None
    """The files of the local stack; None for another stack and for a throwaway run."""


class Driver:
    """Prepares the runs of one project, and removes the local stack."""

    def __init__(self, project: Project, say: Say) -> None:
        self._project = project
        self._program = Program(project.root / "__main__.py")
        self._say = say
        self._local = LocalStack(project, say)

    @contextmanager
    def run(
        self,
        operation: Operation,
        stack: str,
        *,
        offline: bool | None = None,
        emulator: bool | None = None,
        tls: bool | None = None,
    ) -> Generator[Run]:
        """Prepare an operation on a stack: lock, mode, folder, environment and stack; clean up after the block.

        Args:
            operation: The operation.
            stack: The stack's name.
            offline: True for a throwaway preview without AWS; False to refuse it; None to decide by AWS credentials.
            emulator: Whether the local stack runs against the emulator; None to keep its mode, or for a new stack to
                decide by whether the AWS provider plugin can be installed.
            tls: Whether the local stack's edge also listens with HTTPS from now on; None to leave it as it is.

        Raises:
            ToolchainError: The operation cannot be prepared, for a reason that the user can correct.
        """
        modes.refuse_tls(stack, None, tls=tls)
        # Refuses a file that the engine cannot read.
        configuration_of(self._project, stack, takes_environments=self._backend_url.startswith(_CLOUD))
        with ExitStack() as alone:
            if operation in change_lock.CHANGES:
                alone.enter_context(change_lock.changing_alone(self._change_lock(stack), operation, stack))
                change_lock.refuse_if_engine_runs(self._backend_url, self._project.name, operation, stack)
            yield alone.enter_context(self._prepared(operation, stack, offline=offline, emulator=emulator, tls=tls))

    @contextmanager
    def _prepared(
        self, operation: Operation, stack: str, *, offline: bool | None, emulator: bool | None, tls: bool | None
    ) -> Generator[Run]:
        command = pulumi_command.find_or_install(self._say)
        remembered = self._local.remembered() if stack == LOCAL_STACK else None
        mode, reason = modes.choose(
            operation,
            stack,
            offline=offline,
            emulator=emulator,
            remembered=remembered,
            plugin=lambda: aws_plugin.find_or_install(command, self._project.root, self._say),
            credentials=modes.credentials_found,
        )
        modes.refuse_tls(stack, mode, tls=tls)
        self._say(f"In place of AWS: {reason}" if mode is not Mode.AWS else f"Running on {reason}")
        # A preview of a local stack that does not exist yet must not create it.
        passing = operation is Operation.PREVIEW and remembered is None
        throwaway = mode is Mode.OFFLINE and (stack != LOCAL_STACK or bool(offline) or passing)
        with ExitStack() as cleanup:
            if mode is Mode.OFFLINE and (throwaway or backend_folder(self._backend_url)):
                cleanup.enter_context(secrets_removed(also=() if throwaway else STATE_PASSPHRASE))
            temporary = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="spot-platform-")))
            environment = _launchers(temporary, command, mode)
            if operation in {Operation.PREVIEW, Operation.UP}:
                if not pulumi_command.language_host_beside(command):  # a language host would run the pack itself
                    environment |= cleanup.enter_context(policy_ahead.started(temporary, _POLICY_IMPORTS))
                self._program.load_ahead()
            state = None if throwaway else self._state(stack)
            if state is not None:
                state.make_private()
                if operation is Operation.REPAIR and state.is_damaged():
                    self._say(f"The damaged state is replaced by its newest valid copy {state.restore()}")
                state.read()  # refuses a damaged state and says how to restore it
            if throwaway:
                directory = self._throwaway(stack, temporary, environment)
                selected = self._select(
                    stack, directory, environment, command, begin=Stack.create, workspace_type=ThrowawayWorkspace
                )
            elif stack == LOCAL_STACK:
                environment["PULUMI_BACKEND_URL"] = self._backend_url
                with locks.alone(self._local.lock):
                    self._local.set_tls(tls)
                    directory = self._local.prepare(operation, mode, environment, state)
                    selected = self._select_local(operation, directory, temporary, environment, command)
                    if operation not in READS:
                        self._local.remember(mode)
            else:
                begin = Stack.create_or_select if operation in {Operation.PREVIEW, Operation.UP} else Stack.select
                selected = self._select(stack, self._project.root, environment, command, begin=begin)
            yield Run(
                stack=selected,
                mode=mode,
                policy_packs=[str(self._project.root / "policy")],
                state=state,
                durations=None if throwaway else self._project.private / f"durations-{mode}.json",
                local=self._local if stack == LOCAL_STACK and not throwaway else None,
            )

    def changer(self, stack: str) -> str | None:
        """Return in words which run of this checkout changes the stack now; None if none does."""
        return change_lock.changer(self._change_lock(stack))

    def end_tasks(self, stack: str) -> None:
        """Stop the local stack's tasks before it is destroyed; otherwise they would drain for minutes, as in AWS."""
        if stack == LOCAL_STACK:
            self._local.end_tasks()

    def forget(self, stack: Stack) -> None:
        """Remove the local stack and all its files, after its resources were deleted.

        What stays in the checkout's private folder: the durations of earlier runs, and the engine's file with the
        version of the folder of states, which may be in use for another stack.
        """
        with locks.alone(self._local.lock):
            stack.workspace.remove_stack(stack.name, force=True)
            state = self._state(stack.name)
            if state is not None:
                state.forget()
            if self._local.remove():
                self._say("The emulator is stopped")
            if state is not None and not os.environ.get("PULUMI_BACKEND_URL") and not state.has_others():
                self._local.forget_passphrase()
            # Both locks are held by this run. Runs that wait for them make new files.
            self._change_lock(stack.name).unlink(missing_ok=True)
            self._local.lock.unlink()
        # said here, because the engine has just printed that the user must still remove history and configuration
        self._say(f"The stack {stack.name} is removed completely, with its history and configuration")

    @property
    def _backend_url(self) -> str:
        given = os.environ.get("PULUMI_BACKEND_URL")
        if given and not given.startswith(_BACKENDS):
            # the value may hold a password
            raise ToolchainError(f"PULUMI_BACKEND_URL must begin with {', '.join(_BACKENDS)}; unset it for the default")
        url = given or _file_backend(self._project.private / "state")
        relative = url.startswith("file://") and not url.startswith(("file:///", "file://~"))
        # made absolute, because the engine does not always run in the project's folder
        return f"file://{quote(str(self._project.root))}/{url.removeprefix('file://')}" if relative else url

    def _change_lock(self, stack: str) -> Path:
        """Return the lock file of a stack. Its name includes the backend: two backends can hold stacks of one name."""
        given = os.environ.get("PULUMI_BACKEND_URL")
        backend = f"-{hashlib.sha256(given.encode()).hexdigest()[:16]}" if given and stack != LOCAL_STACK else ""
        return self._project.private / f"changing-{stack}{backend}"

    def _state(self, stack: str) -> StateFile | None:
        folder = backend_folder(self._backend_url)
        if folder is None:
            return None
        if not os.environ.get("PULUMI_BACKEND_URL"):
            private_folder(self._project.private)
            private_folder(folder)
        return StateFile(folder, self._project.name, stack)

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

    def _select_local(
        self,
        operation: Operation,
        directory: Path,
        temporary: Path,
        environment: dict[str, str],
        command: PulumiCommand,
    ) -> Stack:
        """Select the local stack. If its emulator has ended, `up` and `destroy` first remove its state."""
        if operation in READS:
            return self._select(LOCAL_STACK, directory, environment, command, begin=Stack.select)
        if not self._local.begins_anew.exists():
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
        self._local.begins_anew.unlink()
        return begun

    def _select(
        self,
        stack: str,
        directory: Path,
        environment: dict[str, str],
        command: PulumiCommand,
        *,
        begin: Callable[[str, LocalWorkspace], Stack] = Stack.create_or_select,
        workspace_type: type[LocalWorkspace] = MaskedWorkspace,
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
        **{name: value for name, value in _COLLECT_LESS.items() if name not in os.environ},
    }
    if mode is Mode.OFFLINE:
        write_launchers(folder)
        environment["PULUMI_IGNORE_AMBIENT_PLUGINS"] = "false"
    return environment


def _file_backend(folder: Path) -> str:
    """Return the URL of a backend in a folder, with ``metadata=skip``: no ``.attrs`` file beside the state.

    The engine does not write the ``.attrs`` file in one step. After a kill it may be incomplete, and then the state
    cannot be read any more.
    """
    return f"file://{quote(str(folder))}?metadata=skip"


def ensure_importable(project: Project) -> None:
    """Put the project's folder on ``sys.path``, so that the program can import the packages beside it."""
    if str(project.root) not in sys.path:
        sys.path.insert(0, str(project.root))


def call_this_machine_directly() -> None:
    """Exclude this machine from gRPC's proxy: engine, program and plugins talk to each other by gRPC."""
    before = os.environ.get("no_grpc_proxy") or os.environ.get("no_proxy")  # noqa: SIM112 (gRPC reads it like this)
    os.environ["no_grpc_proxy"] = ",".join(filter(None, (before, "127.0.0.1", "localhost")))  # noqa: SIM112
