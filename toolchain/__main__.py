"""`python -m toolchain preview|up|refresh|destroy|outputs STACK`: the engine, from the command line."""

import json
import shutil
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from pulumi.automation.errors import CommandError
from rich.console import Console

from toolchain import pulumi_command, summary
from toolchain.driver import Driver, Run, ensure_importable, exit_code
from toolchain.errors import ToolchainError
from toolchain.modes import LOCAL_STACK, Operation
from toolchain.project import Project

USER_ERROR = 2
INTERRUPTED = 130
WIDTH = 120
"""Columns of a table that goes to a file or a pipe."""

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False, emoji=False, markup=False, width=None if sys.stdout.isatty() else WIDTH)
messages = Console(stderr=True, highlight=False, emoji=False, markup=False, soft_wrap=True)

StackName = Annotated[str, typer.Argument(help="The stack: the middle of a Pulumi.<stack>.yaml.")]
Offline = Annotated[
    bool | None,
    typer.Option(
        "--offline/--no-offline",
        help="Preview on a throwaway state without AWS, or refuse to fall back to that. "
        "By default a preview without AWS credentials is offline.",
    ),
]
UseEmulator = Annotated[
    bool | None,
    typer.Option(
        "--emulator/--no-emulator",
        help="Run the local stack against the emulator, or on the offline provider, which takes seconds. "
        "By default the emulator, where the AWS provider plugin is to be had.",
    ),
]
Diff = Annotated[bool, typer.Option("--diff", help="Show each change in full.")]
ExpectNoChanges = Annotated[bool, typer.Option("--expect-no-changes", help="Fail when there is anything to change.")]


@app.command()
def install() -> None:
    """Find the Pulumi command line, or install it."""
    try:
        command = pulumi_command.find_or_install(_say)
    except ToolchainError as error:
        _fail(str(error), USER_ERROR)
    _print(f"Pulumi {command.version}: {shutil.which(command.command)}")


@app.command()
def preview(
    stack: StackName,
    *,
    offline: Offline = None,
    emulator: UseEmulator = None,
    diff: Diff = False,
    expect_no_changes: ExpectNoChanges = False,
) -> None:
    """Show what `up` would do, with the policy pack attached."""
    with _run(Operation.PREVIEW, stack, offline=offline, emulator=emulator) as run:
        run.stack.preview(
            diff=diff,
            expect_no_changes=expect_no_changes,
            color=_color(),
            on_output=_print,
            on_error=_print_error,
            policy_packs=run.policy_packs,
            policy_pack_configs=run.policy_configurations,
        )


@app.command()
def up(
    stack: StackName,
    *,
    emulator: UseEmulator = None,
    diff: Diff = False,
    expect_no_changes: ExpectNoChanges = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Read what is there first.")] = False,
) -> None:
    """Make the stack what the program says, with the policy pack attached."""
    with _run(Operation.UP, stack, emulator=emulator) as run:
        _preview_first(run)
        run.stack.up(
            diff=diff,
            expect_no_changes=expect_no_changes,
            refresh=refresh,
            color=_color(),
            suppress_outputs=True,
            on_output=_print,
            on_error=_print_error,
            policy_packs=run.policy_packs,
            policy_pack_configs=run.policy_configurations,
        )
        summary.print_outputs(console, summary.plain_outputs(run.stack.outputs()))
        resources = (run.stack.export_stack().deployment or {}).get("resources", [])
        summary.print_made(console, summary.made_by_component(resources))


@app.command()
def refresh(stack: StackName) -> None:
    """Read what is there and put it into the state."""
    with _run(Operation.REFRESH, stack) as run:
        run.stack.refresh(color=_color(), on_output=_print, on_error=_print_error)


@app.command()
def destroy(stack: StackName) -> None:
    """Delete everything that the stack holds; the local stack is forgotten as well."""
    with _run(Operation.DESTROY, stack) as run:
        run.stack.destroy(color=_color(), on_output=_print, on_error=_print_error)
        if stack == LOCAL_STACK:
            _driver().forget(run.stack)


@app.command()
def outputs(
    stack: StackName, *, as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False
) -> None:
    """Print the stack's outputs; secrets stay hidden."""
    with _run(Operation.OUTPUTS, stack) as run:
        values = summary.plain_outputs(run.stack.outputs())
    if as_json:
        typer.echo(json.dumps(values, indent=2))
    else:
        summary.print_outputs(console, values)


def _preview_first(run: Run) -> None:
    """Preview without showing it, unless it fails: then nothing has been made yet, by policy or otherwise."""
    _say("Previewing first, so that nothing is made where a policy or the program says no")
    shown: list[str] = []
    try:
        run.stack.preview(
            color=_color(),
            on_output=shown.append,
            on_error=shown.append,
            policy_packs=run.policy_packs,
            policy_pack_configs=run.policy_configurations,
        )
    except CommandError:
        _print("\n".join(shown))
        raise


def _driver() -> Driver:
    project = Project.find(Path.cwd())
    ensure_importable(project)
    return Driver(project, _say)


def _say(line: str) -> None:
    messages.print(line)


@contextmanager
def _run(
    operation: Operation, stack: str, *, offline: bool | None = None, emulator: bool | None = None
) -> Generator[Run]:
    """A run whose errors become one line or what the engine has printed, and an exit code."""
    printed = False
    interrupts: list[int] = []
    again = f"interrupted; run 'make {operation} STACK={stack}' again to go on"
    try:
        with (
            _driver().run(operation, stack, offline=offline, emulator=emulator) as run,
            _interrupts_for_the_engine(interrupts),
        ):
            printed = True
            yield run
    except ToolchainError as error:
        _fail(str(error), USER_ERROR)
    except CommandError as error:
        if interrupts:
            _fail(again, INTERRUPTED)
        if not printed:
            _print_error(_engine_error(error))
        raise typer.Exit(exit_code(error)) from None
    except KeyboardInterrupt:
        _fail(again, INTERRUPTED)


@contextmanager
def _interrupts_for_the_engine(seen: list[int]) -> Generator[None]:
    """Leave Ctrl-C to the engine, which gets it too: it finishes what it has begun, and gives up on the second."""

    def note(number: int, _frame: FrameType | None) -> None:
        seen.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _engine_error(error: CommandError) -> str:
    """The engine's own words in the error that the Automation API makes of them."""
    text = str(error)
    stderr = text.split("stderr:", 1)[-1].strip()
    return stderr or text.strip()


def _color() -> str:
    return "always" if sys.stdout.isatty() else "never"


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _print_error(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _fail(message: str, code: int) -> NoReturn:
    _print_error(f"error: {message}")
    raise typer.Exit(code)


if __name__ == "__main__":
    app(prog_name="python -m toolchain")
